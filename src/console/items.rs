//! Alerts, escalations, tasks, documents, workflows and related incidents as lines of a list.

pub mod bridge;
pub mod route;

use super::link::LinkTarget;
use super::list::{Item, Tone};
use super::place::{DetailTab, ListKind};
use crate::domain::text;
use crate::domain::time::span;
use crate::domain::{
    Action, Alert, AlertId, AlertSource, Change, Document, Escalation, FollowUp, IncidentId,
    Instant, Person, Related, Workflow, WorkflowRun,
};
use crate::session::{self, ApiError, KnownAlert, Session, SimilarRequest};
use crate::similar::Recalled;
use crate::writes::Subject;
use chrono::Duration;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

/// Alerts and pages that a list shows: a screen or two, in few requests.
const ALERTS: usize = 200;
const PAGES: usize = 50;
/// Hours of changes that a list shows.
const CHANGES: i64 = 24;

/// Lines of a list, and whether there are more than were read.
pub type Read = session::Capped<Item>;

/// A list of pane 1, as it stands.
pub async fn of_list(session: &Session, kind: ListKind) -> Result<Read, ApiError> {
    Ok(match kind {
        // These are told in another way.
        ListKind::Incidents | ListKind::Bridge => Read::default(),
        ListKind::Alerts => firing_first(session).await?,
        ListKind::Pages => {
            let (mut pages, more) = session.escalations(None, PAGES).await?;
            pages.sort_by_key(|e| !e.is_waiting());
            (escalations(pages, session.now(), None), more)
        }
        ListKind::Actions => lines(session.actions(None).await?, |a| action(a, None)),
        ListKind::FollowUps => lines(session.follow_ups(None).await?, |f| follow_up(f, None)),
        ListKind::Documents => lines(session.documents(None).await?, document),
        ListKind::Changes => {
            // What a source did not tell is not among them.
            let (all, missing) = session.changes(Duration::hours(CHANGES)).await?;
            (changes(all), !missing.is_empty())
        }
        ListKind::AlertSources => lines(session.alert_sources().await?, source),
        ListKind::AlertRoutes => lines(session.alert_routes().await?, route::line),
        ListKind::Workflows => {
            let (all, runs) = tokio::join!(session.workflows(), session.workflow_runs(None));
            let (all, more) = all?;
            let (runs, more_runs) = runs.unwrap_or_default();
            (workflows(all, runs), more || more_runs)
        }
    })
}

/// What was read as lines, with whether there is more of it.
fn lines<T>((all, more): session::Capped<T>, line: impl FnMut(T) -> Item) -> Read {
    (all.into_iter().map(line).collect(), more)
}

/// Alerts that fire, all of them however old, before the newest of the others.
async fn firing_first(session: &Session) -> Result<Read, ApiError> {
    let (firing, newest) = tokio::join!(
        session.alerts(None, true, ALERTS),
        session.alerts(None, false, ALERTS)
    );
    let ((mut all, more_firing), (newest, more)) = (firing?, newest?);
    let known: HashSet<AlertId> = all.iter().map(|a| a.id.clone()).collect();
    all.extend(newest.into_iter().filter(|a| !known.contains(&a.id)));
    Ok((alerts(all, None), more || more_firing))
}

/// One alert with where it comes from and the incidents it is attached to, for its card.
pub async fn one_alert(session: &Session, id: &AlertId) -> Result<Item, ApiError> {
    let KnownAlert {
        alert: known,
        source,
        incidents,
    } = session.alert(id).await?;
    let mut names: Vec<(String, LinkTarget)> = source
        .map(|s| (format!("{} ({})", s.name, s.kind), LinkTarget::Line(s.id)))
        .into_iter()
        .collect();
    let incidents = incidents.into_iter();
    names.extend(incidents.map(|(id, words)| (words, LinkTarget::Incident(id))));
    Ok(Item {
        names,
        ..alert(known, None)
    })
}

