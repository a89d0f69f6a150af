//! Pane 1: incidents, or one of the other lists.

use super::columns::{Columns, heading};
use super::listing;
use crate::config::Column;
use crate::console::content::pinned::why_pinned;
use crate::console::content::{incident, nothing};
use crate::console::paint::{cursor, empty, marked, put, when};
use crate::console::state::{Incidents, ListKind, Listing, Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::console::title::{self, Beside, Title};
use crate::domain::IncidentSummary;
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    if state.list != ListKind::Incidents {
        return draw_list(buf, place, state, theme);
    }
    draw_title(buf, place, state, theme);
    let c = Columns::of(state, place.width);
    let heads = Rect {
        y: place.y + 1,
        height: 1,
        ..place
    };
    head(buf, heads, &c, theme);
    let incidents = &state.incidents;
    if incidents.visible.is_empty() {
        let below = Rect {
            y: heads.y + incidents.count() as u16,
            height: place.height.saturating_sub(1 + incidents.count() as u16),
            ..heads
        };
        let nothing = nothing::incidents(state);
        empty(buf, below, incidents.arrived, &nothing, theme);
    }
    for (at, y) in (incidents.cursor.top..).zip(place.y + 2..place.bottom()) {
        let Some(row) = incidents.at(at) else { break };
        let line = Rect::new(place.x, y, place.width, 1);
        let here = at == incidents.cursor.at;
        if incidents.is_pinned(at) {
            draw_pinned(buf, line, (row, here), &c, state, theme);
        } else {
            draw_row(buf, line, (row, here), &c, state, theme);
        }
    }
}

/// The incident that is shown and that the list does not hold: in the place of its columns stands why.
fn draw_pinned(
    buf: &mut Buffer,
    place: Rect,
    (row, here): (&IncidentSummary, bool),
    c: &Columns,
    state: &State,
    theme: &Theme,
) {
    draw_row(buf, place, (row, false), c, state, theme);
    let focused = state.focus == Pane::Incidents;
    let sign = if focused { theme.accent() } else { theme.dim() };
    if here {
        let first = Rect { width: 1, ..place };
        put(buf, first, theme.glyph(Glyph::Pinned), sign);
    }
    let used = c.named();
    let right = Rect {
        x: place.x + 1 + used,
        width: place.width.saturating_sub(used + 2),
        ..place
    };
    let blank = " ".repeat(usize::from(right.width));
    put(buf, right, &blank, Style::reset());
    put(buf, right, &why_pinned(state, row), theme.warn());
}

/// One of the other lists.
fn draw_list(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let none = Listing::default();
    let listing = state.lists.get(&state.list).unwrap_or(&none);
    let beside = listing::beside_title(listing, place.height);
    draw_tabs(buf, place, beside, state, theme);
    listing::draw(buf, place, (Pane::Incidents, listing), state, theme);
}

/// Columns of the title that are not for the filter: the pane's number, the list's name, the sign that there are more, and
/// what stands between.
const TITLE: usize = 27;
/// Columns of a filter that still tell that there is one.
const LEAST: usize = 8;

/// Which incidents are listed and in what order, how many of how many, and how far the history is loaded.
fn draw_title(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let incidents = &state.incidents;
    let filter = &incidents.filter;
    let dot = theme.glyph(Glyph::Dot);
    let what = incident::which(state).join(&format!(" {dot} "));
    let loading = incidents.loading;
    let counts = counts(incidents, place.height);
    // What narrows the list is always seen, as far as there is room beside the counts and the name of the list.
    let taken = TITLE + text::columns(&counts.join("  "));
    let room = usize::from(place.width).saturating_sub(taken);
    let sign = match filter.told() {
        Some(_) => "not all in force: /",
        None => "/",
    };
    let narrowed = text::fit(&format!("{sign}{}", filter.typed), room.max(LEAST));
    let parts = [
        loading.map(|loaded| format!("loading history {loaded}")),
        Some(what),
        Some(narrowed).filter(|_| !filter.typed.is_empty()),
    ];
    let beside = Beside {
        notes: parts.into_iter().flatten().collect(),
        counts,
    };
    draw_tabs(buf, place, beside, state, theme);
}

