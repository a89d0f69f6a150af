//! Steps as writes: each goes through the journal under its key, and what became of it is said. Nothing is sent twice:
//! what the journal knows of a key is gone on with.

use super::fill::{self, Facts};
use super::reconcile::{Declaration, Happened, Step};
use super::view::shown;
use crate::config::Bridge;
use crate::domain::episode::{How, IssueId, Line, Said};
use crate::domain::{FieldGroup, Incident, IncidentId, WriteKind, WriteState, digest, time};
use crate::session::{ApiError, Outcome, Session, TargetRef, WriteRequest};

/// What became of a step, or nothing where it is to be said again in the next round, and a sentence for the log.
type Came = (Option<Happened>, Option<String>);

/// Does a step. `own` is a field that is filled beside those of the configuration.
pub async fn carry(
    session: &Session,
    step: &Step,
    facts: &Facts,
    own: Option<(FieldGroup, String)>,
) -> Came {
    let config = &session.config().bridge;
    match step {
        Step::Declare(declaration) => {
            let mut asked = asked_of(config, declaration, facts);
            asked.named.extend(own);
            declare(session, declaration, asked).await
        }
        Step::TakeBack { incident, key } => take_back(session, incident, key).await,
        Step::Withdraw { key, issues, how } => withdraw(session, key, issues, *how).await,
        Step::Note {
            incident,
            reference,
            key,
            lines,
        } => note(session, (incident, reference), key, lines).await,
        // They take a while, and are done beside the rounds.
        Step::Investigate { .. } | Step::Learn { .. } => (None, None),
        Step::Summarise {
            incident,
            reference,
            hypothesis,
        } => summarise(session, (incident, reference), hypothesis).await,
        Step::Resolve {
            incident,
            reference,
            key,
            says,
        } => resolve(session, config, (incident, reference), key, says).await,
    }
}

/// A write about a thing, with its fields.
fn request(kind: WriteKind, about: TargetRef, fields: &[(&str, String)]) -> WriteRequest {
    let given = fields.iter().filter(|(_, value)| !value.is_empty());
    WriteRequest {
        fields: given.map(|(id, v)| ((*id).to_owned(), v.clone())).collect(),
        ..WriteRequest::new(kind, about)
    }
}

/// A declaration as it is asked for in words.
pub fn asked_of(config: &Bridge, declaration: &Declaration, facts: &Facts) -> WriteRequest {
    let mut asked = request(
        WriteKind::Declare,
        TargetRef::Nothing,
        &[
            ("name", fill::name(config, declaration, facts)),
            ("severity", declaration.severity.clone()),
            ("summary", declaration.summary.clone()),
            ("type", config.incident_type.clone()),
        ],
    );
    let fields = fill::fields(config, declaration, facts).into_iter();
    let roles = config.roles.iter();
    let roles = roles.map(|(role, person)| (FieldGroup::Role, format!("{role}={person}")));
    asked
        .named
        .extend(fields.map(|pair| (FieldGroup::Custom, pair)));
    asked.named.extend(roles);
    asked
}

async fn declare(session: &Session, declaration: &Declaration, asked: WriteRequest) -> Came {
    let name = &declaration.name;
    let bare = WriteRequest {
        named: Vec::new(),
        ..asked.clone()
    };
    let has_named = !asked.named.is_empty();
    let mut without = None;
    let mut brought = session.bring_about(&declaration.key, asked).await;
    // A field that does not fit keeps nobody from being called.
    if let Err(ApiError::User(why)) = &brought
        && has_named
    {
        without = Some(why.clone());
        brought = session.bring_about(&declaration.key, bare).await;
    }
    let (happened, says) = match brought {
        Err(e) => put_off(e, &format!("\"{name}\" could not be declared"), |why| {
            Happened::NotDeclared(declaration.issues.clone(), why)
        }),
        Ok(outcome) => declared(session, declaration, outcome).await,
    };
    // What stands in the way of any declaration is said once.
    let besides = |says: String| match &without {
        Some(why) if !says.contains(why) => format!("{says} (without its fields and roles: {why})"),
        _ => says,
    };
    (happened, says.map(besides))
}

