//! Keys in a form: between its fields, in words, among choices.

use super::super::action::{Action, Context};
use super::super::content::mention::mentioned;
use super::super::cursor::Cursor;
use super::super::keymap::prints;
use super::super::msg::Cmd;
use super::super::state::{Filling, FormView, State, words};
use super::write_result;
use crate::domain::text;
use crate::writes::{Input, one_value};
use crossterm::event::{KeyCode, KeyEvent};
use tui_textarea::CursorMove;

/// What becomes of a form after a key.
pub enum Next {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It is sent.
    Send,
    /// The keys that work in it are shown.
    Help,
}

/// A key while a form is open.
pub fn key(state: &mut State, view: &mut FormView, key: KeyEvent, cmds: &mut Vec<Cmd>) -> Next {
    match view.filling {
        Some(Filling::Words(_)) => typing(state, view, key, cmds),
        Some(Filling::Choosing { .. }) => choosing(state, view, key),
        None => return between(state, view, key, cmds),
    }
    write_result::keep(state, &view.form, cmds);
    Next::Stay
}

/// A key between the fields.
fn between(state: &mut State, view: &mut FormView, key: KeyEvent, cmds: &mut Vec<Cmd>) -> Next {
    match state.keymap.resolve(key, Context::Form) {
        Some(Action::Back | Action::Quit) => return close(state, view, cmds),
        Some(Action::Send) => return Next::Send,
        Some(Action::Drop) => return drop_form(state, view, cmds),
        Some(Action::Help) => return Next::Help,
        Some(Action::ShowRequest) => {
            view.request = !view.request;
            view.cursor = Cursor::default();
        }
        Some(Action::HandToEditor) => editor(view, cmds),
        Some(Action::Open) => view.fill(),
        Some(Action::ClearField) => {
            if let Some(field) = view.form.fields.get_mut(view.at) {
                field.value.clear();
                field.error = None;
            }
            write_result::keep(state, &view.form, cmds);
        }
        Some(action) => step(view, action),
        None => {}
    }
    Next::Stay
}

/// Lines that half a page moves what is below the fields.
const HALF_PAGE: usize = 5;

/// Goes from field to field, or through what is below them.
fn step(view: &mut FormView, action: Action) {
    let last = view.form.fields.len().saturating_sub(1);
    match action {
        Action::Down | Action::NextField => view.at = (view.at + 1).min(last),
        Action::Up | Action::PreviousField => view.at = view.at.saturating_sub(1),
        Action::Top => view.at = 0,
        Action::Bottom => view.at = last,
        Action::HalfDown => view.cursor.at += HALF_PAGE,
        Action::HalfUp => view.cursor.at = view.cursor.at.saturating_sub(HALF_PAGE),
        _ => {}
    }
}

fn drop_form(state: &mut State, view: &FormView, cmds: &mut Vec<Cmd>) -> Next {
    write_result::forget(state, &view.form, cmds);
    state.say("Dropped.");
    write_result::dismiss(state, &view.form);
    Next::Close
}

fn close(state: &mut State, view: &FormView, cmds: &mut Vec<Cmd>) -> Next {
    write_result::keep(state, &view.form, cmds);
    write_result::dismiss(state, &view.form);
    if state.saved_forms.contains_key(&view.form.draft_key()) {
        state.say("Not sent; what you wrote is kept, and is there when you come back to it.");
    }
    Next::Close
}

/// A key while words are typed.
fn typing(state: &State, view: &mut FormView, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    let is_text = matches!(view.input(), Some(Input::Text));
    let mention = if is_text {
        mentioned(state, view)
    } else {
        None
    };
    match state.keymap.resolve(key, Context::FormWords) {
        Some(Action::Back | Action::Quit) => view.filling = None,
        Some(Action::HandToEditor) => editor(view, cmds),
        Some(Action::NextField) => match mention {
            Some((typed, names)) => complete(view, &typed, &names),
            None => next_field(view),
        },
        Some(Action::Open) if !is_text => next_field(view),
        Some(Action::PreviousField) => {
            view.filling = None;
            view.at = view.at.saturating_sub(1);
        }
        _ => {
            if let Some(Filling::Words(input)) = &mut view.filling {
                input.input(key);
            }
        }
    }
    take_words(view);
}

/// Puts the first name in place of the `@` and what was typed of it.
fn complete(view: &mut FormView, typed: &str, names: &[String]) {
    if let (Some(Filling::Words(input)), Some(name)) = (&mut view.filling, names.first()) {
        for _ in 0..=typed.chars().count() {
            input.delete_char();
        }
        input.insert_str(format!("{name} "));
    }
}

