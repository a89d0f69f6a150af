//! What a line of the on-call pane tells of a schedule.

use super::schedule::{named, on_duty};
use crate::console::state::State;
use crate::domain::{Duty, Schedule};

/// Columns below which the word "until" costs more than it says.
const NARROW: u16 = 56;
/// Columns from which each rotation is told in full.
pub(crate) const WIDE: u16 = 110;

/// What a line tells beside the schedule's name.
pub(crate) struct Told {
    /// Who has the first rotation.
    pub(crate) who: String,
    pub(crate) until: String,
    /// Further rotations, and whether the user has one.
    pub(crate) others: Vec<(String, bool)>,
    pub(crate) next: String,
    pub(crate) is_me: bool,
    pub(crate) is_open: bool,
}

/// What is told of a schedule where there are so many columns.
pub(crate) fn tell(state: &State, schedule: &Schedule, width: u16) -> Told {
    let duties = schedule.duties();
    let is_mine = |duty: &Duty<'_>| {
        let me = state.me.as_ref();
        me.is_some_and(|me| duty.people.iter().any(|p| p.id == me.id))
    };
    let word = if width < NARROW { "" } else { "until " };
    let until = |duty: &Duty<'_>| {
        let clock = |end| format!("{word}{}", state.zone.day_clock(state.now, end));
        duty.until.map(clock).unwrap_or_default()
    };
    let next = |duty: &Duty<'_>| match (duty.next, duty.until) {
        (None, _) => String::new(),
        (Some(next), Some(_)) => format!("then {}", named(state, next.person.as_ref())),
        (Some(next), None) => format!(
            "from {} {}",
            state.zone.day_clock(state.now, next.start),
            named(state, next.person.as_ref())
        ),
    };
    let other = |duty: &Duty<'_>| {
        let mut words = vec![
            duty.rotation.unwrap_or("also").to_owned(),
            on_duty(state, duty),
        ];
        if width >= WIDE {
            words.extend([until(duty), next(duty)]);
        }
        words.retain(|w| !w.is_empty());
        (words.join(" "), is_mine(duty))
    };
    let none = Duty::default();
    let first = duties.first().unwrap_or(&none);
    let label = first.rotation.filter(|_| width >= WIDE);
    let label = label.map_or(String::new(), |l| format!("{l} "));
    Told {
        who: format!("{label}{}", on_duty(state, first)),
        until: until(first),
        others: duties.iter().skip(1).map(other).collect(),
        next: next(first),
        is_me: is_mine(first),
        is_open: first.people.is_empty(),
    }
}
