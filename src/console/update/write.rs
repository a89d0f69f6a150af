//! Writing: which form opens on what, what is sent, and what becomes of it on the screen.

use super::super::action::Action;
use super::super::msg::{Cmd, Topic, Wrote};
use super::super::state::{DetailTab, Filling, FormView, Item, ListKind, Overlay, Pane, State, Tone};
use super::say;
use crate::act::{self, Facts, Form, Kind, Subject};
use crate::domain::{Incident, IncidentId, Kept, LaneItem, LaneKind, Visibility, Write, WriteState};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::sync::Arc;

/// Writes that lane lines and the journal on the screen show.
const SHOWN: i64 = 10;

/// What is known when a form is opened.
fn facts<'a>(state: &'a State, local: &'a [Write]) -> Facts<'a> {
    Facts {
        now: state.now + state.ahead,
        zone: state.zone,
        org: &state.org,
        me: state.me.as_ref(),
        graph: &state.catalog.graph,
        schedules: &state.oncall.schedules,
        supplies: &state.supplies,
        rows: &state.incidents.rows,
        local,
    }
}

/// An action that writes.
pub fn begin(state: &mut State, kind: Kind, cmds: &mut Vec<Cmd>) {
    use Kind::*;
    if let Some(why) = state.obstacle(kind) {
        return say(state, format!("{}: not here, since {why}.", kind.title()));
    }
    match kind {
        Declare | LocalNote | PublishUpdate => open(state, kind, vec![Subject::Nothing], cmds),
        Lead | Severity | Status | Close | Edit | Role | Update | Note | Page | ActionAdd | FollowUpAdd | Import | Publish => {
            on_incidents(state, kind, cmds);
        }
        NoteEdit => note_edit(state, cmds),
        Ack | Snooze | Reassign | Cancel => {
            let pages = pages(state, kind == Ack);
            if pages.is_empty() && kind == Ack {
                // The list may be some seconds old: it is asked anew before it is said that nothing waits.
                state.acknowledging = true;
                return cmds.push(Cmd::Fetch(Topic::List(ListKind::Pages)));
            }
            open(state, kind, pages, cmds);
        }
        Attach | Detach | Resolve => on_items(state, kind, |s| matches!(s, Subject::Alert(_)), cmds),
        ActionDone | FollowUpDone => tasks(state, ActionDone, FollowUpDone, cmds),
        ActionEdit | FollowUpEdit => tasks(state, ActionEdit, FollowUpEdit, cmds),
        DocumentStatus => on_items(state, kind, |s| matches!(s, Subject::Document(_)), cmds),
        Cover => {
            let schedule = state.oncall.shown().get(state.oncall.cursor.at).map(|s| Subject::Schedule(Box::new((*s).clone())));
            open(state, kind, vec![schedule.unwrap_or_default()], cmds);
        }
        EntryAdd => {
            let shown = state.catalog.kinds().get(state.catalog.kind).map(|t| Subject::Type(t.id.clone()));
            open(state, kind, vec![shown.unwrap_or_default()], cmds);
        }
        EntryEdit => {
            let entry = state.catalog.shown().get(state.catalog.cursor.at).map(|e| Subject::Entry(Box::new((*e).clone())));
            open(state, kind, vec![entry.unwrap_or_default()], cmds);
        }
    }
}

/// The incident the cursor is on, or those that are marked.
fn chosen(state: &State) -> Vec<IncidentId> {
    let in_list = state.focus == Pane::Incidents && state.list == ListKind::Incidents;
    let incidents = &state.incidents;
    let marked: Vec<IncidentId> = (0..incidents.visible.len())
        .filter_map(|at| incidents.at(at))
        .filter(|r| state.marks.contains(r.id.as_str()))
        .map(|r| r.id.clone())
        .collect();
    if in_list && !marked.is_empty() {
        return marked;
    }
    if in_list { incidents.current().map(|r| r.id.clone()).into_iter().collect() } else { state.detail.id.clone().into_iter().collect() }
}

