//! The organisation's own words and people, and what the key may do.

use super::{Severity, Status, TeamId, UserId, text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The user's id.
    pub id: UserId,
    /// Their name.
    pub name: Arc<str>,
    /// Their address, where the key may see it.
    pub email: Option<Arc<str>>,
}

/// A team and its members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// The team's id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Its members.
    pub members: Vec<UserId>,
}

/// A role people take in an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `lead`, `reporter` or `custom`.
    pub kind: String,
}

/// A type of incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentType {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether a declaration without a type gets it.
    pub is_default: bool,
    /// Whether its incidents may only be private.
    #[serde(default)]
    pub private_only: bool,
}

/// A custom field of incidents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `single_select`, `multi_select`, `text`, `link`, `numeric`.
    pub kind: String,
    /// The catalog type it draws from; empty for none.
    pub catalog_type: String,
    /// Ids and words of its options, where it draws from none.
    pub options: Vec<(String, String)>,
}

/// A status page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusPage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Ids and names of its components.
    pub components: Vec<(String, String)>,
    /// Ids and names of what is published on it and not resolved.
    pub ongoing: Vec<(String, String)>,
}

/// What changes by the minute and is asked for when something is about to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormOptions {
    /// Escalation paths, with whom they would page now.
    pub paths: Vec<super::EscalationPath>,
    /// Status pages, with what is published.
    pub pages: Vec<StatusPage>,
    /// Ids and names of priorities of follow-ups, as known ones have them: the API has no list of them.
    pub priorities: Vec<(String, String)>,
}

/// Whose key this is and which roles it has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The key's name.
    pub name: String,
    /// Roles over the whole organisation.
    pub roles: Vec<String>,
    /// Roles for some teams only.
    pub team_roles: Vec<String>,
    /// Those teams.
    pub teams: Vec<String>,
    /// The organisation's dashboard.
    pub dashboard: String,
}

/// What changes rarely: loaded once and then every half hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// The key.
    pub identity: Identity,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Statuses.
    pub statuses: Vec<Status>,
    /// Incident types.
    pub types: Vec<IncidentType>,
    /// Roles.
    pub roles: Vec<Role>,
    /// People.
    pub people: Vec<Person>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Ids of custom fields that name a service of the catalog.
    pub service_fields: Vec<String>,
    /// Custom fields of incidents.
    #[serde(default)]
    pub fields: Vec<CustomField>,
    /// Ids and names of the organisation's timestamps.
    #[serde(default)]
    pub timestamps: Vec<(String, String)>,
    /// What could not be read, with the sentence why: a key that may only view some data is normal.
    pub missing: Vec<String>,
}

impl Org {
    /// Whoever works here: as the configuration names them, else as the key is named.
    pub fn me(&self, configured: &str) -> Option<&Person> {
        let named = Some(configured).filter(|name| !name.is_empty());
        named
            .and_then(|name| self.person(name))
            .or_else(|| self.person(&self.identity.name))
    }

    /// That the configuration names nobody of this organisation, in a sentence; nothing where it does, or names none.
    pub fn unknown_me(&self, configured: &str) -> Option<String> {
        let is_unknown = !configured.is_empty() && self.person(configured).is_none();
        is_unknown.then(|| {
            let shown = text::clean_line(configured);
            format!(
                "Nobody here is \"{shown}\", which the configuration has as me. Set it to your address in incident.io, or no page is known as yours."
            )
        })
    }

    /// The person a text names: by id, address, or name.
    pub fn person(&self, text: &str) -> Option<&Person> {
        let same = |other: &str| other.eq_ignore_ascii_case(text);
        self.people
            .iter()
            .find(|p| same(p.id.as_str()) || p.email.as_deref().is_some_and(same))
            .or_else(|| self.people.iter().find(|p| same(&p.name)))
    }

    /// Ids of the teams a person is in.
    pub fn teams_of(&self, person: &UserId) -> Vec<TeamId> {
        self.teams
            .iter()
            .filter(|team| team.members.contains(person))
            .map(|team| team.id.clone())
            .collect()
    }
}
