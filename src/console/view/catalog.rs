//! Pane 4: the catalog: entries of a type with owner, tier, dependencies down and up, and what is open on them.

use crate::console::content::entry::open_on;
use crate::console::msg::Topic;
use crate::console::paint::{cursor, empty, put, title};
use crate::console::state::{Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let catalog = &state.catalog;
    let kinds = catalog.kinds();
    let kind = kinds
        .get(catalog.kind)
        .map_or("Catalog", |k| k.name.as_str());
    let shown = catalog.shown();
    let tab = if kinds.is_empty() {
        String::new()
    } else {
        format!("{kind} {}/{}", catalog.kind + 1, kinds.len())
    };
    let right = if catalog.typed.is_empty() {
        shown.len().to_string()
    } else {
        format!("/{}  {}", catalog.typed, shown.len())
    };
    title(
        buf,
        place,
        Pane::Catalog,
        &[("Catalog", true), (&tab, false)],
        &right,
        state,
        theme,
    );
    if shown.is_empty() {
        let problem = state.problem(&[Topic::Catalog]);
        let nothing = if catalog.typed.is_empty() {
            problem.unwrap_or("No entries.")
        } else {
            "Nothing matches; Esc clears the filter."
        };
        return empty(buf, place, catalog.arrived, nothing, theme);
    }
    let wide = shown
        .iter()
        .map(|e| text::columns(&e.name))
        .max()
        .unwrap_or(0)
        .min(usize::from(place.width) / 2) as u16;
    for (line, (at, entry)) in
        (0..place.height.saturating_sub(1)).zip(shown.iter().enumerate().skip(catalog.cursor.top))
    {
        let y = place.y + 1 + line;
        cursor(
            buf,
            place.x,
            y,
            at == catalog.cursor.at,
            state.focus == Pane::Catalog,
            theme,
        );
        let open = open_on(state, entry).len();
        put(
            buf,
            Rect::new(place.x + 1, y, wide, 1),
            &entry.name,
            if open > 0 { theme.hot() } else { Style::new() },
        );
        let (tier, owner) = (catalog.graph.tier(entry), catalog.graph.owner(entry));
        let (down, up) = (
            catalog.graph.needs(entry),
            catalog.graph.up(&entry.id).len(),
        );
        let mut about = String::new();
        if !tier.is_empty() {
            about = format!("tier {tier} ");
        }
        about.push_str(&format!(
            "{owner} {}{down} {}{up}",
            theme.glyph(Glyph::Down),
            theme.glyph(Glyph::Up)
        ));
        if open > 0 {
            about.push_str(&format!("  {open} open"));
        }
        put(
            buf,
            Rect::new(
                place.x + wide + 2,
                y,
                place.width.saturating_sub(wide + 3),
                1,
            ),
            about.trim(),
            theme.dim(),
        );
    }
}
