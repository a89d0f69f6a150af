//! Narrowing: the focused list to what is typed, and the incidents to those that pass the filter.

use super::super::filter::{self, Conditions, Known};
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::search::Search;
use super::super::state::State;

/// Narrows the incidents again, after the rows or the filter changed.
pub fn narrow(state: &mut State, cmds: &mut Vec<Cmd>) {
    // Read anew each time: names may be known by now that were not, and `since:` moves on with the clock.
    let typed = state.incidents.filter.typed.clone();
    knowing(state, |state, known| {
        state.incidents.filter.parse(&typed, known);
    });
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

/// Reads something typed with all that is known here.
fn knowing(state: &mut State, read: impl FnOnce(&mut State, &Known<'_>)) {
    let (org, graph, me) = (
        state.org.clone(),
        state.catalog.graph.clone(),
        state.me.clone(),
    );
    let known = Known {
        org: &org,
        graph: &graph,
        me: me.as_ref(),
        now: state.now,
        zone: state.zone,
    };
    read(state, &known);
}

/// Narrows the focused list to what was typed.
pub fn set_typed(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    if (state.focus, state.list) == (Pane::Incidents, ListKind::Incidents) {
        if state.incidents.filter.typed != typed {
            state.incidents.filter.typed = typed.to_owned();
            narrow_by_hand(state, cmds);
        }
        return;
    }
    type_into(state, (state.focus, state.list, state.detail.tab), typed);
}

/// Reads what every list but the incidents' is narrowed to again: the organisation is known better than before.
pub fn read_again(state: &mut State) {
    let lists = state.lists.iter().map(|(kind, l)| {
        let place = (Pane::Incidents, *kind, DetailTab::default());
        (place, l.typed.clone())
    });
    let tabs = state.detail.tabs.iter().map(|(tab, l)| {
        let place = (Pane::Detail, ListKind::default(), *tab);
        (place, l.typed.clone())
    });
    let panes = [
        (Pane::OnCall, &state.oncall.typed),
        (Pane::Catalog, &state.catalog.typed),
    ]
    .map(|(pane, typed)| {
        (
            (pane, ListKind::default(), DetailTab::default()),
            typed.clone(),
        )
    });
    let all: Vec<_> = lists.chain(tabs).chain(panes).collect();
    for (place, typed) in all.into_iter().filter(|(_, typed)| !typed.is_empty()) {
        type_into(state, place, &typed);
    }
}

/// Narrows the list of a pane to what was typed.
pub(super) fn type_into(
    state: &mut State,
    (pane, list, tab): (Pane, ListKind, DetailTab),
    typed: &str,
) {
    let Some(facets) = filter::facets_of(pane, list, tab) else {
        return;
    };
    knowing(state, |state, known| {
        let read = Conditions::read(typed, facets, known);
        let (said, conditions) = match pane {
            Pane::Incidents => {
                let listing = state.lists.entry(list).or_default();
                (&mut listing.typed, &mut listing.conditions)
            }
            Pane::Detail => {
                let listing = state.detail.tabs.entry(tab).or_default();
                (&mut listing.typed, &mut listing.conditions)
            }
            Pane::OnCall => (&mut state.oncall.typed, &mut state.oncall.conditions),
            Pane::Catalog => (&mut state.catalog.typed, &mut state.catalog.conditions),
        };
        (*said, *conditions) = (typed.to_owned(), read);
    });
}

/// Narrows pane 1 to some incidents, closed ones too.
pub fn filter_incidents(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    state.focus = Pane::Incidents;
    state.list = ListKind::Incidents;
    state.incidents.filter.open_only = false;
    state.incidents.filter.typed = typed.to_owned();
    narrow_by_hand(state, cmds);
}
