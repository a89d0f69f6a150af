//! A message to an incident's Slack channel.

use super::http::{Asking, Endpoint, SourceError};
use crate::config::{self, Access, ConfigError};
use crate::domain::text::clean_line;
use serde_json::json;
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
    pub fn open(config: &config::Slack, asking: &Asking) -> Result<Option<Self>, ConfigError> {
        if config::secret(&config.token, "slack")?.is_none() {
            return Ok(None);
        }
        let access = Access {
            token: config.token.clone(),
            ..Access::default()
        };
        Ok(Some(Self {
            endpoint: Endpoint::open("slack", &config.url, &access, asking)?,
        }))
    }

    /// Posts a text; Slack's own word where it refuses.
    pub async fn post(&self, channel: &str, text: &str) -> Result<(), SlackError> {
        let body = json!({"channel": channel, "text": text, "unfurl_links": false});
        let refused = self.endpoint.post("chat.postMessage", &body, |answer| {
            let why = || answer["error"].as_str().map(clean_line).unwrap_or_default();
            Ok((answer["ok"].as_bool() != Some(true)).then(why))
        });
        match refused.await? {
            None => Ok(()),
            Some(why) => Err(SlackError::Refused(why)),
        }
    }
}
