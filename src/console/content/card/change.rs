//! A change of the systems: what, when, by whom, how it was found, and what happened on that service since.

use super::entry;
use crate::console::content::lines::{LISTED, Lines};
use crate::console::content::named::{incident_line, to_person};
use crate::console::link::LinkTarget;
use crate::console::state::State;
use crate::domain::{Change, IncidentSummary, time};
use chrono::Duration;

/// Hours after a change in which what is declared on its service is worth a look.
const SOON: i64 = 6;

pub(super) fn say(out: &mut Lines, state: &State, change: &Change) {
    let ago = time::span((state.now - change.at).num_seconds());
    let when = format!("{} ({ago} ago)", state.zone.full(change.at));
    out.fact("When", &when, &LinkTarget::Nowhere);
    entry::service(out, state, &change.service);
    let nowhere = &LinkTarget::Nowhere;
    out.fact(
        "Version",
        change.version.as_deref().unwrap_or_default(),
        nowhere,
    );
    let author = change.author.as_deref().unwrap_or_default();
    out.fact("By", author, &to_person(state, author));
    out.fact("Source", &change.source, nowhere);
    out.fact("Found by", &change.query, nowhere);
    out.fact(
        "Address",
        change.link.as_deref().unwrap_or_default(),
        nowhere,
    );
    let soon = change.at..change.at + Duration::hours(SOON);
    let rows = state.incidents.rows.iter();
    let after: Vec<&IncidentSummary> = rows
        .filter(|row| soon.contains(&row.created))
        .filter(|row| row.services().any(|name| name == change.service))
        .take(LISTED)
        .map(AsRef::as_ref)
        .collect();
    let heading = format!("Declared on it within {SOON} hours");
    out.section(&heading, &after, "nothing", |out, row| {
        let target = LinkTarget::Incident(row.id.clone());
        out.leading(&incident_line(row), target);
    });
}
