//! The only place that changes the state: pure, no clock, no I/O. What must be done outside is returned.

mod act;
mod arrivals;
mod bridge;
mod changes;
mod copy;
mod declared;
mod failure;
mod form;
mod form_opening;
mod history;
mod idle;
mod investigation;
mod journal;
mod keys;
mod meanwhile;
mod menu;
mod motion;
mod mouse;
mod my_page;
mod narrow;
mod news;
mod open;
mod open_form;
mod overlays;
mod pin;
mod problems;
mod resume;
mod rows;
mod settle;
mod show;
mod subject;
mod telling;
mod travel;
mod unopened;
mod unsent;
mod write_result;

pub use resume::kept_place;
pub use show::opening;

use super::action::{Action, Context};
use super::layout::is_too_small;
use super::msg::{Cmd, Msg};
use super::state::{Overlay, State};
use crate::domain::Instant;
use crossterm::event::KeyModifiers;

/// Takes in what happened and says what must be done.
pub fn update(state: &mut State, now: Instant, msg: Msg) -> Vec<Cmd> {
    state.now = now;
    let mut cmds = Vec::new();
    if is_blind(state, &msg) {
        return cmds;
    }
    if matches!(
        msg,
        Msg::Key(_) | Msg::Clicked(..) | Msg::Scrolled(..) | Msg::Pasted(_)
    ) {
        (state.touched, state.resuming) = (true, None);
    }
    match msg {
        Msg::Key(key) => state.answering(|state| keys::key(state, key, &mut cmds)),
        Msg::Clicked(x, y) => state.answering(|state| mouse::click(state, (x, y), &mut cmds)),
        Msg::Scrolled(x, y, down) => mouse::scroll(state, (x, y), down, &mut cmds),
        Msg::Pasted(text) => keys::paste(state, &text, &mut cmds),
        Msg::Resized(width, height) => state.size = (width, height),
        Msg::Ticked => {}
        Msg::Worker(reply) => news::apply(state, reply, &mut cmds),
        Msg::Edited(given) => news::take_edited(state, given, &mut cmds),
    }
    for key in std::mem::take(&mut state.typed_ahead) {
        keys::key(state, key, &mut cmds);
    }
    state.end_notice();
    bridge::age(state);
    journal::expire(state);
    if state.follow_at.is_some_and(|at| at <= now) {
        show::follow(state, &mut cmds);
    }
    let there = state.server_now();
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        view.ask(there);
    }
    settle::settle(state);
    cmds
}

/// Whether what was pressed has to wait for a window in which it can be seen what it does. The keys that end the console
/// and draw it anew do not, where they are no letters of a text.
fn is_blind(state: &State, msg: &Msg) -> bool {
    if !is_too_small(state.size) {
        return false;
    }
    match msg {
        Msg::Key(key) => {
            let action = state.keymap.resolve(*key, Context::Everywhere);
            let types = state.input.is_some() || !state.overlays.is_empty();
            let is_letter = types && !key.modifiers.contains(KeyModifiers::CONTROL);
            is_letter || !matches!(action, Some(Action::Quit | Action::Redraw))
        }
        Msg::Clicked(..) | Msg::Scrolled(..) | Msg::Pasted(_) => true,
        _ => false,
    }
}
