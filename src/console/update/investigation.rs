//! Investigating: starting a run, moving through what was found, adding to it, reviewing what was drafted from it.

use super::super::action::Action;
use super::super::msg::{Cmd, InvestigationEvent};
use super::super::state::{DetailTab, LinkTarget, Overlay, Pane, Prompt, Review, State};
use super::super::view;
use super::say;
use crate::config::Auto;
use crate::domain::{IncidentId, IncidentSummary};
use crate::investigate::{Draft, DraftKind, drafts};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

/// `i`: shows the investigation of the incident the cursor is on, and runs it where it has not been or where it is shown.
pub fn investigate(state: &mut State, cmds: &mut Vec<Cmd>) {
    if state.focus != Pane::Detail {
        super::follow(state, cmds);
    }
    let Some(id) = state.detail.id.clone() else {
        return say(state, "No incident is selected.");
    };
    let shown = state.focus == Pane::Detail && state.detail.tab == DetailTab::Investigation;
    state.focus = Pane::Detail;
    state.detail.tab = DetailTab::Investigation;
    cmds.push(super::watch(state));
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
    (
        investigation.running,
        investigation.planned,
        investigation.failed,
        investigation.started,
    ) = (true, None, None, Some(now));
    investigation.answered.clear();
    cmds.push(Cmd::Investigate {
        incident: id,
        by_hand: investigation.by_hand.clone(),
        by_itself,
    });
}

/// News of a run.
pub fn event(state: &mut State, id: IncidentId, news: InvestigationEvent, cmds: &mut Vec<Cmd>) {
    let now = state.now;
    let confidence = state.config.investigate.confidence;
    let investigation = state.investigations.entry(id.clone()).or_default();
    match news {
        InvestigationEvent::Planned(sources, services) => {
            investigation.planned = Some((sources, services))
        }
        InvestigationEvent::Answered(source, says) => investigation.answered.push((source, says)),
        InvestigationEvent::Failed(why) => {
            (investigation.running, investigation.failed) = (false, Some(why))
        }
        InvestigationEvent::Retold(told) => investigation.retold = Some(told),
        InvestigationEvent::Sent(title, outcome) => {
            let says = match outcome {
                Ok(()) => {
                    investigation.drafts.retain(|d| d.title != title);
                    investigation.sent.insert(title.clone());
                    format!("Sent: {title}.")
                }
                Err(why) => format!("Not sent: {title}. {why}"),
            };
            say(state, says);
        }
        InvestigationEvent::Found {
            incident,
            finding,
            retelling,
            before,
            by_itself,
        } => {
            let started = investigation.started.unwrap_or(now);
            investigation.running = false;
            // An entry of the timeline that was sent is not drafted again; an update may be, with what is known by now.
            investigation.drafts = drafts(&finding, started, now, confidence);
            let sent = &investigation.sent;
            investigation
                .drafts
                .retain(|d| d.kind != DraftKind::Timeline || !sent.contains(&d.title));
            investigation.before = investigation.finding.take().or(before);
            investigation.retold = retelling;
            investigation.finding = Some(finding);
            investigation.incident = Some(incident);
            let again = std::mem::take(&mut investigation.again);
            if by_itself {
                by_itself_found(state, cmds);
            }
            if again {
                start(state, id, false, cmds);
            }
        }
    }
}

/// An investigation that nobody asked for is done: its entries wait, or are written, as configured.
fn by_itself_found(state: &mut State, cmds: &mut Vec<Cmd>) {
    let settings = state.config.investigate.clone();
    let newest = state
        .investigations
        .values()
        .filter(|p| p.finding.is_some())
        .max_by_key(|p| p.started);
    let Some((incident, all)) = newest.and_then(|p| Some((p.incident.clone()?, p.drafts.clone())))
    else {
        return;
    };
    let reference = incident.row.reference.to_string();
    if settings.auto == Auto::Post && !state.config.read_only {
        for draft in all.into_iter().filter(|d| d.kind == DraftKind::Timeline) {
            let draft = Draft {
                by_itself: true,
                ..draft
            };
            cmds.push(Cmd::Deliver {
                draft: Box::new(draft),
                incident: incident.clone(),
            });
        }
    } else {
        let key = state.keymap.key(Action::ReviewDrafts).to_owned();
        say(
            state,
            format!("{reference} was investigated; {key} reviews its entries."),
        );
    }
}

