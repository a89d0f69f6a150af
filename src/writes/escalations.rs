//! Paging people, answering pages, covering shifts, and what is done with alerts.

use super::form::{Choice, Fault, Field, Form, Input, Request, stamp};
use super::incident::people;
use super::{FormContext, Subject, WriteKind};
use crate::domain::{Escalation, Instant, Schedule, Verification};
use serde_json::{Value, json};

fn targets(facts: &FormContext<'_>) -> [Field; 2] {
    let paths = facts.form_options.paths.iter().map(|p| {
        let now: Vec<&str> = p.responders.iter().map(|r| r.name.as_ref()).collect();
        Choice::new(&p.id, &p.name).with(if now.is_empty() {
            "nobody is on call now".into()
        } else {
            format!("pages {} now", now.join(", "))
        })
    });
    [
        Field::pick("path", "Path", paths.collect()).hint("a path, or people below"),
        Field::new("people", "People", Input::PickMany(people(facts))).hint("instead of a path"),
    ]
}

/// A shift's words in a choice.
fn shifts(schedule: &Schedule, facts: &FormContext<'_>) -> Vec<Choice> {
    let rotation = |id: &str| {
        schedule
            .rotations
            .iter()
            .find(|r| r.id == id)
            .map_or("", |r| r.name.as_str())
    };
    let known = schedule
        .now
        .iter()
        .chain(&schedule.next)
        .filter(|s| s.end > facts.now);
    known
        .filter_map(|s| {
            let id = s.rotation.as_deref()?;
            let who = s.person.as_ref().map_or("nobody", |p| &p.name);
            let span = format!(
                "{} to {}",
                facts.zone.day_clock(facts.now, s.start),
                facts.zone.day_clock(facts.now, s.end)
            );
            Some(
                Choice::new(
                    format!("{id} {} {}", stamp(s.start), stamp(s.end)),
                    format!("{who}, {span}"),
                )
                .with(rotation(id)),
            )
        })
        .collect()
}

/// Fields of a form about pages, shifts and alerts.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    Ok(match (kind, subject) {
        (WriteKind::Page, subject) => {
            let about = if let Subject::Incident(i) = subject {
                format!("{}: {}", i.row.reference, i.row.name)
            } else {
                String::new()
            };
            let [path, people] = targets(facts);
            vec![
                path,
                people,
                Field::new("title", "Message", Input::Line)
                    .required()
                    .hint("what they read first")
                    .filled(about),
                Field::new("description", "More", Input::Text),
            ]
        }
        (WriteKind::Reassign, Subject::Page(page)) => {
            let [path, people] = targets(facts);
            let keep = Field::yes_no(
                "keep",
                "Keep the old page",
                "else it is resolved, and stops paging",
            );
            vec![
                path,
                people,
                Field::new("title", "Message", Input::Line).holding(&page.title),
                Field::new("description", "More", Input::Text),
                keep,
            ]
        }
        (WriteKind::Snooze, Subject::Page(_)) => vec![
            Field::new("until", "Until", Input::Time { ahead: true })
                .required()
                .filled("+30m")
                .hint("+30m, 09:00, tomorrow 09:00"),
            Field::new("reason", "Why", Input::Line),
        ],
        (WriteKind::Ack | WriteKind::Cancel, Subject::Page(_)) => vec![],
        (WriteKind::Ack | WriteKind::Snooze | WriteKind::Reassign | WriteKind::Cancel, _) => {
            let none = if kind == WriteKind::Ack {
                "No page waits here; the list of pages shows all."
            } else {
                "No page is open here."
            };
            return Err(none.into());
        }
        (WriteKind::Cover, Subject::Schedule(schedule)) => {
            let shifts = shifts(schedule, facts);
            let first = shifts
                .first()
                .map(|c| c.id.clone())
                .ok_or("No shift of this schedule is known.")?;
            let layers: Vec<Choice> = schedule
                .rotations
                .iter()
                .flat_map(|r| &r.layers)
                .map(|(id, name)| Choice::new(id, name))
                .collect();
            let mut all = vec![
                Field::pick("shift", "Shift", shifts)
                    .required()
                    .filled(first),
                Field::new("who", "Who covers", Input::Pick(people(facts)))
                    .required()
                    .filled(facts.me.map(|p| p.id.to_string()).unwrap_or_default()),
                Field::new("from", "From", Input::Time { ahead: true })
                    .hint("empty is the shift's beginning, or now"),
                Field::new("to", "To", Input::Time { ahead: true })
                    .hint("empty is the shift's end; +2h counts from now"),
            ];
            if schedule.rotations.iter().any(|r| r.layers.len() > 1) {
                all.push(
                    Field::pick("layer", "Layer", layers).hint("empty is the rotation's first"),
                );
            }
            all
        }
        (WriteKind::Cover, _) => return Err("Put the cursor on a schedule first.".into()),
        (WriteKind::Attach, Subject::Alert(_)) => {
            let open = facts.rows.iter().filter(|r| r.category.is_open());
            let choices = open.map(|r| Choice {
                also: r.reference.to_string(),
                private: r.visibility != crate::domain::Visibility::Public,
                ..Choice::new(r.id.as_str(), format!("{} {}", r.reference, r.name))
                    .with(r.status.to_string())
            });
            vec![
                Field::pick("incident", "Incident", choices.collect()).required(),
                Field::yes_no(
                    "again",
                    "Even if it was detached",
                    "somebody may have said that it does not belong there",
                ),
            ]
        }
        (WriteKind::Detach, Subject::Alert(alert)) if alert.relation.is_none() => {
            return Err("It can be detached from an incident's own list of alerts.".into());
        }
        (WriteKind::Detach | WriteKind::Resolve, Subject::Alert(_)) => vec![],
        _ => return Err("No alert is selected.".into()),
    })
}