/// How many pass of how many, with a sign where these are not all there are, and how many are outside the pane.
fn counts(incidents: &Incidents, height: u16) -> Vec<String> {
    let partial = incidents.loading.is_some() || incidents.unlisted > 0;
    let sign = if partial { "+" } else { "" };
    let (listed, known) = (incidents.visible.len(), incidents.rows.len());
    let unlisted = Some(incidents.unlisted).filter(|n| *n > 0 && !incidents.filter.open_only);
    let height = usize::from(height).saturating_sub(2);
    let parts = [
        unlisted.map(|count| format!("{count} not kept here")),
        incidents.cursor.outside(height, incidents.count()),
        Some(format!("{listed} of {known}{sign}")),
    ];
    parts.into_iter().flatten().collect()
}

/// The title with the names of the lists.
fn draw_tabs(buf: &mut Buffer, place: Rect, beside: Beside, state: &State, theme: &Theme) {
    let title = Title {
        pane: Pane::Incidents,
        name: "",
        tabs: &ListKind::ALL.map(ListKind::label),
        shown: state.list as usize,
        beside,
    };
    title::draw(buf, place, &title, state, theme);
}

fn head(buf: &mut Buffer, place: Rect, c: &Columns, theme: &Theme) {
    let mut x = place.x + 1;
    for (column, wide) in &c.0 {
        let place = Rect::new(x, place.y, *wide, 1);
        put(buf, place, heading(*column, *wide), theme.dim());
        x += wide + 1;
    }
}

/// A row of the list, and whether the cursor is on it.
fn draw_row(
    buf: &mut Buffer,
    place: Rect,
    (row, here): (&IncidentSummary, bool),
    c: &Columns,
    state: &State,
    theme: &Theme,
) {
    let focused = state.focus == Pane::Incidents;
    let is_marked = state.marks.contains(row.id.as_str());
    cursor(buf, place.x, place.y, here, focused, theme);
    marked(buf, place.x, place.y, is_marked, theme);
    let over = !row.category.is_open();
    let base = if over { theme.dim() } else { Style::new() };
    let chosen = if here && focused {
        base.add_modifier(Modifier::REVERSED)
    } else {
        base
    };
    let mut x = place.x + 1;
    for (column, wide) in &c.0 {
        let (text, style) = match column {
            Column::Severity => severity(row, *wide, state, theme),
            Column::Reference => (row.reference.to_string(), chosen),
            Column::Name => (incident::name(state, row), base),
            Column::Status => (row.status.to_string(), base),
            Column::Lead => lead(row, base, state, theme),
            Column::Age => (when(state, row.created), base),
            Column::Update => (when(state, row.active), base),
            Column::Service => (row.service.as_deref().unwrap_or_default().into(), base),
            Column::Team => (incident::teams(state, row), base),
            Column::Type => (row.kind.as_deref().unwrap_or_default().into(), base),
        };
        put(buf, Rect::new(x, place.y, *wide, 1), &text, style);
        x += wide + 1;
    }
}

/// The priority, with the organisation's own word where there is room.
fn severity(row: &IncidentSummary, wide: u16, state: &State, theme: &Theme) -> (String, Style) {
    let priority = state.priority(row.severity.as_deref());
    let label = priority.map_or("--", |p| p.label());
    let style = if row.category.is_open() {
        theme.priority(priority)
    } else {
        theme.dim()
    };
    if wide > 6 {
        return (incident::severity(state, row), style);
    }
    (label.to_owned(), style)
}

/// Who leads; that nobody does matters while it is open.
fn lead(row: &IncidentSummary, base: Style, state: &State, theme: &Theme) -> (String, Style) {
    let Some(lead) = &row.lead else {
        let style = if row.category.is_open() {
            theme.warn()
        } else {
            base
        };
        return (incident::NO_LEAD.into(), style);
    };
    let is_me = state.me.as_ref().is_some_and(|me| me.name == *lead);
    (lead.to_string(), if is_me { theme.me() } else { base })
}