/// Whether an incident that has just been declared is investigated by itself.
pub fn declared(state: &mut State, row: &IncidentSummary, cmds: &mut Vec<Cmd>) {
    let services: Vec<&str> = row.services().collect();
    if state
        .config
        .investigate
        .may_want(row.severity.as_deref(), &services)
        && !state.investigations.contains_key(&row.id)
    {
        start(state, row.id.clone(), true, cmds);
    }
}

/// Enter on a line: the fact behind it, or the whole hypothesis.
pub fn open(state: &mut State) {
    let width = state.layout().panes[Pane::Detail as usize].map_or(80, |r| usize::from(r.width));
    let Some(investigation) = state.investigation() else {
        return;
    };
    let lead = view::investigation::lines(state, investigation, width)
        .get(investigation.cursor.at)
        .map(|l| l.lead.clone());
    match lead {
        Some(LinkTarget::Evidence(id)) => state.overlays.push(Overlay::Evidence { id, top: 0 }),
        Some(LinkTarget::Hypothesis(rank)) => {
            let Some(h) = investigation
                .finding
                .as_ref()
                .and_then(|f| f.hypotheses.iter().find(|h| h.rank == rank))
                .cloned()
            else {
                return;
            };
            let mut lines = vec![h.statement, String::new(), h.reason];
            lines.extend(h.change.map(|c| {
                format!(
                    "{}: {} by {} ({})",
                    c.class.label(),
                    c.title,
                    c.author.as_deref().unwrap_or("unknown"),
                    c.source
                )
            }));
            state.overlays.push(Overlay::Text {
                title: format!("{} · {} %", h.service, h.confidence),
                lines,
                top: 0,
                entry: None,
            });
        }
        _ => {}
    }
}

/// What `y` copies here: the query behind the line.
pub fn query_here(state: &State) -> Option<String> {
    let width = state.layout().panes[Pane::Detail as usize].map_or(80, |r| usize::from(r.width));
    let investigation = state.investigation()?;
    let LinkTarget::Evidence(id) = view::investigation::lines(state, investigation, width)
        .get(investigation.cursor.at)?
        .lead
        .clone()
    else {
        return None;
    };
    investigation
        .finding
        .as_ref()?
        .evidence(&id)
        .map(|e| e.query.clone())
        .filter(|q| !q.is_empty())
}

/// Opens the review of what was drafted.
pub fn review(state: &mut State) {
    match state.investigation() {
        Some(investigation) if !investigation.drafts.is_empty() => {
            state.overlays.push(Overlay::Review(Review {
                at: 0,
                input: None,
                request: false,
                top: 0,
            }))
        }
        Some(investigation) if investigation.finding.is_some() => say(
            state,
            "Every draft was sent or dropped; investigate again for new ones.",
        ),
        _ => say(state, "Nothing is drafted yet: investigate first."),
    }
}

/// A key in the review; false where it closes.
pub fn review_key(
    state: &mut State,
    review: &mut Review,
    key: KeyEvent,
    cmds: &mut Vec<Cmd>,
) -> bool {
    let Some(id) = state.detail.id.clone() else {
        return false;
    };
    let count = state.investigation().map_or(0, |p| p.drafts.len());
    if let Some(input) = &mut review.input {
        if key.code == KeyCode::Esc {
            let body = input.lines().join("\n");
            if let Some(draft) = state
                .investigations
                .get_mut(&id)
                .and_then(|p| p.drafts.get_mut(review.at))
            {
                draft.body = body;
            }
            review.input = None;
        } else {
            input.input(key);
        }
        return true;
    }
    match key.code {
        KeyCode::Esc | KeyCode::Char('q' | 'd') => return false,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
        KeyCode::Char('x') => review.request = !review.request,
        KeyCode::Char(']') | KeyCode::Tab => {
            (review.at, review.top) = ((review.at + 1) % count.max(1), 0)
        }
        KeyCode::Char('[') | KeyCode::BackTab => {
            (review.at, review.top) = ((review.at + count.saturating_sub(1)) % count.max(1), 0)
        }
        KeyCode::Char('j') | KeyCode::Down => review.top += 1,
        KeyCode::Char('k') | KeyCode::Up => review.top = review.top.saturating_sub(1),
        KeyCode::Char('e') => {
            let body = state
                .investigation()
                .and_then(|p| p.drafts.get(review.at))
                .map(|d| d.body.clone())
                .unwrap_or_default();
            let mut input = Box::new(TextArea::from(body.lines()));
            input.set_cursor_line_style(ratatui::style::Style::new());
            review.input = Some(input);
        }
        KeyCode::Char('D') => {
            if let Some(investigation) = state
                .investigations
                .get_mut(&id)
                .filter(|p| review.at < p.drafts.len())
            {
                investigation.drafts.remove(review.at);
            }
            return settle(state, review);
        }
        KeyCode::Char('y') => {
            send(state, review.at, cmds);
            return settle(state, review);
        }
        _ => {}
    }
    true
}

