//! A catalog entry to read.

use crate::console::state::State;
use crate::domain::{CatalogEntry, IncidentSummary};

/// Open incidents on an entry: that name it as a service, or name a service that it owns.
pub(crate) fn open_on<'a>(state: &'a State, entry: &CatalogEntry) -> Vec<&'a IncidentSummary> {
    let services = state.catalog.graph.services_of(entry);
    let is_named = |name: &str| services.iter().any(|service| service.name == name);
    state
        .incidents
        .rows
        .iter()
        .take_while(|row| row.category.is_open())
        .filter(|row| row.services().any(is_named))
        .map(std::convert::AsRef::as_ref)
        .collect()
}

/// An entry to read.
pub(crate) fn entry_text(state: &State, entry: &CatalogEntry) -> Vec<String> {
    let graph = &state.catalog.graph;
    let mut out = attributes(state, entry);
    out.extend(edges(state, "Needs", &graph.down(&entry.id)));
    out.extend(edges(state, "Needed by", &graph.up(&entry.id)));
    out.extend([String::new(), "Open incidents".to_owned()]);
    let open = open_on(state, entry);
    out.extend(
        open.iter()
            .map(|row| format!("  {} {} ({})", row.reference, row.name, row.status)),
    );
    if open.is_empty() {
        out.push("  none".into());
    }
    out.extend([String::new(), "Enter lists all its incidents.".into()]);
    out
}

fn attributes(state: &State, entry: &CatalogEntry) -> Vec<String> {
    let graph = &state.catalog.graph;
    let mut out = Vec::new();
    if let Some(kind) = graph.kind(entry) {
        let external = entry.external_id.as_deref().unwrap_or_default();
        out.push(format!("{} {external}", kind.name));
        let named = kind.attributes.iter().map(|attribute| {
            let value = graph.value(entry, &[&attribute.name]);
            (attribute.name.as_str(), value)
        });
        let named = named.filter(|(_, value)| !value.is_empty());
        out.extend(named.map(|(name, value)| format!("{name:<14} {value}")));
    }
    if !entry.aliases.is_empty() {
        let aliases = entry.aliases.join(", ");
        out.push(format!("{:<14} {aliases}", "Also called"));
    }
    out
}

/// Entries at the other end of edges, with what leads there and whether something is open on them.
fn edges(state: &State, heading: &str, edges: &[(&str, &CatalogEntry)]) -> Vec<String> {
    let mut out = vec![String::new(), heading.to_owned()];
    out.extend(edges.iter().map(|(by, other)| {
        let is_calm = open_on(state, other).is_empty();
        let open = if is_calm { "" } else { "  incident open" };
        format!("  {}  ({by}){open}", other.name)
    }));
    if edges.is_empty() {
        out.push("  nothing".into());
    }
    out
}
