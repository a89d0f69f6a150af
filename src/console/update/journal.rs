//! The journal on the screen, and taking back what was written.

use super::super::action::{Action, Context};
use super::super::content::journal::listed;
use super::super::cursor::{Cursor, Step};
use super::super::msg::{Cmd, Topic};
use super::super::state::{Overlay, State, Text};
use super::write_result::show_sent;
use super::{open_form, say};
use crate::domain::{Visibility, Write, WriteOrigin, WriteState};
use crate::writes::{self, WriteKind};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The journal told how things stand. What was just asked for and is not recorded yet stays.
pub fn journal(state: &mut State, mut writes: Vec<Write>) {
    let young = |w: &Write| {
        !w.state.is_settled() && (state.now - w.recorded).abs() < chrono::Duration::minutes(1)
    };
    let missing: Vec<Write> = state
        .outbox
        .iter()
        .filter(|w| young(w) && !writes.iter().any(|k| k.key == w.key))
        .cloned()
        .collect();
    writes.extend(missing);
    let held = |all: &[Write]| {
        all.iter()
            .filter(|w| w.on_hold && !w.is_local() && !w.state.is_settled())
            .count()
    };
    let (before, now) = (held(&state.outbox), held(&writes));
    state.outbox = writes;
    if now > before {
        let key = state.keymap.key(Action::Journal).to_owned();
        let writes = if now == 1 {
            "1 write"
        } else {
            &format!("{now} writes")
        };
        say(
            state,
            format!("{writes} waited too long to be sent by itself; {key} asks about it."),
        );
    }
    show_sent(state);
}

/// `z`: the panel of the write that takes the last one back.
pub fn undo(state: &mut State) {
    let last = state
        .outbox
        .iter()
        .rev()
        .find(|w| w.state == WriteState::Confirmed && w.kind != WriteOrigin::Undo);
    let Some(last) = last.cloned() else {
        return say(state, "Nothing was written that could be undone.");
    };
    undo_of(state, &last);
}

fn undo_of(state: &mut State, write: &Write) {
    if let Some(why) = state
        .config
        .read_only
        .then_some("hotseat is read-only here")
    {
        return say(state, format!("Undo: not here, since {why}."));
    }
    let key = crate::domain::digest(&[
        "undo",
        &write.key,
        &state.now.timestamp_millis().to_string(),
    ]);
    match write.undone(key, state.now) {
        Ok(back) => {
            let says = vec![format!("Takes back: {}", write.what), back.what.clone()];
            state.overlays.push(Overlay::Panel {
                write: Box::new(back),
                says,
                request: false,
            });
        }
        Err(why) => say(state, why),
    }
}

/// A key on a panel; false where it closes.
pub fn panel_key(
    state: &mut State,
    write: &Write,
    request: &mut bool,
    key: KeyEvent,
    cmds: &mut Vec<Cmd>,
) -> bool {
    match key.code {
        KeyCode::Char('x') => *request = !*request,
        KeyCode::Char('y') => {
            say(state, format!("Sending: {}.", write.what));
            state.outbox.push(write.clone());
            cmds.push(Cmd::Write {
                writes: vec![write.clone()],
                notes: Vec::new(),
            });
            show_sent(state);
            return false;
        }
        KeyCode::Esc | KeyCode::Char('q') => return false,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        _ => {}
    }
    true
}

/// Opens the journal.
pub fn open_journal(state: &mut State, cmds: &mut Vec<Cmd>) {
    cmds.push(Cmd::Fetch(Topic::Journal));
    state.overlays.push(Overlay::Journal { id: None, at: 0 });
}

