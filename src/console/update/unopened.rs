//! A form that cannot open: what is typed for it gives no commands.

use super::super::state::{Overlay, State, Unopened};
use crate::writes::WriteKind;
use crossterm::event::KeyEvent;

/// What was typed while a form was about to open goes into it, or beside the reason why it does not open.
pub fn type_ahead(state: &mut State, keys: Vec<KeyEvent>) {
    match state.overlays.last_mut() {
        Some(Overlay::Unopened(unopened)) => keys.into_iter().for_each(|key| unopened.take(key)),
        _ => state.typed_ahead = keys,
    }
}

/// Says why a form does not open, in its place: whoever types into it already gives no commands. What is done at once
/// has no form.
pub fn instead(state: &mut State, kind: WriteKind, why: &str) {
    if kind.is_quick() {
        return state.say(format!("{}: {why}", kind.title()));
    }
    say_why(state, kind.title(), why);
}

/// The same for a line that cannot be asked for.
pub fn say_why(state: &mut State, title: &str, why: &str) {
    state.overlays.push(Overlay::Unopened(Unopened {
        title: title.to_owned(),
        why: why.to_owned(),
        typed: String::new(),
    }));
}
