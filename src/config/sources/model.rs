//! Settings of a model.

use super::Secret;
use serde::{Deserialize, Serialize};

/// A model.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// `anthropic`, `openai`, `ollama`; empty for none.
    pub provider: String,
    /// The model's name.
    pub name: String,
    /// Its address, where not the provider's own.
    pub url: String,
    /// Its key.
    pub key: Secret,
}