/// A key in the journal; false where it closes.
pub fn journal_key(
    state: &mut State,
    id: &mut Option<String>,
    at: &mut usize,
    key: KeyEvent,
    cmds: &mut Vec<Cmd>,
) -> bool {
    let writes: Vec<Write> = listed(state).into_iter().cloned().collect();
    let found = |id: &String| writes.iter().position(|w| w.key == *id);
    if let Some(found) = id.as_ref().and_then(found) {
        *at = found;
    }
    let here = writes.get(*at).cloned();
    let open = here.clone().filter(|write| !write.state.is_settled());
    match (key.code, here, open) {
        (KeyCode::Char('q') | KeyCode::Esc, ..) => return false,
        (KeyCode::Char('c'), ..) if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        (KeyCode::Char('r' | 'D' | 'b' | 'a' | 'N'), ..) if state.config.read_only => {
            say(state, "Read-only mode: nothing is sent.");
        }
        (KeyCode::Char('r'), _, Some(write)) => retry(state, write, cmds),
        (KeyCode::Char('D'), _, Some(write)) => discard(state, write, cmds),
        (KeyCode::Char('b'), _, Some(write)) if writes::is_update(&write) => {
            say(state, "Becomes a note with the time it was written.");
            cmds.push(Cmd::Backdate(write.key));
        }
        (KeyCode::Char('a'), _, Some(write)) if write.is_local() => attach(state, write, cmds),
        (KeyCode::Char('N'), ..) => return !retrospective(state, cmds),
        (KeyCode::Char('z'), Some(write), _) => {
            undo_of(state, &write);
            return false;
        }
        (KeyCode::Enter, Some(write), _) => show(state, &write),
        _ => {
            let action = state.keymap.resolve(key, Context::Journal);
            if let Some(step) = action.and_then(|action| Step::of(action, 10)) {
                let mut cursor = Cursor::default();
                cursor.at = *at;
                cursor.go(step, writes.len());
                *at = cursor.at;
            }
            *id = writes.get(*at).map(|w| w.key.clone());
        }
    }
    true
}

fn retry(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    say(state, format!("Sending again: {}.", write.what));
    cmds.push(Cmd::Retry(write.key));
}

/// Pressed twice on the same line: what was written is not lost by a slip.
fn discard(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    if state.detail.discard_armed.as_ref() == Some(&write.key) {
        cmds.push(Cmd::Discard(write.key));
        state.detail.discard_armed = None;
    } else {
        say(state, format!("D again gives it up: {}", write.what));
        state.detail.discard_armed = Some(write.key);
    }
}

/// A note kept here goes onto the incident that is shown.
fn attach(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    let Some(incident) = state.detail.incident.as_ref() else {
        return say(state, "No incident is selected.");
    };
    let (id, reference) = (incident.row.id.clone(), incident.row.reference.clone());
    let private = incident.row.visibility != Visibility::Public;
    say(state, format!("Goes to the timeline of {reference}."));
    cmds.push(Cmd::AttachNotes(id, private, vec![write.key]));
}

/// Opens the form of a retrospective incident of all notes kept here; false where there are none.
fn retrospective(state: &mut State, cmds: &mut Vec<Cmd>) -> bool {
    let keys: Vec<String> = state.local_notes().into_iter().map(|w| w.key).collect();
    if keys.is_empty() {
        say(state, "No note is kept here.");
        return false;
    }
    open_form::begin(state, WriteKind::Declare, cmds);
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        let _ = view.form.set("mode", "retrospective");
        let _ = view.form.set("notes", &keys.join(","));
    }
    true
}

/// Shows a write in full, with its exact request.
fn show(state: &mut State, write: &Write) {
    let standing = format!("{} {}", write.state.word(), write.said);
    let recorded = state.zone.full(write.recorded);
    let mut lines = vec![
        write.what.clone(),
        standing.trim().to_owned(),
        format!("recorded {recorded}, key {}", write.key),
    ];
    lines.extend(write.request_id.iter().map(|id| format!("request {id}")));
    lines.push(String::new());
    lines.extend(write.request().lines().map(str::to_owned));
    let text = Text::new("Write", lines);
    state.overlays.push(Overlay::Text(text));
}
