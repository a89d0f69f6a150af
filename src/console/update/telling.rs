//! What becomes known of an incident after it was investigated: its finding and the drafts are told in the light of it.

use super::super::state::{Overlay, State, draft_id};
use crate::domain::{IncidentId, IncidentSummary};
use crate::investigate::{Known, calm_since, drafts, peoples_notes, tell};
use std::sync::Arc;

/// Rows came: an incident among them may be over, or open again.
pub fn rows_came(state: &mut State, rows: &[Arc<IncidentSummary>]) {
    if !state.investigations.is_empty() {
        rows.iter().for_each(|row| row_came(state, row));
    }
}

/// One incident as it is now.
pub fn row_came(state: &mut State, row: &IncidentSummary) {
    let is_over = !row.category.is_open();
    learn(state, &row.id, |known| known.is_over = is_over);
}

/// The timeline of the incident that is shown, or the changes beside it.
pub fn lines_came(state: &mut State) {
    let Some(id) = state.detail.id.clone() else {
        return;
    };
    let Some(investigation) = state.investigations.get(&id) else {
        return;
    };
    // Alerts that had cleared before the measures were looked at say less than these.
    let calm = calm_since(&state.detail.timeline);
    let calm = calm.filter(|at| investigation.started.is_some_and(|started| *at > started));
    let notes = peoples_notes(&state.detail.timeline);
    learn(state, &id, |known| {
        (known.calm_since, known.notes) = (calm, notes);
    });
}

/// A finding is new: what was known for the one before is looked at again.
pub fn found(state: &mut State, id: &IncidentId) {
    if let Some(investigation) = state.investigations.get_mut(id) {
        let incident = investigation.incident.as_ref();
        investigation.known = Known {
            is_over: incident.is_some_and(|incident| !incident.row.category.is_open()),
            changes: std::mem::take(&mut investigation.known.changes),
            ..Known::default()
        };
        retell(state, id);
    }
    if state.is_shown(id) && state.detail.arrived {
        lines_came(state);
    }
}

/// Takes in what became known; nothing is told anew where that changes nothing.
pub fn learn(state: &mut State, id: &IncidentId, take: impl FnOnce(&mut Known)) {
    let Some(investigation) = state.investigations.get_mut(id) else {
        return;
    };
    let before = investigation.known.clone();
    take(&mut investigation.known);
    if investigation.known != before {
        retell(state, id);
        rewrite_drafts(state, id);
    }
}

fn retell(state: &mut State, id: &IncidentId) {
    let Some(investigation) = state.investigations.get_mut(id) else {
        return;
    };
    if let Some(finding) = &mut investigation.finding {
        tell(finding, &investigation.known);
    }
}

/// Another zone was chosen: drafts are written in it.
pub fn rezone(state: &mut State) {
    let ids: Vec<IncidentId> = state.investigations.keys().cloned().collect();
    ids.iter().for_each(|id| rewrite_drafts(state, id));
}

/// Writes the drafts of a finding as it is told now, but for what a person has before them or has written in.
fn rewrite_drafts(state: &mut State, id: &IncidentId) {
    let (zone, confidence) = (state.zone, state.config.investigate.confidence);
    let read = reviewed(state, id);
    let Some(investigation) = state.investigations.get_mut(id) else {
        return;
    };
    let Some(finding) = &investigation.finding else {
        return;
    };
    let edited = &investigation.edited;
    for draft in &mut investigation.drafts {
        let mine = draft_id(draft);
        if edited.contains(&mine) || read.as_ref() == Some(&mine) {
            continue;
        }
        let fresh = drafts(finding, (draft.at, draft.at), confidence, zone);
        if let Some(same) = fresh.into_iter().find(|d| draft_id(d) == mine) {
            draft.body = same.body;
        }
    }
}

/// The draft of an incident that lies open in a review.
pub fn reviewed(state: &State, id: &IncidentId) -> Option<String> {
    state.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Review(review) if &review.incident == id => review.draft.id.clone(),
        _ => None,
    })
}
