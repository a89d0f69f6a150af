//! A form that is about to open: what it is about is read first, and what is typed meanwhile is for it.

use super::super::msg::Cmd;
use super::super::state::{Opening, Overlay, State};
use super::open_form::open;
use super::unopened;
use crate::domain::Visibility;
use crate::writes::{Subject, WriteKind};
use crossterm::event::KeyEvent;

/// Something stands in the form's place until what it is about has come.
pub fn begin(state: &mut State, kind: WriteKind, about: Vec<String>) {
    let keys = Vec::new();
    state
        .overlays
        .push(Overlay::Opening(Opening { kind, about, keys }));
}

/// What a form was to be opened on has come.
pub fn read(state: &mut State, kind: WriteKind, subjects: Vec<Subject>, cmds: &mut Vec<Cmd>) {
    let ids: Vec<String> = subjects.iter().map(Subject::id).collect();
    if let Some(keys) = close(state, kind, &ids) {
        open(state, kind, subjects, cmds);
        unopened::type_ahead(state, keys);
    }
}

/// Takes away what stood for a form that was about to open, and gives what was typed meanwhile.
/// An answer about something else is one that comes late.
fn close(state: &mut State, kind: WriteKind, ids: &[String]) -> Option<Vec<KeyEvent>> {
    let is_it = |o: &Overlay| matches!(o, Overlay::Opening(opening) if opening.kind == kind && opening.about == ids);
    let at = state.overlays.iter().rposition(is_it)?;
    match state.overlays.remove(at) {
        Overlay::Opening(opening) => Some(opening.keys),
        _ => None,
    }
}

/// What a form was to be opened on could not be read: a note is kept here instead.
pub fn unread(
    state: &mut State,
    (kind, ids): (WriteKind, &[String]),
    says: &str,
    cmds: &mut Vec<Cmd>,
) {
    let Some(keys) = close(state, kind, ids) else {
        return;
    };
    let Some(kept_here) = kind.spec().kept_here else {
        unopened::instead(state, kind, says);
        return unopened::type_ahead(state, keys);
    };
    // What is not known to be public counts as private.
    let row = ids.first().and_then(|id| state.row(&id.as_str().into()));
    let private = row.is_none_or(|row| row.visibility != Visibility::Public);
    open(state, kept_here, Vec::new(), cmds);
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        view.form.private = private;
    }
    unopened::type_ahead(state, keys);
}
