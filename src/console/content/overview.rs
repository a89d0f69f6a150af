//! An incident as lines: what it is, who does what, when what was reached.

use crate::console::state::State;
use crate::domain::{Incident, Instant, text, time};

/// Columns of the labels.
const LABEL: usize = 17;

/// The overview as lines, each with whether it is a heading.
pub(crate) fn overview(state: &State) -> Vec<(String, bool)> {
    overview_in(state, state.detail_width())
}

/// The overview in a place of some width.
pub(crate) fn overview_in(state: &State, width: usize) -> Vec<(String, bool)> {
    let Some(incident) = &state.detail.incident else {
        return vec![("Loading.".into(), false)];
    };
    let width = width.saturating_sub(3);
    let name = format!("{} {}", incident.row.reference, incident.row.name);
    let mut lines: Vec<(String, bool)> = Vec::new();
    lines.extend(text::wrap(&name, width).into_iter().map(|l| (l, true)));
    let facts = what_it_is(state, incident).into_iter();
    for (label, value) in facts.chain(who_and_when(state, incident)) {
        let labelled = labelled(&label, &value, width);
        lines.extend(labelled.into_iter().map(|l| (l, false)));
    }
    if !incident.summary.is_empty() {
        lines.extend([(String::new(), false), ("Summary".into(), true)]);
        let summary = text::wrap(&incident.summary, width);
        lines.extend(summary.into_iter().map(|l| (l, false)));
    }
    lines
}

/// A value behind its label, wrapped below itself; nothing where there is none.
fn labelled(label: &str, value: &str, width: usize) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    text::wrap(value, width.saturating_sub(LABEL + 1))
        .into_iter()
        .enumerate()
        .map(|(n, line)| {
            let label = if n == 0 { label } else { "" };
            format!("{label:<LABEL$} {line}")
        })
        .collect()
}

fn what_it_is(state: &State, incident: &Incident) -> Vec<(String, String)> {
    let row = &incident.row;
    let severity = row.severity.as_deref();
    let priority = state.priority(severity).map_or("", |p| p.label());
    let ago = |at: Instant| time::span((state.now - at).num_seconds());
    let declared = format!(
        "{} ({} ago) by {}",
        state.zone.full(row.created),
        ago(row.created),
        incident.creator
    );
    [
        (
            "Severity",
            format!("{} {priority}", severity.unwrap_or("none yet")),
        ),
        (
            "Status",
            format!("{} ({})", row.status, row.category.label()),
        ),
        ("Type", incident.kind.clone().unwrap_or_default()),
        ("Declared", declared),
        ("Last activity", format!("{} ago", ago(row.active))),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .to_vec()
}

fn who_and_when(state: &State, incident: &Incident) -> Vec<(String, String)> {
    let roles = incident.roles.iter().map(|role| {
        let who = role.value.as_ref().map_or("nobody", |p| &p.name);
        (role.label.to_string(), who.to_owned())
    });
    let fields = incident
        .fields
        .iter()
        .map(|field| (field.label.to_string(), field.value.to_string()));
    let stamps = incident.timestamps.iter().map(|stamp| {
        let at = stamp.value.map(|at| state.zone.full(at));
        (
            stamp.label.to_string(),
            at.unwrap_or_else(|| "not reached".into()),
        )
    });
    let durations = incident
        .durations
        .iter()
        .map(|duration| (duration.label.to_string(), time::span(duration.value)));
    let places = [
        ("Channel".to_owned(), incident.channel.clone()),
        ("Page".to_owned(), incident.permalink.clone()),
    ]
    .map(|(label, place)| (label, place.unwrap_or_default()));
    roles
        .chain(fields)
        .chain(stamps)
        .chain(durations)
        .chain(places)
        .collect()
}
