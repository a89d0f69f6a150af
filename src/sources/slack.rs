//! A message to an incident's Slack channel.

use super::http::{Endpoint, SourceError};
use crate::config::{self, Access, ConfigError};
use serde_json::json;
use std::time::Duration;

/// Slack, with a bot token.
pub struct Slack {
    endpoint: Endpoint,
}

impl Slack {
    /// Sets up where a token is configured.
    pub fn open(config: &config::Slack, timeout: Duration) -> Result<Option<Self>, ConfigError> {
        if config::secret(&config.token, "slack")?.is_none() {
            return Ok(None);
        }
        let access = Access {
            token: config.token.clone(),
            ..Access::default()
        };
        Ok(Some(Self {
            endpoint: Endpoint::open("slack", &config.url, &access, timeout)?,
        }))
    }

    /// Posts a text; Slack's own word where it refuses.
    pub async fn post(&self, channel: &str, text: &str) -> Result<(), SourceError> {
        let answer = self
            .endpoint
            .post(
                "chat.postMessage",
                &json!({"channel": channel, "text": text, "unfurl_links": false}),
            )
            .await?;
        if answer["ok"].as_bool() == Some(true) {
            return Ok(());
        }
        let why = answer["error"]
            .as_str()
            .map(crate::domain::text::clean_line)
            .unwrap_or_default();
        Err(SourceError(format!("Slack refuses the message: {why}.")))
    }
}
