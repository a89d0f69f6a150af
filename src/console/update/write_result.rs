//! What is sent, and what becomes of it on the screen: on its way, done, or back with the reason.

use super::super::action::Action;
use super::super::msg::{Cmd, Topic, Wrote};
use super::super::state::{DetailTab, FormView, ListKind, Overlay, Results, State};
use super::say;
use crate::domain::{EntryKind, IncidentId, SavedForm, TimelineEntry, Write, WriteState};
use crate::writes::{self, Form, Subject};

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
fn attach_errors(view: &mut FormView, wrong: &[(String, String)]) {
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
        w.kind == form.kind.id()
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

/// A field of the API as the form calls it.
fn field_of(form: &Form, api: &str) -> String {
    let last = api
        .rsplit('.')
        .find(|part| !part.chars().all(|c| c.is_ascii_digit()))
        .unwrap_or(api);
    let named = match last {
        "severity_id" | "to_severity_id" => "severity",
        "incident_status_id" | "to_incident_status_id" | "incident_status" => "status",
        "incident_type_id" => "type",
        "timestamp" => "time",
        "escalation_path_id" => "path",
        "user_ids" => "people",
        "assignee_id" => "assignee",
        "end_at" => "to",
        "start_at" => "from",
        "user" => "who",
        "follow_up_priority_option_id" => "priority",
        other => other,
    };
    let begins = [
        ("custom_field", "field "),
        ("incident_role", "role "),
        ("incident_timestamp", "stamp "),
        ("attribute_values", "attribute "),
    ];
    let grouped = begins
        .iter()
        .find(|(part, _)| api.contains(part))
        .and_then(|(_, prefix)| form.fields.iter().find(|f| f.id.starts_with(prefix)));
    grouped.map_or_else(|| named.to_owned(), |f| f.id.clone())
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
            let undo = matches!(write.undo, crate::domain::Undo::By { .. }) && write.kind != "undo";
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
            let word = if write.path == writes::LOCAL {
                "SavedForm here".into()
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
    let wrong: Vec<(String, String)> = fields
        .iter()
        .map(|(api, says)| (field_of(&view.form, api), says.clone()))
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

/// Asks anew for what a write changed.
fn refetch(state: &State, write: &Write, cmds: &mut Vec<Cmd>) {
    let mut topics = vec![Topic::Incidents];
    if let Some(id) = state.detail.id.clone() {
        if write.order_key == id.as_str() || write.kind.starts_with("alert.") {
            topics.extend([Topic::Detail(id.clone()), Topic::Timeline(id.clone())]);
        }
        if state.detail.tab.is_list() && state.detail.tab != DetailTab::Similar {
            topics.push(Topic::Tab(id, state.detail.tab));
        }
    }
    if state.list != ListKind::Incidents {
        topics.push(Topic::List(state.list));
    }
    if write.kind.starts_with("escalation.") && state.list != ListKind::Pages {
        topics.push(Topic::List(ListKind::Pages));
    }
    if write.path.contains("schedule_overrides") {
        topics.push(Topic::Schedules);
    }
    if write.path.contains("/catalog_entries") {
        topics.push(Topic::Catalog);
    }
    cmds.extend(topics.into_iter().map(Cmd::Fetch));
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
        let noted = crate::domain::time::parse(w.body["timestamp"].as_str().unwrap_or_default());
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
        let note = w.kind.starts_with("timeline") || w.kind == "draft";
        let words = w
            .what
            .split_once(": ")
            .filter(|(head, _)| head.starts_with("INC-"))
            .map_or(w.what.as_str(), |(_, rest)| rest);
        TimelineEntry {
            id: w.key.clone(),
            at: noted.filter(|_| note).unwrap_or(w.recorded),
            kind: if note {
                EntryKind::Curated
            } else {
                EntryKind::Update
            },
            title: format!("{state}{words}"),
            body: [
                why.as_str(),
                w.body["message"]
                    .as_str()
                    .or(w.body["description"].as_str())
                    .unwrap_or_default(),
            ]
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
        .filter(|w| w.order_key == id.as_str() && w.kind != "undo")
        .filter(shown)
        .map(line)
        .collect();
}
