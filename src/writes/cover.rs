//! Covering a shift, or a part of it.

use super::form::{Choice, Fault, Field, Form, Input, Request, stamp};
use super::incident::people;
use super::{FormContext, Subject};
use crate::domain::oncall::named;
use crate::domain::{Instant, Rotation, Schedule, Shift, UserId, Verification};
use chrono::Duration;
use serde_json::{Value, json};

/// What is said where whoever covers has the time already.
pub const COVERED: &str = "this person is on call then already";

/// Shifts less than this apart are one stretch, and less than this is no shift.
const SEAM: Duration = Duration::minutes(1);

/// Fields of a cover.
pub fn fields(subject: &Subject, facts: &FormContext<'_>) -> Result<Vec<Field>, String> {
    let Subject::Schedule(schedule) = subject else {
        return Err("Put the cursor on a schedule first.".into());
    };
    let mut shifts = shifts(schedule, facts);
    let first = shifts.first().map(|choice| choice.id.clone());
    let first = first.ok_or("No shift of this schedule is known.")?;
    shifts.extend(any_time(schedule, facts.now));
    let who = Field::new("who", "Who covers", Input::Pick(people(facts)));
    // Nobody covers a shift of their own: whose first shift it is must say who does.
    let who = match facts.me.filter(|me| !is_of(schedule, &first, &me.id)) {
        Some(me) => who.filled(me.id.as_str()),
        None => who,
    };
    let from = Field::new("from", "From", Input::Time { ahead: true });
    let to = Field::new("to", "To", Input::Time { ahead: true });
    let mut all = vec![
        Field::pick("shift", "Shift", shifts)
            .required()
            .filled(first),
        who.required(),
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

/// Shifts that are not over and have a length, those that run first, of these the schedule's first rotation.
fn known(schedule: &Schedule, now: Instant) -> Vec<&Shift> {
    let all = schedule.now.iter().chain(&schedule.next);
    let mut known: Vec<&Shift> = all
        .filter(|s| s.end - s.start.max(now) >= SEAM && s.rotation.is_some())
        .collect();
    let place = |s: &Shift| {
        let mut rotations = schedule.rotations.iter();
        rotations.position(|r| s.rotation.as_deref() == Some(&r.id))
    };
    known.sort_by_key(|s| (s.start.max(now), place(s)));
    known
}

/// What a choice of a shift is known by: its rotation, from when and until when.
fn choice_id(shift: &Shift) -> String {
    let rotation = shift.rotation.as_deref().unwrap_or_default();
    format!("{rotation} {} {}", stamp(shift.start), stamp(shift.end))
}

/// The shifts that are not over.
fn shifts(schedule: &Schedule, facts: &FormContext<'_>) -> Vec<Choice> {
    let choice = |s: &Shift| {
        let who = named(s.person.as_ref(), facts.me.map(|me| &me.id));
        // A week's shift begins and ends on days of the same name.
        let is_long = s.end - s.start >= chrono::Duration::days(6);
        let clock = |at| match is_long {
            true => facts.zone.date_clock(at),
            false => facts.zone.day_clock(facts.now, at),
        };
        let words = format!("{who}, {} to {}", clock(s.start), clock(s.end));
        let id = s.rotation.as_deref().unwrap_or_default();
        let rotation = rotation(schedule, id).map_or("", |r| r.name.as_str());
        Choice::new(choice_id(s), words).with(rotation)
    };
    known(schedule, facts.now).into_iter().map(choice).collect()
}

/// For each rotation that it is for a time that is typed, whosever shifts that takes.
fn any_time(schedule: &Schedule, now: Instant) -> Vec<Choice> {
    let mut ids: Vec<&str> = Vec::new();
    for id in known(schedule, now)
        .iter()
        .filter_map(|s| s.rotation.as_deref())
    {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let name = |id: &str| rotation(schedule, id).map_or("", |r| r.name.as_str());
    let choice = |id| Choice::new(id, "another time, from and to").with(name(id));
    ids.into_iter().map(choice).collect()
}

/// Whether a shift that was chosen is this person's.
fn is_of(schedule: &Schedule, id: &str, person: &UserId) -> bool {
    let mut all = schedule.now.iter().chain(&schedule.next);
    let shift = all.find(|s| choice_id(s) == id);
    shift.is_some_and(|s| s.person.as_ref().is_some_and(|p| p.id == *person))
}

/// Whether somebody can be chosen to cover: not for a shift of their own that is taken as it is.
pub(super) fn may_cover(form: &Form, choice: &Choice) -> bool {
    let [Subject::Schedule(schedule)] = &form.subjects[..] else {
        return true;
    };
    let as_it_is = ["from", "to"].iter().all(|id| form.text(id).is_empty());
    let person = UserId::from(choice.id.as_str());
    !(as_it_is && is_of(schedule, form.text("shift"), &person))
}

fn rotation<'a>(schedule: &'a Schedule, id: &str) -> Option<&'a Rotation> {
    schedule.rotations.iter().find(|r| r.id == id)
}

/// A stretch of a rotation, and the shifts it takes of others.
struct Part<'a> {
    rotation: &'a str,
    from: Instant,
    to: Instant,
    instead_of: Vec<&'a Shift>,
}

