//! Settings of Slack.

use super::Secret;
use serde::{Deserialize, Serialize};

/// Slack.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// A bot token.
    pub token: Secret,
    /// The API's address.
    pub url: String,
    /// The channel that handovers go to; empty where they are only read and copied.
    pub handover: String,
}
