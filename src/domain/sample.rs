//! Incidents for tests and benchmarks.

use super::{Incident, IncidentSummary, Person, Verbatim};

/// A person whose id is their name, for tests.
#[doc(hidden)]
pub fn person(name: &str) -> Person {
    Person {
        id: name.into(),
        name: name.into(),
        email: None,
    }
}

/// A row for tests and benchmarks.
#[doc(hidden)]
pub fn row(
    id: &str,
    name: &str,
    severity: &str,
    status: &str,
    service: &str,
    lead: &str,
) -> IncidentSummary {
    use crate::domain::{Mode, StatusCategory, Visibility};
    let at = crate::domain::time::parse("2026-11-20T14:00:00Z").unwrap_or_default();
    IncidentSummary {
        id: id.into(),
        reference: format!("INC-{id}").into(),
        name: name.into(),
        severity: Some(severity.into()),
        rank: 1,
        status: status.into(),
        category: if status == "Closed" {
            StatusCategory::Closed
        } else {
            StatusCategory::Live
        },
        lead: Some(lead.into()),
        service: Some(service.into()),
        teams: Some(format!("T{id}").into()),
        people: Some(format!("U{id}").into()),
        visibility: Visibility::Public,
        mode: Mode::Standard,
        kind: None,
        roles: Some("R1".into()),
        created: at,
        updated: at,
        active: at,
    }
}

/// A whole incident around a row, for tests.
#[doc(hidden)]
pub fn incident(row: IncidentSummary) -> Incident {
    Incident {
        row,
        summary: "summary".into(),
        kind: None,
        creator: String::new(),
        permalink: None,
        channel: None,
        channel_id: None,
        roles: vec![],
        fields: vec![],
        values: vec![],
        call: None,
        entries: vec![],
        timestamps: vec![],
        durations: vec![],
        written: Verbatim::default(),
    }
}