/// What is covered: the times that are typed, else those of the chosen shift. A shift that was chosen holds the times; one
/// that was only filled in gives way to a beginning that is typed.
fn part<'a>(form: &Form, schedule: &'a Schedule, now: Instant) -> Result<Part<'a>, Fault> {
    let (id, who) = (form.text("shift"), form.text("who"));
    let (rotation, _) = id.split_once(' ').unwrap_or((id, ""));
    let of_rotation = |s: &&Shift| s.rotation.as_deref() == Some(rotation);
    let shifts: Vec<&Shift> = known(schedule, now)
        .into_iter()
        .filter(of_rotation)
        .collect();
    let Some(rotation) = shifts.iter().find_map(|s| s.rotation.as_deref()) else {
        return Err(("shift".into(), "choose a shift".into()));
    };
    let (from, to) = (form.time("from", now)?, form.time("to", now)?);
    let is_others = |s: &Shift| s.person.as_ref().is_none_or(|p| p.id.as_str() != who);
    let filled_in = form
        .given
        .iter()
        .any(|(f, v)| *f == "shift" && v[..] == [id.to_owned()]);
    let chosen = shifts.iter().find(|s| choice_id(s) == id).copied();
    let shift = match (chosen, from, to) {
        (Some(shift), None, Some(to)) if filled_in && !is_others(shift) => {
            // The one who covers has this one: what they take begins with the next.
            let mut later = shifts
                .iter()
                .filter(|s| is_others(s) && s.start < to - SEAM);
            Some(*later.next().ok_or_else(covered)?)
        }
        (Some(shift), Some(from), _) if filled_in && !holds(shift, from, to) => {
            let at = |s: &&&Shift| s.start <= from && from < s.end;
            to.is_none()
                .then(|| shifts.iter().find(at).copied())
                .flatten()
        }
        (chosen, ..) => chosen,
    };
    let (from, to) = window(form, shift, (from, to), now)?;
    let taken = shifts.into_iter().filter(|s| s.start < to && from < s.end);
    let taken: Vec<&Shift> = taken.collect();
    let instead_of: Vec<&Shift> = taken.iter().filter(|s| is_others(s)).copied().collect();
    if !taken.is_empty() && instead_of.is_empty() {
        return Err(covered());
    }
    Ok(Part {
        rotation,
        from,
        to,
        instead_of,
    })
}

fn covered() -> Fault {
    ("who".into(), COVERED.into())
}

/// Whether a time is within a shift.
fn holds(shift: &Shift, from: Instant, to: Option<Instant>) -> bool {
    from >= shift.start - SEAM && to.unwrap_or(from) <= shift.end + SEAM
}

/// From when to when: within the shift where one is meant.
fn window(
    form: &Form,
    shift: Option<&Shift>,
    (from, to): (Option<Instant>, Option<Instant>),
    now: Instant,
) -> Result<(Instant, Instant), Fault> {
    let from = from.or(shift.map(|s| s.start.max(now))).unwrap_or(now);
    let Some(to) = to.or(shift.map(|s| s.end)) else {
        return Err(("to".into(), "say until when".into()));
    };
    if to - from < SEAM {
        return Err(("to".into(), "it ends before it begins".into()));
    }
    if let Some(shift) = shift.filter(|s| !holds(s, from, Some(to))) {
        let clock = |at| form.zone.day_clock(now, at);
        let span = format!(
            "the shift goes from {} to {}; for more choose another time",
            clock(shift.start),
            clock(shift.end)
        );
        return Err(("to".into(), span));
    }
    if to <= now {
        return Err(("to".into(), "it is over by then".into()));
    }
    Ok((from, to))
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
    let part = part(form, schedule, now)?;
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
    let mut says = vec![format!("{words}.")];
    says.extend(part.instead_of.iter().map(|s| {
        let who = s.person.as_ref().map_or("nobody", |p| &p.name);
        let (from, to) = (clock(s.start), clock(s.end));
        format!("Instead of {who}, {from} to {to} ({rotation}).")
    }));
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
