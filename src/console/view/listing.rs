//! A list of items: a mark, what it is, who, since when.

use crate::console::content::item::{ON_ITS_WAY, is_written, nothing};
use crate::console::paint::{cursor, empty, marked, put, when};
use crate::console::state::{Item, Listing, Pane, State, Tone};
use crate::console::theme::Theme;
use crate::console::title::Beside;
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the lines below a pane's title.
pub fn draw(
    buf: &mut Buffer,
    place: Rect,
    (pane, listing): (Pane, &Listing),
    state: &State,
    theme: &Theme,
) {
    let (shown, focused) = (listing.shown(), state.focus == pane);
    if shown.is_empty() {
        let nothing = nothing(state, pane, listing);
        return empty(buf, place, listing.arrived, &nothing, theme);
    }
    // Where no line says who, the names have that room.
    let has_notes = shown.iter().any(|item| !item.note.is_empty());
    let widths = (mark_width(&shown, state), has_notes);
    let lines = shown.iter().enumerate().skip(listing.cursor.top);
    for ((at, item), y) in lines.zip(place.y + 1..place.bottom()) {
        let here = at == listing.cursor.at;
        cursor(buf, place.x, y, here, focused, theme);
        marked(buf, place.x, y, state.marks.contains(&item.id), theme);
        let row = Rect::new(place.x, y, place.width, 1);
        draw_item(buf, row, item, widths, state, theme);
    }
}

/// What the list is narrowed to, what of it is outside its pane, and how many there are.
pub fn beside_title(listing: &Listing, height: u16) -> Beside {
    let shown = listing.shown().len();
    let height = usize::from(height).saturating_sub(1);
    let outside = listing.cursor.outside(height, shown);
    let (typed, count) = match listing.typed.as_str() {
        _ if !listing.arrived => return Beside::default(),
        "" => (None, listing.counted()),
        typed => {
            let count = format!("{shown} of {}", listing.counted());
            (Some(format!("/{typed}")), count)
        }
    };
    Beside {
        notes: Vec::from_iter(typed),
        counts: outside.into_iter().chain([count]).collect(),
    }
}

/// Before a page that waits for the user.
const YOURS: &str = "[your page] ";

/// Columns of the marks, and what is the widest of them that is shown in full.
fn mark_width(shown: &[&Item], state: &State) -> u16 {
    const WIDEST: usize = 12;
    let written = shown.iter().any(|item| is_written(state, item));
    let least = if written { ON_ITS_WAY.len() } else { 0 };
    let marks = shown.iter().map(|item| text::columns(&item.mark));
    marks.max().unwrap_or(0).max(least).min(WIDEST) as u16
}

fn draw_item(
    buf: &mut Buffer,
    row: Rect,
    item: &Item,
    (marks, has_notes): (u16, bool),
    state: &State,
    theme: &Theme,
) {
    let is_mine = state.is_my_page(item);
    let (style, title) = match item.tone {
        _ if is_mine => (theme.hot(), theme.me()),
        Tone::Hot => (theme.hot(), Style::new()),
        Tone::Plain => (Style::new(), Style::new()),
        Tone::Quiet => (theme.dim(), theme.dim()),
    };
    let (mark, style) = if is_written(state, item) {
        (ON_ITS_WAY, theme.warn())
    } else {
        (item.mark.as_str(), style)
    };
    let place = |x, width| Rect { x, width, ..row };
    put(buf, place(row.x + 1, marks), mark, style);
    // A line that has nothing at its right has the width to itself.
    let alone = item.note.is_empty() && item.at.is_none();
    let note = if alone || !has_notes || row.width < 60 {
        0
    } else {
        row.width / 4
    };
    let wide = match (alone, state.absolute) {
        (true, _) => 0,
        (_, true) => 12,
        _ => 4,
    };
    let x = row.x + marks + 2;
    let left = row.width.saturating_sub(marks + note + wide + 5);
    let time = item.at.map(|at| when(state, at)).unwrap_or_default();
    let clock = place(row.right().saturating_sub(wide + 1), wide);
    let yours = if is_mine { YOURS } else { "" };
    put(
        buf,
        place(x, left),
        &format!("{yours}{}", item.title),
        title,
    );
    put(buf, place(x + left + 1, note), &item.note, theme.dim());
    put(buf, clock, &time, theme.dim());
}
