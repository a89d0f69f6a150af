//! What is sent, and what becomes of it on the screen: on its way, done, or back with the reason.

use super::super::action::Action;
use super::super::msg::{Cmd, Topic, Wrote};
use super::super::state::{DetailTab, FormView, ListKind, Overlay, Results, State};
use super::say;
use crate::domain::{
    EntryKind, IncidentId, SavedForm, Thing, TimelineEntry, Write, WriteOrigin, WriteState,
};
use crate::writes::{self, Fault, Form, Subject};

/// Writes that timeline lines and the journal on the screen show.
const SHOWN: i64 = 10;

/// Sends what a form says, or shows what is wrong with it.
pub fn send(state: &mut State, mut view: FormView, cmds: &mut Vec<Cmd>) {
    view.filling = None;
    let planned = match view
        .form
        .plan(state.now + state.clock_offset, &view.idempotency_seed)
    {
        Ok(planned) => planned,
        Err(wrong) => {
            attach_errors(&mut view, &wrong);
            if view.form.kind.is_quick() {
                return say(
                    state,
                    wrong
                        .first()
                        .map(|(_, why)| why.clone())
                        .unwrap_or_default(),
                );
            }
            return state.overlays.push(Overlay::Form(Box::new(view)));
        }
    };
    let notes = view
        .form
        .field("notes")
        .map(|f| f.value.clone())
        .unwrap_or_default();
    let writes: Vec<Write> = planned.into_iter().map(|p| p.write).collect();
    // A form that comes back after a refusal sends the same writes again: they stand once.
    state
        .outbox
        .retain(|known| !writes.iter().any(|w| w.key == known.key));
    state.outbox.extend(writes.iter().cloned());
    if let [one] = &writes[..] {
        say(
            state,
            format!("Sending: {}.", one.what.trim_end_matches('.')),
        );
        state.pending_forms.insert(one.key.clone(), Box::new(view));
    } else {
        forget(state, &view.form, cmds);
        let results = Results {
            writes: writes.iter().map(|w| w.key.clone()).collect(),
        };
        state.overlays.push(Overlay::Results(results));
    }
    state.marks.clear();
    cmds.push(Cmd::Write { writes, notes });
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
            view.at = at;
            None
        }
        None => wrong.first().map(|(_, why)| why.clone()),
    };
}

