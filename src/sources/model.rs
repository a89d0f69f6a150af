//! A model that rephrases. What it is shown and what of its answer is let through is decided in `investigate`.

use super::http::SourceError;
use crate::config::{self, ConfigError};
use crate::domain::text::clean_line;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};
use secrecy::ExposeSecret;
use std::time::Duration;

/// Tokens of an answer: a dozen sentences.
const LONGEST_ANSWER: u32 = 700;
/// A model thinks longer than a database answers.
const PATIENCE: u32 = 4;

/// A configured model.
pub struct Model {
    client: Client,
    name: String,
    timeout: Duration,
}

impl Model {
    /// Sets up where a provider is configured; nothing is asked.
    pub fn open(config: &config::Model, timeout: Duration) -> Result<Option<Self>, ConfigError> {
        let (kind, base) = match config.provider.as_str() {
            "" => return Ok(None),
            "anthropic" => (AdapterKind::Anthropic, "https://api.anthropic.com/v1/"),
            "openai" => (AdapterKind::OpenAI, "https://api.openai.com/v1/"),
            "ollama" => (AdapterKind::Ollama, "http://localhost:11434/"),
            other => {
                return Err(ConfigError(format!(
                    "model.provider is \"{other}\"; there are anthropic, openai and ollama."
                )));
            }
        };
        if config.name.is_empty() {
            return Err(ConfigError(
                "model.name is empty; give the name of a model of the provider.".into(),
            ));
        }
        let mut base = if config.url.is_empty() {
            base.to_owned()
        } else {
            config.url.clone()
        };
        if !base.ends_with('/') {
            base.push('/');
        }
        let key = config::secret(&config.key, "model")?;
        let (target, name) = (base, config.name.clone());
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |_: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
                let auth = AuthData::from_single(
                    key.as_ref().map_or("", |k| k.expose_secret()).to_owned(),
                );
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(target.clone()),
                    auth,
                    model: ModelIden::new(kind, name.clone()),
                })
            },
        );
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = timeout * PATIENCE;
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .build()
            .map_err(|e| ConfigError(format!("Cannot set up the model: {e}.")))?;
        let client = Client::builder()
            .with_reqwest(http)
            .with_service_target_resolver(resolver)
            .build();
        let client = client.map_err(|e| ConfigError(format!("Cannot set up the model: {e}.")))?;
        Ok(Some(Self {
            client,
            name: config.name.clone(),
            timeout,
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One answer to one question.
    pub async fn ask(&self, system: &str, user: &str) -> Result<String, SourceError> {
        let request = ChatRequest::default()
            .with_system(system)
            .append_message(ChatMessage::user(user));
        let options = ChatOptions::default()
            .with_temperature(0.0)
            .with_max_tokens(LONGEST_ANSWER);
        let asked = self
            .client
            .exec_chat(self.name.as_str(), request, Some(&options));
        let answer = tokio::time::timeout(self.timeout, asked)
            .await
            .map_err(|_| SourceError("The model did not answer in time.".into()))?;
        let answer = answer.map_err(|e| {
            let said: String = clean_line(&e.to_string()).chars().take(160).collect();
            SourceError(format!(
                "The model {} could not be asked: {said}",
                self.name
            ))
        })?;
        Ok(answer.first_text().unwrap_or_default().to_owned())
    }
}
