//! Keys: what is typed goes to the field that is open, else to what lies over the panes, else to the pane.

use super::super::action::{Action, Context};
use super::super::content::completions::{at_cursor, completions, told};
use super::super::cursor::Step;
use super::super::editing::{edit_line, line};
use super::super::filter;
use super::super::msg::Cmd;
use super::super::overlay;
use super::super::state::{Overlay, State};
use super::act::act;
use super::motion::move_to;
use super::narrow::set_typed;
use super::{form, idle, overlays};
use crate::domain::text;
use crossterm::event::KeyEvent;
use tui_textarea::CursorMove;

/// A key was pressed.
pub fn key(state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    if state.input.is_some() {
        return filter_key(state, key, cmds);
    }
    if let Some(overlay) = state.overlays.pop() {
        return overlays::key(state, overlay, key, cmds);
    }
    if state.incidents.narrowing {
        // It was typed on what the filter leaves, which is not known yet.
        return state.typed_ahead.push(key);
    }
    match state.keymap.resolve(key, Context::of(state.focus)) {
        Some(action) => act(state, action, cmds),
        None => idle::unbound(state, Some(Context::of(state.focus)), key),
    }
}

/// Text was pasted: it goes into the field that is open, and nowhere else.
pub fn paste(state: &mut State, pasted: &str, cmds: &mut Vec<Cmd>) {
    if let Some(input) = &mut state.input {
        input.insert_str(text::clean_line(pasted));
        return apply_filter(state, cmds);
    }
    let Some(mut overlay) = state.overlays.pop() else {
        return;
    };
    match &mut overlay {
        Overlay::Form(view) => form::pasted(state, view, pasted, cmds),
        other => overlay::paste(other, state, pasted, cmds),
    }
    state.overlays.push(overlay);
}

/// A key in the filter's field.
fn filter_key(state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    match state.keymap.resolve(key, Context::Filter) {
        Some(Action::Open) => close_filter(state),
        Some(Action::Back | Action::Quit) => {
            state.input = None;
            set_typed(state, "", cmds);
        }
        Some(Action::Down) => move_to(state, Step::By(1)),
        Some(Action::Up) => move_to(state, Step::By(-1)),
        Some(Action::TakeCompletion) => take_completion(state, cmds),
        Some(Action::NextCompletion) => {
            state.completion = (state.completion + 1) % completions(state).len().max(1);
        }
        _ => {
            if let Some(input) = &mut state.input {
                edit_line(input, key);
            }
            state.completion = 0;
            apply_filter(state, cmds);
        }
    }
}

/// Enter: the list stays narrowed, and what was not understood is told once more.
fn close_filter(state: &mut State) {
    state.input = None;
    if let Some(told) = told(state) {
        let told = told.to_owned();
        state.say(told);
    }
}

/// Puts the marked word in the place of the one that is being typed.
fn take_completion(state: &mut State, cmds: &mut Vec<Cmd>) {
    let found = completions(state);
    let Some(input) = &state.input else { return };
    let Some(taken) = found.get(state.completion) else {
        return state.say("Nothing that begins like this is known.");
    };
    let (before, after) = at_cursor(input);
    let mut field = line(&filter::placed(&before, &taken.word));
    let column = field.cursor().1;
    field.insert_str(after.trim_start());
    field.move_cursor(CursorMove::Jump(
        0,
        u16::try_from(column).unwrap_or(u16::MAX),
    ));
    state.input = Some(field);
    state.completion = 0;
    apply_filter(state, cmds);
}

fn apply_filter(state: &mut State, cmds: &mut Vec<Cmd>) {
    let input = state.input.as_ref();
    let typed = input.map_or_else(String::new, |input| input.lines().concat());
    set_typed(state, &typed, cmds);
}
