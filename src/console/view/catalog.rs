//! Pane 4: the catalog: entries of a type with owner, tier, dependencies down and up, and what is open on them.

use crate::console::content::menu;
use crate::console::content::nothing;
use crate::console::paint::{cursor, empty, put};
use crate::console::state::{Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::console::title::{self, Beside, Title};
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
    // What is open stands first, in a column of its own: it must not be cut off.
    let most = shown.first().map_or(0, |entry| catalog.open_on(entry));
    let counted = text::columns(&open(most)) as u16;
    let lines = shown.iter().enumerate().skip(catalog.cursor.top);
    for ((at, entry), y) in lines.zip(place.y + 1..place.bottom()) {
        let (here, focused) = (at == catalog.cursor.at, state.focus == Pane::Catalog);
        cursor(buf, place.x, y, here, focused, theme);
        let count = catalog.open_on(entry);
        let style = if count > 0 { theme.hot() } else { Style::new() };
        put(buf, Rect::new(place.x + 1, y, wide, 1), &entry.name, style);
        let x = place.x + wide + 2;
        put(buf, Rect::new(x, y, counted, 1), &open(count), theme.hot());
        let x = x + counted;
        let beside = Rect::new(x, y, place.right().saturating_sub(x + 1), 1);
        let about = about(state, entry, usize::from(beside.width), theme);
        put(buf, beside, &about, theme.dim());
    }
}

/// What is open on an entry, with the blanks behind it.
fn open(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("{count} open  "),
    }
}

fn draw_title(buf: &mut Buffer, place: Rect, count: usize, state: &State, theme: &Theme) {
    let catalog = &state.catalog;
    let height = usize::from(place.height).saturating_sub(1);
    let outside = catalog.cursor.outside(height, count);
    let typed = Some(format!("/{}", catalog.typed)).filter(|_| !catalog.typed.is_empty());
    let sign = if catalog.has_more() { "+" } else { "" };
    let counted = format!("{count}{sign}");
    let beside = Beside {
        notes: Vec::from_iter(typed),
        counts: outside.into_iter().chain([counted]).collect(),
    };
    let kinds = menu::tabs(state, Pane::Catalog);
    let tabs: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let title = Title {
        pane: Pane::Catalog,
        name: "Catalog",
        tabs: &tabs,
        shown: catalog.kind.min(tabs.len().saturating_sub(1)),
        beside,
    };
    title::draw(buf, place, &title, state, theme);
}

/// Tier, owner, how much it needs and is needed by, in words.
pub(crate) fn told(state: &State, entry: &CatalogEntry) -> Vec<String> {
    let graph = &state.catalog.graph;
    let tier = Some(graph.tier(entry)).filter(|tier| !tier.is_empty());
    let owner = Some(graph.owner(entry)).filter(|owner| !owner.is_empty());
    let (needs, needed) = (graph.needs(entry), graph.up(&entry.id).len());
    let open = state.catalog.open_on(entry);
    [
        (open > 0).then(|| format!("{open} open")),
        tier.map(|tier| format!("tier {tier}")),
        owner,
        Some(format!("needs {needs}, needed by {needed}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Tier, owner, how much it needs and is needed by: of these what there is room for.
fn about(state: &State, entry: &CatalogEntry, room: usize, theme: &Theme) -> String {
    let graph = &state.catalog.graph;
    let (tier, owner) = (graph.tier(entry), graph.owner(entry));
    let (needs, needed) = (graph.needs(entry), graph.up(&entry.id).len());
    let (down, up) = (theme.glyph(Glyph::Down), theme.glyph(Glyph::Up));
    let edges = format!("{down}{needs} {up}{needed}");
    let tier = if tier.is_empty() {
        tier
    } else {
        format!("tier {tier}")
    };
    let mut parts: Vec<&str> = [&tier, &owner, &edges]
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    while parts.len() > 1 && text::columns(&parts.join(" ")) > room {
        parts.pop();
    }
    parts.join(" ")
}
