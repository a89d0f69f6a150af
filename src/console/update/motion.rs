//! Moving: the cursor of the focused pane, the focus and the tabs.

use super::super::content::{finding, overview};
use super::super::cursor::{Cursor, Step};
use super::super::freshness;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::State;
use super::pin;
use super::show::{follow, touch_selection, watch};

/// Moves the cursor of the focused pane.
pub fn move_to(state: &mut State, step: Step) {
    let count = count(state);
    let Some(cursor) = cursor_mut(state) else {
        return;
    };
    cursor.go(step, count);
    let at = cursor.at;
    if state.focus == Pane::Detail
        && matches!(state.detail.tab, DetailTab::Timeline | DetailTab::Overview)
    {
        state.detail.follows = state.detail.tab == DetailTab::Timeline && at + 1 >= count;
    }
    if state.focus == Pane::Incidents {
        if state.list == ListKind::Incidents {
            pin::move_on(&mut state.incidents);
        }
        touch_selection(state);
    }
}

/// The line the focused pane's cursor is on, and how many there are.
pub fn position(state: &mut State) -> (usize, usize) {
    let count = count(state);
    (cursor_mut(state).map_or(0, |cursor| cursor.at), count)
}

/// Lines of what the focused pane shows.
fn count(state: &State) -> usize {
    match (state.focus, state.list, state.detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => state.incidents.count(),
        (Pane::Incidents, kind, _) => state.lists.get(&kind).map_or(0, |l| l.shown().len()),
        (Pane::Detail, _, DetailTab::Timeline) => state.detail.lines().len(),
        (Pane::Detail, _, DetailTab::Overview) => overview::overview(state).len(),
        (Pane::Detail, _, DetailTab::Investigation) => finding::shown(state).len(),
        (Pane::Detail, _, tab) => state.detail.tabs.get(&tab).map_or(0, |l| l.shown().len()),
        (Pane::OnCall, ..) => state.oncall.shown().len(),
        (Pane::Catalog, ..) => state.catalog.shown().len(),
    }
}

fn cursor_mut(state: &mut State) -> Option<&mut Cursor> {
    match (state.focus, state.list, state.detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => Some(&mut state.incidents.cursor),
        (Pane::Incidents, kind, _) => state.lists.get_mut(&kind).map(|l| &mut l.cursor),
        (Pane::Detail, _, DetailTab::Timeline | DetailTab::Overview) => {
            Some(&mut state.detail.cursor)
        }
        (Pane::Detail, _, DetailTab::Investigation) => state
            .investigations
            .get_mut(state.detail.id.as_ref()?)
            .map(|p| &mut p.cursor),
        (Pane::Detail, _, tab) => state.detail.tabs.get_mut(&tab).map(|l| &mut l.cursor),
        (Pane::OnCall, ..) => Some(&mut state.oncall.cursor),
        (Pane::Catalog, ..) => Some(&mut state.catalog.cursor),
    }
}

/// Gives a pane the keys.
pub fn focus(state: &mut State, pane: Pane, cmds: &mut Vec<Cmd>) {
    state.focus = pane;
    if pane == Pane::Detail && state.detail.id.is_none() {
        follow(state, cmds);
    }
    // What nobody looked at was not asked for.
    let topic = freshness::topic(state, pane);
    let aside = matches!(pane, Pane::OnCall | Pane::Catalog);
    let old = topic.filter(|topic| aside && freshness::late(state, topic).is_some());
    cmds.extend(old.map(Cmd::Fetch));
    cmds.push(watch(state));
}

/// Gives the pane so many places on the keys, round and round.
pub fn turn_focus(state: &mut State, by: usize, cmds: &mut Vec<Cmd>) {
    focus(
        state,
        Pane::ALL[(state.focus as usize + by) % Pane::ALL.len()],
        cmds,
    );
}

/// Shows the focused pane's tab so many places on, round and round.
pub fn turn_tab(state: &mut State, by: isize, cmds: &mut Vec<Cmd>) {
    let (at, count) = match state.focus {
        Pane::Incidents => (state.list as usize, ListKind::ALL.len()),
        Pane::Detail => (state.detail.tab as usize, DetailTab::ALL.len()),
        Pane::Catalog => (state.catalog.kind, state.catalog.kinds().len()),
        Pane::OnCall => return state.say("The on-call pane has no tabs."),
    };
    let turned = (at + count).saturating_add_signed(by) % count.max(1);
    show_tab_at(state, turned, cmds);
}

/// Shows the focused pane's tab of a place.
pub fn show_tab_at(state: &mut State, place: usize, cmds: &mut Vec<Cmd>) {
    match state.focus {
        Pane::Incidents => {
            if let Some(kind) = ListKind::ALL.get(place) {
                show_list(state, *kind, cmds);
            }
        }
        Pane::Detail => {
            if let Some(tab) = DetailTab::ALL.get(place) {
                show_tab(state, *tab, cmds);
            }
        }
        Pane::Catalog => state.catalog.kind = place,
        Pane::OnCall => {}
    }
}

fn show_tab(state: &mut State, tab: DetailTab, cmds: &mut Vec<Cmd>) {
    state.detail.tab = tab;
    state.detail.cursor = Cursor::default();
    state.detail.follows = tab == DetailTab::Timeline;
    if let (Some(id), true) = (state.detail.id.clone(), tab.is_list()) {
        cmds.push(Cmd::Fetch(Topic::Tab(id, tab)));
    }
    cmds.push(watch(state));
}

/// Shows a list in pane 1.
pub fn show_list(state: &mut State, kind: ListKind, cmds: &mut Vec<Cmd>) {
    state.focus = Pane::Incidents;
    state.list = kind;
    if kind != ListKind::Incidents {
        state.lists.entry(kind).or_default();
        cmds.push(Cmd::Fetch(Topic::List(kind)));
    }
    touch_selection(state);
    cmds.push(watch(state));
}
