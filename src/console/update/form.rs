//! Keys in a form: the field with the mark takes what is typed; commands stand on the line that sends.

use super::super::action::{Action, Context};
use super::super::content::mention::mentioned;
use super::super::cursor::Cursor;
use super::super::editing::{edit_line, edit_text};
use super::super::keymap;
use super::super::msg::Cmd;
use super::super::state::{Filling, FormView, State};
use super::write_result;
use crate::domain::text;
use crate::writes::{Input, one_value};
use crossterm::event::KeyEvent;
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
    view.said = None;
    let armed = std::mem::take(&mut view.drop_armed);
    let next = match view.filling {
        Some(Filling::Words(_)) => typing(state, view, key, cmds),
        Some(Filling::Choosing { .. }) => choosing(state, view, key),
        None => return on_send_line(state, view, key, armed, cmds),
    };
    write_result::keep(state, &view.form, cmds);
    next
}

/// A key on the line that sends.
fn on_send_line(
    state: &mut State,
    view: &mut FormView,
    key: KeyEvent,
    armed: bool,
    cmds: &mut Vec<Cmd>,
) -> Next {
    let last = view.at.saturating_sub(1);
    match state.keymap.resolve(key, Context::Form) {
        Some(Action::Back | Action::Quit) => return close(state, view, cmds),
        Some(Action::Send | Action::SendForm | Action::Open) if armed => {
            let [send, drop] = [Action::Send, Action::Drop].map(|a| state.keymap.key(a));
            view.said = Some(format!(
                "Neither dropped nor sent: {drop} drops it, {send} sends it."
            ));
        }
        Some(Action::Send | Action::SendForm | Action::Open) => return Next::Send,
        Some(Action::Drop) => return drop_form(state, view, armed, cmds),
        Some(Action::Help) => return Next::Help,
        Some(Action::ShowRequest) => {
            view.request = !view.request;
            view.cursor = Cursor::default();
        }
        Some(Action::Down | Action::NextField | Action::Top) => view.go_to(0),
        Some(Action::Up | Action::PreviousField | Action::Bottom) => view.go_to(last),
        Some(Action::HalfDown) => view.cursor.at += HALF_PAGE,
        Some(Action::HalfUp) => view.cursor.at = view.cursor.at.saturating_sub(HALF_PAGE),
        _ => does_nothing(view, key),
    }
    Next::Stay
}

/// Lines that half a page moves what is below the fields.
const HALF_PAGE: usize = 5;

fn does_nothing(view: &mut FormView, key: KeyEvent) {
    view.said = Some(format!("{} does nothing here.", keymap::name(key)));
}

/// Drops a form; where that loses what somebody wrote, only when it is asked for again.
fn drop_form(state: &mut State, view: &mut FormView, armed: bool, cmds: &mut Vec<Cmd>) -> Next {
    if view.form.is_typed() && !armed {
        let key = state.keymap.key(Action::Drop);
        view.said = Some(format!("{key} again drops what is written here, for good."));
        view.drop_armed = true;
        return Next::Stay;
    }
    write_result::forget(state, &view.form, cmds);
    state.say("Dropped.");
    write_result::dismiss(state, &view.form);
    Next::Close
}

fn close(state: &mut State, view: &FormView, cmds: &mut Vec<Cmd>) -> Next {
    write_result::keep(state, &view.form, cmds);
    write_result::dismiss(state, &view.form);
    if state.saved_forms.contains_key(&view.form.draft_key()) {
        let until = if view.form.private {
            " until you leave, since it is private"
        } else {
            ""
        };
        let key = state.keymap.key(Action::Unsent);
        state.say(format!(
            "Not sent; what you wrote is kept{until}: {key} lists it."
        ));
    }
    Next::Close
}

/// A key while words are typed.
fn typing(state: &State, view: &mut FormView, key: KeyEvent, cmds: &mut Vec<Cmd>) -> Next {
    let is_text = matches!(view.input(), Some(Input::Text));
    let mention = is_text.then(|| mentioned(state, view)).flatten();
    match state.keymap.resolve(key, Context::FormWords) {
        Some(Action::Back | Action::Quit) => leave(state, view, view.form.fields.len()),
        Some(Action::SendForm) => {
            view.form.settle(view.at, state.server_now());
            return Next::Send;
        }
        Some(Action::HandToEditor) => editor(view, cmds),
        Some(Action::NextField) => match mention {
            Some((typed, names)) => complete(view, &typed, &names),
            None => leave(state, view, view.at + 1),
        },
        Some(Action::Open | Action::NextChoice) if !is_text => leave(state, view, view.at + 1),
        Some(Action::PreviousField) => leave(state, view, view.at.saturating_sub(1)),
        Some(Action::PreviousChoice) if !is_text => {
            leave(state, view, view.at.saturating_sub(1));
        }
        _ => edit(view, key, is_text),
    }
    Next::Stay
}

fn edit(view: &mut FormView, key: KeyEvent, is_text: bool) {
    let Some(Filling::Words(input)) = &mut view.filling else {
        return;
    };
    let edits = if is_text { edit_text } else { edit_line };
    if edits(input, key) {
        take_words(view);
    } else {
        does_nothing(view, key);
    }
}

/// Goes from the field with the mark to another, or to the line that sends: what cannot be read is said beside it.
fn leave(state: &State, view: &mut FormView, to: usize) {
    let now = state.server_now();
    let wrong = view
        .field()
        .and_then(|field| view.form.fault_in(field, now));
    if let Some(field) = view.form.fields.get_mut(view.at)
        && wrong.is_some()
    {
        field.error = wrong;
    }
    view.form.settle(view.at, now);
    view.go_to(to);
}

