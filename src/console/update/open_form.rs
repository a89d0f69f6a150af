//! Writing: which form opens, and on what.

use super::super::action::Action;
use super::super::content::unsent;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::state::{
    Confirm, Confirmed, DetailTab, FormView, LinkTarget, ListKind, Overlay, Pane, State,
};
use super::subject::{about, answered, items, pages, question};
use super::write_result::send;
use super::{form_opening, meanwhile, unopened};
use crate::domain::{
    EntryKind, Incident, IncidentId, SavedForm, Schedule, ScheduleId, Scope, UserId, Visibility,
    Write,
};
use crate::writes::{self, Field, Form, FormContext, Subject, WriteKind};

/// What is known when a form is opened.
fn facts<'a>(state: &'a State, local: &'a [Write]) -> FormContext<'a> {
    FormContext {
        now: state.server_now(),
        zone: state.zone,
        org: &state.org,
        me: state.me.as_ref(),
        graph: &state.catalog.graph,
        schedules: &state.oncall.schedules,
        form_options: &state.form_options,
        rows: &state.incidents.rows,
        local,
    }
}

/// An action that writes.
pub fn begin(state: &mut State, kind: WriteKind, cmds: &mut Vec<Cmd>) {
    if let Some(why) = state.obstacle(kind) {
        let why = format!("Not here, since {why}.");
        return unopened::instead(state, kind, &why);
    }
    let subjects = match kind.spec().scope {
        Scope::Nothing => vec![Subject::Nothing],
        Scope::Incident | Scope::IncidentIfAny => return on_incidents(state, kind, cmds),
        Scope::Note => vec![note(state)],
        Scope::WaitingPage => {
            let waiting = pages(state, true);
            if waiting.is_empty()
                && let Some(says) = answered(state)
            {
                return state.say(says);
            }
            if waiting.is_empty() {
                // The list may be some seconds old: it is asked anew before it is said that nothing waits.
                state.acknowledging = true;
                return cmds.push(Cmd::Fetch(Topic::List(ListKind::Pages)));
            }
            return acknowledge(state, waiting, cmds);
        }
        Scope::Page => pages(state, false),
        Scope::Alert => about(items(state), |s| matches!(s, Subject::Alert(_))),
        Scope::Document => about(items(state), |s| matches!(s, Subject::Document(_))),
        Scope::Task => return tasks(state, kind, cmds),
        Scope::Schedule => {
            let schedule = schedule(state);
            if let Subject::Schedule(schedule) = &schedule {
                cmds.push(Cmd::Fetch(Topic::Shifts(schedule.id.clone())));
            }
            vec![schedule]
        }
        Scope::CatalogType => vec![catalog_type(state)],
        Scope::CatalogEntry => vec![catalog_entry(state)],
    };
    open(state, kind, subjects, cmds);
}

fn schedule(state: &State) -> Subject {
    let shown = state.oncall.shown();
    let here = match state.card().map(|card| &card.target) {
        Some(LinkTarget::Schedule(id)) => state.oncall.schedules.iter().find(|s| &s.id == id),
        _ => shown.get(state.oncall.cursor.at).copied(),
    };
    here.map_or(Subject::Nothing, |s| with_coming(state, s))
}

/// A schedule with the coming shifts that are known of it.
pub fn with_coming(state: &State, schedule: &Schedule) -> Subject {
    let schedule = schedule.clone();
    Subject::Schedule(Box::new(match &state.oncall.shifts {
        Some((id, shifts)) if *id == schedule.id => schedule.with_coming(shifts, state.now),
        _ => schedule,
    }))
}

/// The coming shifts of a schedule are known: a form that covers one offers them.
pub fn shifts_came(state: &mut State, id: &ScheduleId) {
    let known = state.oncall.schedules.iter().find(|s| s.id == *id);
    let Some(subject) = known.map(|s| with_coming(state, s)) else {
        return;
    };
    let subjects = vec![subject];
    if is_open_on(state, WriteKind::Cover, &subjects) {
        renew(state, subjects);
    }
}

fn catalog_type(state: &State) -> Subject {
    let kinds = state.catalog.kinds();
    let here = kinds.get(state.catalog.kind);
    here.map_or(Subject::Nothing, |t| Subject::Type(t.id.clone()))
}

