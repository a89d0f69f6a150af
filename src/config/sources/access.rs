//! How a source is reached, and where its secrets are found.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a secret is found; empty where there is none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a place where the secret is found, { env = \"NAME\" } or { file = \"PATH\" }"
)]
pub struct Secret {
    /// Name of an environment variable.
    pub env: String,
    /// A file, 0600.
    pub file: String,
    /// A command that prints it.
    pub command: Vec<String>,
}

impl Secret {
    /// Whether no place is given.
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.file.is_empty() && self.command.is_empty()
    }
}

/// How a source that speaks HTTP is reached.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// A token for the header `Authorization`.
    pub token: Secret,
    /// The word before the token: `Bearer` unless given; empty for none.
    pub scheme: Option<String>,
    /// User for basic authentication.
    pub user: String,
    /// Password for it.
    pub password: Secret,
    /// Headers, such as a tenant's.
    pub headers: BTreeMap<String, String>,
    /// A further certificate authority (PEM).
    pub ca_cert: String,
    /// A certificate with its key (PEM).
    pub client_cert: String,
}