async fn declared(session: &Session, declaration: &Declaration, outcome: Outcome) -> Came {
    let issues = || declaration.issues.clone();
    match (outcome.write.state, outcome.write.result.clone()) {
        (WriteState::Confirmed, Some(id)) => match session.incident(&id).await {
            Ok(incident) => {
                let reference = incident.row.reference.to_string();
                let says = format!("{reference} declared: {}", incident.row.name);
                let id = incident.row.id.clone();
                let said = said_at_first(session, declaration, &incident);
                let happened =
                    Happened::Declared(Box::new(declaration.clone()), id, reference, said);
                (Some(happened), Some(says))
            }
            Err(e) => (None, Some(format!("What was declared cannot be read: {e}"))),
        },
        (WriteState::Refused, _) => {
            let says = format!("\"{}\" was refused: {}", declaration.name, outcome.says());
            let why = format!("its declaration was refused: {}", outcome.says());
            (Some(Happened::NotDeclared(issues(), why)), Some(says))
        }
        (WriteState::GivenUp, _) => {
            let says = format!("\"{}\" was given up in the journal.", declaration.name);
            (Some(Happened::GivenUp(issues())), Some(says))
        }
        _ => (
            None,
            Some(format!(
                "\"{}\" is not declared yet: {}",
                declaration.name,
                outcome.says()
            )),
        ),
    }
}

/// What an incident said when it was declared: what was written, whatever people made of it since.
fn said_at_first(session: &Session, declaration: &Declaration, incident: &Incident) -> Said {
    let said = shown(incident, None).said();
    let lead = match session.config().bridge.roles.is_empty() {
        true => String::new(),
        false => said.lead.clone(),
    };
    let severity = match declaration.severity.as_str() {
        "" => said.severity.clone(),
        severity => severity.to_owned(),
    };
    Said {
        severity,
        lead,
        ..said
    }
}

/// A resolution is not right any more. One that happened is seen in the next round, as it stands at incident.io.
async fn take_back(session: &Session, incident: &IncidentId, key: &str) -> Came {
    let taken_back = || Some(Happened::TakenBack(incident.clone()));
    let outcome = match session.take_back(key).await {
        Err(e) => return (None, Some(not_withdrawn(&e))),
        Ok(None) => return (taken_back(), None),
        Ok(Some(outcome)) => outcome,
    };
    let (what, state) = (&outcome.write.what, outcome.write.state);
    let says = format!("\"{what}\" is not right any more, and is {}.", state.word());
    let is_over = state.is_settled() && state != WriteState::Confirmed;
    (taken_back().filter(|_| is_over), Some(says))
}

fn not_withdrawn(e: &ApiError) -> String {
    format!("A write that is not right any more could not be given up: {e}")
}

/// Nobody is to be called any more: what was not sent is given up, what went out is kept, and resolved as any other.
async fn withdraw(session: &Session, key: &str, issues: &[IssueId], how: How) -> Came {
    let over = "its declaration was given up before it was sent";
    let not_declared = || Some(Happened::NotDeclared(issues.to_vec(), over.into()));
    let outcome = match session.withdraw(key).await {
        Err(e) => return (None, Some(not_withdrawn(&e))),
        Ok(None) => return (not_declared(), None),
        Ok(Some(outcome)) => outcome,
    };
    let what = outcome.write.what.clone();
    match outcome.write.state {
        WriteState::Confirmed => {
            let declaration = Declaration {
                issues: issues.to_vec(),
                key: key.to_owned(),
                name: what,
                severity: String::new(),
                summary: String::new(),
                services: Vec::new(),
                how,
            };
            declared(session, &declaration, outcome).await
        }
        state if state.is_settled() => {
            let says = format!("\"{what}\" was given up before it was sent.");
            (not_declared(), Some(says))
        }
        _ => (None, None),
    }
}

async fn note(
    session: &Session,
    (incident, reference): (&IncidentId, &str),
    key: &str,
    lines: &[Line],
) -> Came {
    let at = lines.first().map(|line| line.at).unwrap_or_default();
    let (title, description) = note_of(lines);
    let about = TargetRef::Incident(incident.to_string());
    let fields = [
        ("title", title.clone()),
        ("description", description),
        ("time", time::stamp(at)),
    ];
    let asked = request(WriteKind::Note, about, &fields);
    match session.bring_about(key, asked).await {
        Err(e) => put_off(e, &format!("{reference}: no note could be written"), |_| {
            Happened::Noted(incident.clone())
        }),
        Ok(outcome) if outcome.write.state == WriteState::Confirmed => {
            let says = (!outcome.before).then(|| format!("{reference} noted: {title}"));
            (Some(Happened::Noted(incident.clone())), says)
        }
        // What was refused is not better for being said again.
        Ok(outcome) if outcome.write.state.is_settled() => {
            let says = format!("{reference}: a note was not taken: {}", outcome.says());
            (Some(Happened::Noted(incident.clone())), Some(says))
        }
        Ok(_) => (None, None),
    }
}

