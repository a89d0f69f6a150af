//! After every change: each cursor back on its line, each view around its cursor.

use super::super::content::lines::LinkedLine;
use super::super::content::{card, finding, overview, timeline};
use super::super::cursor::Cursor;
use super::super::overlay;
use super::super::place::{DetailTab, Pane};
use super::super::state::{Listing, State};
use super::{arrivals, pin};

/// Puts every cursor back on its line and every view around its cursor.
pub fn settle(state: &mut State) {
    pin::anchor(state);
    let layout = state.layout();
    settle_incidents(state, layout.lines(Pane::Incidents).saturating_sub(1));
    for listing in state.lists.values_mut() {
        settle_listing(listing, layout.lines(Pane::Incidents));
    }
    let height = layout.lines(Pane::Detail);
    for listing in state.detail.tabs.values_mut() {
        settle_listing(listing, height);
    }
    match state.detail.tab {
        DetailTab::Overview => settle_overview(state, height),
        DetailTab::Investigation => settle_investigation(state, height),
        _ => {}
    }
    settle_timeline(state, height);
    settle_oncall(state, layout.lines(Pane::OnCall));
    settle_catalog(state, layout.lines(Pane::Catalog));
    overlay::settle(state);
}

fn settle_incidents(state: &mut State, height: usize) {
    let incidents = &mut state.incidents;
    let count = incidents.count();
    let mut cursor = std::mem::take(&mut incidents.cursor);
    cursor.settle(count, |at| {
        incidents
            .at(at)
            .map_or_else(String::new, |row| row.id.to_string())
    });
    cursor.scroll(height, count);
    incidents.cursor = cursor;
    arrivals::look(state, height);
}

fn settle_listing(listing: &mut Listing, height: usize) {
    let ids: Vec<String> = listing.shown().iter().map(|item| item.id.clone()).collect();
    settle_lines(&mut listing.cursor, &ids, height);
}

fn settle_oncall(state: &mut State, height: usize) {
    let shown = state.oncall.shown();
    let ids: Vec<String> = shown.iter().map(|s| s.id.to_string()).collect();
    settle_lines(&mut state.oncall.cursor, &ids, height);
}

fn settle_catalog(state: &mut State, height: usize) {
    let shown = state.catalog.shown();
    let ids: Vec<String> = shown.iter().map(|e| e.id.to_string()).collect();
    let cursor = &mut state.catalog.cursor;
    if !cursor.moved && state.focus != Pane::Catalog {
        // Nobody is there: what burns stands first, and stays in view.
        cursor.id = None;
    }
    settle_lines(&mut state.catalog.cursor, &ids, height);
}

fn settle_lines(cursor: &mut Cursor, ids: &[String], height: usize) {
    cursor.settle(ids.len(), |at| ids[at].clone());
    cursor.scroll(height, ids.len());
}

fn settle_investigation(state: &mut State, height: usize) {
    let count = finding::shown(state).len();
    let id = state.detail.id.as_ref();
    if let Some(investigation) = id.and_then(|id| state.investigations.get_mut(id)) {
        let cursor = &mut investigation.cursor;
        cursor.id = None;
        cursor.at = cursor.at.min(count.saturating_sub(1));
        cursor.scroll(height, count);
    }
}

/// The overview's lines are known by where they lead and what they say.
fn settle_overview(state: &mut State, height: usize) {
    let lines = overview::overview(state);
    let ids: Vec<String> = lines.iter().map(LinkedLine::identity).collect();
    settle_lines(&mut state.detail.cursor, &ids, height);
}

/// The timeline's lines are several rows high: the view is kept in rows, the cursor in lines.
fn settle_timeline(state: &mut State, height: usize) {
    if state.detail.tab == DetailTab::Overview {
        return;
    }
    let lines = state.detail.lines();
    let ids: Vec<String> = lines.iter().map(|line| card::moment_id(line)).collect();
    let mut cursor = state.detail.cursor.clone();
    if state.detail.follows && !ids.is_empty() {
        cursor.at = ids.len() - 1;
        cursor.id = None;
    }
    let top = cursor.top;
    cursor.settle(ids.len(), |at| ids[at].clone());
    // The view does not move with the line here: it is kept in rows.
    cursor.top = top;
    let rows = timeline::timeline_rows(state, state.detail_width());
    let first = rows.iter().position(|row| row.item == cursor.at);
    let last = rows.iter().rposition(|row| row.item == cursor.at);
    let of_line = (first.unwrap_or(0), last.unwrap_or(0));
    cursor.reveal(of_line, height, rows.len());
    state.detail.cursor = cursor;
}
