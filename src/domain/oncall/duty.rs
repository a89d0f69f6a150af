//! Who has the duty of each rotation now, until when, and who takes over: what the shifts of now and next come to.

use super::{Schedule, Shift};
use crate::domain::{Instant, Person};
use chrono::Duration;

/// Two shifts with less between them follow each other.
const SEAM: Duration = Duration::minutes(1);

/// The duty of one rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Duty<'a> {
    /// What the rotation is called; none where the schedule has only this one.
    pub rotation: Option<&'a str>,
    /// Who has it now: several where the rotation has layers, nobody where it has a gap.
    pub people: Vec<&'a Person>,
    /// Until when, as far as is known.
    pub until: Option<Instant>,
    /// The next shift of somebody else: one's own rest after a cover is no handover.
    pub next: Option<&'a Shift>,
}

impl Schedule {
    /// The duty of each rotation, in the schedule's own order.
    pub fn duties(&self) -> Vec<Duty<'_>> {
        let keys = self.rotation_keys();
        let several = keys.len() > 1;
        let duty = |key: &Option<&str>| {
            let name = key.and_then(|id| self.rotation_name(id));
            Duty {
                rotation: name.filter(|_| several),
                ..self.duty(*key)
            }
        };
        keys.iter().map(duty).collect()
    }

    /// What a rotation is called.
    pub fn rotation_name(&self, id: &str) -> Option<&str> {
        let named = self.rotations.iter().find(|r| r.id == id);
        named.map(|r| r.name.as_str()).filter(|n| !n.is_empty())
    }

    /// Rotations that have somebody now or next: those of the schedule's plan first, in its order.
    fn rotation_keys(&self) -> Vec<Option<&str>> {
        let shifts = || self.now.iter().chain(&self.next);
        let has = |id: &str| shifts().any(|s| s.rotation.as_deref() == Some(id));
        let planned = self.rotations.iter().map(|r| r.id.as_str());
        let mut keys: Vec<Option<&str>> = Vec::new();
        let known = planned.filter(|id| has(id)).map(Some);
        for key in known.chain(shifts().map(|s| s.rotation.as_deref())) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn duty(&self, key: Option<&str>) -> Duty<'_> {
        let of = |s: &&Shift| s.rotation.as_deref() == key;
        let mut coming: Vec<&Shift> = self.next.iter().filter(of).collect();
        coming.sort_by_key(|s| s.start);
        let mut people: Vec<&Person> = Vec::new();
        for person in self.now.iter().filter(of).filter_map(|s| s.person.as_ref()) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        let now = self.now.iter().filter(of);
        let until = now.map(|shift| through(shift, &coming)).min();
        let is_on = |s: &Shift| s.person.as_ref().is_some_and(|p| people.contains(&p));
        let next = match people[..] {
            [] => coming.iter().find(|s| s.person.is_some()),
            _ => coming.iter().find(|s| !is_on(s)),
        };
        Duty {
            rotation: None,
            next: next.copied(),
            people,
            until,
        }
    }

    /// Whether somebody is on call whose own shift comes next, so that who takes over is not told by now and next.
    pub fn is_cut_short(&self) -> bool {
        let others = |id: &str| {
            let planned = self.rotations.iter().find(|r| r.id == id);
            planned.is_none_or(|r| r.people.len() > 1)
        };
        let keys = self.rotation_keys().into_iter();
        keys.filter(|key| key.is_none_or(others)).any(|key| {
            let duty = self.duty(key);
            let more = self.next.iter().any(|s| s.rotation.as_deref() == key);
            !duty.people.is_empty() && duty.next.is_none() && more
        })
    }

    /// The same with every later shift that is known among its next ones.
    pub fn with_coming(mut self, shifts: &[Shift], now: Instant) -> Self {
        let known: Vec<Shift> = self.now.iter().chain(&self.next).cloned().collect();
        let overlaps = |a: &Shift, b: &Shift| {
            a.rotation == b.rotation && a.start < b.end - SEAM && b.start < a.end - SEAM
        };
        let fresh = |s: &&Shift| s.start > now && !known.iter().any(|k| overlaps(k, s));
        self.next.extend(shifts.iter().filter(fresh).cloned());
        self.next.sort_by_key(|s| s.start);
        self
    }
}

