//! Pane 3: every schedule, who is on call, until when, who is next; and the coming days of one.

use crate::console::content::nothing;
use crate::console::paint::{cursor, empty, put, put_spans, title};
use crate::console::state::{Pane, State};
use crate::console::theme::Theme;
use crate::domain::{Schedule, Shift, text};
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

/// Columns below which the word "until" costs more than it says.
const NARROW: u16 = 56;
/// Columns from which who comes next is named.
const WIDE: u16 = 60;

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let shown = state.oncall.shown();
    let right = beside_title(state);
    let name = [("On call", true)];
    title(buf, place, Pane::OnCall, &name, &right, state, theme);
    if shown.is_empty() {
        let typed = &state.oncall.typed;
        let nothing = nothing::listing(state, Pane::OnCall, typed, "No schedules.");
        return empty(buf, place, state.oncall.arrived, &nothing, theme);
    }
    let names = shown.iter().map(|s| text::columns(&s.name));
    let widest = usize::from(place.width) / 3;
    let wide = names.max().unwrap_or(0).min(widest) as u16;
    let cursor_at = &state.oncall.cursor;
    let lines = shown.iter().enumerate().skip(cursor_at.top);
    for ((at, schedule), y) in lines.zip(place.y + 1..place.bottom()) {
        let focused = state.focus == Pane::OnCall;
        cursor(buf, place.x, y, at == cursor_at.at, focused, theme);
        let name = Rect::new(place.x + 1, y, wide, 1);
        put(buf, name, &schedule.name, Style::new());
        let left = place.width.saturating_sub(wide + 3);
        let inner = Rect::new(place.x + wide + 2, y, left, 1);
        draw_shifts(buf, inner, schedule, place.width, state, theme);
    }
}

/// On how many schedules the user is, or what they are narrowed to.
fn beside_title(state: &State) -> String {
    let is_mine = |s: &&Schedule| state.me.as_ref().is_some_and(|me| s.has_now(&me.id));
    let mine = state.oncall.schedules.iter().filter(is_mine).count();
    match (mine, state.oncall.typed.as_str()) {
        (0, "") => String::new(),
        (0, typed) => format!("/{typed}"),
        _ => format!("you are on {mine}"),
    }
}

/// Who is on call, until when, and who comes then.
fn draw_shifts(
    buf: &mut Buffer,
    inner: Rect,
    schedule: &Schedule,
    width: u16,
    state: &State,
    theme: &Theme,
) {
    let is_me = state.me.as_ref().is_some_and(|me| schedule.has_now(&me.id));
    let (now, style) = match (schedule.now.is_empty(), is_me) {
        (true, _) => ("nobody".to_owned(), theme.warn()),
        (_, true) => (format!("{} (you)", names(&schedule.now)), theme.me()),
        _ => (names(&schedule.now), theme.accent()),
    };
    let end = schedule.now.iter().map(|s| s.end).min();
    let word = if width < NARROW { "" } else { "until " };
    let until = end.map_or(String::new(), |end| {
        format!("{word}{}", state.zone.day_clock(state.now, end))
    });
    let next = names(&schedule.coming());
    let next = if next.is_empty() || width < WIDE {
        String::new()
    } else {
        format!("  then {next}")
    };
    let room = usize::from(inner.width).saturating_sub(text::columns(&until) + 2);
    let spans = [
        (&*text::fit(&now, room.max(8)), style),
        ("  ", Style::new()),
        (&until, theme.dim()),
        (&next, theme.dim()),
    ];
    put_spans(buf, inner, &spans);
}