fn on_incidents(state: &mut State, kind: Kind, cmds: &mut Vec<Cmd>) {
    let ids = chosen(state);
    let Some(first) = ids.first() else {
        return match kind {
            Kind::Page | Kind::Publish => open(state, kind, vec![Subject::Nothing], cmds),
            _ => say(state, "No incident is selected."),
        };
    };
    let known = state.detail.incident.as_ref().filter(|i| ids.len() == 1 && &i.row.id == first).cloned();
    match known {
        Some(incident) => open(state, kind, vec![Subject::Incident(incident)], cmds),
        None => {
            // What is typed meanwhile is not lost and does nothing else.
            state.overlays.push(Overlay::Opening { kind, keys: Vec::new() });
            cmds.push(Cmd::Fetch(Topic::Subjects(kind, ids)));
        }
    }
}

/// Incidents a form was to be opened on have come; or they come anew for a form that stands on old values.
pub fn subjects(state: &mut State, kind: Kind, incidents: Vec<Incident>, cmds: &mut Vec<Cmd>) {
    let subjects: Vec<Subject> = incidents.into_iter().map(|i| Subject::Incident(Box::new(i))).collect();
    if let Some(Overlay::Form(view)) = state.overlays.last()
        && view.form.kind == kind
        && view.form.subjects.iter().map(Subject::id).eq(subjects.iter().map(Subject::id))
    {
        let local = state.local_notes();
        let fresh = view.form.renewed(subjects, &facts(state, &local));
        if let (Some(Overlay::Form(view)), Ok(fresh)) = (state.overlays.last_mut(), fresh) {
            view.form = fresh;
        }
        return;
    }
    let Some(at) = state.overlays.iter().rposition(|o| matches!(o, Overlay::Opening { kind: k, .. } if *k == kind)) else { return };
    let Overlay::Opening { keys, .. } = state.overlays.remove(at) else { return };
    open(state, kind, subjects, cmds);
    keys.into_iter().for_each(|key| super::keys::key(state, key, cmds));
}

/// Incidents a form was to be opened on could not be read: a note is kept here instead.
pub fn no_subjects(state: &mut State, kind: Kind, says: &str, cmds: &mut Vec<Cmd>) {
    let Some(at) = state.overlays.iter().rposition(|o| matches!(o, Overlay::Opening { kind: k, .. } if *k == kind)) else { return };
    let Overlay::Opening { keys, .. } = state.overlays.remove(at) else { return };
    if kind == Kind::Note {
        let public = |row: &Arc<crate::domain::Row>| row.visibility == Visibility::Public;
        let private = !chosen(state).first().is_some_and(|id| state.incidents.rows.iter().any(|r| &r.id == id && public(r)));
        open(state, Kind::LocalNote, vec![Subject::Nothing], cmds);
        if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
            view.form.private = private;
        }
        return keys.into_iter().for_each(|key| super::keys::key(state, key, cmds));
    }
    say(state, says.to_owned());
}

/// The item under the cursor of the list that has the keys, or those marked in it.
fn items(state: &State) -> Vec<Item> {
    let listing = match (state.focus, state.list) {
        (Pane::Incidents, kind) if kind != ListKind::Incidents => state.lists.get(&kind),
        (Pane::Detail, _) => state.detail.tabs.get(&state.detail.tab),
        _ => None,
    };
    let Some(listing) = listing else { return Vec::new() };
    let shown = listing.shown();
    let marked: Vec<Item> = shown.iter().filter(|i| state.marks.contains(&i.id)).map(|i| (*i).clone()).collect();
    if marked.is_empty() { shown.get(listing.cursor.at).map(|i| (*i).clone()).into_iter().collect() } else { marked }
}

fn about(items: Vec<Item>, fits: impl Fn(&Subject) -> bool) -> Vec<Subject> {
    items.into_iter().filter_map(|i| i.subject).filter(|s| fits(s)).map(Arc::unwrap_or_clone).collect()
}

fn on_items(state: &mut State, kind: Kind, fits: impl Fn(&Subject) -> bool, cmds: &mut Vec<Cmd>) {
    let found = about(items(state), fits);
    open(state, kind, if found.is_empty() { vec![Subject::Nothing] } else { found }, cmds);
}

