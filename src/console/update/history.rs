//! What happened before: similar incidents, what is said of them, drafts from what is recorded.

use super::super::action::Action;
use super::super::content::{card, since};
use super::super::job::Topic;
use super::super::link::LinkTarget;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, Pane};
use super::super::state::{Analysis, Drafted, Overlay, Report, ReportLine, State, Text};
use super::show::{target, watch};
use super::travel;
use crate::domain::{IncidentId, Moved};
use crate::draft::{Material, TextKind};
use crate::similar::{AnalysisRequest, Lead};

/// `s`: past incidents that are like the one the cursor is on.
pub fn similar(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some(id) = target(state) else {
        return;
    };
    state.focus = Pane::Detail;
    state.detail.tab = DetailTab::Similar;
    cmds.push(Cmd::Fetch(Topic::Tab(id, DetailTab::Similar)));
    cmds.push(watch(state));
}

/// Remembers what is said of the incident under the cursor and the one that is shown.
pub fn rate(state: &mut State, same: bool, cmds: &mut Vec<Cmd>) {
    let is_here = state.detail.tab == DetailTab::Similar && state.focus == Pane::Detail;
    let listing = state.detail.tabs.get(&DetailTab::Similar);
    let other = listing.and_then(|l| l.current()?.incident.clone());
    let (Some(a), Some(b), true) = (state.detail.id.clone(), other, is_here) else {
        return state.say("Put the cursor on a similar incident first.");
    };
    let pair = format!("{} and {}", reference(state, &a), reference(state, &b));
    let verdict = if same {
        "had the same cause"
    } else {
        "are not alike"
    };
    state.say(format!("Remembered: {pair} {verdict}."));
    cmds.push(Cmd::RatePair {
        a: a.clone(),
        b,
        same,
    });
    cmds.push(Cmd::Fetch(Topic::Tab(a, DetailTab::Similar)));
}

/// The fields of the follow-up that the line of the cursor proposes, from what ended a past incident.
pub fn proposed(state: &State) -> Option<Vec<(&'static str, String)>> {
    let is_here = state.detail.tab == DetailTab::Similar && state.focus == Pane::Detail;
    let item = state
        .detail
        .tabs
        .get(&DetailTab::Similar)
        .filter(|_| is_here)?
        .current()?;
    let proposes = item.leads_to == Some(LinkTarget::Do(Action::AddFollowUp));
    proposes.then(|| {
        vec![
            ("title", item.title.clone()),
            ("description", item.body.join("\n")),
        ]
    })
}

fn reference(state: &State, id: &IncidentId) -> String {
    state
        .reference(id)
        .map_or_else(|| id.to_string(), str::to_owned)
}

/// Drafts a text about the incident the cursor is on.
pub fn draft(state: &mut State, kind: TextKind, cmds: &mut Vec<Cmd>) {
    let Some(id) = target(state) else {
        return;
    };
    let drafted = Drafted::asked(id, kind);
    cmds.push(Cmd::Fetch(drafted.topic()));
    travel::show(state, Overlay::Drafted(drafted));
}

/// What is recorded has come: it is written as a text, with the cause that was found here, where one was.
pub fn drafted(state: &mut State, id: IncidentId, kind: TextKind, mut material: Box<Material>) {
    let found = state.investigations.get(&id);
    let found = found.and_then(|i| i.finding.as_deref().cloned());
    material.rows.finding = material.rows.finding.or(found);
    let zone = state.zone;
    if let Some(Overlay::Drafted(drafted)) = state.asking(&Topic::Drafted(id, kind)) {
        drafted.material = Some(material);
        drafted.write(zone);
    }
}

/// Goes to the row a line was made from, where that is on the screen.
pub fn go_to_row(state: &mut State, row: &str, cmds: &mut Vec<Cmd>) {
    match row.split_once(' ') {
        Some(("timeline", id)) => go_to_entry(state, id, cmds),
        Some(("action" | "follow-up", id)) => {
            travel::go_to_tab(state, DetailTab::Tasks, cmds);
            let tasks = state.detail.tabs.entry(DetailTab::Tasks).or_default();
            tasks.cursor.id = Some(id.to_owned());
        }
        Some(("evidence", id)) => go_to_evidence(state, id, cmds),
        None if row == "incident" => travel::go_to_tab(state, DetailTab::Overview, cmds),
        _ => state.say("This line stands on no row that could be shown."),
    }
}

fn go_to_entry(state: &mut State, id: &str, cmds: &mut Vec<Cmd>) {
    let Some(item) = state.detail.timeline.iter().find(|i| i.id == id) else {
        return state.say("This line of the timeline is not here any more.");
    };
    let identity = card::moment_id(item);
    travel::go_to_tab(state, DetailTab::Timeline, cmds);
    state.detail.cursor.id = Some(identity);
    (state.detail.kind, state.detail.follows) = (None, false);
}

