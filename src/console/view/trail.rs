//! The way one came by, at the right of the last line.

use crate::console::content::card::place_name;
use crate::console::paint::put;
use crate::console::state::State;
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws it where a jump led here; what is left of the line is given back.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) -> Rect {
    let room = usize::from(place.width) * 3 / 5;
    let Some(words) = way(state, theme, room) else {
        return place;
    };
    let wide = text::columns(&words) as u16;
    let width = place.width.saturating_sub(wide + 2);
    let right = Rect::new(place.x + width + 1, place.y, wide, 1);
    put(buf, right, &words, theme.title(true));
    Rect { width, ..place }
}

/// The places that led here and this one; of a way that is too long, its end.
fn way(state: &State, theme: &Theme, room: usize) -> Option<String> {
    let mut names: Vec<String> = state.travel.names().map(str::to_owned).collect();
    if names.is_empty() {
        return None;
    }
    names.push(place_name(state));
    let sign = format!(" {} ", theme.glyph(Glyph::Leads));
    let mut from = 0;
    let mut words = names.join(&sign);
    while text::columns(&words) > room && from + 1 < names.len() {
        from += 1;
        words = format!("…{sign}{}", names[from..].join(&sign));
    }
    Some(text::fit(&words, room))
}
