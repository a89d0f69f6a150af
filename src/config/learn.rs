//! What becomes of an incident once it is resolved.

use serde::{Deserialize, Serialize};

/// What is made of a post-mortem and of follow-ups that can be drafted from the rows of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Learn {
    /// Nothing is drafted.
    Off,
    /// The post-mortem is kept here as a text that was begun, and goes nowhere.
    Keep,
    /// It is imported, and follow-ups are created.
    Import,
}