fn tasks(state: &mut State, action: Kind, follow_up: Kind, cmds: &mut Vec<Cmd>) {
    let found = about(items(state), |s| matches!(s, Subject::Action(_) | Subject::FollowUp(_)));
    let (actions, follow_ups): (Vec<_>, Vec<_>) = found.into_iter().partition(|s| matches!(s, Subject::Action(_)));
    if actions.is_empty() && !follow_ups.is_empty() {
        return open(state, follow_up, follow_ups, cmds);
    }
    open(state, action, if actions.is_empty() { vec![Subject::Nothing] } else { actions }, cmds);
}

/// The list of pages came while an acknowledgement waited for it.
pub fn pages_came(state: &mut State, cmds: &mut Vec<Cmd>) {
    if std::mem::take(&mut state.acknowledging) {
        let pages = pages(state, true);
        open(state, Kind::Ack, pages, cmds);
    }
}

/// The pages under the cursor; else the one on the incident that is shown; else the only one that waits. Only one that
/// waits can be acknowledged.
fn pages(state: &State, waiting_only: bool) -> Vec<Subject> {
    let is_page = |s: &Subject| matches!(s, Subject::Page(e) if !waiting_only || e.is_waiting());
    let here = about(items(state), is_page);
    if !here.is_empty() {
        return here;
    }
    let ids = chosen(state);
    let known = [state.detail.tabs.get(&DetailTab::Pages), state.lists.get(&ListKind::Pages)];
    let all: Vec<&Item> = known.into_iter().flatten().flat_map(|l| &l.items).collect();
    let of_incident = |i: &&&Item| i.subject.as_ref().is_some_and(|s| ids.iter().any(|id| s.incident() == Some(id)));
    let open = |i: &&&Item| i.tone == Tone::Hot || (!waiting_only && i.tone != Tone::Quiet);
    let mut waiting: Vec<&&Item> = all.iter().filter(of_incident).filter(open).collect();
    waiting.sort_by_key(|i| i.tone != Tone::Hot);
    let only = || {
        let hot: Vec<&&Item> = all.iter().filter(|i| i.tone == Tone::Hot).collect();
        if let [one] = hot[..] { Some(one) } else { None }
    };
    let found = waiting.first().copied().or_else(only);
    found.and_then(|i| i.subject.clone()).map(Arc::unwrap_or_clone).into_iter().collect()
}

fn note_edit(state: &mut State, cmds: &mut Vec<Cmd>) {
    let shown = (state.focus, state.detail.tab) == (Pane::Detail, DetailTab::Timeline);
    let item = state.detail.lines().get(state.detail.cursor.at).map(|i| (*i).clone());
    let item = item.filter(|i| shown && i.kind == LaneKind::Curated && state.detail.lane.iter().any(|l| l.id == i.id));
    let subject = match (state.detail.incident.clone(), item) {
        (Some(incident), Some(item)) => Subject::Note(incident, item),
        _ => Subject::Nothing,
    };
    open(state, Kind::NoteEdit, vec![subject], cmds);
}

/// Opens a form, or does at once what needs none.
pub fn open(state: &mut State, kind: Kind, subjects: Vec<Subject>, cmds: &mut Vec<Cmd>) {
    let local = state.local_notes();
    let opened = act::open(kind, if subjects.is_empty() { vec![Subject::Nothing] } else { subjects }, &facts(state, &local));
    let mut form = match opened {
        Ok(form) => form,
        Err(why) => return say(state, why),
    };
    form.subjects.retain(|s| *s != Subject::Nothing);
    let me = state.me.as_ref().map_or("", |p| p.id.as_str());
    let seal = format!("{me} {}", state.now.timestamp_nanos_opt().unwrap_or_default());
    let kept = state.kept.get(&form.draft_key()).cloned();
    if let Some(kept) = &kept {
        form.restore(&kept.values);
    }
    let mut view = FormView::new(form, seal);
    if let Some(kept) = kept {
        view.note = Some(format!("Goes on from what was written at {}; D drops it.", state.zone.day_clock(state.now, kept.at)));
        if let Some(at) = view.form.fields.iter().position(|f| f.is_changed() && f.input.choices().is_none()) {
            view.at = at;
            view.fill();
        }
    }
    if kind.is_quick() {
        return send(state, view, cmds);
    }
    if kind.needs_supplies() {
        cmds.push(Cmd::Fetch(Topic::Supplies));
    }
    state.overlays.push(Overlay::Form(Box::new(view)));
}

