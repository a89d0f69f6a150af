//! News from the worker. An answer goes to what asked for it, wherever that is, and to nothing else.

use super::super::content::handover;
use super::super::job::{Job, JobSubject, Topic};
use super::super::msg::Cmd;
use super::super::news::News;
use super::super::overlay;
use super::super::place::{ListKind, Pane};
use super::super::reply::{Outcome, Reply};
use super::super::state::{Item, Link, Overlay, State};
use super::narrow::narrow;
use super::show::touch_selection;
use super::{
    arrivals, bridge, declared, failure, form, history, investigation, journal, meanwhile,
    open_form, problems, resume, rows, telling, write_result,
};
use crate::domain::text::clean_line;
use crate::domain::{SavedForm, ScheduleId, Shift};
use crate::session::{Change, KnownTimeline, RelayStanding};
use std::sync::Arc;

/// The worker answered: what is told is taken in, what failed is filed under its job. An answer to a question that was
/// asked anew since changes nothing.
pub fn apply(state: &mut State, reply: Reply, cmds: &mut Vec<Cmd>) {
    let Reply { job, outcome } = reply;
    if !state.is_newest(&job) {
        return;
    }
    match outcome {
        Outcome::Underway(news) => hear(state, news, cmds),
        Outcome::Done(all) => {
            ended(state, &job);
            all.into_iter().for_each(|news| hear(state, news, cmds));
        }
        Outcome::Failed(why) => failure::file(state, job.subject, why, cmds),
        Outcome::Cancelled => ended(state, &job),
    }
}

/// Nothing more will come of a job: what showed it as running no longer does.
fn ended(state: &mut State, job: &Job) {
    if let JobSubject::Investigation(id) = &job.subject
        && let Some(investigation) = state.investigations.get_mut(id)
    {
        investigation.running = false;
    }
}

/// The organisation is known better than before.
fn take_change(state: &mut State, change: Change, cmds: &mut Vec<Cmd>) {
    let more_to_find = matches!(
        change,
        Change::Org(_) | Change::Schedules(_) | Change::Catalog(_)
    );
    match change {
        Change::Org(org) => rows::take_org(state, *org, cmds),
        Change::Rows {
            rows,
            whole,
            cached,
        } => rows::take_rows(state, rows, whole, cached, cmds),
        Change::Loading(loading) => state.incidents.loading = loading,
        Change::Counted(total, at) => {
            state.incidents.counted = Some((total, at));
            arrivals::count(&mut state.incidents);
        }
        Change::Incident(incident) => {
            meanwhile::heard(state, &[Arc::new(incident.row.clone())]);
            telling::row_came(state, &incident.row);
            if state.is_shown(&incident.row.id) {
                state.detail.incident = Some(incident);
            }
        }
        Change::Gone(id) => rows::take_gone(state, &id, cmds),
        Change::Timeline(known) => take_timeline(state, *known, cmds),
        Change::Schedules(schedules) => {
            (state.oncall.schedules, state.oncall.arrived) = (Arc::new(schedules), true);
        }
        Change::Catalog(graph) => {
            (state.catalog.graph, state.catalog.arrived) = (graph, true);
            rows::count_open(state);
            // What a service's name means is known from now on.
            if !state.incidents.filter.typed.is_empty() {
                narrow(state, cmds);
            }
        }
        Change::Place(kept) => resume::resume(state, *kept, cmds),
        Change::LastSession(at) => state.last_session = Some(at),
        Change::Cached(at) => state.link.cached = state.link.cached.max(Some(at)),
        Change::Notice(text) => state.say(text),
    }
    if more_to_find {
        overlay::search(state, cmds);
    }
}

/// How this console stands to its relay; that it lost it is said, with why.
fn take_standing(state: &mut State, standing: RelayStanding) {
    let lost = |s: Option<&RelayStanding>| matches!(s, Some(RelayStanding::Apart(_)));
    let before = lost(state.link.relay.as_ref());
    match &standing {
        RelayStanding::Apart(why) if !before => {
            let why = clean_line(why);
            state.say(format!(
                "The relay is not followed, so this console asks by itself: {why}"
            ));
        }
        RelayStanding::Following if before => state.say("The relay is followed again."),
        _ => {}
    }
    state.link.relay = Some(standing);
}

