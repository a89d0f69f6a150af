//! Investigating: starting a run, moving through what was found, adding to it.

use super::super::action::Action;
use super::super::content::finding;
use super::super::editing::line;
use super::super::msg::Cmd;
use super::super::news::InvestigationEvent;
use super::super::place::{DetailTab, Pane};
use super::super::state::{
    InvestigationView, LinkTarget, Overlay, Prompt, Question, Review, State, Text, draft_id,
};
use super::show::{target, watch};
use super::{telling, unopened};
use crate::config::Auto;
use crate::domain::{Hypothesis, IncidentId, IncidentSummary};
use crate::investigate::{Draft, DraftKind, drafts};
use crate::session::InvestigationStep;

/// `i`: shows the investigation of the incident the cursor is on, and runs it where it has not been or where it is shown.
pub fn investigate(state: &mut State, cmds: &mut Vec<Cmd>) {
    let shown = state.focus == Pane::Detail && state.detail.tab == DetailTab::Investigation;
    let Some(id) = target(state) else {
        return;
    };
    state.focus = Pane::Detail;
    state.detail.tab = DetailTab::Investigation;
    cmds.push(watch(state));
    if shown || !state.investigations.contains_key(&id) {
        start(state, id, false, cmds);
    }
}

/// Runs an investigation, unless it runs.
pub fn start(state: &mut State, id: IncidentId, by_itself: bool, cmds: &mut Vec<Cmd>) {
    let now = state.now;
    let investigation = state.investigations.entry(id.clone()).or_default();
    if investigation.running {
        return;
    }
    (investigation.running, investigation.started) = (true, Some(now));
    (investigation.planned, investigation.failed) = (None, None);
    investigation.answered.clear();
    cmds.push(Cmd::Investigate {
        incident: id,
        by_hand: investigation.by_hand.clone(),
        by_itself,
    });
}

/// News of a run.
pub fn event(state: &mut State, id: IncidentId, news: InvestigationEvent, cmds: &mut Vec<Cmd>) {
    let investigation = state.investigations.entry(id.clone()).or_default();
    match news {
        InvestigationEvent::Progress(InvestigationStep::Planned { sources, services }) => {
            investigation.planned = Some((sources, services))
        }
        InvestigationEvent::Progress(InvestigationStep::Answered(source, says)) => {
            investigation.answered.push((source, says))
        }
        InvestigationEvent::Failed(why) => {
            (investigation.running, investigation.failed) = (false, Some(why))
        }
        InvestigationEvent::Retold(told) => investigation.retold = Some(told),
        InvestigationEvent::Sent(title, outcome) => sent(state, &id, &title, outcome),
        InvestigationEvent::Found {
            done,
            before,
            by_itself,
        } => {
            investigation.running = false;
            investigation.before = investigation.finding.take().or(before);
            investigation.retold = done.retelling;
            investigation.finding = Some(Box::new(done.finding));
            investigation.incident = Some(Box::new(done.incident));
            let again = std::mem::take(&mut investigation.again);
            telling::found(state, &id);
            draft_anew(state, &id);
            if by_itself {
                found_by_itself(state, &id, cmds);
            }
            if again {
                start(state, id, false, cmds);
            }
        }
    }
}

/// A draft was sent, or why not.
fn sent(state: &mut State, id: &IncidentId, title: &str, outcome: Result<(), String>) {
    if let Err(why) = outcome {
        return state.warn(format!("Not sent: {title}. {why}"));
    }
    if let Some(investigation) = state.investigations.get_mut(id) {
        investigation.drafts.retain(|draft| draft.title != title);
        investigation.sent.insert(title.to_owned());
    }
    state.say(format!("Sent: {title}."));
}