/// Changes of the systems, the newest first.
fn changes(mut all: Vec<Change>) -> Vec<Item> {
    all.sort_by_key(|c| Reverse(c.at));
    all.into_iter().map(change).collect()
}

/// A change of the systems.
fn change(c: Change) -> Item {
    let change = Arc::new(c);
    let c = &change;
    Item {
        id: format!("{} {} {}", c.at.timestamp(), c.service, c.title),
        mark: c.class.label().into(),
        title: c.title.clone(),
        note: c.service.clone(),
        at: Some(c.at),
        leads_to: Some(LinkTarget::Change(change.clone())),
        ..Item::default()
    }
}

/// Where alerts come from, one of them.
fn source(s: AlertSource) -> Item {
    Item {
        leads_to: Some(LinkTarget::Line(s.id.clone())),
        id: s.id,
        mark: s.kind,
        title: s.name,
        body: s
            .resolves_after_minutes
            .map(|n| {
                let minutes = text::counted(n as usize, "minute", "minutes");
                format!("Its alerts resolve by themselves after {minutes}.")
            })
            .into_iter()
            .collect(),
        ..Item::default()
    }
}

/// A further tab of one incident, as it stands.
pub async fn of_tab(session: &Session, id: &IncidentId, tab: DetailTab) -> Result<Read, ApiError> {
    let here = Some(id);
    Ok(match tab {
        DetailTab::Timeline | DetailTab::Overview | DetailTab::Investigation => Read::default(),
        DetailTab::Similar => {
            let (found, _) = session.similar(&SimilarRequest::new(id.as_str())).await?;
            (found.into_iter().flat_map(recalled).collect(), false)
        }
        DetailTab::Alerts => {
            let (all, more) = session.alerts(here, false, ALERTS).await?;
            (alerts(all, here), more)
        }
        DetailTab::Pages => {
            let (pages, more) = session.escalations(here, ALERTS).await?;
            (escalations(pages, session.now(), here), more)
        }
        DetailTab::Tasks => {
            let (actions, follow_ups) =
                tokio::join!(session.actions(here), session.follow_ups(here));
            let ((actions, more), (follow_ups, still_more)) = (actions?, follow_ups?);
            (tasks(actions, follow_ups, here), more || still_more)
        }
        DetailTab::Documents => lines(session.documents(here).await?, document),
        DetailTab::Related => {
            let (related, runs) = tokio::join!(session.related(id), session.workflow_runs(here));
            let (related, more) = related?;
            let (runs, more_runs) = runs.unwrap_or_default();
            (related_to(related, runs), more || more_runs)
        }
    })
}

fn about(subject: Subject) -> Option<Arc<Subject>> {
    Some(Arc::new(subject))
}

fn who(person: Option<&Person>) -> String {
    person.map_or_else(|| "nobody".into(), |p| p.name.to_string())
}

/// An alert.
pub fn alert(a: Alert, incident: Option<&IncidentId>) -> Item {
    let subject = about(Subject::Alert(Box::new(a.clone())));
    let firing = a.status == "firing";
    let service = a
        .attributes
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("service"))
        .map(|(_, value)| value.clone());
    let mut body: Vec<String> = a.description.lines().map(str::to_owned).collect();
    body.extend(
        a.attributes
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    body.push(format!("key: {}", a.dedup_key));
    body.extend(a.source_url.map(|url| format!("source: {url}")));
    Item {
        id: a.id.to_string(),
        mark: a.status,
        title: a.title,
        note: service.unwrap_or_default(),
        at: Some(a.created),
        incident: incident.cloned(),
        tone: if firing { Tone::Plain } else { Tone::Quiet },
        body,
        subject,
        ..Item::default()
    }
}

