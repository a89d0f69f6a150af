//! Covering a shift, or a part of it.

use super::form::{Choice, Fault, Field, Form, Input, Request, stamp};
use super::incident::people;
use super::{FormContext, Subject};
use crate::domain::{Instant, Rotation, Schedule, Shift, Verification, time};
use chrono::Duration;
use serde_json::{Value, json};

/// Fields of a cover.
pub fn fields(subject: &Subject, facts: &FormContext<'_>) -> Result<Vec<Field>, String> {
    let Subject::Schedule(schedule) = subject else {
        return Err("Put the cursor on a schedule first.".into());
    };
    let shifts = shifts(schedule, facts);
    let first = shifts.first().map(|choice| choice.id.clone());
    let first = first.ok_or("No shift of this schedule is known.")?;
    let me = facts.me.map(|p| p.id.to_string()).unwrap_or_default();
    let who = Field::new("who", "Who covers", Input::Pick(people(facts)));
    let from = Field::new("from", "From", Input::Time { ahead: true });
    let to = Field::new("to", "To", Input::Time { ahead: true });
    let mut all = vec![
        Field::pick("shift", "Shift", shifts)
            .required()
            .filled(first),
        who.required().filled(me),
        from.hint("empty is the shift's beginning, or now"),
        to.hint("empty is the shift's end; +2h counts from now"),
    ];
    if schedule.rotations.iter().any(|r| r.layers.len() > 1) {
        let layers = schedule.rotations.iter().flat_map(|r| &r.layers);
        let layers = layers.map(|(id, name)| Choice::new(id, name)).collect();
        all.push(Field::pick("layer", "Layer", layers).hint("empty is the rotation's first"));
    }
    Ok(all)
}

/// The shifts that are not over: a choice says by its id which rotation, from when and until when.
fn shifts(schedule: &Schedule, facts: &FormContext<'_>) -> Vec<Choice> {
    let choice = |s: &Shift| {
        let id = s.rotation.as_deref()?;
        let who = s.person.as_ref().map_or("nobody", |p| &p.name);
        let clock = |at| facts.zone.day_clock(facts.now, at);
        let words = format!("{who}, {} to {}", clock(s.start), clock(s.end));
        let rotation = rotation(schedule, id).map_or("", |r| r.name.as_str());
        let id = format!("{id} {} {}", stamp(s.start), stamp(s.end));
        Some(Choice::new(id, words).with(rotation))
    };
    let known = schedule.now.iter().chain(&schedule.next);
    known
        .filter(|s| s.end > facts.now)
        .filter_map(choice)
        .collect()
}

fn rotation<'a>(schedule: &'a Schedule, id: &str) -> Option<&'a Rotation> {
    schedule.rotations.iter().find(|r| r.id == id)
}

/// A part of a shift.
struct Part<'a> {
    rotation: &'a str,
    from: Instant,
    to: Instant,
}

/// What part of the chosen shift is covered.
fn part<'a>(form: &'a Form, now: Instant) -> Result<Part<'a>, Fault> {
    let parts: Vec<&str> = form.text("shift").split(' ').collect();
    let times = |begin, end| Some((time::parse(begin)?, time::parse(end)?));
    let (rotation, (begin, end)) = match parts[..] {
        [rotation, begin, end] => times(begin, end).map(|times| (rotation, times)),
        _ => None,
    }
    .ok_or_else(|| Fault::from(("shift".into(), "choose a shift".to_owned())))?;
    let from = form.time("from", now)?.unwrap_or(begin.max(now));
    let to = form.time("to", now)?.unwrap_or(end);
    if from >= to {
        return Err(("to".into(), "it ends before it begins".into()));
    }
    if from < begin - Duration::minutes(1) || to > end + Duration::minutes(1) {
        let clock = |at| form.zone.day_clock(now, at);
        let span = format!("the shift goes from {} to {}", clock(begin), clock(end));
        return Err(("to".into(), span));
    }
    Ok(Part { rotation, from, to })
}

/// The layer that is covered: the one chosen, or the rotation's first.
fn layer(form: &Form, rotation: Option<&Rotation>) -> Result<String, Fault> {
    let chosen = Some(form.text("layer")).filter(|id| !id.is_empty());
    let first = || rotation?.layers.first().map(|(id, _)| id.as_str());
    let layer = chosen.or_else(first).filter(|id| !id.is_empty());
    layer
        .map(str::to_owned)
        .ok_or_else(|| ("shift".into(), "the rotation's layer is not known".into()))
}

/// The request of a cover.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    let Subject::Schedule(schedule) = subject else {
        return Err(("".into(), "No schedule is selected.".into()));
    };
    let part = part(form, now)?;
    let rotation = rotation(schedule, part.rotation);
    let layer = layer(form, rotation)?;
    let who = form.text("who");
    let body = json!({"schedule_id": schedule.id, "rotation_id": part.rotation, "layer_id": layer, "user": {"id": who}, "start_at": stamp(part.from), "end_at": stamp(part.to)});
    let clock = |at| form.zone.day_clock(now, at);
    let (name, who) = (&schedule.name, form.words("who"));
    let words = format!(
        "{who} covers {name} from {} to {}",
        clock(part.from),
        clock(part.to)
    );
    let rotation = rotation.map_or("", |r| r.name.as_str());
    let instead = format!("Instead of {} ({rotation}).", form.words("shift"));
    let says = vec![format!("{words}."), instead];
    let look = listed(schedule, &body);
    let request = Request::new(words, schedule.id.as_str(), "POST", OVERRIDES, body)
        .verified(look)
        .saying(says);
    let back = format!("Undo: {who} no longer covers {name}");
    Ok(request.back(back, "DELETE", format!("{OVERRIDES}/{{id}}"), Value::Null))
}

const OVERRIDES: &str = "/v2/schedule_overrides";

/// An override of this person, layer and time, in the schedule's list.
fn listed(schedule: &Schedule, body: &Value) -> Verification {
    let same = ["/user/id", "/start_at", "/end_at", "/layer_id"];
    let value = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
    Verification::New {
        path: OVERRIDES.into(),
        query: vec![
            ("schedule_id".into(), schedule.id.to_string()),
            ("page_size".into(), "250".into()),
        ],
        list: "overrides".into(),
        with: same
            .map(|pointer| (pointer.to_owned(), value(pointer)))
            .into(),
        before: None,
    }
}
