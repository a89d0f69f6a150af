//! Narrowing: the focused list to what is typed, and the incidents to those that pass the filter.

use super::super::msg::Cmd;
use super::super::place::{ListKind, Pane};
use super::super::search::Search;
use super::super::state::State;

/// Narrows the incidents again, after the rows or the filter changed.
pub fn narrow(state: &mut State, cmds: &mut Vec<Cmd>) {
    let incidents = &mut state.incidents;
    incidents.ticket += 1;
    let newest_first = incidents.newest_first;
    cmds.push(Cmd::Search(Search::Narrow {
        ticket: incidents.ticket,
        rows: incidents.rows.clone(),
        filter: Box::new(incidents.filter.clone()),
        newest_first,
    }));
}

/// Narrows the incidents because the user asked for it: the cursor goes to what is left, and what is typed next is about
/// that, so it waits for the answer.
pub fn narrow_by_hand(state: &mut State, cmds: &mut Vec<Cmd>) {
    state.incidents.narrowing = true;
    narrow(state, cmds);
}

/// Narrows the focused list to what was typed.
pub fn set_typed(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => {
            if state.incidents.filter.typed != typed {
                state.incidents.filter.parse(typed);
                narrow_by_hand(state, cmds);
            }
        }
        (Pane::Incidents, kind) => state.lists.entry(kind).or_default().typed = typed.to_owned(),
        (Pane::Detail, _) => {
            state.detail.tabs.entry(state.detail.tab).or_default().typed = typed.to_owned()
        }
        (Pane::OnCall, _) => state.oncall.typed = typed.to_owned(),
        (Pane::Catalog, _) => state.catalog.typed = typed.to_owned(),
    }
}

/// Narrows pane 1 to some incidents, closed ones too.
pub fn filter_incidents(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    state.focus = Pane::Incidents;
    state.list = ListKind::Incidents;
    state.incidents.filter.open_only = false;
    state.incidents.filter.parse(typed);
    narrow_by_hand(state, cmds);
}
