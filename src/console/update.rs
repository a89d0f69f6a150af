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

use super::msg::{Cmd, Msg};
use super::state::State;
use crate::domain::Instant;

/// Takes in what happened and says what must be done.
pub fn update(state: &mut State, now: Instant, msg: Msg) -> Vec<Cmd> {
    state.now = now;
    let mut cmds = Vec::new();
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
    settle::settle(state);
    cmds
}