fn catalog_entry(state: &State) -> Subject {
    let shown = state.catalog.shown();
    let here = match state.card().map(|card| &card.target) {
        Some(LinkTarget::Entry(id)) => state.catalog.graph.entry(id),
        _ => shown.get(state.catalog.cursor.at).copied(),
    };
    here.map_or(Subject::Nothing, |e| Subject::Entry(Box::new(e.clone())))
}

fn on_incidents(state: &mut State, kind: WriteKind, cmds: &mut Vec<Cmd>) {
    let ids = state.targets();
    open_on(state, kind, ids, cmds);
}

/// Opens a form on incidents, as soon as they are known as they are now.
pub fn open_on(state: &mut State, kind: WriteKind, ids: Vec<IncidentId>, cmds: &mut Vec<Cmd>) {
    let Some(first) = ids.first() else {
        return match kind.spec().scope {
            Scope::IncidentIfAny => open(state, kind, Vec::new(), cmds),
            _ => unopened::instead(state, kind, state.no_target()),
        };
    };
    let known = state
        .detail
        .incident
        .as_ref()
        .filter(|i| ids.len() == 1 && &i.row.id == first)
        .cloned();
    match known {
        Some(incident) => open(state, kind, vec![Subject::Incident(incident)], cmds),
        None => {
            form_opening::begin(state, kind, ids.iter().map(ToString::to_string).collect());
            cmds.push(Cmd::Fetch(Topic::Subjects(kind, ids)));
        }
    }
}

/// Incidents a form was to be opened on have come; or they come anew for a form that stands on old values.
pub fn subjects(state: &mut State, kind: WriteKind, incidents: Vec<Incident>, cmds: &mut Vec<Cmd>) {
    let subjects: Vec<Subject> = incidents
        .into_iter()
        .map(|i| Subject::Incident(Box::new(i)))
        .collect();
    if is_open_on(state, kind, &subjects) {
        return renew(state, subjects);
    }
    read(state, kind, subjects, cmds);
}

/// Whether the form on top is of this kind and about these.
fn is_open_on(state: &State, kind: WriteKind, subjects: &[Subject]) -> bool {
    let Some(Overlay::Form(view)) = state.overlays.last() else {
        return false;
    };
    let open = view.form.subjects.iter().map(Subject::id);
    view.form.kind == kind && open.eq(subjects.iter().map(Subject::id))
}

/// The form on top stands on what is known by now; what was filled in stays.
fn renew(state: &mut State, subjects: Vec<Subject>) {
    let local = state.local_notes();
    let Some(Overlay::Form(view)) = state.overlays.last() else {
        return;
    };
    let fresh = view.form.renewed(subjects, &facts(state, &local));
    if let (Some(Overlay::Form(view)), Ok(fresh)) = (state.overlays.last_mut(), fresh) {
        view.renew(fresh);
    }
}

/// What a form was to be opened on has come.
pub fn read(state: &mut State, kind: WriteKind, subjects: Vec<Subject>, cmds: &mut Vec<Cmd>) {
    let ids: Vec<String> = subjects.iter().map(Subject::id).collect();
    if let Some(opening) = form_opening::close(state, kind, &ids) {
        open(state, kind, subjects, cmds);
        for (field, text) in &opening.filled {
            fill(state, kind, field, text);
        }
        unopened::type_ahead(state, opening.keys);
    }
}

/// What a form was to be opened on could not be read: a note is kept here instead.
pub fn unread(
    state: &mut State,
    (kind, ids): (WriteKind, &[String]),
    says: &str,
    cmds: &mut Vec<Cmd>,
) {
    let Some(opening) = form_opening::close(state, kind, ids) else {
        return;
    };
    let keys = opening.keys;
    let Some(kept_here) = kind.spec().kept_here else {
        unopened::instead(state, kind, says);
        return unopened::type_ahead(state, keys);
    };
    // What is not known to be public counts as private.
    let row = ids.first().and_then(|id| state.row(&id.as_str().into()));
    let private = row.is_none_or(|row| row.visibility != Visibility::Public);
    open(state, kept_here, Vec::new(), cmds);
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        view.form.private = private;
    }
    unopened::type_ahead(state, keys);
}

/// Actions are done before follow-ups where both are marked: one form is of one kind.
fn tasks(state: &mut State, kind: WriteKind, cmds: &mut Vec<Cmd>) {
    let found = about(items(state), |s| {
        matches!(s, Subject::Action(_) | Subject::FollowUp(_))
    });
    let (actions, follow_ups): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|s| matches!(s, Subject::Action(_)));
    match kind.spec().on_follow_up {
        Some(other) if actions.is_empty() && !follow_ups.is_empty() => {
            open(state, other, follow_ups, cmds);
        }
        Some(_) => open(state, kind, actions, cmds),
        None => open(state, kind, follow_ups, cmds),
    }
}

