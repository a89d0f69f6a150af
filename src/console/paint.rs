//! Words and signs on the screen: what panes and overlays are painted with.

use super::content::lines::{LineStyle, LinkedLine};
use super::link::LinkTarget;
use super::state::State;
use super::theme::{Glyph, Theme};
use crate::domain::{Instant, text, time};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Writes text at a place, cut to its width; returns the columns used. What was dimmed there, as a rule below a title is
/// among sixteen colours, dims nothing that is written over it.
pub(crate) fn put(buf: &mut Buffer, place: Rect, line: &str, style: Style) -> u16 {
    let width = usize::from(place.width.min(buf.area.right().saturating_sub(place.x)));
    if width == 0 || place.y >= buf.area.bottom() {
        return 0;
    }
    let fitted = text::fit(line, width);
    let over = Style::new().remove_modifier(Modifier::DIM).patch(style);
    buf.set_stringn(place.x, place.y, &fitted, width, over);
    text::columns(&fitted) as u16
}

/// Writes spans one after another, cut at the right edge.
pub(crate) fn put_spans(buf: &mut Buffer, place: Rect, spans: &[(&str, Style)]) -> u16 {
    let mut used = 0;
    for (line, style) in spans {
        let left = place.width.saturating_sub(used);
        used += put(
            buf,
            Rect::new(place.x + used, place.y, left, 1),
            line,
            *style,
        );
    }
    used
}

/// The digits that lines are chosen by, in their order: as on a keyboard, the tenth is 0.
const DIGITS: &str = "1234567890";

/// The digit that chooses a line; none beyond the tenth.
pub(crate) fn digit(at: usize) -> Option<char> {
    DIGITS.chars().nth(at)
}

/// The line that a digit chooses.
pub(crate) fn chosen(digit: char) -> Option<usize> {
    DIGITS.chars().position(|d| d == digit)
}

/// The sign of the cursor in front of a line.
pub(crate) fn cursor(buf: &mut Buffer, x: u16, y: u16, here: bool, focused: bool, theme: &Theme) {
    if here {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Cursor),
            if focused { theme.accent() } else { theme.dim() },
        );
    }
}

/// The sign of a marked line, before it.
pub(crate) fn marked(buf: &mut Buffer, x: u16, y: u16, is_marked: bool, theme: &Theme) {
    if is_marked {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Mark),
            theme.accent().add_modifier(Modifier::BOLD),
        );
    }
}

/// A time as the user wants it: an age, or a clock.
pub(crate) fn when(state: &State, at: Instant) -> String {
    if state.absolute {
        state.zone.day_clock(state.now, at)
    } else {
        time::age(state.now, at)
    }
}

/// Words where there is nothing to list, below a pane's title: still loading, or nothing there.
pub(crate) fn empty(buf: &mut Buffer, place: Rect, arrived: bool, nothing: &str, theme: &Theme) {
    let line = if arrived { nothing } else { "Loading." };
    let width = place.width.saturating_sub(3);
    let lines = text::wrap(line, usize::from(width));
    for (line, y) in lines.iter().zip(place.y + 1..place.bottom()) {
        put(buf, Rect::new(place.x + 2, y, width, 1), line, theme.dim());
    }
}

/// A line, with a sign behind it where it leads on; marked where the cursor is on it.
pub(crate) fn linked(buf: &mut Buffer, row: Rect, line: &LinkedLine, here: bool, theme: &Theme) {
    if line.target == LinkTarget::Nowhere {
        put(buf, row, &line.words, style(line.look, theme));
        return;
    }
    let look = match here {
        true => theme.selected(),
        false => style(line.look, theme),
    };
    let room = usize::from(row.width).saturating_sub(2);
    let words = text::fit(&line.words, room);
    let sign = theme.glyph(Glyph::Leads);
    put_spans(
        buf,
        row,
        &[(&*words, look), (" ", Style::new()), (sign, theme.accent())],
    );
}

/// How a line looks.
pub(crate) fn style(look: LineStyle, theme: &Theme) -> Style {
    match look {
        LineStyle::Head => theme.accent(),
        LineStyle::Plain => Style::new(),
        LineStyle::Strong => Style::new().add_modifier(Modifier::BOLD),
        LineStyle::Quiet => theme.dim(),
        LineStyle::Good => theme.good(),
        LineStyle::Bad => theme.warn(),
    }
}
