//! An incident that was declared here is gone to.

use super::super::msg::Cmd;
use super::super::place::Pane;
use super::super::state::State;
use super::travel;
use crate::domain::{IncidentId, Write, WriteKind, WriteState};

/// An incident may have been declared here: the cursor goes to it, unless something else is being done meanwhile; and what its
/// reference is will be said as soon as that is known.
pub fn wrote(state: &mut State, write: &Write, cmds: &mut Vec<Cmd>) {
    let is_done = write.state == WriteState::Confirmed;
    let declares = is_done && write.kind.form() == Some(WriteKind::Declare);
    let Some(id) = write.result.as_deref().filter(|_| declares) else {
        return;
    };
    let id = IncidentId::from(id);
    if state.overlays.is_empty() && state.input.is_none() {
        let pane = match state.focus {
            Pane::Detail => Pane::Detail,
            _ => Pane::Incidents,
        };
        travel::jump_to(state, id.clone(), cmds);
        state.focus = pane;
        travel::arrived(state);
    }
    state.declared = Some(id);
    say(state);
}

/// Says which incident was declared here, once it is among the rows.
pub fn say(state: &mut State) {
    let row = state.declared.as_ref().and_then(|id| state.row(id));
    let Some(row) = row.filter(|row| !row.reference.is_empty()) else {
        return;
    };
    let says = format!("Declared {}: {}", row.reference, row.name);
    state.declared = None;
    state.say(says);
}