fn hear(state: &mut State, news: News, cmds: &mut Vec<Cmd>) {
    match news {
        News::Changed(change) => take_change(state, change, cmds),
        News::Narrowed { ticket, visible } => rows::take_narrowed(state, ticket, visible, cmds),
        News::Tab(id, tab, items) => {
            if state.is_shown(&id) {
                let listing = state.detail.tabs.entry(tab).or_default();
                (listing.items, listing.arrived, listing.more) = (items, true, false);
            }
        }
        News::List(kind, items) => take_list(state, kind, items, cmds),
        News::Kept(known) => bridge::take_kept(state, known.map(|known| *known)),
        News::Bridge(known, items) => {
            bridge::take_all(state, known.map(|known| *known), items);
            if (state.focus, state.list) == (Pane::Incidents, ListKind::Bridge) {
                touch_selection(state);
            }
        }
        News::Shifts(id, shifts) => take_shifts(state, id, shifts),
        News::Changes(id, changes) => super::changes::came(state, &id, changes),
        News::Thing(item) => take_thing(state, *item),
        News::Document(id, markdown) => {
            let lines = markdown.lines().map(str::to_owned).collect();
            state.answer(&Topic::Document(id), lines);
        }
        News::Analysis(asked, lines) => {
            if let Some(Overlay::Analysis(analysis)) = state.asking(&Topic::Analysis(asked)) {
                (analysis.lines, analysis.came) = (lines, true);
            }
        }
        News::Handover(told, template) => {
            let lines = handover::lines(state.zone, &told, &template);
            state.report(&Topic::Handover, lines);
        }
        News::Lines(topic, lines) => state.answer(&topic, lines),
        News::Moved(topic, moved) => history::moved(state, &topic, &moved),
        News::Drafted(id, kind, material) => history::drafted(state, id, kind, material),
        News::Found { ticket, hits } => {
            let mut open = state.overlays.iter_mut();
            if let Some(Overlay::Palette(palette)) =
                open.find(|o| matches!(o, Overlay::Palette(p) if p.ticket == ticket))
            {
                (palette.hits, palette.answered) = (hits, ticket);
                state.typed_ahead.append(&mut palette.held);
            }
        }
        News::Paths(paths) => state.form_options.paths = paths,
        News::More(topic) => there_are_more(state, &topic),
        News::FormOptions(form_options) => {
            state.form_options = form_options;
            open_form::supplied(state);
        }
        News::Journal(writes) => journal::journal(state, writes, cmds),
        News::Relay(standing) => take_standing(state, standing),
        News::Proposals(all) => journal::proposals(state, all),
        News::Subjects(kind, incidents) => open_form::subjects(state, kind, incidents, cmds),
        News::SavedForm(all) => take_saved_forms(state, all),
        News::Wrote(wrote) => {
            let write = wrote.write.clone();
            write_result::wrote(state, *wrote, cmds);
            declared::wrote(state, &write, cmds);
        }
        News::Things(kind, subjects) => open_form::read(state, kind, subjects, cmds),
        News::Unsendable(why) => state.unsendable = Some(why),
        News::Ahead(ahead) => take_clock_offset(state, ahead),
        News::InvestigationEvent(id, told) => investigation::event(state, id, *told, cmds),
        News::Said(text) => state.say(text),
        News::Progress(progress) => state.progress = progress,
        News::Waits(wait) => {
            state.limited_for(wait.seconds);
            state.say(wait.to_string());
        }
        News::Answered { topic, budget } => answered(state, &topic, budget),
    }
}

fn take_timeline(state: &mut State, known: KnownTimeline, cmds: &mut Vec<Cmd>) {
    if !state.is_shown(&known.id) {
        return;
    }
    state.detail.missing = known.missing;
    if !state.detail.arrived {
        // First look: what came since the last look is marked, and from now on this is the last look.
        state.detail.seen = state.detail.seen.or(known.seen);
        cmds.push(Cmd::MarkSeen(known.id, state.now));
    }
    state.detail.arrived = true;
    state.detail.timeline = known.items;
    telling::lines_came(state);
    state.detail.fresh.clear();
    write_result::show_sent(state);
}