/// What forms offer has come: an open form offers it.
pub fn supplied(state: &mut State) {
    let Some(Overlay::Form(view)) = state.overlays.last() else { return };
    if !view.form.kind.needs_supplies() {
        return;
    }
    let local = state.local_notes();
    let subjects = if view.form.subjects.is_empty() { vec![Subject::Nothing] } else { view.form.subjects.clone() };
    let fresh = view.form.renewed(subjects, &facts(state, &local));
    if let (Some(Overlay::Form(view)), Ok(mut fresh)) = (state.overlays.last_mut(), fresh) {
        fresh.subjects.retain(|s| *s != Subject::Nothing);
        view.form = fresh;
        // What is the only choice fills itself in: then the next thing is asked for.
        let untouched = matches!(&view.filling, Some(Filling::Choosing { typed, .. }) if typed.is_empty());
        if untouched && !view.form.fields[view.at].value.is_empty() {
            view.filling = None;
            view.begin();
        }
    }
}

/// The form on a text that was drafted from rows.
pub fn open_with(state: &mut State, kind: Kind, field: &str, text: &str, cmds: &mut Vec<Cmd>) {
    begin(state, kind, cmds);
    if let Some(Overlay::Form(view)) = state.overlays.last_mut()
        && view.form.kind == kind
    {
        let _ = view.form.set(field, text);
        view.filling = None;
        view.at = view.form.fields.iter().position(|f| f.id == field).unwrap_or(0);
    }
}

/// Sends what a form says, or shows what is wrong with it.
pub fn send(state: &mut State, mut view: FormView, cmds: &mut Vec<Cmd>) {
    view.filling = None;
    let planned = match view.form.plan(state.now + state.ahead, &view.seal) {
        Ok(planned) => planned,
        Err(wrong) => {
            blame(&mut view, &wrong);
            if view.form.kind.is_quick() {
                return say(state, wrong.first().map(|(_, why)| why.clone()).unwrap_or_default());
            }
            return state.overlays.push(Overlay::Form(Box::new(view)));
        }
    };
    let notes = view.form.field("notes").map(|f| f.value.clone()).unwrap_or_default();
    let writes: Vec<Write> = planned.into_iter().map(|p| p.write).collect();
    // A form that comes back after a refusal sends the same writes again: they stand once.
    state.outbox.retain(|known| !writes.iter().any(|w| w.key == known.key));
    state.outbox.extend(writes.iter().cloned());
    if let [one] = &writes[..] {
        say(state, format!("Sending: {}.", one.what.trim_end_matches('.')));
        state.away_forms.insert(one.key.clone(), Box::new(view));
    } else {
        forget(state, &view.form, cmds);
        state.overlays.push(Overlay::Results(writes.iter().map(|w| w.key.clone()).collect()));
    }
    state.marks.clear();
    cmds.push(Cmd::Write { writes, notes });
    show_sent(state);
}

/// Writes errors beside their fields and goes to the first.
fn blame(view: &mut FormView, wrong: &[(String, String)]) {
    for field in &mut view.form.fields {
        field.error = wrong.iter().find(|(id, _)| *id == field.id).map(|(_, why)| why.clone());
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
        w.kind == form.kind.id() && (form.subjects.is_empty() || form.subjects.iter().any(|s| w.target.as_deref() == Some(&s.id())))
    };
    let refused: Vec<String> = state.outbox.iter().filter(|w| w.state == WriteState::Refused && about(w)).map(|w| w.key.clone()).collect();
    state.dismissed.extend(refused);
    show_sent(state);
}

