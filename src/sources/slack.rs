//! A message to an incident's Slack channel.

use super::http::{Endpoint, SourceError};
use crate::config::{self, Access, ConfigError};
use serde_json::json;
use std::time::Duration;
use thiserror::Error;

/// A message that Slack did not take, or may have taken.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SlackError {
    /// Slack's own no, with its word for it: nothing was posted.
    #[error("Slack refuses the message: {0}.")]
    Refused(String),
    /// Nothing that tells whether it was posted.
    #[error(transparent)]
    NoAnswer(#[from] SourceError),
}

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
    pub async fn post(&self, channel: &str, text: &str) -> Result<(), SlackError> {
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
        Err(SlackError::Refused(why))
    }
}
