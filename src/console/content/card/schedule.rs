//! A schedule: now, next and the coming days; a line that names somebody leads to them.

use crate::console::content::lines::{LineStyle, Lines};
use crate::console::content::named::to_shift;
use crate::console::content::schedule::schedule_text;
use crate::console::link::LinkTarget;
use crate::console::state::State;
use crate::domain::{Schedule, Shift};

pub(super) fn say(out: &mut Lines, state: &State, schedule: &Schedule) {
    let coming = match &state.oncall.shifts {
        Some((id, shifts)) if id == &schedule.id => shifts.as_slice(),
        _ => &[],
    };
    let on: Vec<&Shift> = schedule
        .now
        .iter()
        .chain(&schedule.next)
        .chain(coming)
        .collect();
    for line in schedule_text(state, schedule, out.width()) {
        if line.is_empty() {
            out.plain(" ");
            continue;
        }
        let target = first_named(&line, &on);
        let is_heading = !line.starts_with(' ') && target == LinkTarget::Nowhere;
        let look = if is_heading {
            LineStyle::Quiet
        } else {
            LineStyle::Plain
        };
        out.row(&line, look, target);
    }
}

/// Whoever of those on the schedule is named first in a line.
fn first_named(line: &str, on: &[&Shift]) -> LinkTarget {
    let place = |shift: &&&Shift| line.find(&*shift.person.as_ref()?.name);
    let named = on.iter().filter(|shift| place(shift).is_some());
    named
        .min_by_key(|shift| place(shift))
        .map_or(LinkTarget::Nowhere, |shift| to_shift(shift))
}