/// A form is closed: what was refused of it no longer stands in the pane; the journal has it.
pub fn dismiss(state: &mut State, form: &Form) {
    let about = |w: &Write| {
        w.kind == form.kind.into()
            && (form.subjects.is_empty()
                || form
                    .subjects
                    .iter()
                    .any(|s| w.target.as_deref() == Some(&s.id())))
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

/// A write went as far as it goes now.
pub fn wrote(state: &mut State, wrote: Wrote, cmds: &mut Vec<Cmd>) {
    let Wrote {
        write,
        error,
        fields,
        moved,
        recorded,
    } = wrote;
    match state.outbox.iter_mut().find(|w| w.key == write.key) {
        Some(known) => *known = write.clone(),
        None => state.outbox.push(write.clone()),
    }
    let form = state.pending_forms.remove(&write.key);
    match write.state {
        _ if !recorded => {
            let why = error.unwrap_or_default();
            bring_back(state, form, why, &[], cmds);
        }
        WriteState::Confirmed => {
            let undo = matches!(write.undo, crate::domain::Undo::By { .. })
                && write.kind != WriteOrigin::Undo;
            let key = state.keymap.key(Action::Undo).to_owned();
            let hint = if undo {
                format!(" {key} undoes it.")
            } else {
                String::new()
            };
            say(
                state,
                format!("Done: {}.{hint}", write.what.trim_end_matches('.')),
            );
            if let Some(view) = form {
                forget(state, &view.form, cmds);
            }
            state.detail.fresh.insert(write.key.clone());
            refetch(state, &write, cmds);
        }
        WriteState::Refused if form.is_some() => {
            let ids: Vec<IncidentId> = form
                .iter()
                .flat_map(|v| &v.form.subjects)
                .filter_map(Subject::incident)
                .cloned()
                .collect();
            let kind = form.as_ref().map(|v| v.form.kind);
            bring_back(state, form, error.unwrap_or_default(), &fields, cmds);
            if let (true, Some(kind)) = (moved && !ids.is_empty(), kind) {
                cmds.push(Cmd::Fetch(Topic::Subjects(kind, ids)));
            }
        }
        _ => {
            if let Some(view) = form {
                forget(state, &view.form, cmds);
            }
            let key = state.keymap.key(Action::Journal).to_owned();
            let word = if write.is_local() {
                "Kept here".into()
            } else {
                first_upper(write.state.word())
            };
            let why = error.map_or(String::new(), |e| format!(": {e}"));
            say(
                state,
                format!("{word}: {}{why} {key} shows it.", write.what),
            );
        }
    }
    show_sent(state);
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
        return say(state, why);
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
        return say(state, why);
    }
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

/// Asks anew for what a write changed: the rows and what is listed now in any case, since either may quote it.
fn refetch(state: &State, write: &Write, cmds: &mut Vec<Cmd>) {
    let mut topics = vec![Topic::Incidents];
    let things = write.refreshes();
    topics.extend(
        things
            .iter()
            .flat_map(|thing| detail_topics(state, *thing, write)),
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
    topics.extend(things.iter().filter_map(|thing| list_topic(*thing)));
    let mut asked: Vec<Topic> = Vec::new();
    for topic in topics {
        if !asked.contains(&topic) {
            asked.push(topic);
        }
    }
    cmds.extend(asked.into_iter().map(Cmd::Fetch));
}

/// What is asked of the incident that is shown.
fn detail_topics(state: &State, thing: Thing, write: &Write) -> Vec<Topic> {
    let Some(id) = state.detail.id.clone() else {
        return Vec::new();
    };
    let shows = match thing {
        Thing::Incident => write.order_key == id.as_str(),
        // An alert's write is in order with the alert; the incident that is shown may be its own.
        Thing::Alerts => true,
        Thing::Pages | Thing::Actions | Thing::FollowUps | Thing::PostMortems => false,
        Thing::Schedules | Thing::Catalog | Thing::StatusPages => false,
    };
    if shows {
        vec![Topic::Detail(id.clone()), Topic::Timeline(id)]
    } else {
        Vec::new()
    }
}

/// What is asked beside it. A list that is not shown is read when somebody goes there; pages count on every screen.
fn list_topic(thing: Thing) -> Option<Topic> {
    match thing {
        Thing::Pages => Some(Topic::List(ListKind::Pages)),
        Thing::Schedules => Some(Topic::Schedules),
        Thing::Catalog => Some(Topic::Catalog),
        Thing::Incident | Thing::Alerts | Thing::Actions | Thing::FollowUps => None,
        Thing::PostMortems | Thing::StatusPages => None,
    }
}

/// What was written here stands in the timeline at once, until the timeline itself tells of it.
pub fn show_sent(state: &mut State) {
    let Some(id) = state.detail.id.clone() else {
        return;
    };
    let now = state.now;
    let shown = |w: &&Write| {
        let recent = (now - w.recorded).abs() < chrono::Duration::minutes(SHOWN);
        match w.state {
            WriteState::Confirmed => state.detail.fresh.contains(&w.key),
            WriteState::Refused => recent && !state.dismissed.contains(&w.key),
            WriteState::GivenUp => false,
            _ => true,
        }
    };
    let line = |w: &Write| {
        // What is not sure to stand says so first: a line is cut at its end.
        let (state, why) = match (w.state, w.on_hold) {
            (WriteState::Confirmed, _) => ("", String::new()),
            (WriteState::Refused, _) => ("NOT SENT, ", w.said.clone()),
            (_, true) => (
                "NOT SENT YET, ",
                "It waited too long; the journal asks whether it is still to be sent.".into(),
            ),
            (WriteState::InDoubt, _) => ("IN DOUBT, ", "No answer came.".into()),
            _ if w.said.is_empty() => ("on its way: ", String::new()),
            _ => ("NOT SENT YET, ", w.said.clone()),
        };
        let note = writes::stands_as_note(w);
        let words = w
            .what
            .split_once(": ")
            .filter(|(head, _)| head.starts_with("INC-"))
            .map_or(w.what.as_str(), |(_, rest)| rest);
        TimelineEntry {
            id: w.key.clone(),
            at: writes::noted_at(w).filter(|_| note).unwrap_or(w.recorded),
            kind: if note {
                EntryKind::Curated
            } else {
                EntryKind::Update
            },
            title: format!("{state}{words}"),
            body: [why.as_str(), writes::text_of(w)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n"),
            actor: String::new(),
        }
    };
    state.detail.sent = state
        .outbox
        .iter()
        .filter(|w| w.order_key == id.as_str() && w.kind != WriteOrigin::Undo)
        .filter(shown)
        .map(line)
        .collect();
}