fn take_list(state: &mut State, kind: ListKind, items: Vec<Item>, cmds: &mut Vec<Cmd>) {
    if kind == ListKind::Pages {
        rows::notice_pages(state, &items, cmds);
    }
    // The user's own stand first among the pages.
    let mut items = items;
    items.sort_by_key(|item| !state.is_my_page(item));
    let listing = state.lists.entry(kind).or_default();
    (listing.items, listing.arrived, listing.more) = (items, true, false);
    overlay::search(state, cmds);
    if kind == state.list && state.focus == Pane::Incidents {
        touch_selection(state);
    }
    if kind == ListKind::Pages {
        ask_for_paths(state, cmds);
        open_form::pages_came(state, cmds);
    }
}

/// There are more than the list that was just told.
fn there_are_more(state: &mut State, topic: &Topic) {
    let listing = match topic {
        Topic::List(kind) => state.lists.get_mut(kind),
        Topic::Tab(id, tab) if state.is_shown(id) => state.detail.tabs.get_mut(tab),
        _ => None,
    };
    if let Some(listing) = listing {
        listing.more = true;
    }
}

/// A page that waits climbs a path, which is asked for once: it tells whom it pages next.
fn ask_for_paths(state: &mut State, cmds: &mut Vec<Cmd>) {
    if !state.asked_paths && !state.waiting.is_empty() && state.form_options.paths.is_empty() {
        state.asked_paths = true;
        cmds.push(Cmd::Fetch(Topic::Paths));
    }
}

/// Something that was asked for by itself goes to the cards that are of it, on the way back too.
fn take_thing(state: &mut State, item: Item) {
    let target = item.target();
    let travel = &mut state.travel;
    let places = travel.back.iter_mut().chain(&mut travel.forward);
    let left = places.flat_map(|place| &mut place.overlays);
    for overlay in state.overlays.iter_mut().chain(left) {
        if let Overlay::Card(card) = overlay
            && card.target == target
        {
            card.item = Some(item.clone());
        }
    }
}

fn take_shifts(state: &mut State, id: ScheduleId, shifts: Vec<Shift>) {
    state.oncall.shifts = Some((id.clone(), shifts));
    open_form::shifts_came(state, &id);
}

fn take_saved_forms(state: &mut State, all: Vec<SavedForm>) {
    let texts = match all.len() {
        0 => return,
        1 => "A text".to_owned(),
        count => format!("{count} texts"),
    };
    for saved in all {
        // What was typed meanwhile is newer than what an earlier session left.
        state.saved_forms.entry(saved.key.clone()).or_insert(saved);
    }
    open_form::take_up(state);
    state.say(format!(
        "{texts} you began and did not send will be there when you come back to it."
    ));
}

/// How far this machine's clock must be off before it is said.
const CLOCK_OFF: i64 = 120;

fn take_clock_offset(state: &mut State, ahead: chrono::Duration) {
    let seconds = ahead.num_seconds();
    if ahead != state.clock_offset && seconds.abs() >= CLOCK_OFF {
        let side = if seconds > 0 { "behind" } else { "ahead of" };
        let by = crate::domain::time::span(seconds.abs());
        state.say(format!(
            "This machine's clock is {by} {side} incident.io's; what you write gets the right time."
        ));
    }
    state.clock_offset = ahead;
}

/// The editor gave a text back, or why not.
pub fn take_edited(state: &mut State, given: Result<String, String>, cmds: &mut Vec<Cmd>) {
    let text = match given {
        Ok(text) => text,
        Err(why) => return state.warn(why),
    };
    let is_form = |overlay: &mut Overlay| matches!(overlay, Overlay::Form(_));
    if let Some(Overlay::Form(mut view)) = state.overlays.pop_if(is_form) {
        form::edited(state, &mut view, &text, cmds);
        state.overlays.push(Overlay::Form(view));
    }
}

/// A question was answered: what failed of it before no longer stands.
fn answered(state: &mut State, topic: &Topic, budget: Option<(i64, i64)>) {
    problems::clear(state, topic);
    let reading = state.readings.entry(topic.clone()).or_default();
    (reading.answered, reading.failed) = (Some(state.now), None);
    state.link.answered = Some(state.now);
    state.link = Link {
        budget: budget.or(state.link.budget),
        problem: None,
        offline: false,
        ..std::mem::take(&mut state.link)
    };
}
