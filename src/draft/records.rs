//! Records as text: an incident, an entry of its timeline, an entry of the catalog.

use crate::domain::time::{self, Zone};
use crate::domain::{
    CatalogEntry, CatalogGraph, Incident, Instant, Person, TimelineEntry, text::wrap,
};
use serde_json::{Value, json};

/// Columns that the text of a summary is wrapped to.
const READABLE: usize = 100;

/// A person's name.
pub(crate) fn or_nobody(person: Option<&Person>) -> String {
    person.map_or_else(|| "nobody".into(), |p| p.name.to_string())
}

/// An incident for a person.
pub(crate) fn incident_lines(incident: &Incident, zone: Zone) -> Vec<String> {
    let r = &incident.row;
    let mut lines = vec![
        format!("{} {}", r.reference, r.name),
        format!(
            "{} · {} ({})",
            r.severity.as_deref().unwrap_or("no severity"),
            r.status,
            r.category.label()
        ),
        format!("Declared {} by {}", zone.full(r.created), incident.creator),
    ];
    let roles = incident.roles.iter();
    lines.extend(roles.map(|role| format!("{}: {}", role.label, or_nobody(role.value.as_ref()))));
    let fields = incident.fields.iter();
    lines.extend(fields.map(|f| format!("{}: {}", f.label, f.value)));
    let stamps = incident.timestamps.iter();
    lines.extend(stamps.filter_map(|t| Some(format!("{}: {}", t.label, zone.full(t.value?)))));
    let durations = incident.durations.iter();
    lines.extend(durations.map(|d| format!("{}: {}", d.label, time::span(d.value))));
    lines.extend(incident.permalink.iter().cloned());
    if !incident.summary.is_empty() {
        lines.push(String::new());
        lines.extend(wrap(&incident.summary, READABLE));
    }
    lines
}

/// What an entry of a timeline says, in a line.
pub(crate) fn what(item: &TimelineEntry) -> String {
    if item.body.is_empty() {
        return item.title.clone();
    }
    format!("{}: {}", item.title, item.body.replace('\n', " "))
}

/// An entry of a timeline for a person.
pub(crate) fn timeline_line(item: &TimelineEntry, now: Instant, zone: Zone) -> String {
    [
        zone.day_clock(now, item.at),
        item.kind.label().into(),
        what(item),
        item.actor.clone(),
    ]
    .join("  ")
}

/// A catalog entry with what it needs and what needs it, for a program.
pub(crate) fn catalog_entry_json(graph: &CatalogGraph, e: &CatalogEntry) -> Value {
    let edge =
        |(by, other): (&str, &CatalogEntry)| json!({"by": by, "id": other.id, "name": other.name});
    json!({"id": e.id, "name": e.name, "type": graph.kind(e).map(|k| &k.name), "aliases": e.aliases, "external_id": e.external_id, "owner": graph.owner(e), "tier": graph.tier(e),
        "needs": graph.down(&e.id).into_iter().map(edge).collect::<Vec<_>>(), "needed_by": graph.up(&e.id).into_iter().map(edge).collect::<Vec<_>>()})
}

/// The same for a person.
pub(crate) fn catalog_entry_lines(graph: &CatalogGraph, e: &CatalogEntry) -> Vec<String> {
    let mut lines = vec![
        format!("{} ({})", e.name, graph.kind(e).map_or("", |k| &k.name)),
        format!("Owner: {}", graph.owner(e)),
        format!("Tier: {}", graph.tier(e)),
    ];
    for (heading, edges) in [("Needs", graph.down(&e.id)), ("Needed by", graph.up(&e.id))] {
        lines.push(heading.into());
        let edges = edges.iter();
        lines.extend(edges.map(|(by, other)| format!("  {} ({by})", other.name)));
    }
    lines
}
