//! A list of items: a mark, what it is, who, since when.

use crate::console::paint::{cursor, empty, marked, put, when};
use crate::console::state::{Listing, State, Tone};
use crate::console::theme::Theme;
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the lines below a pane's title.
pub fn draw(
    buf: &mut Buffer,
    place: Rect,
    listing: &Listing,
    focused: bool,
    state: &State,
    theme: &Theme,
) {
    let shown = listing.shown();
    if shown.is_empty() {
        return empty(
            buf,
            place,
            listing.arrived,
            if listing.typed.is_empty() {
                "None."
            } else {
                "Nothing matches; Esc clears the filter."
            },
            theme,
        );
    }
    let writes = shown.iter().any(|i| {
        state
            .outbox
            .iter()
            .any(|w| w.target.as_deref() == Some(&i.id) && !w.state.is_settled())
    });
    let marks = shown
        .iter()
        .map(|item| text::columns(&item.mark))
        .max()
        .unwrap_or(0)
        .max(if writes { 10 } else { 0 })
        .min(12) as u16;
    let note = if place.width < 60 { 0 } else { place.width / 4 };
    for (line, (at, item)) in
        (0..place.height.saturating_sub(1)).zip(shown.iter().enumerate().skip(listing.cursor.top))
    {
        let y = place.y + 1 + line;
        cursor(buf, place.x, y, at == listing.cursor.at, focused, theme);
        marked(buf, place.x, y, state.marks.contains(&item.id), theme);
        let style = match item.tone {
            Tone::Hot => theme.hot(),
            Tone::Plain => Style::new(),
            Tone::Quiet => theme.dim(),
        };
        let time = item.at.map(|at| when(state, at)).unwrap_or_default();
        let wide = if state.absolute { 12 } else { 4 };
        // What was just written about it is on its way: the word says so until the answer tells the new one.
        let written = state
            .outbox
            .iter()
            .any(|w| w.target.as_deref() == Some(&item.id) && !w.state.is_settled());
        let mark = if written { "on its way" } else { &item.mark };
        put(
            buf,
            Rect::new(place.x + 1, y, marks, 1),
            mark,
            if written { theme.warn() } else { style },
        );
        let x = place.x + marks + 2;
        // A line that has nothing at its right has the width to itself.
        let (note, wide) = if item.note.is_empty() && item.at.is_none() {
            (0, 0)
        } else {
            (note, wide)
        };
        let left = place.width.saturating_sub(marks + note + wide + 5);
        put(
            buf,
            Rect::new(x, y, left, 1),
            &item.title,
            if item.tone == Tone::Quiet {
                theme.dim()
            } else {
                Style::new()
            },
        );
        put(
            buf,
            Rect::new(x + left + 1, y, note, 1),
            &item.note,
            theme.dim(),
        );
        put(
            buf,
            Rect::new(place.right().saturating_sub(wide + 1), y, wide, 1),
            &time,
            theme.dim(),
        );
    }
}
