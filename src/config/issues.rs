//! Settings of systems that list their issues in JSON.

use super::Access;
use crate::domain::DetectionState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A system that is asked for its issues by an address that answers JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JsonDetector {
    /// Its name in incidents.
    pub name: String,
    /// The address.
    pub url: String,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
    /// Where in the JSON things stand.
    pub fields: IssueFields,
    /// What its words for a status mean, beside the usual ones.
    #[serde(default)]
    pub statuses: BTreeMap<String, DetectionState>,
    /// Whether it lists everything that is open, so that what it leaves out is over.
    #[serde(default = "yes")]
    pub complete: bool,
}

fn yes() -> bool {
    true
}

/// JSON pointers into a list of issues; empty ones are not read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssueFields {
    /// The list; the whole answer where empty.
    pub items: String,
    /// Its id.
    pub id: String,
    /// What is wrong, in a line.
    pub title: String,
    /// How bad it is.
    pub severity: String,
    /// How it stands.
    pub status: String,
    /// Since when: RFC 3339 or unix time.
    pub started: String,
    /// When it was over, for lists that name no status.
    pub cleared: String,
    /// A list of services, or a text with commas between them.
    pub services: String,
    /// What is known, in some lines.
    pub summary: String,
    /// Its page.
    pub url: String,
    /// An object with further fields.
    pub fields: String,
    /// Something beside the list that says that there is more of it, such as the address of the next page.
    pub more: String,
}

impl IssueFields {
    /// Every pointer.
    pub fn all(&self) -> [&str; 12] {
        [
            &self.items,
            &self.id,
            &self.title,
            &self.severity,
            &self.status,
            &self.started,
            &self.cleared,
            &self.services,
            &self.summary,
            &self.url,
            &self.fields,
            &self.more,
        ]
    }
}