/// Drafts what the finding says now. What a person has before them or has written in stays as it is, and what is new
/// comes beside it.
fn draft_anew(state: &mut State, id: &IncidentId) {
    let (now, zone, confidence) = (state.now, state.zone, state.config.investigate.confidence);
    let read = telling::reviewed(state, id);
    let Some(investigation) = state.investigations.get_mut(id) else {
        return;
    };
    let Some(finding) = &investigation.finding else {
        return;
    };
    let started = investigation.started.unwrap_or(now);
    let mut fresh = drafts(finding, (started, now), confidence, zone);
    // An entry of the timeline that was sent is not drafted again; an update may be, with what is known by now.
    let sent = &investigation.sent;
    fresh.retain(|d| d.kind != DraftKind::Timeline || !sent.contains(&d.title));
    let edited = &investigation.edited;
    let stays = |d: &Draft| edited.contains(&draft_id(d)) || read == Some(draft_id(d));
    for (at, old) in std::mem::take(&mut investigation.drafts)
        .into_iter()
        .enumerate()
        .filter(|(_, old)| stays(old))
    {
        match fresh.iter_mut().find(|d| draft_id(d) == draft_id(&old)) {
            Some(same) => *same = old,
            None => fresh.insert(at.min(fresh.len()), old),
        }
    }
    investigation.drafts = fresh;
}

/// An investigation that nobody asked for is done: its entries wait, or are written, as configured.
fn found_by_itself(state: &mut State, id: &IncidentId, cmds: &mut Vec<Cmd>) {
    let Some(investigation) = state.investigations.get(id) else {
        return;
    };
    let Some(incident) = &investigation.incident else {
        return;
    };
    if state.config.investigate.auto != Auto::Post || state.config.read_only {
        let reference = &incident.row.reference;
        let key = state.keymap.key(Action::ReviewDrafts);
        let says = format!("{reference} was investigated; {key} reviews its entries.");
        return state.say(says);
    }
    let drafts = investigation.drafts.iter();
    for draft in drafts.filter(|d| d.kind == DraftKind::Timeline) {
        cmds.push(Cmd::Deliver {
            draft: Box::new(Draft {
                by_itself: true,
                ..draft.clone()
            }),
            incident: incident.clone(),
        });
    }
}

/// Whether an incident that has just been declared is investigated by itself.
pub fn declared(state: &mut State, row: &IncidentSummary, cmds: &mut Vec<Cmd>) {
    let services: Vec<&str> = row.services().collect();
    let settings = &state.config.investigate;
    if settings.may_want(row.severity.as_deref(), &services)
        && !state.investigations.contains_key(&row.id)
    {
        start(state, row.id.clone(), true, cmds);
    }
}

/// What the line under the cursor leads to.
pub(super) fn link(state: &State) -> Option<LinkTarget> {
    let lines = finding::shown(state);
    let line = lines.into_iter().nth(state.investigation()?.cursor.at)?;
    Some(line.target)
}

/// A hypothesis to read.
pub(super) fn hypothesis(h: &Hypothesis) -> Text {
    let mut lines = vec![h.statement.clone(), String::new(), h.reason.clone()];
    if let Some(c) = &h.change {
        let author = c.author.as_deref().unwrap_or("unknown");
        let class = c.class.label();
        lines.push(format!("{class}: {} by {author} ({})", c.title, c.source));
    }
    Text::new(format!("{} · {} %", h.service, h.confidence), lines)
}

/// What `y` copies here: the query behind the line.
pub fn query_here(state: &State) -> Option<String> {
    let finding = state.investigation()?.finding.as_ref()?;
    let evidence = match link(state)? {
        LinkTarget::Evidence(id) => finding.evidence(&id)?,
        // Of a call, what its check stands on first.
        LinkTarget::Hop(hop) => finding.evidence(hop.of(finding)?.1.evidence.first()?)?,
        _ => return None,
    };
    let query = evidence.query.clone();
    (!query.is_empty()).then_some(query)
}

