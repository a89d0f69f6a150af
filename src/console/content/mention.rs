//! Names that a word after `@` could mean.

use crate::console::state::{FormView, State};

/// What a word after `@` could mean: people first, then services.
pub(crate) fn mentioned(state: &State, view: &FormView) -> Option<(String, Vec<String>)> {
    let typed = view.mention()?;
    let word = typed.to_lowercase();
    let people = state.org.people.iter().map(|p| p.name.as_ref());
    let services = state
        .catalog
        .graph
        .entries
        .iter()
        .filter(|e| state.catalog.graph.kind(e).is_some_and(|k| k.is_service()))
        .map(|e| e.name.as_str());
    let begins = |name: &&str| {
        name.to_lowercase()
            .split([' ', '-'])
            .any(|part| part.starts_with(&word))
            || name.to_lowercase().starts_with(&word)
    };
    let names: Vec<String> = people
        .chain(services)
        .filter(begins)
        .take(6)
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then_some((typed, names))
}
