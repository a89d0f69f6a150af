//! A schedule to read.

use crate::console::state::State;
use crate::domain::{Schedule, Shift, time};

/// Days of the strip.
const DAYS: i64 = 14;

/// A schedule to read: now, next, its rotations, and a strip of the coming days.
pub(crate) fn schedule_text(state: &State, schedule: &Schedule) -> Vec<String> {
    let line = |s: &Shift| {
        format!(
            "  {}  {} to {}",
            s.person.as_ref().map_or("nobody", |p| &p.name),
            state.zone.date_clock(s.start),
            state.zone.date_clock(s.end)
        )
    };
    let mut out = vec![
        format!(
            "Planned in {}, shown in {}.",
            schedule.timezone, state.zone.0
        ),
        "Now".into(),
    ];
    out.extend(schedule.now.iter().map(line));
    out.push("Next".into());
    out.extend(
        schedule
            .next
            .iter()
            .map(|s| format!("{} ({})", line(s), time::until(state.now, s.start))),
    );
    out.push("Coming days".into());
    match &state.oncall.shifts {
        Some((id, shifts)) if id == &schedule.id => out.extend(strip(state, schedule, shifts)),
        _ => out.push("  Loading.".into()),
    }
    out
}

/// One line a stretch, by rotation, overrides marked.
fn strip(state: &State, schedule: &Schedule, shifts: &[Shift]) -> Vec<String> {
    let mut out = Vec::new();
    for day in 0..DAYS {
        let (from, to) = (
            state.zone.midnight(state.now, day),
            state.zone.midnight(state.now, day + 1),
        );
        let on: Vec<String> = shifts
            .iter()
            .filter(|s| s.start < to && s.end > from)
            .map(|s| {
                let name = s.person.as_ref().map_or("nobody", |p| &p.name);
                let rotation = s
                    .rotation
                    .as_ref()
                    .and_then(|id| schedule.rotations.iter().find(|r| &r.id == id))
                    .map_or(String::new(), |r| format!("{} ", r.name.to_lowercase()));
                let start = if s.start > from {
                    format!(" from {}", state.zone.clock(s.start))
                } else {
                    String::new()
                };
                format!(
                    "{rotation}{name}{start}{}",
                    if s.overridden { " (override)" } else { "" }
                )
            })
            .collect();
        out.push(format!(
            "  {}  {}",
            state.zone.day(from),
            if on.is_empty() {
                "nobody".into()
            } else {
                on.join(" | ")
            }
        ));
    }
    out
}