/// Opens the review of what was drafted.
pub fn review(state: &mut State) {
    let (Some(id), Some(investigation)) = (target(state), state.investigation()) else {
        return state.say(NOTHING_DRAFTED);
    };
    if !investigation.drafts.is_empty() {
        let stale = finding::ended_since(state, investigation).map(|status| {
            let key = state.keymap.key(Action::Investigate);
            format!("Drafted before it was \"{status}\"; {key} investigates again.")
        });
        stale.into_iter().for_each(|says| state.say(says));
        let review = Overlay::Review(Review::of(id));
        return state.overlays.push(review);
    }
    let says = if investigation.finding.is_some() {
        "Every draft was sent or dropped; investigate again for new ones."
    } else {
        NOTHING_DRAFTED
    };
    state.say(says);
}

const NOTHING_DRAFTED: &str = "Nothing is drafted yet: investigate first.";

/// Adds a draft for the Slack channel, where a token is configured.
pub fn slack(state: &mut State) {
    let token = &state.config.slack.token;
    if token.env.is_empty() && token.file.is_empty() && token.command.is_empty() {
        return state.say("No Slack token is configured; see [slack] in the configuration.");
    }
    let id = target(state);
    let Some(investigation) = id.and_then(|id| state.investigations.get_mut(&id)) else {
        return state.say(NOTHING_DRAFTED);
    };
    draft_for_slack(investigation);
    review(state);
}

fn draft_for_slack(investigation: &mut InvestigationView) {
    let drafts = &mut investigation.drafts;
    let update = drafts.iter().find(|d| d.kind == DraftKind::Update).cloned();
    let Some(update) = update.filter(|_| !drafts.iter().any(|d| d.kind == DraftKind::Slack)) else {
        return;
    };
    let message = Draft {
        kind: DraftKind::Slack,
        title: "Message to Slack".into(),
        ..update
    };
    // It was asked for: a new run does not take it away.
    investigation.edited.insert(draft_id(&message));
    drafts.insert(0, message);
}

/// Asks for a line of text about the incident that is shown.
pub fn ask(state: &mut State, question: Question) {
    if question == Question::Model && state.config.model.provider.is_empty() {
        return state.say("No model is configured; see [model] in the configuration.");
    }
    let Some(incident) = state.target().cloned() else {
        let (title, why) = (ask_title(question), state.no_target());
        return unopened::say_why(state, title, why);
    };
    state.overlays.push(Overlay::Prompt(Prompt {
        question,
        incident,
        input: line(""),
    }));
}

fn ask_title(question: Question) -> &'static str {
    match question {
        Question::Evidence => "A fact to add",
        Question::Model => "A question to the model",
    }
}

/// A line of text was given.
pub fn answered(
    state: &mut State,
    question: Question,
    id: IncidentId,
    given: &str,
    cmds: &mut Vec<Cmd>,
) {
    let given = given.trim().to_owned();
    match question {
        _ if given.is_empty() => {}
        Question::Evidence => add_fact(state, id, given, cmds),
        Question::Model => ask_model(state, id, given, cmds),
    }
}

fn add_fact(state: &mut State, id: IncidentId, given: String, cmds: &mut Vec<Cmd>) {
    let now = state.now;
    let investigation = state.investigations.entry(id.clone()).or_default();
    investigation.by_hand.push((now, given));
    investigation.again = investigation.running;
    state.say("Added beside the evidence; it is shown and cited, and does not move the odds.");
    state.focus = Pane::Detail;
    state.detail.tab = DetailTab::Investigation;
    start(state, id, false, cmds);
}

fn ask_model(state: &mut State, id: IncidentId, question: String, cmds: &mut Vec<Cmd>) {
    let investigation = state.investigations.get(&id);
    let Some(finding) = investigation.and_then(|i| i.finding.clone()) else {
        return state.say("Investigate first: the model answers from evidence alone.");
    };
    state.say("Asking the model.");
    cmds.push(Cmd::Explain {
        incident: id,
        finding,
        question,
    });
}