/// Forgets the kept text of a form.
pub fn forget(state: &mut State, form: &Form, cmds: &mut Vec<Cmd>) {
    let key = form.draft_key();
    if state.kept.remove(&key).is_some() {
        cmds.push(Cmd::Keep(Kept { key, values: Vec::new(), at: state.now }, form.private));
    }
}

/// A field of the API as the form calls it.
fn field_of(form: &Form, api: &str) -> String {
    let last = api.rsplit('.').find(|part| !part.chars().all(|c| c.is_ascii_digit())).unwrap_or(api);
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
    let begins =
        [("custom_field", "field "), ("incident_role", "role "), ("incident_timestamp", "stamp "), ("attribute_values", "attribute ")];
    let grouped =
        begins.iter().find(|(part, _)| api.contains(part)).and_then(|(_, prefix)| form.fields.iter().find(|f| f.id.starts_with(prefix)));
    grouped.map_or_else(|| named.to_owned(), |f| f.id.clone())
}

/// A write went as far as it goes now.
pub fn wrote(state: &mut State, wrote: Wrote, cmds: &mut Vec<Cmd>) {
    let Wrote { write, error, fields, moved, recorded } = wrote;
    match state.outbox.iter_mut().find(|w| w.key == write.key) {
        Some(known) => *known = write.clone(),
        None => state.outbox.push(write.clone()),
    }
    let form = state.away_forms.remove(&write.key);
    match write.state {
        _ if !recorded => {
            let why = error.unwrap_or_default();
            bring_back(state, form, why, &[], cmds);
        }
        WriteState::Confirmed => {
            let undo = matches!(write.undo, crate::domain::Undo::By { .. }) && write.kind != "undo";
            let key = state.keymap.key(Action::Undo).to_owned();
            let hint = if undo { format!(" {key} undoes it.") } else { String::new() };
            say(state, format!("Done: {}.{hint}", write.what.trim_end_matches('.')));
            if let Some(view) = form {
                forget(state, &view.form, cmds);
            }
            state.detail.fresh.insert(write.key.clone());
            refetch(state, &write, cmds);
        }
        WriteState::Refused if form.is_some() => {
            let ids: Vec<IncidentId> = form.iter().flat_map(|v| &v.form.subjects).filter_map(Subject::incident).cloned().collect();
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
            let word = if write.path == act::LOCAL { "Kept here".into() } else { first_upper(write.state.word()) };
            let why = error.map_or(String::new(), |e| format!(": {e}"));
            say(state, format!("{word}: {}{why} {key} shows it.", write.what));
        }
    }
    show_sent(state);
}

