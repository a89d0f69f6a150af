//! An incident as lines: what it is, who does what, when what was reached.

use crate::console::place::Pane;
use crate::console::state::State;
use crate::domain::{text, time};

/// The overview as lines, each with whether it is a heading.
pub(crate) fn overview(state: &State) -> Vec<(String, bool)> {
    let Some(incident) = &state.detail.incident else {
        return vec![("Loading.".into(), false)];
    };
    let width = state.layout().panes[Pane::Detail as usize]
        .map_or(80, |r| usize::from(r.width))
        .saturating_sub(3);
    let row = &incident.row;
    let mut out: Vec<(String, bool)> =
        text::wrap(&format!("{} {}", row.reference, row.name), width)
            .into_iter()
            .map(|line| (line, true))
            .collect();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            out.extend(
                text::wrap(value, width.saturating_sub(18))
                    .into_iter()
                    .enumerate()
                    .map(|(n, line)| {
                        (
                            format!("{:<17} {line}", if n == 0 { label } else { "" }),
                            false,
                        )
                    }),
            );
        }
    };
    let priority = state
        .priority(row.severity.as_deref())
        .map_or("", |p| p.label());
    add(
        "Severity",
        &format!(
            "{} {priority}",
            row.severity.as_deref().unwrap_or("none yet")
        ),
    );
    add(
        "Status",
        &format!("{} ({})", row.status, row.category.label()),
    );
    add("Type", incident.kind.as_deref().unwrap_or_default());
    add(
        "Declared",
        &format!(
            "{} ({} ago) by {}",
            state.zone.full(row.created),
            time::span((state.now - row.created).num_seconds()),
            incident.creator
        ),
    );
    add(
        "Last activity",
        &format!("{} ago", time::span((state.now - row.active).num_seconds())),
    );
    for role in &incident.roles {
        add(
            &role.label,
            role.value.as_ref().map_or("nobody", |p| &p.name),
        );
    }
    for field in &incident.fields {
        add(&field.label, &field.value);
    }
    for stamp in &incident.timestamps {
        add(
            &stamp.label,
            &stamp
                .value
                .map_or_else(|| "not reached".into(), |at| state.zone.full(at)),
        );
    }
    for duration in &incident.durations {
        add(&duration.label, &time::span(duration.value));
    }
    add("Channel", incident.channel.as_deref().unwrap_or_default());
    add("Page", incident.permalink.as_deref().unwrap_or_default());
    if !incident.summary.is_empty() {
        out.push((String::new(), false));
        out.push(("Summary".into(), true));
        out.extend(
            text::wrap(&incident.summary, width)
                .into_iter()
                .map(|line| (line, false)),
        );
    }
    out
}
