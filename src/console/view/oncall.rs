//! Pane 3: every schedule, who is on call, until when, who is next; and the coming days of one.

use crate::console::msg::Topic;
use crate::console::paint::{cursor, empty, put, put_spans, title};
use crate::console::state::{Pane, State};
use crate::console::theme::Theme;
use crate::domain::{Shift, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

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
        let problem = state.problem(&[Topic::Schedules]);
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
