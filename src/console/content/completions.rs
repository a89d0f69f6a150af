//! What can be typed next in the filter's field, and what is wrong with what was typed.

use crate::console::filter::{self, Completion, Facets, INCIDENTS, Pool, complete, facets_of};
use crate::console::place::{ListKind, Pane};
use crate::console::state::{Listing, State};
use tui_textarea::TextArea;

/// What stands before the cursor of a field, and what behind it.
pub(crate) fn at_cursor(input: &TextArea<'_>) -> (String, String) {
    let typed = input.lines().concat();
    let letters = typed.chars();
    let before: String = letters.take(input.cursor().1).collect();
    let after = typed[before.len()..].to_owned();
    (before, after)
}

/// What can take the place of the word that is being typed.
pub(crate) fn completions(state: &State) -> Vec<Completion> {
    let input = state.input.as_ref();
    input.map_or_else(Vec::new, |input| offered(state, &at_cursor(input).0))
}

/// What can take the place of the last word of what is typed into the filter's field.
pub(crate) fn offered(state: &State, typed: &str) -> Vec<Completion> {
    let Some(list) = facets_of(state.focus, state.list, state.detail.tab) else {
        return Vec::new();
    };
    let marks: Vec<String> = listing(state)
        .into_iter()
        .flat_map(|listing| listing.items.iter().map(|item| item.mark.clone()))
        .collect();
    complete(typed, &pool(state, list, &marks))
}

/// What the list of incidents is narrowed to and nothing is called; nothing where all of it may be found.
pub(crate) fn unknown(state: &State) -> Option<String> {
    filter::unknown(&state.incidents.filter.typed, &pool(state, INCIDENTS, &[]))
}

fn pool<'a>(state: &'a State, list: Facets, marks: &'a [String]) -> Pool<'a> {
    Pool {
        list,
        org: &state.org,
        graph: &state.catalog.graph,
        rows: &state.incidents.rows,
        marks,
    }
}

/// The list of items that has the keys; none where the incidents or a pane of its own have them.
fn listing(state: &State) -> Option<&Listing> {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => None,
        (Pane::Incidents, kind) => state.lists.get(&kind),
        (Pane::Detail, _) => state.detail.tabs.get(&state.detail.tab),
        _ => None,
    }
}

/// What is wrong with what the focused list is narrowed to.
pub(crate) fn told(state: &State) -> Option<&str> {
    let conditions = match state.focus {
        Pane::Incidents if state.list == ListKind::Incidents => {
            return state.incidents.filter.told();
        }
        Pane::OnCall => &state.oncall.conditions,
        Pane::Catalog => &state.catalog.conditions,
        Pane::Incidents | Pane::Detail => &listing(state)?.conditions,
    };
    conditions.told.as_deref()
}