/// The list of pages came while an acknowledgement waited for it.
pub fn pages_came(state: &mut State, cmds: &mut Vec<Cmd>) {
    if std::mem::take(&mut state.acknowledging) {
        let waiting = pages(state, true);
        acknowledge(state, waiting, cmds);
    }
}

/// The user's own page is taken at once; whether another is, is asked first.
fn acknowledge(state: &mut State, waiting: Vec<Subject>, cmds: &mut Vec<Cmd>) {
    let kind = WriteKind::Ack;
    match question(state, &waiting) {
        Some(asks) => {
            let does = Confirmed::Write(kind, waiting);
            state
                .overlays
                .push(Overlay::Confirm(Confirm { asks, does }));
        }
        None => open(state, kind, waiting, cmds),
    }
}

/// The note under the cursor of the timeline.
fn note(state: &State) -> Subject {
    let shown = (state.focus, state.detail.tab) == (Pane::Detail, DetailTab::Timeline);
    let item = state
        .detail
        .lines()
        .get(state.detail.cursor.at)
        .map(|i| (*i).clone());
    let item = item.filter(|i| {
        shown && i.kind == EntryKind::Curated && state.detail.timeline.iter().any(|l| l.id == i.id)
    });
    match (state.detail.incident.clone(), item) {
        (Some(incident), Some(item)) => Subject::Note(incident, item),
        _ => Subject::Nothing,
    }
}

/// Opens a form, or does at once what needs none.
pub fn open(state: &mut State, kind: WriteKind, subjects: Vec<Subject>, cmds: &mut Vec<Cmd>) {
    let local = state.local_notes();
    let mut form = match writes::open(kind, or_nothing(subjects), &facts(state, &local)) {
        Ok(form) => form,
        Err(why) => return unopened::instead(state, kind, &why),
    };
    form.subjects.retain(|s| *s != Subject::Nothing);
    let me = state.me.as_ref().map_or("", |p| p.id.as_str());
    let now = state.now.timestamp_nanos_opt().unwrap_or_default();
    let idempotency_seed = format!("{me} {now}");
    let mut view = match unsent::begun(state, &form) {
        Some(saved) => restored(state, form, idempotency_seed, saved),
        None => FormView::new(form, idempotency_seed),
    };
    if kind.is_quick() {
        return send(state, view, cmds);
    }
    meanwhile::begin(state, &mut view);
    if kind.needs_options() {
        cmds.push(Cmd::Fetch(Topic::FormOptions));
    }
    if let (WriteKind::Close, [Subject::Incident(incident)]) = (kind, &view.form.subjects[..]) {
        // Whoever closes sees what is still to do.
        let id = incident.row.id.clone();
        cmds.push(Cmd::Fetch(Topic::Tab(id, DetailTab::Tasks)));
    }
    state.overlays.push(Overlay::Form(Box::new(view)));
}

/// A form that is about nothing yet is opened on one nothing.
fn or_nothing(subjects: Vec<Subject>) -> Vec<Subject> {
    if subjects.is_empty() {
        vec![Subject::Nothing]
    } else {
        subjects
    }
}

/// What an earlier session left has come: a form that was opened before it, and is as it was opened, goes on from it.
pub fn take_up(state: &mut State) {
    let Some(Overlay::Form(view)) = state.overlays.last() else {
        return;
    };
    let saved = unsent::begun(state, &view.form);
    if let Some(saved) = saved.filter(|_| !view.form.is_typed()) {
        let (form, seed) = (view.form.clone(), view.idempotency_seed.clone());
        let mut goes_on = restored(state, form, seed, saved);
        meanwhile::begin(state, &mut goes_on);
        state.overlays.pop();
        state.overlays.push(Overlay::Form(Box::new(goes_on)));
    }
}

