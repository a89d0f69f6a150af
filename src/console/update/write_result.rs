//! What is sent, and what becomes of it on the screen: on its way, done, or back with the reason.

use super::super::action::Action;
use super::super::cursor::Cursor;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::state::{DetailTab, FormView, ListKind, Overlay, Results, State};
use crate::domain::{
    EntryKind, IncidentId, SavedForm, Thing, TimelineEntry, Undo, Verbatim, Write, WriteOrigin,
    WriteState,
};
use crate::session::Outcome;
use crate::writes::{self, Fault, Form, Subject};

/// Writes that timeline lines and the journal on the screen show.
const SHOWN: i64 = 10;

/// Sends what a form says, or shows what is wrong with it.
pub fn send(state: &mut State, mut view: FormView, cmds: &mut Vec<Cmd>) {
    view.go_to_send();
    match view.plan(state.server_now()) {
        Ok(planned) => {
            let writes = planned.into_iter().map(|planned| planned.write).collect();
            send_writes(state, view, writes, cmds);
        }
        Err(wrong) if view.form.kind.is_quick() => {
            state.say(
                wrong
                    .into_iter()
                    .next()
                    .map_or(String::new(), |(_, why)| why),
            );
        }
        Err(wrong) => {
            attach_errors(&mut view, &wrong);
            state.overlays.push(Overlay::Form(Box::new(view)));
        }
    }
}

fn send_writes(state: &mut State, view: FormView, writes: Vec<Write>, cmds: &mut Vec<Cmd>) {
    let notes = view.form.field("notes").map(|f| f.value.clone());
    let form = view.form.draft_key();
    let made_of = |write| Write {
        form: Some(form.clone()),
        ..write
    };
    let writes: Vec<Write> = writes.into_iter().map(made_of).collect();
    // A form that comes back after a refusal sends the same writes again: they stand once.
    state
        .outbox
        .retain(|known| !writes.iter().any(|w| w.key == known.key));
    state.outbox.extend(writes.iter().cloned());
    if let [one] = &writes[..] {
        state.say(format!("Sending: {}.", one.what.trim_end_matches('.')));
        state.pending_forms.insert(one.key.clone(), Box::new(view));
    } else {
        forget(state, &view.form, cmds);
        let writes = writes.iter().map(|w| w.key.clone()).collect();
        let cursor = Cursor::default();
        state
            .overlays
            .push(Overlay::Results(Results { writes, cursor }));
    }
    state.marks.clear();
    cmds.push(Cmd::Write {
        writes,
        notes: notes.unwrap_or_default(),
    });
    show_sent(state);
}

/// Writes errors beside their fields and goes to the first.
fn attach_errors(view: &mut FormView, wrong: &[Fault]) {
    for field in &mut view.form.fields {
        field.error = wrong
            .iter()
            .find(|(id, _)| *id == field.id)
            .map(|(_, why)| why.clone());
    }
    let first = view.form.fields.iter().position(|f| f.error.is_some());
    view.note = match first {
        Some(at) => {
            view.go_to(at);
            None
        }
        None => wrong.first().map(|(_, why)| why.clone()),
    };
}

/// A form is closed: what was refused of it no longer stands in the pane; the journal has it.
pub fn dismiss(state: &mut State, form: &Form) {
    let ids: Vec<String> = form.subjects.iter().map(Subject::id).collect();
    let about = |w: &Write| {
        let same = |target: &String| ids.contains(target);
        w.kind == form.kind.into() && (ids.is_empty() || w.target.as_ref().is_some_and(same))
    };
    let refused: Vec<String> = state
        .outbox
        .iter()
        .filter(|w| w.state == WriteState::Refused && about(w))
        .map(|w| w.key.clone())
        .collect();
    state.dismissed.extend(refused);
    show_sent(state);
}

/// Forgets the kept text of a form.
pub fn forget(state: &mut State, form: &Form, cmds: &mut Vec<Cmd>) {
    let key = form.draft_key();
    if state.saved_forms.remove(&key).is_some() {
        cmds.push(Cmd::SaveForm(
            SavedForm {
                key,
                values: Vec::new(),
                at: state.now,
            },
            form.private,
        ));
    }
}

