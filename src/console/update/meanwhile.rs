//! What becomes of the incidents of open forms while somebody types.

use super::super::state::{FormView, Meanwhile, Overlay, State};
use crate::domain::IncidentSummary;
use crate::writes::Subject;
use std::sync::Arc;

/// A form was opened: how its incidents stand, by what it was made on and by what the list knows.
pub fn begin(state: &State, view: &mut FormView) {
    let mut about: Vec<Meanwhile> = Vec::new();
    for subject in &view.form.subjects {
        let Some(id) = subject.incident() else {
            continue;
        };
        let listed = state.row(id).cloned();
        let was = match subject {
            Subject::Incident(whole) | Subject::Note(whole, _) => Some(Arc::new(whole.row.clone())),
            _ => listed.clone(),
        };
        let Some(was) = was.filter(|_| !about.iter().any(|known| &known.was.id == id)) else {
            continue;
        };
        let now = listed.filter(|row| row.updated >= was.updated);
        about.push(Meanwhile {
            now: now.unwrap_or_else(|| was.clone()),
            was,
        });
    }
    view.about = about;
}

/// Rows came: forms that are open or on their way know of them.
pub fn heard(state: &mut State, rows: &[Arc<IncidentSummary>]) {
    let open = state
        .overlays
        .iter_mut()
        .filter_map(|overlay| match overlay {
            Overlay::Form(view) => Some(view),
            _ => None,
        });
    for view in open.chain(state.pending_forms.values_mut()) {
        for known in &mut view.about {
            let is_newer = |row: &&Arc<IncidentSummary>| {
                row.id == known.was.id && row.updated >= known.now.updated
            };
            if let Some(row) = rows.iter().find(is_newer) {
                known.now = row.clone();
            }
        }
    }
}
