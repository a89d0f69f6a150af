//! A text of wrapped lines under a cursor, as what is read line by line shows it.

use super::frame;
use crate::console::cursor::Cursor;
use crate::console::paint::{cursor as mark, put};
use crate::console::state::State;
use crate::console::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Wrapped rows, each with the line it belongs to.
pub(super) type Rows = Vec<(usize, String)>;

/// Columns of a row: the mark of the cursor stands before it.
pub(super) fn width(state: &State) -> usize {
    frame::width(state.layout().body).saturating_sub(2).max(10)
}

/// Keeps a cursor on one of so many lines, and all rows of its line in view.
pub(super) fn settle(cursor: &mut Cursor, state: &State, count: usize, rows: &Rows) {
    let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
    let height = usize::from(frame::middle(inside, true).height);
    cursor.at = cursor.at.min(count.saturating_sub(1));
    let at = cursor.at;
    let first = rows.iter().position(|(line, _)| *line == at).unwrap_or(0);
    let last = rows.iter().rposition(|(line, _)| *line == at).unwrap_or(0);
    cursor.reveal((first, last), height, rows.len());
}

/// The rows in view, headings among them in their own colour, and how many stand outside.
pub(super) fn draw(
    buf: &mut Buffer,
    inside: Rect,
    (cursor, rows): (&Cursor, &Rows),
    is_head: impl Fn(usize) -> bool,
    theme: &Theme,
) {
    let place = frame::middle(inside, true);
    let hidden = cursor.outside(usize::from(place.height), rows.len());
    frame::draw_edges(buf, frame::head(inside), hidden, theme);
    let shown = rows.iter().skip(cursor.top);
    for ((line, words), y) in shown.zip(place.y..place.bottom()) {
        mark(buf, place.x, y, *line == cursor.at, true, theme);
        let style = match is_head(*line) {
            true => theme.accent(),
            false => Style::new(),
        };
        let row = Rect::new(place.x + 2, y, place.width.saturating_sub(2), 1);
        put(buf, row, words, style);
    }
}