/// Where a page goes: exactly one of a path and people.
fn target(form: &Form, body: &mut Value) -> Result<String, Fault> {
    let people = form
        .field("people")
        .map(|f| f.value.clone())
        .unwrap_or_default();
    match (form.text("path"), people.is_empty()) {
        ("", true) => Err(("path".into(), "choose a path or people".into())),
        (_, false) if !form.text("path").is_empty() => {
            Err(("people".into(), "choose a path or people, not both".into()))
        }
        ("", false) => {
            body["user_ids"] = json!(people);
            Ok(format!("Pages {} now.", form.words("people")))
        }
        (path, _) => {
            body["escalation_path_id"] = json!(path);
            let note = form
                .field("path")
                .and_then(|f| f.input.choices()?.iter().find(|c| c.id == path))
                .map_or("", |c| c.note.as_str());
            Ok(format!("Pages the path {}: {note}.", form.words("path")))
        }
    }
}

/// The request of a form about pages, shifts and alerts.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    match subject {
        Subject::Page(page) => answer(form, page, now),
        Subject::Schedule(schedule) => cover(form, schedule, now),
        Subject::Alert(alert) if form.kind == WriteKind::Attach => {
            let (id, words) = (form.text("incident"), form.words("incident"));
            let mut body = json!({"alert_id": alert.id, "incident_id": id});
            if form.yes("again") {
                body["re_relate"] = json!(true);
            }
            let says = vec![format!("Attaches \"{}\" to {words}.", alert.title)];
            let request = Request {
                says,
                ..Request::new(
                    format!("Attach \"{}\" to {words}", alert.title),
                    id,
                    "POST",
                    "/v2/incident_alerts",
                    body,
                )
            };
            Ok(request.back(
                format!("Undo: detach \"{}\"", alert.title),
                "POST",
                "/v2/incident_alerts/{id}/actions/transition",
                json!({"state": "unrelated"}),
            ))
        }
        Subject::Alert(alert) if form.kind == WriteKind::Detach => {
            let path = format!(
                "/v2/incident_alerts/{}/actions/transition",
                alert.relation.as_deref().unwrap_or_default()
            );
            let what = format!("Detach \"{}\"", alert.title);
            let says = vec![format!(
                "\"{}\" no longer belongs to the incident.",
                alert.title
            )];
            let request = Request {
                says,
                ..Request::new(
                    &what,
                    alert.id.as_str(),
                    "POST",
                    &path,
                    json!({"state": "unrelated"}),
                )
            };
            Ok(request.back(
                format!("Undo: attach \"{}\" again", alert.title),
                "POST",
                path,
                json!({"state": "related"}),
            ))
        }
        Subject::Alert(alert) => {
            let path = format!("/v2/alerts/{}/actions/resolve", alert.id);
            let says = vec![format!("Resolves the alert \"{}\".", alert.title)];
            let request = Request {
                says,
                ..Request::new(
                    format!("Resolve \"{}\"", alert.title),
                    alert.id.as_str(),
                    "POST",
                    path,
                    json!({}),
                )
            };
            Ok(request.never("an alert fires again when its source says so."))
        }
        subject => {
            let mut body = json!({"title": form.text("title")});
            let says = vec![target(form, &mut body)?];
            if !form.text("description").is_empty() {
                body["description"] = json!(form.text("description"));
            }
            let mut order_key = String::new();
            if let Subject::Incident(incident) = subject {
                body["incident_id"] = json!(incident.row.id);
                order_key = incident.row.id.to_string();
            }
            let what = format!(
                "Page: {} ({})",
                form.text("title"),
                says[0].trim_end_matches('.')
            );
            let request = Request {
                keyed: true,
                says,
                ..Request::new(what, order_key, "POST", "/v2/escalations", body)
            };
            Ok(request.back(
                "Undo: cancel the page",
                "POST",
                "/v2/escalations/{id}/actions/cancel",
                json!({}),
            ))
        }
    }
}