fn go_to_evidence(state: &mut State, ids: &str, cmds: &mut Vec<Cmd>) {
    travel::go_to_tab(state, DetailTab::Investigation, cmds);
    let first = ids.split(' ').next().unwrap_or_default();
    let finding = state.investigation().and_then(|i| i.finding.as_ref());
    if finding.is_some_and(|f| f.evidence(first).is_some()) {
        travel::go(state, LinkTarget::Evidence(first.to_owned()), None, cmds);
    }
}

/// `H`: what this shift hands over, to be read, copied, or edited and sent where the configuration says.
pub fn handover(state: &mut State, cmds: &mut Vec<Cmd>) {
    let meanwhile = vec![ReportLine::plain("Reading what is recorded of this shift.")];
    let report = Report::asked("Handover".into(), meanwhile, Topic::Handover);
    cmds.push(Cmd::Fetch(Topic::Handover));
    travel::show(state, Overlay::Report(report));
}

/// Each link of the chain, checked.
pub fn doctor(state: &mut State, cmds: &mut Vec<Cmd>) {
    ask_for(state, "Doctor", "Checking each link.", Topic::Doctor, cmds);
}

/// Incidents as a file.
pub fn export(state: &mut State, cmds: &mut Vec<Cmd>) {
    let meanwhile = "Reading the incidents.";
    ask_for(state, "Export", meanwhile, Topic::Export, cmds);
}

/// A text to be read that is asked for.
fn ask_for(state: &mut State, title: &str, meanwhile: &str, topic: Topic, cmds: &mut Vec<Cmd>) {
    let text = Text::asked(title.to_owned(), vec![meanwhile.to_owned()], topic.clone());
    travel::show(state, Overlay::Text(text));
    cmds.push(Cmd::Fetch(topic));
}

/// `w`: what happened since the last session, from the rows that are there, and what was moved in them.
pub fn away(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some(at) = state.last_session else {
        return state.say(
            "This is the first session here; from the next on this tells what happened in between.",
        );
    };
    let rows = state.incidents.rows.iter();
    let mut active: Vec<_> = rows.filter(|row| row.active >= at).collect();
    active.sort_by_key(|row| std::cmp::Reverse(row.active));
    let ids = active.into_iter().map(|row| row.id.clone()).collect();
    let (topic, title) = (
        Topic::Moved(at, ids),
        format!("Since {}", state.zone.day_clock(state.now, at)),
    );
    let lines = since::since(state, at, Err("Reading what was moved."));
    cmds.push(Cmd::Fetch(topic.clone()));
    travel::show(state, Overlay::Report(Report::asked(title, lines, topic)));
}

/// What was moved has been read.
pub fn moved(state: &mut State, topic: &Topic, moved: &Moved) {
    if let Topic::Moved(at, _) = topic {
        let lines = since::since(state, *at, Ok(moved));
        state.report(topic, lines);
    }
}

/// Looks back over what was typed after the command; without any words over what the list is narrowed to.
pub fn analyze(state: &mut State, typed: Option<&str>, cmds: &mut Vec<Cmd>) {
    let narrowed = state.incidents.filter.typed.as_str();
    let graph = &state.catalog.graph;
    let request = AnalysisRequest::read(typed.unwrap_or(narrowed), graph);
    let mut analysis = Analysis::asked(request);
    analysis.ask(cmds);
    travel::show(state, Overlay::Analysis(analysis));
}

/// Goes where a line of an analysis leads, where that is known.
pub fn lead(state: &mut State, lead: &Lead, asked: &AnalysisRequest, cmds: &mut Vec<Cmd>) {
    match lead {
        Lead::Filter(facet) => {
            let words = [
                facet.as_str(),
                &format!("since:{}", asked.since),
                &asked.filter,
            ];
            let typed = words.join(" ").trim().to_owned();
            travel::go(state, LinkTarget::Incidents(typed), None, cmds);
        }
        Lead::Incident(reference) => {
            let mut rows = state.incidents.rows.iter();
            let found = rows.find(|row| &*row.reference == reference);
            let Some(id) = found.map(|row| row.id.clone()) else {
                return state.say(match state.incidents.loading {
                    Some(_) => format!("{reference} is not loaded yet; try again in a moment."),
                    None => format!("{reference} is not among the incidents kept here; hotseat incidents show {reference} reads it."),
                });
            };
            travel::go(state, LinkTarget::Incident(id), None, cmds);
        }
    }
}