/// A note's title, and what stands below it: each line with its time where there are several.
pub fn note_of(lines: &[Line]) -> (String, String) {
    let first = lines.first().map_or("", |line| line.text.as_str());
    let (title, rest) = first.split_once('\n').unwrap_or((first, ""));
    if lines.len() == 1 {
        return (title.to_owned(), rest.to_owned());
    }
    let each = lines.iter().map(|line| {
        let at = line.at.format("%H:%M:%S UTC");
        format!("- {at} {}", line.text)
    });
    let title = format!("{title}, and {} more", lines.len() - 1);
    (title, each.collect::<Vec<_>>().join("\n"))
}

/// The heading of a hypothesis in a summary: what stands from here on is renewed.
const HYPOTHESIS: &str = "\n\n**Hypothesis**";

async fn summarise(
    session: &Session,
    (incident, reference): (&IncidentId, &str),
    hypothesis: &str,
) -> Came {
    let done = |wrote| Happened::Summarised(incident.clone(), hypothesis.to_owned(), wrote);
    let summary = match session.incident(incident.as_str()).await {
        Ok(found) => found.summary,
        Err(e) => return (None, Some(format!("{reference} cannot be read: {e}"))),
    };
    let own = summary.split(HYPOTHESIS).next().unwrap_or_default();
    let text = format!("{}{HYPOTHESIS} {hypothesis}", own.trim_end());
    if text == summary {
        return (Some(done(false)), None);
    }
    let about = TargetRef::Incident(incident.to_string());
    let asked = request(WriteKind::Edit, about, &[("summary", text)]);
    let key = digest(&["bridge summary", incident.as_str(), &summary, hypothesis]);
    match session.bring_about(&key, asked).await {
        Err(e) => put_off(
            e,
            &format!("{reference}: its summary was not changed"),
            |_| done(false),
        ),
        Ok(outcome) if outcome.write.state == WriteState::Confirmed => {
            let says = format!("{reference}: its summary names a hypothesis.");
            (Some(done(true)), Some(says))
        }
        Ok(outcome) if outcome.write.state.is_settled() => {
            let says = format!(
                "{reference}: its summary was not changed: {}",
                outcome.says()
            );
            (Some(done(false)), Some(says))
        }
        Ok(_) => (None, None),
    }
}

async fn resolve(
    session: &Session,
    config: &Bridge,
    (incident, reference): (&IncidentId, &str),
    key: &str,
    says: &str,
) -> Came {
    // An update always goes to the channel; without one the words go on the timeline.
    let message = if config.notify_channel { says } else { "" };
    let fields = [
        ("status", config.resolved_status.clone()),
        ("message", message.to_owned()),
    ];
    let about = TargetRef::Incident(incident.to_string());
    let asked = request(WriteKind::Close, about, &fields);
    let not = |why: String| Happened::NotResolved(incident.clone(), why);
    match session.bring_about(key, asked).await {
        Err(e) => put_off(e, &format!("{reference} could not be resolved"), not),
        Ok(outcome) if outcome.write.state == WriteState::Confirmed => {
            let says = format!("{reference} resolved: everything that burnt is over.");
            (Some(Happened::Resolved(incident.clone())), Some(says))
        }
        Ok(outcome) if outcome.write.state.is_settled() => {
            let why = match outcome.is_moved() {
                true => "somebody changed it at the same time".into(),
                false => format!("resolving it was refused: {}", outcome.says()),
            };
            let says = format!("{reference} was not resolved: {}", outcome.says());
            (Some(not(why)), Some(says))
        }
        Ok(outcome) => (
            None,
            Some(format!(
                "{reference} is not resolved yet: {}",
                outcome.says()
            )),
        ),
    }
}

/// What cannot be done now is said again in the next round; what is wrong in itself is not tried for ever.
fn put_off(e: ApiError, what: &str, wrong: impl FnOnce(String) -> Happened) -> Came {
    let says = format!("{what}: {e}");
    let happened = matches!(e, ApiError::User(_)).then(|| wrong(says.clone()));
    (happened, Some(says))
}