/// An escalation, with the clock of the level it stands on.
pub fn escalation(e: Escalation, now: Instant, here: Option<&IncidentId>) -> Item {
    let subject = about(Subject::Page(Box::new(e.clone())));
    let clock = e.clock(now);
    let people = e.notified();
    let note = [clock, people]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let mut body: Vec<String> = vec![
        format!("priority: {}", e.priority),
        format!("by: {}", e.creator),
        String::new(),
    ];
    body.extend(e.events.iter().map(|event| {
        let people = event.names();
        format!(
            "{} UTC  {}  {people}",
            event.at.format("%H:%M:%S"),
            event.kind.replace('_', " ")
        )
    }));
    let incident = e
        .incidents
        .first()
        .map(|(id, _)| id.clone())
        .filter(|id| Some(id) != here);
    let tone = if e.is_waiting() {
        Tone::Hot
    } else if matches!(e.status.as_str(), "acked" | "snoozed") {
        Tone::Plain
    } else {
        Tone::Quiet
    };
    Item {
        id: e.id.to_string(),
        mark: e.status,
        title: e.title,
        note,
        at: Some(e.created),
        incident,
        tone,
        body,
        subject,
        ..Item::default()
    }
}

/// An action.
pub fn action(a: Action, here: Option<&IncidentId>) -> Item {
    let tone = if a.status == "outstanding" {
        Tone::Plain
    } else {
        Tone::Quiet
    };
    let subject = about(Subject::Action(Box::new(a.clone())));
    Item {
        subject,
        note: who(a.assignee.as_ref()),
        id: a.id,
        mark: a.status,
        title: a.description,
        at: Some(a.created),
        incident: Some(a.incident).filter(|id| Some(id) != here),
        tone,
        ..Item::default()
    }
}

/// A follow-up.
pub fn follow_up(f: FollowUp, here: Option<&IncidentId>) -> Item {
    let tone = if f.status == "outstanding" {
        Tone::Plain
    } else {
        Tone::Quiet
    };
    let subject = about(Subject::FollowUp(Box::new(f.clone())));
    let mut body: Vec<String> = f.description.lines().map(str::to_owned).collect();
    body.extend(f.priority.map(|p| format!("priority: {p}")));
    body.extend(f.external.map(|e| format!("issue: {e}")));
    Item {
        note: who(f.assignee.as_ref()),
        id: f.id,
        mark: f.status,
        title: f.title,
        at: Some(f.created),
        incident: Some(f.incident).filter(|id| Some(id) != here),
        tone,
        body,
        subject,
        ..Item::default()
    }
}

/// A post-mortem document; Enter reads it.
pub fn document(d: Document) -> Item {
    let subject = about(Subject::Document(Box::new(d.clone())));
    Item {
        subject,
        id: d.id,
        mark: d.status.replace('_', " "),
        title: d.title,
        note: String::new(),
        at: Some(d.created),
        tone: Tone::Plain,
        body: vec![d.url],
        ..Item::default()
    }
}

/// A workflow.
pub fn workflow(w: Workflow) -> Item {
    let tone = if w.state == "error" {
        Tone::Hot
    } else if w.state == "active" {
        Tone::Plain
    } else {
        Tone::Quiet
    };
    let body = std::iter::once(format!("on {}", w.trigger))
        .chain(
            w.steps
                .iter()
                .enumerate()
                .map(|(n, s)| format!("{}. {s}", n + 1)),
        )
        .collect();
    Item {
        id: w.id,
        mark: w.state,
        title: w.name,
        note: w.trigger,
        tone,
        body,
        ..Item::default()
    }
}

/// A run of a workflow.
pub fn run(r: WorkflowRun) -> Item {
    let failed = r.error.is_some() || r.steps.iter().any(|(_, s)| s == "error");
    let mut body: Vec<String> = r
        .steps
        .iter()
        .map(|(step, state)| format!("{state}  {}", step.replace('_', " ")))
        .collect();
    body.extend(r.error);
    Item {
        id: r.id,
        mark: if failed {
            "failed".into()
        } else {
            "ran".into()
        },
        title: r.workflow,
        note: r.incident.unwrap_or_default(),
        at: Some(r.created),
        tone: if failed { Tone::Hot } else { Tone::Quiet },
        body,
        ..Item::default()
    }
}

