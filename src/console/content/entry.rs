//! A catalog entry to read.

use crate::console::state::State;
use crate::domain::{CatalogEntry, IncidentSummary};

/// Open incidents that name an entry as a service.
pub(crate) fn open_on<'a>(state: &'a State, entry: &CatalogEntry) -> Vec<&'a IncidentSummary> {
    state
        .incidents
        .rows
        .iter()
        .take_while(|row| row.category.is_open())
        .filter(|row| row.services().any(|name| name == entry.name))
        .map(std::convert::AsRef::as_ref)
        .collect()
}

/// An entry to read.
pub(crate) fn entry_text(state: &State, entry: &CatalogEntry) -> Vec<String> {
    let graph = &state.catalog.graph;
    let mut out = Vec::new();
    if let Some(kind) = graph.kind(entry) {
        out.push(format!(
            "{} {}",
            kind.name,
            entry.external_id.as_deref().unwrap_or_default()
        ));
        for attribute in &kind.attributes {
            let value = graph.value(entry, &[&attribute.name]);
            if !value.is_empty() {
                out.push(format!("{:<14} {value}", attribute.name));
            }
        }
    }
    if !entry.aliases.is_empty() {
        out.push(format!(
            "{:<14} {}",
            "Also called",
            entry.aliases.join(", ")
        ));
    }
    for (heading, edges) in [
        ("Needs", graph.down(&entry.id)),
        ("Needed by", graph.up(&entry.id)),
    ] {
        out.extend([String::new(), heading.to_owned()]);
        out.extend(edges.iter().map(|(by, other)| {
            format!(
                "  {}  ({by}){}",
                other.name,
                if open_on(state, other).is_empty() {
                    ""
                } else {
                    "  incident open"
                }
            )
        }));
        if edges.is_empty() {
            out.push("  nothing".into());
        }
    }
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