/// Keeps the review on a draft; false where none is left.
fn settle(state: &State, review: &mut Review) -> bool {
    let count = state.investigation().map_or(0, |p| p.drafts.len());
    review.at = review.at.min(count.saturating_sub(1));
    count > 0
}

fn send(state: &mut State, at: usize, cmds: &mut Vec<Cmd>) {
    if state.config.read_only {
        return say(state, "Read-only mode: nothing is sent.");
    }
    let Some(id) = state.detail.id.clone() else {
        return;
    };
    let found = state
        .investigations
        .get(&id)
        .and_then(|p| Some((p.drafts.get(at)?.clone(), p.incident.clone()?)));
    let Some((draft, incident)) = found else {
        return;
    };
    say(state, format!("Sending: {}.", draft.title));
    cmds.push(Cmd::Deliver {
        draft: Box::new(draft),
        incident,
    });
}

/// Adds a draft for the Slack channel, where a token is configured.
pub fn slack(state: &mut State) {
    let Some(id) = state.detail.id.clone() else {
        return;
    };
    let has_token = !(state.config.slack.token.env.is_empty()
        && state.config.slack.token.file.is_empty()
        && state.config.slack.token.command.is_empty());
    if !has_token {
        return say(
            state,
            "No Slack token is configured; see [slack] in the configuration.",
        );
    }
    let Some(investigation) = state.investigations.get_mut(&id) else {
        return say(state, "Nothing is drafted yet: investigate first.");
    };
    if let Some(update) = investigation
        .drafts
        .iter()
        .find(|d| d.kind == DraftKind::Update)
        .cloned()
    {
        investigation.drafts.insert(
            0,
            Draft {
                kind: DraftKind::Slack,
                title: "Message to Slack".into(),
                ..update
            },
        );
    }
    review(state);
}

/// Asks for a line of text.
pub fn prompt(state: &mut State, what: Prompt) {
    if what == Prompt::Question && state.config.model.provider.is_empty() {
        return say(
            state,
            "No model is configured; see [model] in the configuration.",
        );
    }
    let mut input = Box::new(TextArea::default());
    input.set_cursor_line_style(ratatui::style::Style::new());
    state.overlays.push(Overlay::Prompt { what, input });
}

/// A line of text was given.
pub fn prompted(state: &mut State, what: Prompt, given: &str, cmds: &mut Vec<Cmd>) {
    let (now, given) = (state.now, given.trim().to_owned());
    let Some(id) = state.detail.id.clone().filter(|_| !given.is_empty()) else {
        return;
    };
    match what {
        Prompt::Evidence => {
            let investigation = state.investigations.entry(id.clone()).or_default();
            investigation.by_hand.push((now, given));
            investigation.again = investigation.running;
            say(
                state,
                "Added beside the evidence; it is shown and cited, and does not move the odds.",
            );
            state.focus = Pane::Detail;
            state.detail.tab = DetailTab::Investigation;
            start(state, id, false, cmds);
        }
        Prompt::Question => match state
            .investigations
            .get(&id)
            .and_then(|p| p.finding.clone())
        {
            Some(finding) => {
                say(state, "Asking the model.");
                cmds.push(Cmd::Explain {
                    incident: id,
                    finding,
                    question: given,
                });
            }
            None => say(
                state,
                "Investigate first: the model answers from evidence alone.",
            ),
        },
    }
}
