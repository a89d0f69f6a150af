//! Pane 4: the catalog: entries of a type with owner, tier, dependencies down and up, and what is open on them.

use crate::console::content::menu;
use crate::console::content::named::open_on;
use crate::console::content::nothing;
use crate::console::paint::{cursor, empty, put, put_spans, tabs, title};
use crate::console::state::{Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{CatalogEntry, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let catalog = &state.catalog;
    let shown = catalog.shown();
    draw_title(buf, place, shown.len(), state, theme);
    if shown.is_empty() {
        let nothing = nothing::listing(state, Pane::Catalog, &catalog.typed, "No entries.");
        return empty(buf, place, catalog.arrived, &nothing, theme);
    }
    let names = shown.iter().map(|e| text::columns(&e.name));
    let widest = usize::from(place.width) / 2;
    let wide = names.max().unwrap_or(0).min(widest) as u16;
    let lines = shown.iter().enumerate().skip(catalog.cursor.top);
    for ((at, entry), y) in lines.zip(place.y + 1..place.bottom()) {
        let (here, focused) = (at == catalog.cursor.at, state.focus == Pane::Catalog);
        cursor(buf, place.x, y, here, focused, theme);
        let open = open_on(state, entry).len();
        let style = if open > 0 { theme.hot() } else { Style::new() };
        put(buf, Rect::new(place.x + 1, y, wide, 1), &entry.name, style);
        let left = place.width.saturating_sub(wide + 3);
        let beside = Rect::new(place.x + wide + 2, y, left, 1);
        // What is open stands first: it must not be cut off.
        let open = match open {
            0 => String::new(),
            open => format!("{open} open  "),
        };
        let about = about(state, entry, theme);
        put_spans(buf, beside, &[(&open, theme.hot()), (&about, theme.dim())]);
    }
}

fn draw_title(buf: &mut Buffer, place: Rect, count: usize, state: &State, theme: &Theme) {
    let catalog = &state.catalog;
    let height = usize::from(place.height).saturating_sub(1);
    let outside = catalog.cursor.outside(height, count);
    let typed = Some(format!("/{}", catalog.typed)).filter(|_| !catalog.typed.is_empty());
    let parts = [typed, outside, Some(count.to_string())];
    let right = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
    let kinds = menu::tabs(state, Pane::Catalog);
    let labels: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let used = text::columns(&right) + 15;
    let room = usize::from(place.width).saturating_sub(used);
    let tabs = match labels.len() {
        0 => Vec::new(),
        count => tabs(&labels, catalog.kind.min(count - 1), room, state),
    };
    let mut names = vec![("Catalog", true)];
    names.extend(tabs.iter().map(|(name, _)| (name.as_str(), false)));
    title(buf, place, Pane::Catalog, &names, &right, state, theme);
}

/// Tier, owner, how much it needs and is needed by.
fn about(state: &State, entry: &CatalogEntry, theme: &Theme) -> String {
    let graph = &state.catalog.graph;
    let (tier, owner) = (graph.tier(entry), graph.owner(entry));
    let (needs, needed) = (graph.needs(entry), graph.up(&entry.id).len());
    let (down, up) = (theme.glyph(Glyph::Down), theme.glyph(Glyph::Up));
    let mut about = String::new();
    if !tier.is_empty() {
        about = format!("tier {tier} ");
    }
    about.push_str(&format!("{owner} {down}{needs} {up}{needed}"));
    about.trim().to_owned()
}
