//! Eye and hand are one: the cursor of the incidents stands on the incident that pane 2 shows, unless it was just moved
//! and pane 2 is about to follow. An incident that the filter does not let pass stands in the list all the same until
//! the cursor moves on. While pane 1 lists something else, the cursor of the incidents is left where it was.

use super::super::place::ListKind;
use super::super::state::{Incidents, Pinned, State};
use crate::domain::{IncidentId, IncidentSummary, Mode, StatusCategory, Visibility};
use std::sync::Arc;

/// Puts the cursor on the incident that is shown.
pub fn anchor(state: &mut State) {
    let (None, Some(id)) = (state.follow_at, state.detail.id.clone()) else {
        return;
    };
    if state.list != ListKind::Incidents {
        return;
    }
    let is_there = |incidents: &Incidents| incidents.current().is_some_and(|row| row.id == id);
    if is_there(&state.incidents) {
        return;
    }
    state.incidents.pinned = None;
    if state.incidents.place_of(&id).is_none() {
        pin(state, &id);
    }
    state.incidents.cursor.id = Some(id.to_string());
}

/// Lets an incident stand in the list, at the cursor's place.
fn pin(state: &mut State, id: &IncidentId) {
    let row = known(state, id).unwrap_or_else(|| Arc::new(unknown(id)));
    let incidents = &mut state.incidents;
    let at = incidents.cursor.at.min(incidents.visible.len());
    incidents.cursor.at = at;
    incidents.pinned = Some(Pinned { row, at });
}

/// The row that is pinned is the newest there is of it.
pub fn renew(state: &mut State) {
    let Some(id) = state.incidents.pinned.as_ref().map(|p| p.row.id.clone()) else {
        return;
    };
    let row = known(state, &id);
    if let (Some(pinned), Some(row)) = (&mut state.incidents.pinned, row) {
        pinned.row = row;
    }
}

/// The cursor moved: what was pinned leaves, unless the cursor is on it still.
pub fn move_on(incidents: &mut Incidents) {
    let at = incidents.cursor.at;
    if let Some(pinned) = incidents.pinned.take_if(|pinned| pinned.at != at)
        && at > pinned.at
    {
        incidents.cursor.at -= 1;
        incidents.cursor.top = incidents.cursor.top.saturating_sub(1);
    }
}

fn known(state: &State, id: &IncidentId) -> Option<Arc<IncidentSummary>> {
    let whole = state.detail.incident.as_ref().map(|i| &i.row);
    let of_detail = whole.filter(|row| &row.id == id);
    let of_list = state.incidents.rows.iter().find(|row| &row.id == id);
    of_list
        .cloned()
        .or_else(|| of_detail.cloned().map(Arc::new))
}

/// What stands for an incident of which nothing has been read yet.
fn unknown(id: &IncidentId) -> IncidentSummary {
    IncidentSummary {
        id: id.clone(),
        reference: "".into(),
        name: "Loading.".into(),
        kind: None,
        roles: None,
        severity: None,
        rank: -1,
        status: "".into(),
        category: StatusCategory::Closed,
        lead: None,
        service: None,
        teams: None,
        people: None,
        visibility: Visibility::Private,
        mode: Mode::Standard,
        created: Default::default(),
        updated: Default::default(),
        active: Default::default(),
    }
}
