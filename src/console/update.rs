//! The only place that changes the state: pure, no clock, no I/O. What must be done outside is returned.

mod act;
mod form;
mod history;
mod investigation;
mod journal;
mod keys;
mod news;
mod open_form;
mod write_result;

pub use form::mentioned;
pub use journal::listed;
pub use keys::typed as typed_here;

use super::msg::{Cmd, Interest, Msg, Topic};
use super::state::{DetailTab, ListKind, Pane, State};
use super::view;
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
    settle(state);
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

/// Says something in the status line for a while.
fn say(state: &mut State, text: impl Into<String>) {
    state.notice = Some((text.into(), state.now + Duration::seconds(6)));
}

/// Puts every cursor back on its line and every view around its cursor.
fn settle(state: &mut State) {
    let layout = state.layout();
    let incidents = &mut state.incidents;
    let count = incidents.visible.len();
    let mut cursor = std::mem::take(&mut incidents.cursor);
    cursor.settle(count, |at| {
        incidents
            .at(at)
            .map_or_else(String::new, |row| row.id.to_string())
    });
    cursor.scroll(layout.lines(Pane::Incidents).saturating_sub(1), count);
    incidents.cursor = cursor;
    for listing in state.lists.values_mut() {
        settle_listing(listing, layout.lines(Pane::Incidents));
    }
    let height = layout.lines(Pane::Detail);
    for listing in state.detail.tabs.values_mut() {
        settle_listing(listing, height);
    }
    settle_detail(state, height);
    settle_investigation(state, height);
    let ids: Vec<String> = state
        .oncall
        .shown()
        .iter()
        .map(|s| s.id.to_string())
        .collect();
    settle_plain(&mut state.oncall.cursor, &ids, layout.lines(Pane::OnCall));
    let ids: Vec<String> = state
        .catalog
        .shown()
        .iter()
        .map(|e| e.id.to_string())
        .collect();
    settle_plain(&mut state.catalog.cursor, &ids, layout.lines(Pane::Catalog));
}

fn settle_listing(listing: &mut super::state::Listing, height: usize) {
    let ids: Vec<String> = listing.shown().iter().map(|item| item.id.clone()).collect();
    settle_plain(&mut listing.cursor, &ids, height);
}

fn settle_plain(cursor: &mut super::state::Cursor, ids: &[String], height: usize) {
    cursor.settle(ids.len(), |at| ids[at].clone());
    cursor.scroll(height, ids.len());
}

fn settle_investigation(state: &mut State, height: usize) {
    let width = state.layout().panes[Pane::Detail as usize].map_or(80, |r| usize::from(r.width));
    let (Some(id), DetailTab::Investigation) = (state.detail.id.clone(), state.detail.tab) else {
        return;
    };
    let count = state
        .investigation()
        .map_or(0, |p| view::investigation::lines(state, p, width).len());
    if let Some(investigation) = state.investigations.get_mut(&id) {
        investigation.cursor.id = None;
        investigation.cursor.at = investigation.cursor.at.min(count.saturating_sub(1));
        investigation.cursor.scroll(height, count);
    }
}

/// The timeline's lines are several rows high: the view is kept in rows, the cursor in lines.
fn settle_detail(state: &mut State, height: usize) {
    if state.detail.tab == DetailTab::Overview {
        let rows = view::detail::overview(state).len();
        let cursor = &mut state.detail.cursor;
        cursor.at = cursor.at.min(rows.saturating_sub(height));
        cursor.top = cursor.at;
        return;
    }
    let ids: Vec<String> = state
        .detail
        .lines()
        .iter()
        .map(|item| format!("{:?} {}", item.kind, item.id))
        .collect();
    let width = state.layout().panes[Pane::Detail as usize].map_or(0, |r| r.width);
    let mut cursor = state.detail.cursor.clone();
    if state.detail.follows && !ids.is_empty() {
        cursor.at = ids.len() - 1;
        cursor.id = None;
    }
    let top = cursor.top;
    cursor.settle(ids.len(), |at| ids[at].clone());
    let rows = view::detail::timeline_rows(state, usize::from(width));
    let first = rows
        .iter()
        .position(|row| row.item == cursor.at)
        .unwrap_or(0);
    let last = rows
        .iter()
        .rposition(|row| row.item == cursor.at)
        .unwrap_or(0);
    let height = height.max(1);
    cursor.top = top
        .min(first)
        .max((last + 1).saturating_sub(height))
        .min(rows.len().saturating_sub(height))
        .min(first.max((last + 1).saturating_sub(height)));
    state.detail.cursor = cursor;
}
