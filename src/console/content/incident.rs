//! An incident's line in words: what it is called and what is to be known of it, for eyes and for ears.

use super::{bridge, menu};
use crate::console::place::Scope;
use crate::console::state::State;
use crate::domain::{IncidentSummary, Mode, Visibility};

/// What is said where nobody leads.
pub(crate) const NO_LEAD: &str = "no lead";

/// What is to be known of it beside its name: that the user is paged for it, that not everybody may know, that it is only a
/// test, or that the bridge keeps it.
pub(crate) fn signs(state: &State, row: &IncidentSummary) -> Vec<&'static str> {
    let is_private = row.visibility == Visibility::Private;
    [
        state.has_my_page(&row.id).then_some("your page"),
        is_private.then_some("private"),
        (row.mode == Mode::Test).then_some("test"),
        bridge::mark(state, &row.id),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What it is called, behind its signs.
pub(crate) fn name(state: &State, row: &IncidentSummary) -> String {
    let signs = signs(state, row).into_iter();
    let signs: String = signs.map(|sign| format!("[{sign}] ")).collect();
    format!("{signs}{}", row.name)
}

/// The priority, with the organisation's own word.
pub(crate) fn severity(state: &State, row: &IncidentSummary) -> String {
    let priority = state.priority(row.severity.as_deref());
    let label = priority.map_or("--", |p| p.label());
    let word = row.severity.as_deref().unwrap_or("none");
    format!("{label} {word}")
}

/// The names of the teams on it.
pub(crate) fn teams(state: &State, row: &IncidentSummary) -> String {
    let on = row.teams.as_deref().unwrap_or_default();
    let named = |id: &str| state.org.teams.iter().find(|team| team.id.as_str() == id);
    let names: Vec<&str> = on
        .split(' ')
        .filter_map(named)
        .map(|t| t.name.as_str())
        .collect();
    names.join(", ")
}

/// Which incidents are listed and in what order, from the view to the order.
pub(crate) fn which(state: &State) -> Vec<String> {
    let (incidents, filter) = (&state.incidents, &state.incidents.filter);
    let view = menu::shown_view(state).map(|view| view.name.clone());
    let over = match filter.open_only {
        true => "open",
        false => "everything",
    };
    let scope = match filter.scope {
        Scope::All => "all",
        Scope::Team => "my teams",
        Scope::Mine => "mine",
    };
    let order = match incidents.newest_first {
        true => "newest first",
        false => "by severity",
    };
    let what = [over, scope, order].map(str::to_owned);
    view.into_iter().chain(what).collect()
}
