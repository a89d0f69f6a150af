//! What happened since the last session, from the rows that are there.

use crate::console::state::State;
use crate::domain::{IncidentSummary, Instant};

/// Incidents of a kind that are listed one by one; of more, their number says enough.
const LISTED: usize = 20;

/// What was declared, what ended and which pages wait, since a time.
pub(crate) fn since(state: &State, at: Instant) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, head) in [
        (Some(Kind::Open), "declared and open"),
        (Some(Kind::Over), "declared and over"),
        (Some(Kind::OlderAndOver), "older, and over since"),
    ] {
        let rows = state.incidents.rows.iter();
        let found: Vec<_> = rows.filter(|row| kind_of(row, at) == kind).collect();
        lines.push(format!("{} {head}", found.len()));
        lines.extend(found.into_iter().take(LISTED).map(|row| line(row)));
    }
    lines.push(format!("{} pages nobody has answered", state.waiting.len()));
    lines
}

#[derive(PartialEq)]
enum Kind {
    Open,
    Over,
    OlderAndOver,
}

fn kind_of(row: &IncidentSummary, at: Instant) -> Option<Kind> {
    match (row.created >= at, row.category.is_open()) {
        (true, true) => Some(Kind::Open),
        (true, false) => Some(Kind::Over),
        (false, false) if row.active >= at => Some(Kind::OlderAndOver),
        _ => None,
    }
}

fn line(row: &IncidentSummary) -> String {
    format!(
        "  {} {} {}: {}",
        row.reference,
        row.severity.as_deref().unwrap_or("-"),
        row.status,
        row.name
    )
}