/// Puts the first name in place of the `@` and what was typed of it.
fn complete(view: &mut FormView, typed: &str, names: &[String]) {
    if let (Some(Filling::Words(input)), Some(name)) = (&mut view.filling, names.first()) {
        for _ in 0..=typed.chars().count() {
            input.delete_char();
        }
        input.insert_str(format!("{name} "));
    }
    take_words(view);
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

/// Choices that a page moves by.
const PAGE: isize = 10;

/// A key among choices.
fn choosing(state: &State, view: &mut FormView, key: KeyEvent) -> Next {
    let (send, next) = (view.form.fields.len(), view.at + 1);
    match state.keymap.resolve(key, Context::FormChoices) {
        Some(Action::Back | Action::Quit) => {
            let stays = untaken(view);
            view.go_to(send);
            view.said = stays;
        }
        Some(Action::SendForm) if take_typed(view) => return Next::Send,
        Some(Action::NextField) if take_typed(view) => view.go_to(next),
        Some(Action::Open) => enter(view),
        Some(Action::SendForm | Action::NextField) => {}
        Some(Action::PreviousField) => view.go_to(view.at.saturating_sub(1)),
        Some(Action::NextChoice) => move_by(view, 1),
        Some(Action::PreviousChoice) => move_by(view, -1),
        Some(Action::NextChoices) => move_by(view, PAGE),
        Some(Action::PreviousChoices) => move_by(view, -PAGE),
        Some(Action::ClearField) if view.typed().is_empty() => clear(view),
        _ => narrow(view, key),
    }
    Next::Stay
}

/// Moves among what was found; where nothing was marked, to the first or the last.
fn move_by(view: &mut FormView, by: isize) {
    let last = view.found().len().saturating_sub(1);
    if let Some(Filling::Choosing { at, .. }) = &mut view.filling {
        *at = Some(match *at {
            Some(at) => at.saturating_add_signed(by).min(last),
            None if by > 0 => 0,
            None => last,
        });
    }
}

/// A letter or an edit of what is typed to find a choice: the first that fits is marked.
fn narrow(view: &mut FormView, key: KeyEvent) {
    let before = view.typed().to_owned();
    let Some(Filling::Choosing { typed, .. }) = &mut view.filling else {
        return;
    };
    if !edit_line(typed, key) {
        return does_nothing(view, key);
    }
    if view.typed() != before {
        mark_first(view);
    }
}

fn mark_first(view: &mut FormView) {
    if view.typed().is_empty() {
        return view.go_to(view.at);
    }
    if let Some(Filling::Choosing { at, .. }) = &mut view.filling {
        *at = Some(0);
    }
}

fn clear(view: &mut FormView) {
    if let Some(field) = view.form.fields.get_mut(view.at) {
        field.value.clear();
        field.error = None;
    }
    view.go_to(view.at);
}

fn picks_several(view: &FormView) -> bool {
    matches!(view.input(), Some(Input::PickMany(_)))
}

/// What is said where a field is left without taking what was found for it.
fn untaken(view: &FormView) -> Option<String> {
    let (field, offered) = (view.field()?, view.offered()?);
    let is_taken = field.value.contains(&offered.id);
    let moved = !view.typed().is_empty() || !picks_several(view);
    let (label, found) = (&field.label, &offered.label);
    (moved && !is_taken).then(|| match field.shown() {
        stands if stands.is_empty() => format!("{label} stays empty; {found} was not taken."),
        stands => format!("{label} stays {stands}; {found} was not taken."),
    })
}

/// Takes what somebody typed or moved to, before the field is left; false where that cannot be.
fn take_typed(view: &mut FormView) -> bool {
    let (typed, several) = (view.typed().to_owned(), picks_several(view));
    let Some(offered) = view.offered() else {
        if !typed.is_empty() {
            view.said = Some(format!("Nothing fits \"{typed}\"."));
        }
        return typed.is_empty();
    };
    let id = offered.id.clone();
    let is_taken = view.field().is_some_and(|field| field.value.contains(&id));
    is_taken || (several && typed.is_empty()) || take_offered(view)
}

/// Enter among choices: takes the one and goes on; of several, takes it or drops it, and goes on where none is marked.
fn enter(view: &mut FormView) {
    let next = view.at + 1;
    let goes_on = match (picks_several(view), view.offered().is_some()) {
        (true, true) => {
            take_offered(view);
            false
        }
        _ => take_typed(view),
    };
    if goes_on {
        view.go_to(next);
    }
}

/// Takes the marked choice; of several, takes it or drops it. False where it cannot be chosen.
fn take_offered(view: &mut FormView) -> bool {
    let Some(choice) = view.offered().cloned() else {
        return false;
    };
    let (several, was_typed) = (picks_several(view), !view.typed().is_empty());
    let field = &mut view.form.fields[view.at];
    field.error = choice.blocked.map(|why| format!("{}: {why}", choice.label));
    let is_free = field.error.is_none();
    match field.value.iter().position(|v| *v == choice.id) {
        _ if !is_free => {}
        Some(at) if several => drop(field.value.remove(at)),
        _ if several => field.value.push(choice.id),
        _ => field.value = vec![choice.id],
    }
    if was_typed {
        view.go_to(view.at);
    }
    is_free
}

/// Hands the text of the field to the user's editor.
fn editor(view: &mut FormView, cmds: &mut Vec<Cmd>) {
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
        field.value = one_value(whole);
        view.go_to(view.at);
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
        Some(Filling::Choosing { typed, .. }) => {
            typed.insert_str(text::clean_line(pasted));
            mark_first(view);
        }
        None => {
            view.said = Some("Nothing is typed here; what was pasted is left out.".into());
            return;
        }
    }
    take_words(view);
    write_result::keep(state, &view.form, cmds);
}
