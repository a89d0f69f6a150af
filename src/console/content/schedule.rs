//! A schedule to read.

use crate::console::state::State;
use crate::domain::text::columns;
use crate::domain::{Duty, Person, Schedule, Shift, oncall, time};
use crate::draft::Days;

/// Days of the grid.
const WEEK: i64 = 7;
/// Columns from which it is said too how long until then.
const ROOMY: usize = 90;

/// A person's name, with a word where it is whoever sits here.
pub(crate) fn named(state: &State, person: Option<&Person>) -> String {
    oncall::named(person, state.me.as_ref().map(|me| &me.id))
}

/// Who has a duty now.
pub(crate) fn on_duty(state: &State, duty: &Duty<'_>) -> String {
    if duty.people.is_empty() {
        return named(state, None);
    }
    let names = duty.people.iter().map(|p| named(state, Some(p)));
    names.collect::<Vec<_>>().join(", ")
}

/// A schedule to read in some columns: who has it now, until when and who comes then, the week as a grid, and its shifts.
pub(crate) fn schedule_text(state: &State, schedule: &Schedule, width: usize) -> Vec<String> {
    let zone = &schedule.timezone;
    let mut out = vec![format!("Planned in {zone}, shown in {}.", state.zone)];
    out.push("Now".into());
    let duties = schedule.duties();
    let (mut labels, mut people) = (Vec::new(), Vec::new());
    for duty in &duties {
        labels.push(duty.rotation.unwrap_or_default().to_owned());
        people.push(on_duty(state, duty));
    }
    level(&mut labels);
    level(&mut people);
    let lines = duties.iter().zip(labels.iter().zip(&people));
    out.extend(lines.map(|(duty, (label, people))| {
        let gap = if label.is_empty() { "" } else { "  " };
        format!("  {label}{gap}{people}  {}", hand_over(state, duty, width))
            .trim_end()
            .to_owned()
    }));
    if duties.is_empty() {
        out.push("  nobody".into());
    }
    out.push("Coming days".into());
    match &state.oncall.shifts {
        Some((id, shifts)) if id == &schedule.id => {
            let days = Days {
                schedule,
                shifts,
                from: state.now,
                days: WEEK,
                me: state.me.as_ref().map(|me| &me.id),
            };
            out.extend(days.in_both_zones(state.zone, width));
            out.push("Shifts".into());
            out.extend(listed(state, schedule, shifts));
        }
        _ => out.push("  Loading.".into()),
    }
    out
}

/// Until when, and who comes then.
fn hand_over(state: &State, duty: &Duty<'_>, width: usize) -> String {
    let until = duty.until.map(|end| {
        let clock = state.zone.day_clock(state.now, end);
        match width < ROOMY {
            true => format!("until {clock}"),
            false => format!("until {clock} ({})", time::until(state.now, end)),
        }
    });
    let next = duty.next.map(|next| {
        let who = named(state, next.person.as_ref());
        match duty.until {
            Some(end) if (next.start - end).num_minutes() == 0 => format!("then {who}"),
            _ => format!(
                "then {who} from {}",
                state.zone.day_clock(state.now, next.start)
            ),
        }
    });
    let both: Vec<String> = until.into_iter().chain(next).collect();
    both.join(", ")
}

/// The shifts that are not over, one below the other, covers marked.
fn listed(state: &State, schedule: &Schedule, shifts: &[Shift]) -> Vec<String> {
    let coming = || {
        shifts
            .iter()
            .filter(|s| s.end > state.now && s.start < s.end)
    };
    let mut people: Vec<String> = coming().map(|s| named(state, s.person.as_ref())).collect();
    level(&mut people);
    let line = |(shift, who): (&Shift, &String)| {
        let id = shift.rotation.as_deref().unwrap_or_default();
        let rotation = schedule.rotation_name(id).unwrap_or_default();
        let cover = if shift.overridden { "  cover" } else { "" };
        let clock = |at| state.zone.date_clock(at);
        let (from, to) = (clock(shift.start), clock(shift.end));
        format!("  {from} to {to}  {who}  {rotation}{cover}")
            .trim_end()
            .to_owned()
    };
    coming().zip(&people).map(line).collect()
}

/// Makes texts equally wide.
fn level(texts: &mut [String]) {
    let widest = texts.iter().map(|t| columns(t)).max().unwrap_or(0);
    for text in texts {
        text.push_str(&" ".repeat(widest - columns(text)));
    }
}
