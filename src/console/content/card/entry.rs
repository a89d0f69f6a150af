//! A catalog entry: what it is, what it needs, what needs it, and what is open on it.

use super::team;
use crate::console::content::lines::{LISTED, Lines};
use crate::console::content::named::{incident_line, open_on, to_entry, to_person, to_team};
use crate::console::link::LinkTarget;
use crate::console::place::ListKind;
use crate::console::state::State;
use crate::domain::CatalogEntry;
use crate::domain::query::quoted;

pub(super) fn say(out: &mut Lines, state: &State, entry: &CatalogEntry) {
    let graph = &state.catalog.graph;
    attributes(out, state, entry);
    if graph
        .kind(entry)
        .is_some_and(|kind| kind.categories.iter().any(|c| c == "team"))
    {
        team::people(out, state, &entry.name);
    }
    let open = open_on(state, entry);
    out.section("Open incidents", &open, "none", |out, row| {
        out.leading(&incident_line(row), LinkTarget::Incident(row.id.clone()));
    });
    let all = LinkTarget::Incidents(format!("service:{}", quoted(graph.word_for(entry))));
    out.leading("all its incidents", all);
    changes(out, state, &entry.name);
    edges(out, state, "Needs", &graph.down(&entry.id));
    edges(out, state, "Needed by", &graph.up(&entry.id));
}

fn attributes(out: &mut Lines, state: &State, entry: &CatalogEntry) {
    let graph = &state.catalog.graph;
    let Some(kind) = graph.kind(entry) else {
        return;
    };
    let down = graph.down(&entry.id);
    for attribute in &kind.attributes {
        let value = graph.value(entry, &[&attribute.name]);
        let mut edges = down.iter().filter(|(by, _)| *by == attribute.name);
        let target = match (edges.next(), edges.next()) {
            (Some((_, one)), None) => LinkTarget::Entry(one.id.clone()),
            (None, _) if value == graph.owner(entry) => to_team(state, &value),
            (None, _) => to_person(state, &value),
            _ => LinkTarget::Nowhere,
        };
        out.fact(&attribute.name, &value, &target);
    }
    out.fact(
        "Also called",
        &entry.aliases.join(", "),
        &LinkTarget::Nowhere,
    );
    let external = entry.external_id.as_deref().unwrap_or_default();
    out.fact("External id", external, &LinkTarget::Nowhere);
}

/// Changes of it that are known by now, and the way to the list of all.
fn changes(out: &mut Lines, state: &State, service: &str) {
    let listing = state.lists.get(&ListKind::Changes);
    let known = listing.map_or(&[][..], |listing| &listing.items);
    let own: Vec<_> = known
        .iter()
        .filter(|item| item.note == service)
        .take(LISTED)
        .collect();
    out.section("Changes", &own, "", |out, item| {
        let when = item.at.map(|at| state.zone.day_clock(state.now, at));
        let words = format!(
            "{}  {}  {}",
            when.unwrap_or_default(),
            item.mark,
            item.title
        );
        out.leading(&words, item.target());
    });
}

/// Entries at the other end of edges, with what leads there and whether something is open on them.
fn edges(out: &mut Lines, state: &State, heading: &str, edges: &[(&str, &CatalogEntry)]) {
    out.section(heading, edges, "nothing", |out, (by, other)| {
        let open = match open_on(state, other).len() {
            0 => String::new(),
            1 => "  incident open".into(),
            n => format!("  {n} incidents open"),
        };
        let words = format!("{}  ({by}){open}", other.name);
        out.leading(&words, LinkTarget::Entry(other.id.clone()));
    });
}

/// The entry a service's name leads to, as a fact of something else.
pub(super) fn service(out: &mut Lines, state: &State, name: &str) {
    out.fact("Service", name, &to_entry(state, name));
}
