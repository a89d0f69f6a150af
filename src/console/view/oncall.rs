//! Pane 3: every schedule, who is on call, until when, who is next; and the coming days of one.

use super::{cursor, empty, put, put_spans, title};
use crate::console::state::{Pane, State};
use crate::console::theme::Theme;
use crate::domain::{Schedule, Shift, text, time};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Days of the strip.
const DAYS: i64 = 14;

fn names(shifts: &[Shift]) -> String {
    let mut names: Vec<String> = shifts
        .iter()
        .map(|s| {
            s.person
                .as_ref()
                .map_or_else(|| "nobody".into(), |p| p.name.to_string())
        })
        .collect();
    names.dedup();
    names.join(", ")
}

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let shown = state.oncall.shown();
    let mine = state.me.as_ref().map_or(0, |me| {
        state
            .oncall
            .schedules
            .iter()
            .filter(|s| s.has_now(&me.id))
            .count()
    });
    let right = if mine > 0 {
        format!("you are on {mine}")
    } else if state.oncall.typed.is_empty() {
        String::new()
    } else {
        format!("/{}", state.oncall.typed)
    };
    title(
        buf,
        place,
        Pane::OnCall,
        &[("On call", true)],
        &right,
        state,
        theme,
    );
    if shown.is_empty() {
        let problem = state
            .problems
            .iter()
            .find(|(what, _)| what == "schedules")
            .map(|(_, says)| says.as_str());
        return empty(
            buf,
            place,
            state.oncall.arrived,
            problem.unwrap_or("No schedules."),
            theme,
        );
    }
    let wide = shown
        .iter()
        .map(|s| text::columns(&s.name))
        .max()
        .unwrap_or(0)
        .min(usize::from(place.width) / 3) as u16;
    for (line, (at, schedule)) in (0..place.height.saturating_sub(1))
        .zip(shown.iter().enumerate().skip(state.oncall.cursor.top))
    {
        let y = place.y + 1 + line;
        cursor(
            buf,
            place.x,
            y,
            at == state.oncall.cursor.at,
            state.focus == Pane::OnCall,
            theme,
        );
        put(
            buf,
            Rect::new(place.x + 1, y, wide, 1),
            &schedule.name,
            Style::new(),
        );
        let me = state.me.as_ref().is_some_and(|me| schedule.has_now(&me.id));
        let until = schedule
            .now
            .iter()
            .map(|s| s.end)
            .min()
            .map_or(String::new(), |end| {
                format!(
                    "{}{}",
                    if place.width < 56 { "" } else { "until " },
                    state.zone.day_clock(state.now, end)
                )
            });
        let now = if schedule.now.is_empty() {
            "nobody".to_owned()
        } else {
            names(&schedule.now)
        };
        let next = names(&schedule.coming());
        let next = if next.is_empty() || place.width < 60 {
            String::new()
        } else {
            format!("  then {next}")
        };
        let style = if me {
            theme.me()
        } else if schedule.now.is_empty() {
            theme.warn()
        } else {
            theme.accent()
        };
        let inner = Rect::new(
            place.x + wide + 2,
            y,
            place.width.saturating_sub(wide + 3),
            1,
        );
        let room = usize::from(inner.width).saturating_sub(text::columns(&until) + 2);
        put_spans(
            buf,
            inner,
            &[
                (
                    &text::fit(
                        &format!("{now}{}", if me { " (you)" } else { "" }),
                        room.max(8),
                    ),
                    style,
                ),
                ("  ", Style::new()),
                (&until, theme.dim()),
                (&next, theme.dim()),
            ],
        );
    }
}

/// A schedule to read: now, next, its rotations, and a strip of the coming days.
pub fn schedule_text(state: &State, schedule: &Schedule) -> Vec<String> {
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
