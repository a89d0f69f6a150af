//! What a key that does nothing says, so that nobody wonders whether it was heard.

use super::super::action::{Action, Context};
use super::super::keymap;
use super::super::place::Pane;
use super::super::state::State;
use crossterm::event::KeyEvent;

/// A key that means nothing where it was pressed says so, and where it would mean something.
pub(super) fn unbound(state: &mut State, context: Option<Context>, key: KeyEvent) {
    let Some(context) = context else { return };
    // Where words are typed, every key may be part of them.
    if context.takes_text() || state.keymap.resolve(key, context).is_some() {
        return;
    }
    let name = keymap::name(key);
    let elsewhere = Pane::ALL
        .into_iter()
        .filter(|_| context.is_pane())
        .find_map(|pane| Some((pane, state.keymap.resolve(key, Context::of(pane))?)));
    let says = match elsewhere {
        Some((pane, action)) => {
            let (title, there) = (action.row().title, pane_key(state, pane));
            format!("{name} {title}: {} ({there}).", on_pane(pane))
        }
        None => {
            let help = state.keymap.key(Action::Help);
            format!("{name} does nothing here; {help} shows the keys that do.")
        }
    };
    state.say(says);
}

fn on_pane(pane: Pane) -> &'static str {
    [
        "on the list",
        "on an incident's detail",
        "on the on-call pane",
        "on the catalog",
    ][pane as usize]
}

fn pane_key(state: &State, pane: Pane) -> String {
    let focus = [Action::Pane1, Action::Pane2, Action::Pane3, Action::Pane4][pane as usize];
    state.keymap.key(focus).to_owned()
}

/// A move that could not go any further says so.
pub(super) fn no_further(state: &mut State, action: Action, lines: usize) {
    let key = state.keymap.key(action).to_owned();
    let down = matches!(action, Action::Down | Action::HalfDown | Action::Bottom);
    let way = if down { "below" } else { "above" };
    state.say(match lines {
        0 => format!("{key}: there is nothing to move through here."),
        _ => format!("{key}: nothing {way}."),
    });
}

/// An action that found nothing to do, with why.
pub(super) fn nothing(state: &mut State, action: Action, why: &str) {
    let key = state.keymap.key(action).to_owned();
    let name = if key.is_empty() {
        action.row().title.to_owned()
    } else {
        key
    };
    state.say(format!("{name}: {why}"));
}