/// Forgets the kept text of a form that was sent, unless the next one was begun under its name meanwhile.
fn forget_sent(state: &mut State, form: &Form, cmds: &mut Vec<Cmd>) {
    let kept = state.saved_forms.get(&form.draft_key());
    if kept.is_some_and(|kept| kept.values == form.values()) {
        forget(state, form, cmds);
    }
}

/// A write went as far as it goes now.
pub fn wrote(state: &mut State, wrote: Outcome, cmds: &mut Vec<Cmd>) {
    match state.outbox.iter_mut().find(|w| w.key == wrote.write.key) {
        Some(known) => *known = wrote.write.clone(),
        None => state.outbox.push(wrote.write.clone()),
    }
    let form = state.pending_forms.remove(&wrote.write.key);
    match (wrote.write.state, form) {
        (_, form) if !wrote.recorded => {
            // Nothing of it stands anywhere: it is not on its way either.
            state.outbox.retain(|w| w.key != wrote.write.key);
            bring_back(state, form, wrote.says(), &[], cmds);
        }
        (WriteState::Confirmed, form) => confirmed(state, form, &wrote.write, cmds),
        (WriteState::Refused, Some(view)) => refused(state, view, wrote, cmds),
        (_, form) => left_open(state, form, wrote, cmds),
    }
    show_sent(state);
}

fn confirmed(state: &mut State, form: Option<Box<FormView>>, write: &Write, cmds: &mut Vec<Cmd>) {
    let has_way_back = matches!(write.undo, Undo::By { .. }) && write.kind != WriteOrigin::Undo;
    let key = state.keymap.key(Action::Undo).to_owned();
    let hint = if has_way_back {
        format!(" {key} undoes it.")
    } else {
        String::new()
    };
    state.say(format!("Done: {}.{hint}", write.what.trim_end_matches('.')));
    if let Some(view) = form {
        forget_sent(state, &view.form, cmds);
    }
    state.detail.fresh.insert(write.key.clone());
    refetch(state, write, cmds);
}

/// Another program on this machine wrote on the incident that is shown: its lines are asked for at once.
pub fn confirmed_elsewhere(state: &mut State, writes: &[Write], cmds: &mut Vec<Cmd>) {
    let Some(id) = state.detail.id.clone() else {
        return;
    };
    let is_done = |w: &Write| w.state == WriteState::Confirmed;
    let known = |w: &Write| state.outbox.iter().any(|k| k.key == w.key && is_done(k));
    let is_young = |w: &Write| (state.now - w.recorded).abs() < chrono::Duration::minutes(2);
    let is_here = |w: &&Write| w.order_key == id.as_str() && is_done(w) && is_young(w) && !known(w);
    let keys: Vec<String> = writes
        .iter()
        .filter(is_here)
        .map(|w| w.key.clone())
        .collect();
    if !keys.is_empty() {
        state.detail.fresh.extend(keys);
        cmds.extend([Topic::Detail(id.clone()), Topic::Timeline(id)].map(Cmd::Fetch));
    }
}

/// The form comes back; where somebody else changed what it was made on, on what stands now.
fn refused(state: &mut State, view: Box<FormView>, wrote: Outcome, cmds: &mut Vec<Cmd>) {
    let of = view.form.subjects.iter().filter_map(Subject::incident);
    let (ids, kind): (Vec<IncidentId>, _) = (of.cloned().collect(), view.form.kind);
    bring_back(state, Some(view), wrote.says(), &wrote.field_errors(), cmds);
    if wrote.is_moved() && !ids.is_empty() {
        cmds.push(Cmd::Fetch(Topic::Subjects(kind, ids)));
    }
}

/// Waiting, in doubt, kept here, or refused without a form: the journal has it.
fn left_open(state: &mut State, form: Option<Box<FormView>>, wrote: Outcome, cmds: &mut Vec<Cmd>) {
    if let Some(view) = form {
        forget_sent(state, &view.form, cmds);
    }
    let why = Some(wrote.says()).filter(|says| !says.is_empty());
    let write = wrote.write;
    let word = if write.is_local() {
        "Kept here".into()
    } else {
        first_upper(write.state.word())
    };
    let why = why.map_or(String::new(), |says| format!(": {says}"));
    let key = state.keymap.key(Action::Journal).to_owned();
    state.warn(format!("{word}: {}{why} {key} shows it.", write.what));
}

