//! The journal on the screen, and taking back what was written.

use super::super::action::Action;
use super::super::content::journal::{proposed_in_full, taken_back};
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::state::{Journal, Overlay, Panel, State};
use super::open_form;
use super::write_result::{confirmed_elsewhere, show_sent};
use crate::domain::text;
use crate::domain::{OpenProposal, Write, WriteOrigin, WriteState};
use crate::writes::WriteKind;

/// The journal told how things stand. What was just asked for and is not recorded yet stays.
pub fn journal(state: &mut State, mut writes: Vec<Write>, cmds: &mut Vec<Cmd>) {
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
    confirmed_elsewhere(state, &writes, cmds);
    state.outbox = writes;
    if now > before {
        let key = state.keymap.key(Action::Journal).to_owned();
        let late = text::counted(
            now,
            "write waited too long to be sent by itself",
            "writes waited too long to be sent by themselves",
        );
        state.say(format!("{late}; {key} shows the journal."));
    }
    show_sent(state);
}

/// What agents propose, as it stands: what is new is said, once.
pub fn proposals(state: &mut State, all: Vec<OpenProposal>) {
    let known = |p: &OpenProposal| {
        state
            .proposals
            .iter()
            .any(|k| (&k.id, k.asked) == (&p.id, p.asked))
    };
    let is_new = |p: &&OpenProposal| !known(p);
    let key = state.keymap.key(Action::Journal);
    let says = match all.iter().filter(is_new).collect::<Vec<_>>()[..] {
        [] => None,
        [one] if one.is_open_question() => Some(format!(
            "An agent ({}) asks you: {}; {key} shows it.",
            one.by,
            one.what.trim_end_matches('.')
        )),
        [one] => Some(format!(
            "An agent ({}) proposes: {}; {key} shows it.",
            one.by,
            one.what.trim_end_matches('.')
        )),
        ref several => Some(format!(
            "Agents propose {} writes; {key} shows them.",
            several.len()
        )),
    };
    state.proposals = all;
    if let Some(says) = says {
        state.say(says);
    }
}

/// The question of an agent, with all that is to be read before an answer.
pub fn ask(state: &mut State, proposal: OpenProposal) {
    let says = proposed_in_full(state, &proposal);
    let panel = Panel::asking(proposal, says);
    state.overlays.push(Overlay::Panel(panel));
}

/// Gives an agent its answer.
pub fn answer(state: &mut State, proposal: Box<OpenProposal>, yes: bool, cmds: &mut Vec<Cmd>) {
    if state.config.read_only {
        return state.say("Read-only mode: nothing is sent.");
    }
    cmds.push(Cmd::AnswerProposal(proposal, yes));
}

/// What nobody confirmed in its time can no longer be, whether or not its program is there to say so.
pub fn expire(state: &mut State) {
    let now = state.server_now();
    state.proposals.retain(|proposal| proposal.is_good(now));
}

/// `z`: the panel of the write that takes back the last one that can be; what is newer and cannot is named.
pub fn undo(state: &mut State) {
    let mut newer = None;
    for write in state.outbox.iter().rev() {
        let happened = write.state == WriteState::Confirmed && write.kind != WriteOrigin::Undo;
        if !happened || taken_back(state, write) {
            continue;
        }
        let Some(why) = write.no_way_back() else {
            return panel(state, &write.clone(), newer);
        };
        let what = write.what.trim_end_matches('.');
        newer = newer.or_else(|| {
            Some(format!(
                "The last write cannot be taken back: {what}; {why}"
            ))
        });
    }
    state.say(newer.unwrap_or_else(|| "Nothing was written that could be taken back.".into()));
}

/// The panel of the write that takes one back.
pub fn undo_of(state: &mut State, write: &Write) {
    if taken_back(state, write) {
        return state.say(format!("It was taken back already: {}", write.what));
    }
    panel(state, write, None);
}

fn panel(state: &mut State, write: &Write, newer: Option<String>) {
    if state.config.read_only {
        return state.say("Undo: not here, since hotseat is read-only here.");
    }
    let at = state.now.timestamp_millis().to_string();
    let key = crate::domain::digest(&["undo", &write.key, &at]);
    match write.undone(key, state.now) {
        Ok(back) => {
            let when = state.zone.day_clock(state.now, write.recorded);
            let takes = format!("Takes back what was written at {when}: {}", write.what);
            let says = newer.into_iter().chain([takes, back.what.clone()]);
            let says = says.collect();
            state.overlays.push(Overlay::Panel(Panel::of(back, says)));
        }
        Err(why) => state.say(why),
    }
}

/// Sends the write of a panel.
pub fn send_back(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    state.say(format!("Sending: {}.", write.what));
    state.outbox.push(write.clone());
    cmds.push(Cmd::Write {
        writes: vec![write],
        notes: Vec::new(),
    });
    show_sent(state);
}

/// Opens the journal.
pub fn open_journal(state: &mut State, cmds: &mut Vec<Cmd>) {
    cmds.push(Cmd::Fetch(Topic::Journal));
    state.overlays.push(Overlay::Journal(Journal::default()));
}

/// Opens the form of a retrospective incident of all notes kept here; false where there are none.
pub fn retrospective(state: &mut State, cmds: &mut Vec<Cmd>) -> bool {
    let keys: Vec<String> = state.local_notes().into_iter().map(|w| w.key).collect();
    if keys.is_empty() {
        state.say("No note waits here without an incident; only such notes become one.");
        return false;
    }
    open_form::begin(state, WriteKind::Declare, cmds);
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        let _ = view.form.set("mode", "retrospective");
        let _ = view.form.set("notes", &keys.join(","));
    }
    true
}
