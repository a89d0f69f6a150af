//! Saved views of the incidents: what they are narrowed to, whose, in what order, and in which columns.

use crate::domain::query::{self, Facet};
use serde::{Deserialize, Deserializer, Serialize};

/// Whose incidents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everybody's.
    #[default]
    All,
    /// My teams'.
    Team,
    /// Those I have a role in.
    Mine,
}

/// In what order incidents stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Open before over, then the gravest first.
    #[default]
    Severity,
    /// The newest first.
    Newest,
}

/// A column of the incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// Priority, and the organisation's own word where there is room.
    Severity,
    /// `INC-123`.
    Reference,
    /// What it is called; takes the room that is left.
    Name,
    /// The organisation's status.
    Status,
    /// Who leads.
    Lead,
    /// Since when it is known.
    Age,
    /// When something last happened in it.
    Update,
    /// The services it names.
    Service,
    /// The teams on it.
    Team,
    /// Its type.
    Type,
}

impl Column {
    /// Those shown where nothing is configured.
    pub const DEFAULT: [Column; 8] = [
        Self::Severity,
        Self::Reference,
        Self::Name,
        Self::Status,
        Self::Lead,
        Self::Age,
        Self::Update,
        Self::Service,
    ];
}

/// A view that was saved under a name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// What it is called.
    pub name: String,
    /// What it is narrowed to, as it is typed after `/`.
    #[serde(default, deserialize_with = "filter")]
    pub filter: String,
    /// Whose incidents.
    #[serde(default)]
    pub scope: Scope,
    /// Those that are over too.
    #[serde(default)]
    pub everything: bool,
    /// In what order.
    #[serde(default)]
    pub order: Order,
    /// In which columns; none for those of every list.
    #[serde(default)]
    pub columns: Vec<Column>,
}

/// A filter of which every facet is one that there is.
fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let typed = String::deserialize(from)?;
    match query::parse(&typed).unknown {
        None => Ok(typed),
        Some(name) => {
            let says = query::no_such(&name, &Facet::ALL);
            Err(serde::de::Error::custom(says.trim_end_matches('.')))
        }
    }
}