fn first_upper(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// A form whose write did not happen comes back with what is wrong; over something else it waits as a kept text.
fn bring_back(
    state: &mut State,
    form: Option<Box<FormView>>,
    why: String,
    fields: &[(String, String)],
    cmds: &mut Vec<Cmd>,
) {
    let Some(mut view) = form else {
        return state.warn(why);
    };
    state.notice = None;
    let wrong: Vec<Fault> = fields
        .iter()
        .map(|(api, says)| (writes::field_named(&view.form, api), says.clone()))
        .collect();
    attach_errors(&mut view, &wrong);
    view.note = Some(why.clone());
    if view.form.kind.is_quick()
        || state
            .overlays
            .iter()
            .any(|o| matches!(o, Overlay::Form(_) | Overlay::Opening(_)))
    {
        keep(state, &view.form, cmds);
        return state.warn(why);
    }
    // With its write it was forgotten.
    keep(state, &view.form, cmds);
    state.overlays.push(Overlay::Form(view));
}

/// Keeps what was typed, so that it is there after a crash.
pub fn keep(state: &mut State, form: &Form, cmds: &mut Vec<Cmd>) {
    if !form.is_typed() {
        return forget(state, form, cmds);
    }
    let kept = SavedForm {
        key: form.draft_key(),
        values: form.values(),
        at: state.now,
    };
    state.saved_forms.insert(kept.key.clone(), kept.clone());
    cmds.push(Cmd::SaveForm(kept, form.private));
}

/// Asks anew for what a write changed. The rows and what is listed now are asked for in any case: either may quote it.
fn refetch(state: &State, write: &Write, cmds: &mut Vec<Cmd>) {
    let mut topics = vec![Topic::Incidents];
    let shown = state.detail.id.as_ref();
    topics.extend(
        write
            .refreshes()
            .iter()
            .flat_map(|thing| topics_of(shown, *thing, write)),
    );
    if let Some(id) = state.detail.id.clone()
        && state.detail.tab.is_list()
        && state.detail.tab != DetailTab::Similar
    {
        topics.push(Topic::Tab(id, state.detail.tab));
    }
    if state.list != ListKind::Incidents {
        topics.push(Topic::List(state.list));
    }
    let mut asked: Vec<Topic> = Vec::new();
    for topic in topics {
        if !asked.contains(&topic) {
            asked.push(topic);
        }
    }
    cmds.extend(asked.into_iter().map(Cmd::Fetch));
}

/// What shows a thing, beside what is listed now. A list that is not shown is read when somebody goes there; pages count
/// on every screen.
fn topics_of(shown: Option<&IncidentId>, thing: Thing, write: &Write) -> Vec<Topic> {
    let detail = |id: &IncidentId| vec![Topic::Detail(id.clone()), Topic::Timeline(id.clone())];
    match thing {
        Thing::Incident => shown
            .filter(|id| write.order_key == id.as_str())
            .map(detail)
            .unwrap_or_default(),
        // An alert's write is in order with the alert; the incident that is shown may be its own.
        Thing::Alerts => shown.map(detail).unwrap_or_default(),
        Thing::Pages => vec![Topic::List(ListKind::Pages)],
        Thing::Schedules => vec![Topic::Schedules],
        Thing::Catalog => vec![Topic::Catalog],
        Thing::Actions | Thing::FollowUps | Thing::PostMortems | Thing::StatusPages => Vec::new(),
    }
}

/// What was written here stands in the timeline at once, until the timeline itself tells of it.
pub fn show_sent(state: &mut State) {
    let Some(id) = &state.detail.id else {
        return;
    };
    let of_incident = |w: &&Write| w.order_key == id.as_str() && w.kind != WriteOrigin::Undo;
    let sent = state
        .outbox
        .iter()
        .filter(of_incident)
        .filter(|w| is_shown(state, w));
    state.detail.sent = sent.map(sent_entry).collect();
}

fn is_shown(state: &State, write: &Write) -> bool {
    let age = (state.now - write.recorded).abs();
    match write.state {
        WriteState::Confirmed => state.detail.fresh.contains(&write.key),
        WriteState::Refused => {
            age < chrono::Duration::minutes(SHOWN) && !state.dismissed.contains(&write.key)
        }
        WriteState::GivenUp | WriteState::Damaged => false,
        WriteState::Waiting | WriteState::Sent | WriteState::InDoubt => true,
    }
}

/// How far a write is, and why, as its line begins: a line is cut at its end.
fn standing(write: &Write) -> (&'static str, &str) {
    match (write.state, write.on_hold) {
        (WriteState::Confirmed, _) => ("", ""),
        (WriteState::Refused, _) => ("NOT SENT, ", &write.said),
        (_, true) => (
            "NOT SENT YET, ",
            "It waited too long; the journal asks whether it is still to be sent.",
        ),
        (WriteState::InDoubt, _) => ("IN DOUBT, ", "No answer came."),
        _ if write.said.is_empty() => ("on its way: ", ""),
        _ => ("NOT SENT YET, ", &write.said),
    }
}

/// A write as a line of the timeline.
fn sent_entry(write: &Write) -> TimelineEntry {
    let (standing, why) = standing(write);
    let is_note = writes::stands_as_note(write);
    // The incident is not named on its own timeline.
    let named = write
        .what
        .split_once(": ")
        .filter(|(head, _)| head.starts_with("INC-"));
    let words = named.map_or(write.what.as_str(), |(_, rest)| rest);
    let text: Vec<&str> = [why, writes::text_of(write)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    TimelineEntry {
        id: write.key.clone(),
        at: writes::noted_at(write)
            .filter(|_| is_note)
            .unwrap_or(write.recorded),
        kind: if is_note {
            EntryKind::Curated
        } else {
            EntryKind::Update
        },
        title: format!("{standing}{words}"),
        body: text.join("\n"),
        actor: String::new(),
        written: Verbatim::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, WriteKind};
    use serde_json::Value;

    fn write(kind: WriteOrigin, undoes: WriteOrigin, order_key: &str) -> Write {
        let now = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
        let new = Write::new(
            "k".into(),
            order_key,
            "x".into(),
            "POST",
            "/x".into(),
            Value::Null,
            now,
        );
        Write {
            kind,
            undoes,
            ..new
        }
    }

    fn topics(write: &Write, shown: &str) -> Vec<Topic> {
        let things = write.refreshes().iter();
        things
            .flat_map(|thing| topics_of(Some(&shown.into()), *thing, write))
            .collect()
    }

    #[test]
    fn what_a_write_changed_is_asked_for_anew_and_an_undo_asks_for_what_it_took_back() {
        let detail = [Topic::Detail("01".into()), Topic::Timeline("01".into())];
        let form = |kind: WriteKind, of| write(kind.into(), WriteOrigin::Unnamed, of);
        let undo = |kind: WriteKind, of| write(WriteOrigin::Undo, kind.into(), of);
        assert_eq!(topics(&form(WriteKind::Edit, "01"), "01"), detail);
        assert_eq!(topics(&form(WriteKind::Edit, "02"), "01"), []);
        assert_eq!(topics(&form(WriteKind::Resolve, "alert"), "01"), detail);
        let pages = Topic::List(ListKind::Pages);
        assert!(topics(&form(WriteKind::Snooze, "02"), "01").contains(&pages));
        for write in [form(WriteKind::Cover, "s"), undo(WriteKind::Cover, "s")] {
            assert_eq!(topics(&write, "01"), [Topic::Schedules]);
        }
        assert_eq!(
            topics(&undo(WriteKind::EntryAdd, "t"), "01"),
            [Topic::Catalog]
        );
        let unnamed = write(WriteOrigin::Unnamed, WriteOrigin::Unnamed, "01");
        assert_eq!(topics(&unnamed, "01"), detail);
    }
}
