//! Schedules and who is on call.

mod duty;
mod week;

pub use duty::Duty;
pub use week::{Hours, WeekRow, week};

use super::time::Zone;
use super::{Instant, Person, ScheduleId, UserId};
use serde::{Deserialize, Serialize};

/// A stretch of time somebody is on call; nobody, where the schedule has a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Who, or nobody.
    pub person: Option<Person>,
    /// From.
    pub start: Instant,
    /// Until.
    pub end: Instant,
    /// The rotation it belongs to.
    pub rotation: Option<String>,
    /// Whether an override put this person here.
    pub overridden: bool,
}

/// A person's name, with a word where it is whoever reads; a word where it is nobody.
pub fn named(person: Option<&Person>, me: Option<&UserId>) -> String {
    match person {
        None => "nobody".into(),
        Some(p) if me == Some(&p.id) => format!("{} (you)", p.name),
        Some(p) => p.name.to_string(),
    }
}

/// A rotation and its layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who takes turns.
    pub people: Vec<Person>,
    /// Ids and names of its layers.
    pub layers: Vec<(String, String)>,
}

/// A schedule with who is on call now and next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// The zone it is planned in.
    pub timezone: String,
    /// Who is on call now.
    pub now: Vec<Shift>,
    /// Who is next.
    pub next: Vec<Shift>,
    /// Its rotations.
    pub rotations: Vec<Rotation>,
}

impl Schedule {
    /// The zone it is planned in, where that is one that is known.
    pub fn zone(&self) -> Option<Zone> {
        self.timezone.parse().ok()
    }

    /// Whether a person is on call now.
    pub fn has_now(&self, person: &UserId) -> bool {
        self.now
            .iter()
            .any(|shift| shift.person.as_ref().is_some_and(|p| &p.id == person))
    }
}

/// A stretch in which somebody stands in for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// Its id.
    pub id: String,
    /// Who stands in.
    pub person: Option<Person>,
    /// From.
    pub start: Instant,
    /// Until.
    pub end: Instant,
}