/// The state a page is in, looked up.
fn state_of(page: &Escalation, any_of: &[&str]) -> Verification {
    Verification::State {
        path: format!("/v2/escalations/{}", page.id),
        pointer: "/escalation/status".into(),
        any_of: any_of.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn answer(form: &Form, page: &Escalation, now: Instant) -> Result<Request, Fault> {
    let order_key = page
        .incidents
        .first()
        .map_or_else(|| page.id.to_string(), |(id, _)| id.to_string());
    let path = |act: &str| format!("/v2/escalations/{}/actions/{act}", page.id);
    let make =
        |what: String, says: String, act: &str, body: Value, verification: Verification| Request {
            says: vec![says],
            verification,
            ..Request::new(what, order_key.clone(), "POST", path(act), body)
        };
    Ok(match form.kind {
        WriteKind::Snooze => {
            let until = form.time("until", now)?.unwrap_or(now);
            if until <= now {
                return Err(("until".into(), "this is over already".into()));
            }
            let mut details = json!({"snooze_until": stamp(until)});
            if !form.text("reason").is_empty() {
                details["reason"] = json!(form.text("reason"));
            }
            let says = format!(
                "\"{}\" pages nobody until {}, then again.",
                page.title,
                form.zone.full(until)
            );
            let body = json!({"response": "snooze", "snooze_details": details});
            make(
                format!("Snooze \"{}\" until {}", page.title, form.zone.clock(until)),
                says,
                "respond",
                body,
                state_of(page, &["snoozed"]),
            )
            .never("acknowledge it instead.")
        }
        WriteKind::Reassign => {
            let mut body = json!({"resolve_original": !form.yes("keep")});
            let says = target(form, &mut body)?;
            if form.field("title").is_some_and(Field::is_changed) {
                body["title"] = json!(form.text("title"));
            }
            if !form.text("description").is_empty() {
                body["description"] = json!(form.text("description"));
            }
            // The platform does it once a page: a second time is refused, and shows in the page being over.
            let verification = if form.yes("keep") {
                Verification::Ask
            } else {
                state_of(page, &["resolved"])
            };
            let end = if form.yes("keep") {
                "The old page goes on."
            } else {
                "The old page ends."
            };
            make(
                format!(
                    "Reassign \"{}\": {}",
                    page.title,
                    says.trim_end_matches('.')
                ),
                format!("{says} {end}"),
                "reassign",
                body,
                verification,
            )
            .back(
                "Undo: cancel the new page",
                "POST",
                "/v2/escalations/{id}/actions/cancel",
                json!({}),
            )
        }
        WriteKind::Cancel => {
            let says = format!("\"{}\" pages nobody any more.", page.title);
            make(
                format!("Cancel \"{}\"", page.title),
                says,
                "cancel",
                json!({}),
                state_of(page, &["cancelled"]),
            )
            .never("page again instead.")
        }
        _ => {
            let says = format!(
                "\"{}\" is acknowledged in the name of the API key.",
                page.title
            );
            make(
                format!("Acknowledge \"{}\"", page.title),
                says,
                "respond",
                json!({"response": "ack"}),
                state_of(page, &["acked", "resolved"]),
            )
            .never("the API takes no acknowledgement back; reassign the page instead.")
        }
    })
}

fn cover(form: &Form, schedule: &Schedule, now: Instant) -> Result<Request, Fault> {
    let mut parts = form.text("shift").split(' ');
    let (rotation, begin, end) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let parse = crate::domain::time::parse;
    let (Some(begin), Some(end)) = (parse(begin), parse(end)) else {
        return Err(("shift".into(), "choose a shift".into()));
    };
    let from = form.time("from", now)?.unwrap_or(begin.max(now));
    let to = form.time("to", now)?.unwrap_or(end);
    if from >= to {
        return Err(("to".into(), "it ends before it begins".into()));
    }
    if from < begin - chrono::Duration::minutes(1) || to > end + chrono::Duration::minutes(1) {
        return Err((
            "to".into(),
            format!(
                "the shift goes from {} to {}",
                form.zone.day_clock(now, begin),
                form.zone.day_clock(now, end)
            ),
        ));
    }
    let known = schedule.rotations.iter().find(|r| r.id == rotation);
    let layer = Some(form.text("layer"))
        .filter(|l| !l.is_empty())
        .map(str::to_owned);
    let layer = layer.or_else(|| {
        known
            .and_then(|r| r.layers.first())
            .map(|(id, _)| id.clone())
    });
    let layer = layer.filter(|l| !l.is_empty()).ok_or_else(|| {
        (
            "shift".into(),
            "the rotation's layer is not known".to_owned(),
        )
    })?;
    let who = form.text("who");
    let body = json!({"schedule_id": schedule.id, "rotation_id": rotation, "layer_id": layer, "user": {"id": who}, "start_at": stamp(from), "end_at": stamp(to)});
    let verification = Verification::New {
        path: "/v2/schedule_overrides".into(),
        query: vec![
            ("schedule_id".into(), schedule.id.to_string()),
            ("page_size".into(), "250".into()),
        ],
        list: "overrides".into(),
        with: vec![
            ("/user/id".into(), json!(who)),
            ("/start_at".into(), json!(stamp(from))),
            ("/end_at".into(), json!(stamp(to))),
            ("/layer_id".into(), json!(layer)),
        ],
        before: None,
    };
    let words = format!(
        "{} covers {} from {} to {}",
        form.words("who"),
        schedule.name,
        form.zone.day_clock(now, from),
        form.zone.day_clock(now, to)
    );
    let says = vec![
        format!("{words}."),
        format!(
            "Instead of {} ({}).",
            form.words("shift"),
            known.map_or("", |r| r.name.as_str())
        ),
    ];
    let request = Request {
        says,
        verification,
        ..Request::new(
            words,
            schedule.id.as_str(),
            "POST",
            "/v2/schedule_overrides",
            body,
        )
    };
    Ok(request.back(
        format!(
            "Undo: {} no longer covers {}",
            form.words("who"),
            schedule.name
        ),
        "DELETE",
        "/v2/schedule_overrides/{id}",
        Value::Null,
    ))
}
