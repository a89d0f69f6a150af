//! Some days of a schedule as a grid: who has which hours of which day, rotation by rotation.

use super::{Schedule, Shift};
use crate::domain::{Instant, Person};

/// What one person has of one rotation in some days.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekRow {
    /// The rotation's id.
    pub rotation: Option<String>,
    /// Who; nobody for the hours that are left open.
    pub person: Option<Person>,
    /// For each day the hours they have of it, and whether as a cover.
    pub days: Vec<Vec<Hours>>,
}

/// From when, until when, and whether an override put the person there.
pub type Hours = (Instant, Instant, bool);

impl WeekRow {
    /// Seconds on call.
    pub fn seconds(&self) -> i64 {
        let spans = self.days.iter().flatten();
        spans.map(|(from, to, _)| (*to - *from).num_seconds()).sum()
    }
}

/// The days between midnights (one more of them than days): rotations in the schedule's order, in each its people in the
/// order of their first hour, and last what nobody has.
pub fn week(schedule: &Schedule, shifts: &[Shift], midnights: &[Instant]) -> Vec<WeekRow> {
    let mut keys: Vec<Option<&str>> = Vec::new();
    let planned = schedule.rotations.iter().map(|r| Some(r.id.as_str()));
    for key in planned.chain(shifts.iter().map(|s| s.rotation.as_deref())) {
        let has = shifts.iter().any(|s| s.rotation.as_deref() == key);
        if has && !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rows = keys
        .iter()
        .flat_map(|key| rotation(*key, shifts, midnights));
    rows.collect()
}

fn rotation(key: Option<&str>, shifts: &[Shift], midnights: &[Instant]) -> Vec<WeekRow> {
    let mut of: Vec<&Shift> = shifts
        .iter()
        .filter(|s| s.rotation.as_deref() == key && s.person.is_some() && s.start < s.end)
        .collect();
    of.sort_by_key(|s| s.start);
    let days = || midnights.windows(2).map(|day| (day[0], day[1]));
    let row = |person: Option<Person>, hours: &dyn Fn(Instant, Instant) -> Vec<Hours>| WeekRow {
        rotation: key.map(str::to_owned),
        person,
        days: days().map(|(from, to)| hours(from, to)).collect(),
    };
    let mut rows: Vec<WeekRow> = Vec::new();
    for shift in &of {
        if rows.iter().any(|r| r.person == shift.person) {
            continue;
        }
        let own = |s: &&&Shift| s.person == shift.person;
        let hours = |from, to| clipped(of.iter().filter(own), from, to);
        rows.push(row(shift.person.clone(), &hours));
    }
    rows.push(row(None, &|from, to| open(&of, from, to)));
    rows.retain(|r| r.seconds() > 0);
    rows
}

/// What shifts take of a day; those that follow each other are one.
fn clipped<'a>(
    shifts: impl Iterator<Item = &'a &'a Shift>,
    from: Instant,
    to: Instant,
) -> Vec<Hours> {
    let mut out: Vec<Hours> = Vec::new();
    for shift in shifts {
        let (start, end) = (shift.start.max(from), shift.end.min(to));
        if start >= end {
            continue;
        }
        match out.last_mut() {
            Some(last) if last.1 >= start && last.2 == shift.overridden => last.1 = last.1.max(end),
            _ => out.push((start, end, shift.overridden)),
        }
    }
    out
}

/// What no shift takes of a day.
fn open(shifts: &[&Shift], from: Instant, to: Instant) -> Vec<Hours> {
    let (mut at, mut out) = (from, Vec::new());
    for shift in shifts {
        if shift.start > at && shift.start < to {
            out.push((at, shift.start, false));
        }
        at = at.max(shift.end);
        if at >= to {
            return out;
        }
    }
    out.push((at, to, false));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::person;
    use chrono::Duration;

    #[test]
    fn every_hour_of_a_week_belongs_to_somebody_or_to_nobody() {
        let at = |hour| Instant::UNIX_EPOCH + Duration::hours(hour);
        let shift = |who: &str, from, to, overridden| Shift {
            person: Some(person(who)),
            start: at(from),
            end: at(to),
            rotation: Some("P".into()),
            overridden,
        };
        let shifts = [
            shift("Ana", -9, 9, false),
            shift("Bram", 9, 20, false),
            shift("Ana", 20, 30, true),
            shift("Ana", 30, 40, true),
        ];
        let schedule = Schedule {
            id: "S".into(),
            name: String::new(),
            timezone: String::new(),
            now: vec![],
            next: vec![],
            rotations: vec![],
        };
        let rows = week(&schedule, &shifts, &[at(0), at(24), at(48)]);
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let hours = |(from, to, cover): &Hours| {
                    let hour = |t: &Instant| (*t - at(0)).num_hours();
                    (hour(from), hour(to), *cover)
                };
                let days = row.days.iter().map(|d| d.iter().map(hours).collect());
                let who = row.person.as_ref().map_or("nobody", |p| &p.name);
                (who, days.collect::<Vec<Vec<_>>>())
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "Ana",
                    vec![vec![(0, 9, false), (20, 24, true)], vec![(24, 40, true)]]
                ),
                ("Bram", vec![vec![(9, 20, false)], vec![]]),
                ("nobody", vec![vec![], vec![(40, 48, false)]]),
            ]
        );
    }
}
