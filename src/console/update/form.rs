//! Keys in a form: between its fields, in words, among choices.

use super::super::content::mention::mentioned;
use super::super::msg::Cmd;
use super::super::state::{Filling, FormView, State, words};
use super::{say, write_result};
use crate::domain::text;
use crate::writes::Input;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::CursorMove;

/// What becomes of a form after a key.
pub enum Next {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It is sent.
    Send,
}

/// A key while a form is open.
pub fn key(state: &mut State, view: &mut FormView, key: KeyEvent, cmds: &mut Vec<Cmd>) -> Next {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let leaves = key.code == KeyCode::Esc || (control && key.code == KeyCode::Char('c'));
    match view.filling.take() {
        Some(Filling::Words(input)) => {
            view.filling = Some(Filling::Words(input));
            typing(state, view, key, control, leaves, cmds);
            Next::Stay
        }
        Some(Filling::Choosing { typed, at }) => {
            view.filling = Some(Filling::Choosing { typed, at });
            choosing(view, key, control, leaves);
            changed(state, view, cmds);
            Next::Stay
        }
        None => between(state, view, key, control, leaves, cmds),
    }
}

/// A key between the fields.
fn between(
    state: &mut State,
    view: &mut FormView,
    key: KeyEvent,
    control: bool,
    leaves: bool,
    cmds: &mut Vec<Cmd>,
) -> Next {
    let last = view.form.fields.len().saturating_sub(1);
    match key.code {
        _ if leaves => return close(state, view, cmds),
        KeyCode::Char('q') => return close(state, view, cmds),
        KeyCode::Char('y') => return Next::Send,
        KeyCode::Char('x') => (view.request, view.top) = (!view.request, 0),
        KeyCode::Char('j') | KeyCode::Down | KeyCode::Tab => view.at = (view.at + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up | KeyCode::BackTab => view.at = view.at.saturating_sub(1),
        KeyCode::Char('g') | KeyCode::Home => view.at = 0,
        KeyCode::Char('G') | KeyCode::End => view.at = last,
        KeyCode::PageDown => view.top += 3,
        KeyCode::PageUp => view.top = view.top.saturating_sub(3),
        KeyCode::Char('d') if control => view.top += 5,
        KeyCode::Char('u') if control => view.top = view.top.saturating_sub(5),
        KeyCode::Char('e') if control => editor(view, cmds),
        KeyCode::Enter => view.fill(),
        KeyCode::Backspace | KeyCode::Delete => {
            if let Some(field) = view.form.fields.get_mut(view.at) {
                field.value.clear();
                field.error = None;
            }
            changed(state, view, cmds);
        }
        KeyCode::Char('D') => {
            write_result::forget(state, &view.form, cmds);
            say(state, "Dropped.");
            write_result::dismiss(state, &view.form);
            return Next::Close;
        }
        _ => {}
    }
    Next::Stay
}

fn close(state: &mut State, view: &FormView, cmds: &mut Vec<Cmd>) -> Next {
    write_result::keep(state, &view.form, cmds);
    write_result::dismiss(state, &view.form);
    if state.saved_forms.contains_key(&view.form.draft_key()) {
        say(
            state,
            "Not sent; what you wrote is kept, and is there when you come back to it.",
        );
    }
    Next::Close
}

/// What is in the form changed: it is kept, and the old faults no longer stand.
fn changed(state: &mut State, view: &mut FormView, cmds: &mut Vec<Cmd>) {
    write_result::keep(state, &view.form, cmds);
}

/// A key while words are typed.
fn typing(
    state: &mut State,
    view: &mut FormView,
    key: KeyEvent,
    control: bool,
    leaves: bool,
    cmds: &mut Vec<Cmd>,
) {
    let several = matches!(
        view.form.fields.get(view.at).map(|f| &f.input),
        Some(Input::Text)
    );
    let mention = if several {
        mentioned(state, view)
    } else {
        None
    };
    match key.code {
        _ if leaves => view.filling = None,
        KeyCode::Char('e') if control => editor(view, cmds),
        KeyCode::Tab if mention.is_some() => {
            let (typed, names) = mention.unwrap_or_default();
            if let (Some(Filling::Words(input)), Some(name)) = (&mut view.filling, names.first()) {
                for _ in 0..=typed.chars().count() {
                    input.delete_char();
                }
                input.insert_str(format!("{name} "));
            }
        }
        KeyCode::Tab => next_field(view),
        KeyCode::Enter if !several => next_field(view),
        KeyCode::BackTab => {
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
    changed(state, view, cmds);
}

/// What is typed is what is in the field, at every key.
fn take_words(view: &mut FormView) {
    let Some(Filling::Words(input)) = &view.filling else {
        return;
    };
    let typed = input.lines().join("\n");
    if let Some(field) = view.form.fields.get_mut(view.at) {
        let value = if typed.is_empty() {
            Vec::new()
        } else {
            vec![typed]
        };
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

/// A key among choices.
fn choosing(view: &mut FormView, key: KeyEvent, control: bool, leaves: bool) {
    let found: Vec<crate::writes::Choice> = view.found().into_iter().cloned().collect();
    let several = matches!(
        view.form.fields.get(view.at).map(|f| &f.input),
        Some(Input::PickMany(_))
    );
    let last = found.len().saturating_sub(1);
    let Some(Filling::Choosing { typed, at }) = &mut view.filling else {
        return;
    };
    match key.code {
        _ if leaves => view.filling = None,
        KeyCode::Down => *at = (*at + 1).min(last),
        KeyCode::Up => *at = at.saturating_sub(1),
        KeyCode::PageDown => *at = (*at + 10).min(last),
        KeyCode::PageUp => *at = at.saturating_sub(10),
        KeyCode::Char('n') if control => *at = (*at + 1).min(last),
        KeyCode::Char('p') if control => *at = at.saturating_sub(1),
        KeyCode::Tab if several => next_field(view),
        KeyCode::Enter | KeyCode::Tab => {
            let Some(choice) = found.get(*at).cloned() else {
                return;
            };
            typed.clear();
            let field = &mut view.form.fields[view.at];
            if let Some(why) = choice.blocked {
                field.error = Some(format!("{}: {why}", choice.label));
                return;
            }
            field.error = None;
            if several {
                match field.value.iter().position(|v| *v == choice.id) {
                    Some(at) => drop(field.value.remove(at)),
                    None => field.value.push(choice.id),
                }
            } else {
                field.value = vec![choice.id];
                next_field(view);
            }
        }
        KeyCode::Backspace => {
            typed.pop();
            *at = 0;
        }
        KeyCode::Char(c) if !control => {
            typed.push(c);
            *at = 0;
        }
        _ => {}
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
        let whole = if matches!(field.input, Input::Text) {
            clean
        } else {
            text::clean_line(&clean)
        };
        field.value = if whole.is_empty() {
            Vec::new()
        } else {
            vec![whole.clone()]
        };
        view.filling = Some(Filling::Words(words(&whole)));
    }
    changed(state, view, cmds);
}

/// Text was pasted into a form: into the words that are typed, and nowhere else.
pub fn pasted(state: &mut State, view: &mut FormView, pasted: &str, cmds: &mut Vec<Cmd>) {
    let several = matches!(
        view.form.fields.get(view.at).map(|f| &f.input),
        Some(Input::Text)
    );
    match &mut view.filling {
        Some(Filling::Words(input)) => {
            input.insert_str(if several {
                text::clean_text(pasted)
            } else {
                text::clean_line(pasted)
            });
            input.move_cursor(CursorMove::Jump(
                input.cursor().0 as u16,
                input.cursor().1 as u16,
            ));
        }
        Some(Filling::Choosing { typed, at }) => {
            typed.push_str(&text::clean_line(pasted));
            *at = 0;
        }
        None => return,
    }
    take_words(view);
    changed(state, view, cmds);
}
