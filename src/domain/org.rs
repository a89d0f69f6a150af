//! The organisation's own words and people, and what the key may do.

use super::{Severity, Status, TeamId, UserId};
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
    /// What could not be read, with the sentence why: a key that may only view some data is normal.
    pub missing: Vec<String>,
}

impl Org {
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
        self.teams.iter().filter(|team| team.members.contains(person)).map(|team| team.id.clone()).collect()
    }
}
