//! Why an incident stands in a list that does not hold it.

use crate::console::state::State;
use crate::domain::{EntryKind, IncidentSummary, Instant, StatusCategory, time};

/// Whom and when it left the list by, or that the filter does not let it pass.
pub(crate) fn why_pinned(state: &State, row: &IncidentSummary) -> String {
    if row.category.is_open() || row.reference.is_empty() {
        return "not in this list".into();
    }
    let (who, at) = ended(state, row);
    let by = who.map_or(String::new(), |who| format!(" by {who}"));
    format!("{}{by}, {}", over(row), ago(state, at))
}

/// What became of it, in a word.
pub(crate) fn over(row: &IncidentSummary) -> &'static str {
    match row.category {
        StatusCategory::Learning => "resolved",
        other => other.label(),
    }
}

/// Who brought it to its end, where its timeline tells, and when.
pub(crate) fn ended<'a>(state: &'a State, row: &IncidentSummary) -> (Option<&'a str>, Instant) {
    let tells = state.is_shown(&row.id);
    let moved = state.detail.timeline.iter().rev().find(|entry| {
        let by_update = entry.kind == EntryKind::Update && entry.title.starts_with(&*row.status);
        by_update && !entry.actor.is_empty()
    });
    match moved.filter(|_| tells) {
        Some(entry) => (Some(entry.actor.as_str()), entry.at),
        None => (None, row.updated),
    }
}

/// Seconds are not counted: a line that changes each second is a line that is sent each second.
fn ago(state: &State, at: Instant) -> String {
    if (state.now - at).num_seconds() < 60 {
        return "just now".into();
    }
    format!("{} ago", time::age(state.now, at))
}
