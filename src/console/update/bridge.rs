//! The bridge told what it keeps.

use super::super::action::Action;
use super::super::content::bridge::heading;
use super::super::job::Topic;
use super::super::link::LinkTarget;
use super::super::list::{HEADING, Item};
use super::super::msg::Cmd;
use super::super::place::{ListKind, Pane};
use super::super::state::State;
use super::{problems, travel};
use crate::session::KnownBridge;

/// Takes in incidents that are kept and how the last look went; the episodes stay as they are.
pub fn take_kept(state: &mut State, known: Option<KnownBridge>) {
    problems::clear(state, &Topic::Bridge);
    let before = state.bridge.take().map(|known| known.memory.episodes);
    state.bridge = known.map(|mut known| {
        known.memory.episodes = before.unwrap_or_default();
        known
    });
}

/// Takes in all of it, with the lines of its list below that of the bridge itself.
pub fn take_all(state: &mut State, known: Option<KnownBridge>, mut items: Vec<Item>) {
    problems::clear(state, &Topic::List(ListKind::Bridge));
    state.bridge = known;
    if let Some(heading) = heading(state) {
        items.insert(0, heading);
    }
    let listing = state.lists.entry(ListKind::Bridge).or_default();
    let cursor = &mut listing.cursor;
    if let Some(first) = items.get(1).filter(|_| !cursor.moved) {
        // What burns is looked at first, not who tells of it.
        (cursor.at, cursor.id) = (1, Some(first.id.clone()));
    }
    (listing.items, listing.arrived, listing.more) = (items, true, false);
}

/// The line of the bridge says how long it has been silent, as the minutes pass.
pub fn age(state: &mut State) {
    let Some(now) = heading(state) else { return };
    let listing = state.lists.get_mut(&ListKind::Bridge);
    let first = listing.and_then(|listing| listing.items.first_mut());
    if let Some(first) = first.filter(|first| first.id == HEADING) {
        *first = now;
    }
}

/// What became of the issue under the cursor, and by which rule.
pub fn why(state: &mut State, cmds: &mut Vec<Cmd>) {
    let is_here = (state.focus, state.list) == (Pane::Incidents, ListKind::Bridge);
    let here = state.listed().filter(|_| is_here);
    let target = here.map(|item| match item.names.first() {
        Some((_, issue)) => issue.clone(),
        None => item.target(),
    });
    match target {
        Some(target) if target != LinkTarget::Nowhere => travel::go(state, target, None, cmds),
        _ => {
            let (why, list) = (
                state.keymap.key(Action::Why),
                state.keymap.key(Action::ViewBridge),
            );
            let says = format!("{why} is for what the bridge keeps: {list} lists it.");
            state.say(says);
        }
    }
}