/// The form with what was written in it before, at the words that were typed last.
fn restored(
    state: &mut State,
    mut form: Form,
    idempotency_seed: String,
    saved: SavedForm,
) -> FormView {
    form.restore(&saved.values);
    let typed = saved.at + state.clock_offset;
    (0..form.fields.len()).for_each(|at| form.settle(at, typed));
    let mut view = FormView::new(form, idempotency_seed);
    view.begun = Some(saved.at);
    let when = state.zone.day_clock(state.now, saved.at);
    let (back, drops) = (
        state.keymap.key(Action::Back),
        state.keymap.key(Action::Drop),
    );
    view.note = Some(format!(
        "Goes on from what was written at {when}; {back} {drops} drops it."
    ));
    let is_typed = |f: &Field| f.is_changed() && f.input.choices().is_none();
    if let Some(at) = view.form.fields.iter().position(is_typed) {
        view.go_to(at);
    }
    let (key, values) = (saved.key.clone(), view.form.values());
    state.saved_forms.insert(key, SavedForm { values, ..saved });
    view
}

/// What forms offer has come: an open form offers it.
pub fn supplied(state: &mut State) {
    let Some(Overlay::Form(view)) = state.overlays.last() else {
        return;
    };
    if !view.form.kind.needs_options() {
        return;
    }
    let local = state.local_notes();
    let subjects = or_nothing(view.form.subjects.clone());
    let fresh = view.form.renewed(subjects, &facts(state, &local));
    if let (Some(Overlay::Form(view)), Ok(mut fresh)) = (state.overlays.last_mut(), fresh) {
        fresh.subjects.retain(|s| *s != Subject::Nothing);
        view.renew(fresh);
    }
}

/// The form with what was drafted from rows in its fields, as soon as it opens.
pub fn open_with(
    state: &mut State,
    kind: WriteKind,
    filled: &[(&'static str, String)],
    cmds: &mut Vec<Cmd>,
) {
    begin(state, kind, cmds);
    if let Some(Overlay::Opening(opening)) = state.overlays.last_mut() {
        opening.filled = filled.to_vec();
    }
    for (field, text) in filled {
        fill(state, kind, field, text);
    }
}

/// The form that pages a person: about the incident that is shown, where one came from there.
pub fn page_person(state: &mut State, person: &UserId, cmds: &mut Vec<Cmd>) {
    let incident = state.detail.incident.clone();
    let subject = incident.filter(|_| state.focus == Pane::Detail);
    let subjects = subject.map(Subject::Incident).into_iter().collect();
    open(state, WriteKind::Page, subjects, cmds);
    fill(state, WriteKind::Page, "people", person.as_str());
    // Nobody has written anything yet.
    if let Some(Overlay::Form(view)) = state.overlays.last_mut() {
        view.form.given = view.form.values();
    }
}

/// Fills a field of the form that was just opened, and puts the cursor on it.
fn fill(state: &mut State, kind: WriteKind, field: &str, text: &str) {
    if let Some(Overlay::Form(view)) = state.overlays.last_mut()
        && view.form.kind == kind
    {
        let _ = view.form.set(field, text);
        view.begin();
    }
}

/// Marks the line under the cursor, or unmarks it, and goes on.
pub fn mark(state: &mut State) {
    let id = match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => {
            state.incidents.current().map(|r| r.id.to_string())
        }
        _ => {
            let before = std::mem::take(&mut state.marks);
            let here = items(state).first().map(|i| i.id.clone());
            state.marks = before;
            here
        }
    };
    let Some(id) = id else {
        return state.say("Nothing can be marked here; lines of a list can.");
    };
    if !state.marks.remove(&id) {
        state.marks.insert(id);
    }
    super::motion::move_to(state, super::super::cursor::Step::By(1));
    let count = state.marks.len();
    state.say(if count == 0 {
        "Nothing is marked.".into()
    } else {
        format!("{count} marked; an action is done on all of them.")
    });
}

#[cfg(test)]
mod tests {
    use super::super::super::action::ACTIONS;
    use super::*;

    #[test]
    fn every_kind_of_write_is_reached_by_an_action() {
        let begun = ACTIONS.iter().filter_map(|row| row.action.kind());
        let reached: Vec<WriteKind> = begun
            .flat_map(|kind| [Some(kind), kind.spec().on_follow_up, kind.spec().kept_here])
            .flatten()
            // It is taken into its form from the text that was drafted.
            .chain([WriteKind::HandOver])
            .collect();
        let missing: Vec<&WriteKind> = WriteKind::ALL
            .iter()
            .filter(|kind| !reached.contains(kind))
            .collect();
        assert!(missing.is_empty(), "no action begins {missing:?}");
    }
}
