//! A model that rephrases. What it is shown and what of its answer is let through is decided in `investigate`.

use super::http::{Asking, Endpoint, SourceError};
use crate::config::{self, Access, ConfigError, Secret};
use serde_json::{Value, json};
use std::time::Duration;

/// Tokens of an answer: a dozen sentences.
const LONGEST_ANSWER: u32 = 700;
/// A model thinks longer than a database answers.
const PATIENCE: u32 = 4;
/// The version of the Anthropic API that is spoken.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// How a provider is asked.
#[derive(Clone, Copy)]
enum Provider {
    Anthropic,
    OpenAi,
    Ollama,
}

impl Provider {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "anthropic" => Self::Anthropic,
            "openai" => Self::OpenAi,
            "ollama" => Self::Ollama,
            _ => return None,
        })
    }

    /// Where it is, where nothing else is configured.
    fn address(self) -> &'static str {
        match self {
            Self::Anthropic => "https://api.anthropic.com/v1/",
            Self::OpenAi => "https://api.openai.com/v1/",
            Self::Ollama => "http://localhost:11434/",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "messages",
            Self::OpenAi => "chat/completions",
            Self::Ollama => "api/chat",
        }
    }

    /// One question, to be answered in one piece.
    fn question(self, name: &str, system: &str, user: &str) -> Value {
        let words = |role: &str, content: &str| json!({"role": role, "content": content});
        let both = [words("system", system), words("user", user)];
        match self {
            Self::Anthropic => json!({
                "model": name, "system": system, "messages": [words("user", user)],
                "temperature": 0.0, "max_tokens": LONGEST_ANSWER,
            }),
            // Models that reason take another limit, and no temperature of ours.
            Self::OpenAi if reasons(name) => json!({
                "model": name, "messages": both, "max_completion_tokens": LONGEST_ANSWER,
            }),
            Self::OpenAi => json!({
                "model": name, "messages": both, "temperature": 0.0, "max_tokens": LONGEST_ANSWER,
            }),
            Self::Ollama => json!({
                "model": name, "messages": both, "stream": false,
                "options": {"temperature": 0.0, "num_predict": LONGEST_ANSWER},
            }),
        }
    }

    /// The words of an answer; nothing where it has none.
    fn words(self, answer: &Value) -> Option<String> {
        let words = match self {
            Self::Anthropic => {
                let parts = answer["content"].as_array()?;
                parts.iter().find_map(|part| part["text"].as_str())
            }
            Self::OpenAi => answer["choices"][0]["message"]["content"].as_str(),
            Self::Ollama => answer["message"]["content"].as_str(),
        };
        words.map(str::to_owned)
    }
}

/// Whether a model of OpenAI's is one that reasons: o1, o3 and on, gpt-5 and on.
fn reasons(name: &str) -> bool {
    let newer = name.strip_prefix("gpt-").and_then(|v| v.chars().next());
    let o = name.strip_prefix('o').and_then(|v| v.chars().next());
    newer.is_some_and(|v| ('5'..='9').contains(&v)) || o.is_some_and(|v| v.is_ascii_digit())
}

/// A configured model.
pub struct Model {
    endpoint: Endpoint,
    provider: Provider,
    name: String,
    timeout: Duration,
}

impl Model {
    /// Sets up where a provider is configured; nothing is asked.
    pub fn open(config: &config::Model, asking: &Asking) -> Result<Option<Self>, ConfigError> {
        if config.provider.is_empty() {
            return Ok(None);
        }
        let provider = Provider::named(&config.provider).ok_or_else(|| {
            ConfigError(format!(
                "model.provider is \"{}\"; there are anthropic, openai and ollama.",
                config.provider
            ))
        })?;
        if config.name.is_empty() {
            return Err(ConfigError(
                "model.name is empty; give the name of a model of the provider.".into(),
            ));
        }
        let url = Some(config.url.as_str()).filter(|url| !url.is_empty());
        let asking = Asking {
            timeout: asking.timeout * PATIENCE,
            ..asking.clone()
        };
        Ok(Some(Self {
            endpoint: endpoint(
                provider,
                url.unwrap_or(provider.address()),
                &config.key,
                &asking,
            )?,
            provider,
            name: config.name.clone(),
            timeout: asking.timeout,
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One answer to one question.
    pub async fn ask(&self, system: &str, user: &str) -> Result<String, SourceError> {
        let body = self.provider.question(&self.name, system, user);
        let read = |answer: &Value| Ok(self.provider.words(answer).unwrap_or_default());
        let asked = self.endpoint.post(self.provider.path(), &body, read);
        let answer = tokio::time::timeout(self.timeout, asked)
            .await
            .map_err(|_| SourceError("The model did not answer in time.".into()))?;
        answer.map_err(|e| SourceError(format!("The model {} could not be asked: {e}", self.name)))
    }
}

/// The way to a provider, with its key where it wants it.
fn endpoint(
    provider: Provider,
    url: &str,
    key: &Secret,
    asking: &Asking,
) -> Result<Endpoint, ConfigError> {
    let Provider::Anthropic = provider else {
        let access = Access {
            token: key.clone(),
            ..Access::default()
        };
        return Endpoint::open("model", url, &access, asking);
    };
    let mut access = Access::default();
    let version = ("anthropic-version".to_owned(), ANTHROPIC_VERSION.to_owned());
    access.headers.extend([version]);
    let endpoint = Endpoint::open("model", url, &access, asking)?;
    match config::secret(key, "model")? {
        Some(key) => endpoint.with_secret_header("x-api-key", &key),
        None => Ok(endpoint),
    }
}
