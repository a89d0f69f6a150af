//! New incidents that matter to whoever sits here come into view, or are told of until they were seen.

use super::super::place::ListKind;
use super::super::state::{Incidents, State};
use crate::domain::IncidentSummary;
use std::sync::Arc;

/// As many are told of: in a storm the worst of it is enough.
const MOST: usize = 8;

/// An incident is new or became worse: it matters where it is at least as severe as the worst of the user's own, or as
/// the one they look at.
pub fn note(state: &mut State, row: &IncidentSummary) {
    let unseen = &state.incidents.unseen;
    if row.rank < bar(state) || unseen.contains(&row.id) || unseen.len() >= MOST {
        return;
    }
    state.incidents.unseen.push(row.id.clone());
}

fn bar(state: &State) -> i16 {
    let open = state.incidents.open();
    let own = open.filter(|row| state.incidents.filter.is_mine(row));
    let shown = || state.target().and_then(|id| state.row(id));
    own.map(|row| row.rank)
        .max()
        .or_else(|| shown().map(|row| row.rank))
        .unwrap_or(i16::MIN)
}

/// Brings what is new into a window of `height` rows where the cursor stays inside, and forgets what is seen by now.
pub fn look(state: &mut State, height: usize) {
    if state.incidents.unseen.is_empty() || state.incidents.narrowed != state.incidents.ticket {
        return;
    }
    let is_listed = state.list == ListKind::Incidents && height > 0;
    let shown = state.detail.id.clone();
    let incidents = &mut state.incidents;
    for id in std::mem::take(&mut incidents.unseen) {
        let place = incidents.place(&id).filter(|_| is_listed);
        if let Some(place) = place {
            reveal(incidents, place, height);
        }
        let window = incidents.cursor.top..incidents.cursor.top + height;
        let inside = place.is_some_and(|place| window.contains(&place));
        let still = |row: &Arc<IncidentSummary>| row.id == id && row.category.is_open();
        let is_open = incidents.rows.iter().any(still);
        if !inside && is_open && shown.as_ref() != Some(&id) {
            incidents.unseen.push(id);
        }
    }
}

/// Moves the window to a row, where the cursor's stays inside.
fn reveal(incidents: &mut Incidents, place: usize, height: usize) {
    let cursor = &mut incidents.cursor;
    if place < cursor.top && cursor.at < place + height {
        cursor.top = place;
    } else if place >= cursor.top + height && cursor.at + height > place {
        cursor.top = place + 1 - height;
    }
}

/// How many of the organisation's incidents are not among the rows, of those that were there when they were counted.
pub fn count(incidents: &mut Incidents) {
    let Some((total, at)) = incidents.counted else {
        return;
    };
    let was_there = |row: &&Arc<IncidentSummary>| row.created <= at;
    let known = incidents.rows.iter().filter(was_there).count();
    incidents.unlisted = total.saturating_sub(known);
}
