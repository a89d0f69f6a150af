//! A form that is about to open: what it is about is read first, and what is typed meanwhile is for it.

use super::super::state::{Opening, Overlay, State};
use crate::writes::WriteKind;

/// Something stands in the form's place until what it is about has come.
pub fn begin(state: &mut State, kind: WriteKind, about: Vec<String>) {
    state.overlays.push(Overlay::Opening(Opening {
        kind,
        about,
        keys: Vec::new(),
        filled: Vec::new(),
    }));
}

/// Takes away what stood for a form that was about to open, and gives it with what was typed meanwhile.
/// An answer about something else is one that comes late.
pub fn close(state: &mut State, kind: WriteKind, ids: &[String]) -> Option<Opening> {
    let is_it = |o: &Overlay| matches!(o, Overlay::Opening(opening) if opening.kind == kind && opening.about == ids);
    let at = state.overlays.iter().rposition(is_it)?;
    match state.overlays.remove(at) {
        Overlay::Opening(opening) => Some(opening),
        _ => None,
    }
}