fn first_upper(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// A form whose write did not happen comes back with what is wrong; over something else it waits as a kept text.
fn bring_back(state: &mut State, form: Option<Box<FormView>>, why: String, fields: &[(String, String)], cmds: &mut Vec<Cmd>) {
    let Some(mut view) = form else { return say(state, why) };
    state.notice = None;
    let wrong: Vec<(String, String)> = fields.iter().map(|(api, says)| (field_of(&view.form, api), says.clone())).collect();
    blame(&mut view, &wrong);
    view.note = Some(why.clone());
    if view.form.kind.is_quick() || state.overlays.iter().any(|o| matches!(o, Overlay::Form(_) | Overlay::Opening { .. })) {
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
    let kept = Kept { key: form.draft_key(), values: form.values(), at: state.now };
    state.kept.insert(kept.key.clone(), kept.clone());
    cmds.push(Cmd::Keep(kept, form.private));
}

/// Asks anew for what a write changed.
fn refetch(state: &State, write: &Write, cmds: &mut Vec<Cmd>) {
    let mut topics = vec![Topic::Incidents];
    if let Some(id) = state.detail.id.clone() {
        if write.lane == id.as_str() || write.kind.starts_with("alert.") {
            topics.extend([Topic::Detail(id.clone()), Topic::Lane(id.clone())]);
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

/// What was written here stands in the lane at once, until the lane itself tells of it.
pub fn show_sent(state: &mut State) {
    let Some(id) = state.detail.id.clone() else { return };
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
        let (state, why) = match (w.state, w.held) {
            (WriteState::Confirmed, _) => ("", String::new()),
            (WriteState::Refused, _) => ("NOT SENT, ", w.said.clone()),
            (_, true) => ("NOT SENT YET, ", "It waited too long; the journal asks whether it is still to be sent.".into()),
            (WriteState::InDoubt, _) => ("IN DOUBT, ", "No answer came.".into()),
            _ if w.said.is_empty() => ("on its way: ", String::new()),
            _ => ("NOT SENT YET, ", w.said.clone()),
        };
        let note = w.kind.starts_with("timeline") || w.kind == "draft";
        let words = w.what.split_once(": ").filter(|(head, _)| head.starts_with("INC-")).map_or(w.what.as_str(), |(_, rest)| rest);
        LaneItem {
            id: w.key.clone(),
            at: noted.filter(|_| note).unwrap_or(w.recorded),
            kind: if note { LaneKind::Curated } else { LaneKind::Update },
            title: format!("{state}{words}"),
            body: [why.as_str(), w.body["message"].as_str().or(w.body["description"].as_str()).unwrap_or_default()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n"),
            actor: String::new(),
        }
    };
    state.detail.sent = state.outbox.iter().filter(|w| w.lane == id.as_str() && w.kind != "undo").filter(shown).map(line).collect();
}

/// The journal told how things stand. What was just asked for and is not recorded yet stays.
pub fn journal(state: &mut State, mut writes: Vec<Write>) {
    let young = |w: &Write| !w.state.is_settled() && (state.now - w.recorded).abs() < chrono::Duration::minutes(1);
    let missing: Vec<Write> = state.outbox.iter().filter(|w| young(w) && !writes.iter().any(|k| k.key == w.key)).cloned().collect();
    writes.extend(missing);
    let held = |all: &[Write]| all.iter().filter(|w| w.held && w.path != act::LOCAL && !w.state.is_settled()).count();
    let (before, now) = (held(&state.outbox), held(&writes));
    state.outbox = writes;
    if now > before {
        let key = state.keymap.key(Action::Journal).to_owned();
        let writes = if now == 1 { "1 write" } else { &format!("{now} writes") };
        say(state, format!("{writes} waited too long to be sent by itself; {key} asks about it."));
    }
    show_sent(state);
}

/// `z`: the panel of the write that takes the last one back.
pub fn undo(state: &mut State) {
    let last = state.outbox.iter().rev().find(|w| w.state == WriteState::Confirmed && w.kind != "undo");
    let Some(last) = last.cloned() else { return say(state, "Nothing was written that could be undone.") };
    undo_of(state, &last);
}

fn undo_of(state: &mut State, write: &Write) {
    if let Some(why) = state.config.read_only.then_some("hotseat is read-only here") {
        return say(state, format!("Undo: not here, since {why}."));
    }
    let key = crate::domain::digest(&["undo", &write.key, &state.now.timestamp_millis().to_string()]);
    match write.undone(key, state.now) {
        Ok(back) => {
            let says = vec![format!("Takes back: {}", write.what), back.what.clone()];
            state.overlays.push(Overlay::Panel { write: Box::new(back), says, request: false });
        }
        Err(why) => say(state, why),
    }
}

/// A key on a panel; false where it closes.
pub fn panel_key(state: &mut State, write: &Write, request: &mut bool, key: KeyEvent, cmds: &mut Vec<Cmd>) -> bool {
    match key.code {
        KeyCode::Char('x') => *request = !*request,
        KeyCode::Char('y') => {
            say(state, format!("Sending: {}.", write.what));
            state.outbox.push(write.clone());
            cmds.push(Cmd::Write { writes: vec![write.clone()], notes: Vec::new() });
            show_sent(state);
            return false;
        }
        KeyCode::Esc | KeyCode::Char('q') => return false,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        _ => {}
    }
    true
}

/// Marks the line under the cursor, or unmarks it, and goes on.
pub fn mark(state: &mut State) {
    let id = match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => state.incidents.current().map(|r| r.id.to_string()),
        _ => {
            let before = std::mem::take(&mut state.marks);
            let here = items(state).first().map(|i| i.id.clone());
            state.marks = before;
            here
        }
    };
    let Some(id) = id else { return say(state, "Nothing can be marked here.") };
    if !state.marks.remove(&id) {
        state.marks.insert(id);
    }
    super::act::move_to(state, super::act::Step::By(1));
    let count = state.marks.len();
    say(state, if count == 0 { "Nothing is marked.".into() } else { format!("{count} marked; an action is done on all of them.") });
}

/// Opens the journal.
pub fn open_journal(state: &mut State, cmds: &mut Vec<Cmd>) {
    cmds.push(Cmd::Fetch(Topic::Journal));
    state.overlays.push(Overlay::Journal { id: None, at: 0 });
}

/// Writes as the journal on the screen lists them: what needs somebody first, then the newest.
pub fn listed(state: &State) -> Vec<&Write> {
    let mut all: Vec<&Write> = state.outbox.iter().collect();
    all.reverse();
    all.sort_by_key(|w| (w.state.is_settled(), std::cmp::Reverse(w.recorded)));
    all
}

/// A key in the journal; false where it closes.
pub fn journal_key(state: &mut State, id: &mut Option<String>, at: &mut usize, key: KeyEvent, cmds: &mut Vec<Cmd>) -> bool {
    use super::super::action::Context;
    let writes: Vec<Write> = listed(state).into_iter().cloned().collect();
    let last = writes.len().saturating_sub(1);
    if let Some(found) = id.as_ref().and_then(|id| writes.iter().position(|w| w.key == *id)) {
        *at = found;
    }
    let here = writes.get(*at).cloned();
    let reads = state.config.read_only;
    match (key.code, here) {
        (KeyCode::Char('q') | KeyCode::Esc, _) => return false,
        (KeyCode::Char('c'), _) if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        (KeyCode::Char('r' | 'D' | 'b' | 'a' | 'N'), _) if reads => say(state, "Read-only mode: nothing is sent."),
        (KeyCode::Char('r'), Some(write)) if !write.state.is_settled() => {
            say(state, format!("Sending again: {}.", write.what));
            cmds.push(Cmd::Retry(write.key));
        }
        (KeyCode::Char('D'), Some(write)) if !write.state.is_settled() => {
            // Pressed twice on the same line: what was written is not lost by a slip.
            if state.detail.doomed.as_deref() == Some(write.key.as_str()) {
                cmds.push(Cmd::Discard(write.key));
                state.detail.doomed = None;
            } else {
                say(state, format!("D again gives it up: {}", write.what));
                state.detail.doomed = Some(write.key);
            }
        }
        (KeyCode::Char('b'), Some(write)) if write.path == "/v2/incident_updates" && !write.state.is_settled() => {
            say(state, "Becomes a note with the time it was written.");
            cmds.push(Cmd::Backdate(write.key));
        }
        (KeyCode::Char('a'), Some(write)) if write.path == act::LOCAL && !write.state.is_settled() => {
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
            begin(state, Kind::Declare, cmds);
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
            let mut lines = vec![write.what.clone(), format!("{} {}", write.state.word(), write.said).trim().to_owned()];
            lines.push(format!("recorded {}, key {}", state.zone.full(write.recorded), write.key));
            lines.extend(write.request_id.iter().map(|id| format!("request {id}")));
            lines.extend([String::new()].into_iter().chain(write.request().lines().map(str::to_owned)));
            state.overlays.push(Overlay::Text { title: "Write".into(), lines, top: 0, entry: None });
        }
        _ => {
            match state.keymap.resolve(key, Context::List) {
                Some(Action::Down) => *at = (*at + 1).min(last),
                Some(Action::Up) => *at = at.saturating_sub(1),
                Some(Action::HalfDown) => *at = (*at + 10).min(last),
                Some(Action::HalfUp) => *at = at.saturating_sub(10),
                Some(Action::Top) => *at = 0,
                Some(Action::Bottom) => *at = last,
                _ => {}
            }
            *id = writes.get(*at).map(|w| w.key.clone());
        }
    }
    true
}