/// When somebody's duty ends that goes on in shifts of their own.
fn through(shift: &Shift, coming: &[&Shift]) -> Instant {
    let mut end = shift.end;
    for next in coming {
        if shift.person.is_some() && next.person == shift.person && (next.start - end).abs() <= SEAM
        {
            end = next.end;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oncall::Rotation;
    use crate::domain::sample::person;

    fn at(hour: i64) -> Instant {
        Instant::UNIX_EPOCH + Duration::hours(hour)
    }

    fn shift(rotation: &str, who: &str, from: i64, to: i64) -> Shift {
        Shift {
            person: Some(person(who)).filter(|_| !who.is_empty()),
            start: at(from),
            end: at(to),
            rotation: Some(rotation.into()),
            overridden: false,
        }
    }

    fn schedule(now: Vec<Shift>, next: Vec<Shift>) -> Schedule {
        let rotation = |id: &str, name: &str| Rotation {
            id: id.into(),
            name: name.into(),
            people: vec![person("Ana"), person("Bram")],
            layers: vec![],
        };
        Schedule {
            id: "S".into(),
            name: "Payments".into(),
            timezone: "UTC".into(),
            now,
            next,
            rotations: vec![rotation("P", "Primary"), rotation("S", "Secondary")],
        }
    }

    /// `Primary Ana until 9 then Bram`
    fn told(schedule: &Schedule) -> Vec<String> {
        let line = |d: Duty<'_>| {
            let people: Vec<&str> = d.people.iter().map(|p| &*p.name).collect();
            let hour = |t: Instant| (t - at(0)).num_hours().to_string();
            let next = d.next.map(|s| match &s.person {
                Some(p) => p.name.to_string(),
                None => "nobody".into(),
            });
            format!(
                "{}{} until {} then {}",
                d.rotation.map_or(String::new(), |r| format!("{r} ")),
                people.join("+"),
                d.until.map_or("-".into(), hour),
                next.unwrap_or("-".into())
            )
        };
        schedule.duties().into_iter().map(line).collect()
    }

    #[test]
    fn now_next_and_until_are_told_for_each_rotation_by_itself() {
        for (now, next, says) in [
            (
                vec![shift("S", "Bram", 0, 90), shift("P", "Ana", 0, 9)],
                vec![shift("S", "Ana", 90, 99), shift("P", "Bram", 9, 18)],
                vec![
                    "Primary Ana until 9 then Bram",
                    "Secondary Bram until 90 then Ana",
                ],
            ),
            // After a cover somebody's own shift goes on: that is no handover, and the end is that shift's.
            (
                vec![shift("P", "Ana", 0, 5)],
                vec![shift("P", "Ana", 5, 9), shift("P", "Bram", 9, 18)],
                vec!["Ana until 9 then Bram"],
            ),
            // Somebody's own shift that comes after another one's is a shift of its own.
            (
                vec![shift("P", "Ana", 0, 5)],
                vec![shift("P", "Bram", 5, 9), shift("P", "Ana", 9, 18)],
                vec!["Ana until 5 then Bram"],
            ),
            (
                vec![],
                vec![shift("P", "Ana", 9, 18)],
                vec![" until - then Ana"],
            ),
            (
                vec![shift("P", "Ana", 0, 5)],
                vec![shift("P", "", 5, 9)],
                vec!["Ana until 5 then nobody"],
            ),
            (vec![], vec![], vec![]),
        ] {
            assert_eq!(told(&schedule(now, next)), says);
        }
    }

    #[test]
    fn what_now_and_next_leave_open_is_told_by_the_coming_shifts() {
        let cut = schedule(vec![shift("P", "Ana", 0, 5)], vec![shift("P", "Ana", 5, 9)]);
        assert!(cut.is_cut_short());
        let plan = [
            shift("P", "Bram", -9, 0),
            shift("P", "Ana", 0, 5),
            shift("P", "Ana", 5, 9),
            shift("P", "Bram", 9, 18),
            shift("P", "Ana", 18, 27),
        ];
        let whole = cut.with_coming(&plan, at(1));
        assert!(!whole.is_cut_short());
        assert_eq!(told(&whole), ["Ana until 9 then Bram"]);
        assert_eq!(whole.next.len(), 3, "{:?}", whole.next);
        assert!(!schedule(vec![shift("P", "Ana", 0, 5)], vec![]).is_cut_short());
    }
}