/// An incident people connected.
pub fn related(r: Related) -> Item {
    Item {
        mark: format!("#{}", r.number),
        title: r.name,
        note: "related".into(),
        incident: Some(r.id.clone()),
        id: r.id.to_string(),
        ..Item::default()
    }
}

/// Alerts, as those of an incident where they are shown beside it.
pub fn alerts(all: Vec<Alert>, here: Option<&IncidentId>) -> Vec<Item> {
    all.into_iter().map(|a| alert(a, here)).collect()
}

/// Escalations with the clock of their level.
pub fn escalations(all: Vec<Escalation>, now: Instant, here: Option<&IncidentId>) -> Vec<Item> {
    all.into_iter().map(|e| escalation(e, now, here)).collect()
}

/// Actions, then follow-ups.
pub fn tasks(
    actions: Vec<Action>,
    follow_ups: Vec<FollowUp>,
    here: Option<&IncidentId>,
) -> Vec<Item> {
    let actions = actions.into_iter().map(|a| action(a, here));
    let follow_ups = follow_ups.into_iter().map(|f| follow_up(f, here));
    actions.chain(follow_ups).collect()
}

/// Post-mortem documents.
pub fn documents(all: Vec<Document>) -> Vec<Item> {
    all.into_iter().map(document).collect()
}

/// Workflows, then their runs.
pub fn workflows(all: Vec<Workflow>, runs: Vec<WorkflowRun>) -> Vec<Item> {
    let runs = runs.into_iter().map(run);
    all.into_iter().map(workflow).chain(runs).collect()
}

/// Incidents that people connected to one, then the workflows that ran for it.
pub fn related_to(all: Vec<Related>, runs: Vec<WorkflowRun>) -> Vec<Item> {
    let runs = runs.into_iter().map(run);
    all.into_iter().map(related).chain(runs).collect()
}

/// One incident that is like another, as lines: why, its cause and what resolved it stand below it.
pub fn recalled(r: Recalled) -> Vec<Item> {
    let proposed = r.follow_up();
    let (f, s) = (r.found, r.seen);
    let more = if f.alike > 0 {
        format!(" (and {} more of that name)", f.alike)
    } else {
        String::new()
    };
    let took = s
        .seconds
        .map_or(String::new(), |t| format!("took {}", span(t)));
    let mut out = vec![Item {
        id: f.id.to_string(),
        mark: format!("{} %", f.likeness),
        title: format!("{} {}{more}", f.reference, f.name),
        note: took,
        at: Some(f.at),
        incident: Some(f.id.clone()),
        ..Item::default()
    }];
    if s.open {
        out.push(Item {
            id: format!("{} open", f.id),
            mark: "open".into(),
            title: "Open now: the two may be one storm.".into(),
            tone: Tone::Hot,
            ..Item::default()
        });
    }
    let told = [
        ("why", f.reasons.join("; ")),
        ("cause", s.cause),
        ("fixed by", s.resolution),
        ("led by", s.lead.unwrap_or_default()),
    ];
    for (head, text) in told.into_iter().filter(|(_, t)| !t.is_empty()) {
        out.push(Item {
            id: format!("{} {head}", f.id),
            mark: head.into(),
            title: text.clone(),
            tone: Tone::Quiet,
            body: vec![f.reference.clone()],
            ..Item::default()
        });
    }
    out.extend(proposed.map(|(title, more)| Item {
        id: format!("{} follow-up", f.id),
        mark: "to do?".into(),
        title,
        note: "enter proposes it".into(),
        leads_to: Some(LinkTarget::Do(super::action::Action::AddFollowUp)),
        tone: Tone::Quiet,
        body: more.lines().map(str::to_owned).collect(),
        ..Item::default()
    }));
    out
}