/// What is typed is what is in the field, at every key.
fn take_words(view: &mut FormView) {
    let Some(Filling::Words(input)) = &view.filling else {
        return;
    };
    let typed = input.lines().join("\n");
    if let Some(field) = view.form.fields.get_mut(view.at) {
        let value = one_value(typed);
        if field.value != value {
            (field.value, field.error) = (value, None);
        }
    }
}

/// Goes on to the next field; what must be filled there is filled at once.
fn next_field(view: &mut FormView) {
    take_words(view);
    view.filling = None;
    if view.at + 1 >= view.form.fields.len() {
        return;
    }
    view.at += 1;
    let empty = |f: &crate::writes::Field| f.required && f.value.is_empty();
    if view.form.fields.get(view.at).is_some_and(empty) {
        view.fill();
    }
}

/// Choices that half a page moves by.
const HALF_LIST: usize = 10;

/// A key among choices.
fn choosing(state: &State, view: &mut FormView, key: KeyEvent) {
    let last = view.found().len().saturating_sub(1);
    let several = matches!(view.input(), Some(Input::PickMany(_)));
    let Some(Filling::Choosing { typed, at }) = &mut view.filling else {
        return;
    };
    match (state.keymap.resolve(key, Context::FormChoices), key.code) {
        (Some(Action::Back | Action::Quit), _) => view.filling = None,
        (Some(Action::NextChoice), _) => *at = (*at + 1).min(last),
        (Some(Action::PreviousChoice), _) => *at = at.saturating_sub(1),
        (Some(Action::HalfDown), _) => *at = (*at + HALF_LIST).min(last),
        (Some(Action::HalfUp), _) => *at = at.saturating_sub(HALF_LIST),
        (Some(Action::NextField), _) if several => next_field(view),
        (Some(Action::Open | Action::NextField), _) => take_choice(view, several),
        (_, KeyCode::Backspace) => {
            typed.pop();
            *at = 0;
        }
        (None, KeyCode::Char(c)) if prints(key) => {
            typed.push(c);
            *at = 0;
        }
        _ => {}
    }
}

/// Takes the choice under the cursor; of several, takes it or drops it.
fn take_choice(view: &mut FormView, several: bool) {
    let here = match &view.filling {
        Some(Filling::Choosing { at, .. }) => *at,
        _ => return,
    };
    let Some(choice) = view.found().get(here).map(|choice| (*choice).clone()) else {
        return;
    };
    if let Some(Filling::Choosing { typed, .. }) = &mut view.filling {
        typed.clear();
    }
    let field = &mut view.form.fields[view.at];
    field.error = choice.blocked.map(|why| format!("{}: {why}", choice.label));
    if field.error.is_some() {
        return;
    }
    if !several {
        field.value = vec![choice.id];
        return next_field(view);
    }
    match field.value.iter().position(|v| *v == choice.id) {
        Some(at) => drop(field.value.remove(at)),
        None => field.value.push(choice.id),
    }
}

/// Hands the text of the field to the user's editor.
fn editor(view: &mut FormView, cmds: &mut Vec<Cmd>) {
    take_words(view);
    let Some(field) = view.form.fields.get(view.at) else {
        return;
    };
    if matches!(field.input, Input::Text | Input::Line) {
        cmds.push(Cmd::Editor(field.text().to_owned(), view.form.private));
    }
}

/// The editor gave the text back.
pub fn edited(state: &mut State, view: &mut FormView, given: &str, cmds: &mut Vec<Cmd>) {
    let clean = text::clean_text(given).trim_end().to_owned();
    if let Some(field) = view.form.fields.get_mut(view.at) {
        let is_text = matches!(field.input, Input::Text);
        let whole = if is_text {
            clean
        } else {
            text::clean_line(&clean)
        };
        view.filling = Some(Filling::Words(words(&whole)));
        field.value = one_value(whole);
    }
    write_result::keep(state, &view.form, cmds);
}

/// Text was pasted into a form: into the words that are typed, and nowhere else.
pub fn pasted(state: &mut State, view: &mut FormView, pasted: &str, cmds: &mut Vec<Cmd>) {
    let is_text = matches!(view.input(), Some(Input::Text));
    match &mut view.filling {
        Some(Filling::Words(input)) => {
            let clean = if is_text {
                text::clean_text(pasted)
            } else {
                text::clean_line(pasted)
            };
            input.insert_str(clean);
            let (row, column) = (input.cursor().0 as u16, input.cursor().1 as u16);
            input.move_cursor(CursorMove::Jump(row, column));
        }
        Some(Filling::Choosing { typed, at }) => {
            typed.push_str(&text::clean_line(pasted));
            *at = 0;
        }
        None => return,
    }
    take_words(view);
    write_result::keep(state, &view.form, cmds);
}
