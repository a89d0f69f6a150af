//! Which incident the detail pane shows, and what is asked for with it.

use super::super::job::Topic;
use super::super::msg::{Cmd, Interest};
use super::super::place::{ListKind, Pane};
use super::super::state::{Detail, State};
use super::{problems, write_result};
use crate::domain::IncidentId;
use chrono::Duration;

/// How long the keys must pause before the detail follows the cursor: longer than the gap of a held key (33 ms) and
/// what a bad line adds to it, shorter than a wait anyone notices.
const PAUSE: Duration = Duration::milliseconds(120);

/// What to ask for when the console opens.
pub fn opening(state: &State) -> Vec<Cmd> {
    let mut cmds: Vec<Cmd> = [
        Topic::Org,
        Topic::Incidents,
        Topic::Schedules,
        Topic::Catalog,
        Topic::List(ListKind::Pages),
        Topic::Journal,
        Topic::Bridge,
        Topic::History,
    ]
    .into_iter()
    .map(Cmd::Fetch)
    .collect();
    cmds.push(watch(state));
    cmds
}

/// What the user looks at, for the polling plan.
pub fn watch(state: &State) -> Cmd {
    Cmd::Watch(Interest {
        incident: state.detail.id.clone(),
        tab: state.detail.tab,
        list: state.list,
        oncall: state.layout().panes[Pane::OnCall as usize].is_some(),
    })
}

/// The detail follows the cursor once the keys pause.
pub fn touch_selection(state: &mut State) {
    let target = of_row(state);
    let changes = target.is_some() && target != state.detail.id;
    state.follow_at = changes.then_some(state.now + PAUSE);
}

/// The detail shows at once what the cursor is on.
pub fn follow(state: &mut State, cmds: &mut Vec<Cmd>) {
    state.follow_at = None;
    if let Some(id) = of_row(state) {
        show_incident(state, id, cmds);
    }
}

/// The incident of the line that the cursor of pane 1 is on: the line itself, or what a page, an alert or a task is about.
fn of_row(state: &State) -> Option<IncidentId> {
    match state.list {
        ListKind::Incidents => state.incidents.current().map(|row| row.id.clone()),
        _ => state.listed().and_then(|item| item.incident.clone()),
    }
}

/// The detail shows what the cursor was just moved to: whatever comes next is about that.
pub fn catch_up(state: &mut State, cmds: &mut Vec<Cmd>) {
    if state.follow_at.is_some() {
        follow(state, cmds);
    }
}

/// Shows an incident in the detail pane.
pub fn show_incident(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    if state.detail.id.as_ref() == Some(&id) {
        return;
    }
    let (tab, kind) = (state.detail.tab, state.detail.kind);
    state.detail = Detail {
        id: Some(id.clone()),
        tab,
        kind,
        follows: true,
        ..Default::default()
    };
    problems::forget_others(state, &id);
    cmds.push(Cmd::Fetch(Topic::Detail(id.clone())));
    cmds.push(Cmd::Fetch(Topic::Timeline(id.clone())));
    write_result::show_sent(state);
    if tab.is_list() {
        cmds.push(Cmd::Fetch(Topic::Tab(id, tab)));
    }
    cmds.push(watch(state));
}

/// Goes to an incident wherever it is: the cursor too, where the list holds it.
pub fn go_to(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    state.overlays.clear();
    state.list = ListKind::Incidents;
    state.focus = Pane::Detail;
    state.follow_at = None;
    state.incidents.cursor.id = Some(id.to_string());
    show_incident(state, id, cmds);
}

/// The incident that is shown, or a word where there is none.
pub fn target(state: &mut State) -> Option<IncidentId> {
    if state.target().is_none() {
        let says = state.no_target();
        state.say(says);
    }
    state.target().cloned()
}
