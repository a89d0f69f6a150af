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
    if let Some(found) = id
        .as_ref()
        .and_then(|id| writes.iter().position(|w| w.key == *id))
    {
        *at = found;
    }
    let here = writes.get(*at).cloned();
    let reads = state.config.read_only;
    match (key.code, here) {
        (KeyCode::Char('q') | KeyCode::Esc, _) => return false,
        (KeyCode::Char('c'), _) if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        (KeyCode::Char('r' | 'D' | 'b' | 'a' | 'N'), _) if reads => {
            say(state, "Read-only mode: nothing is sent.")
        }
        (KeyCode::Char('r'), Some(write)) if !write.state.is_settled() => {
            say(state, format!("Sending again: {}.", write.what));
            cmds.push(Cmd::Retry(write.key));
        }
        (KeyCode::Char('D'), Some(write)) if !write.state.is_settled() => {
            // Pressed twice on the same line: what was written is not lost by a slip.
            if state.detail.discard_armed.as_deref() == Some(write.key.as_str()) {
                cmds.push(Cmd::Discard(write.key));
                state.detail.discard_armed = None;
            } else {
                say(state, format!("D again gives it up: {}", write.what));
                state.detail.discard_armed = Some(write.key);
            }
        }
        (KeyCode::Char('b'), Some(write))
            if writes::is_update(&write) && !write.state.is_settled() =>
        {
            say(state, "Becomes a note with the time it was written.");
            cmds.push(Cmd::Backdate(write.key));
        }
        (KeyCode::Char('a'), Some(write)) if write.is_local() && !write.state.is_settled() => {
            match state.detail.incident.as_ref() {
                Some(incident) => {
                    let (id, reference) = (incident.row.id.clone(), incident.row.reference.clone());
                    let private = incident.row.visibility != Visibility::Public;
                    say(state, format!("Goes to the timeline of {reference}."));
                    cmds.push(Cmd::AttachNotes(id, private, vec![write.key]));
                }
                None => say(state, "No incident is selected."),
            }
        }
        (KeyCode::Char('N'), _) => {
            let keys: Vec<String> = state.local_notes().into_iter().map(|w| w.key).collect();
            if keys.is_empty() {
                say(state, "No note is kept here.");
                return true;
            }
            open_form::begin(state, WriteKind::Declare, cmds);
            if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
                let _ = view.form.set("mode", "retrospective");
                let _ = view.form.set("notes", &keys.join(","));
            }
            return false;
        }
        (KeyCode::Char('z'), Some(write)) => {
            undo_of(state, &write);
            return false;
        }
        (KeyCode::Enter, Some(write)) => {
            let mut lines = vec![
                write.what.clone(),
                format!("{} {}", write.state.word(), write.said)
                    .trim()
                    .to_owned(),
            ];
            lines.push(format!(
                "recorded {}, key {}",
                state.zone.full(write.recorded),
                write.key
            ));
            lines.extend(write.request_id.iter().map(|id| format!("request {id}")));
            lines.extend(
                [String::new()]
                    .into_iter()
                    .chain(write.request().lines().map(str::to_owned)),
            );
            let text = Text::new("Write", lines);
            state.overlays.push(Overlay::Text(text));
        }
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
