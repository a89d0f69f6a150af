//! The only place that changes the state: pure, no clock, no I/O. What must be done outside is returned.

mod act;
mod copy;
mod failure;
mod form;
mod history;
mod investigation;
mod journal;
mod keys;
mod motion;
mod news;
mod open;
mod open_form;
mod overlays;
mod rows;
mod settle;
mod write_result;

use super::msg::{Cmd, Interest, Msg, Topic};
use super::place::{ListKind, Pane};
use super::state::State;
use crate::domain::{IncidentId, Instant};
use chrono::Duration;

/// How long the keys must pause before the detail follows the cursor: longer than the gap of a held key (33 ms) and
/// what a bad line adds to it, shorter than a wait anyone notices.
const PAUSE: Duration = Duration::milliseconds(120);

/// Takes in what happened and says what must be done.
pub fn update(state: &mut State, now: Instant, msg: Msg) -> Vec<Cmd> {
    state.now = now;
    let mut cmds = Vec::new();
    match msg {
        Msg::Key(key) => keys::key(state, key, &mut cmds),
        Msg::Pasted(text) => keys::paste(state, &text, &mut cmds),
        Msg::Resized(width, height) => state.size = (width, height),
        Msg::Ticked => {}
        Msg::Worker(news) => news::apply(state, news, &mut cmds),
    }
    if state
        .notice
        .as_ref()
        .is_some_and(|(_, until)| *until <= now)
    {
        state.notice = None;
    }
    if state.follow_at.is_some_and(|at| at <= now) {
        follow(state, &mut cmds);
    }
    settle::settle(state);
    cmds
}

/// What to ask for when the console opens.
pub fn opening(state: &State) -> Vec<Cmd> {
    let mut cmds: Vec<Cmd> = [
        Topic::Org,
        Topic::Incidents,
        Topic::Schedules,
        Topic::Catalog,
        Topic::List(ListKind::Pages),
        Topic::Journal,
        Topic::History,
    ]
    .into_iter()
    .map(Cmd::Fetch)
    .collect();
    cmds.push(watch(state));
    cmds
}

fn watch(state: &State) -> Cmd {
    Cmd::Watch(Interest {
        incident: state.detail.id.clone(),
        tab: state.detail.tab,
        list: state.list,
        oncall: state.layout().panes[Pane::OnCall as usize].is_some(),
    })
}

/// Narrows the incidents again, after the rows or the filter changed.
fn narrow(state: &mut State, cmds: &mut Vec<Cmd>) {
    let incidents = &mut state.incidents;
    incidents.ticket += 1;
    let newest_first = incidents.newest_first;
    cmds.push(Cmd::Narrow {
        ticket: incidents.ticket,
        rows: incidents.rows.clone(),
        filter: Box::new(incidents.filter.clone()),
        newest_first,
    });
}

/// The detail follows the cursor once the keys pause.
fn touch_selection(state: &mut State) {
    let target = state.incidents.current().map(|row| row.id.clone());
    let changes = state.list == ListKind::Incidents && target != state.detail.id;
    state.follow_at = changes.then_some(state.now + PAUSE);
}

fn follow(state: &mut State, cmds: &mut Vec<Cmd>) {
    state.follow_at = None;
    if let Some(row) = state.incidents.current() {
        let id = row.id.clone();
        show_incident(state, id, cmds);
    }
}

/// Shows an incident in the detail pane.
fn show_incident(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    if state.detail.id.as_ref() == Some(&id) {
        return;
    }
    let (tab, kind) = (state.detail.tab, state.detail.kind);
    state.detail = super::state::Detail {
        id: Some(id.clone()),
        tab,
        kind,
        follows: true,
        ..Default::default()
    };
    failure::forget_others(state, &id);
    cmds.push(Cmd::Fetch(Topic::Detail(id.clone())));
    cmds.push(Cmd::Fetch(Topic::Timeline(id.clone())));
    write_result::show_sent(state);
    if tab.is_list() {
        cmds.push(Cmd::Fetch(Topic::Tab(id, tab)));
    }
    cmds.push(watch(state));
}

/// Goes to an incident wherever it is: the cursor too, where the list holds it.
fn jump_to(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    if let Some(from) = state.detail.id.clone().filter(|from| from != &id) {
        state.back.push(from);
        state.forward.clear();
    }
    go_to(state, id, cmds);
}

fn go_to(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    state.overlays.clear();
    state.list = ListKind::Incidents;
    state.focus = Pane::Detail;
    state.follow_at = None;
    state.incidents.cursor.id = Some(id.to_string());
    show_incident(state, id, cmds);
}

/// The incident the cursor is on, shown in the detail pane.
fn selected(state: &mut State, cmds: &mut Vec<Cmd>) -> Option<IncidentId> {
    if state.focus != Pane::Detail {
        follow(state, cmds);
    }
    known(state)
}

/// The incident that is shown in the detail pane; where it is about to follow the cursor, it does so at once.
fn shown(state: &mut State, cmds: &mut Vec<Cmd>) -> Option<IncidentId> {
    if state.follow_at.is_some() {
        follow(state, cmds);
    }
    known(state)
}

fn known(state: &mut State) -> Option<IncidentId> {
    if state.detail.id.is_none() {
        say(state, "No incident is selected.");
    }
    state.detail.id.clone()
}

/// Says something in the status line for a while.
fn say(state: &mut State, text: impl Into<String>) {
    state.say(text);
}
