//! Pane 1: incidents, or one of the other lists.

use super::listing;
use crate::console::content::nothing;
use crate::console::content::pinned::why_pinned;
use crate::console::paint::{cursor, empty, marked, put, title, when};
use crate::console::state::{ListKind, Listing, Pane, Scope, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{IncidentSummary, Mode, Visibility};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Where each column begins and how wide it is; a width of 0 hides it.
struct Columns {
    severity: u16,
    reference: u16,
    name: u16,
    status: u16,
    lead: u16,
    age: u16,
    updated: u16,
    service: u16,
}

/// The name takes what is left. Columns go in the order in which they are missed least: service, lead, last update.
fn columns(width: u16, absolute: bool) -> Columns {
    let time = if absolute { 13 } else { 5 };
    let mut c = Columns {
        severity: 10,
        reference: 8,
        name: 0,
        status: 13,
        lead: 14,
        age: time,
        updated: time,
        service: 16,
    };
    if width < 110 {
        (c.service, c.severity) = (0, 4);
    }
    if width < 96 {
        c.lead = 9;
    }
    if width < 76 {
        (c.lead, c.updated, c.status) = (0, 0, 12);
    }
    if width >= 160 {
        (c.lead, c.service) = (22, 28);
    }
    let fixed: u16 = [
        c.severity,
        c.reference,
        c.status,
        c.lead,
        c.age,
        c.updated,
        c.service,
    ]
    .iter()
    .filter(|w| **w > 0)
    .map(|w| w + 1)
    .sum();
    c.name = width.saturating_sub(fixed + 2);
    c
}

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    if state.list != ListKind::Incidents {
        return draw_list(buf, place, state, theme);
    }
    draw_title(buf, place, state, theme);
    let c = columns(place.width, state.absolute);
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
    let named = [c.severity, c.reference, c.name];
    let used: u16 = named.iter().filter(|w| **w > 0).map(|w| w + 1).sum();
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
    let tabs = tabs(state.list, place.width);
    let none = Listing::default();
    let listing = state.lists.get(&state.list).unwrap_or(&none);
    let shown = listing.shown().len();
    let right = if listing.typed.is_empty() {
        format!("{shown}")
    } else {
        format!("/{}  {shown} of {}", listing.typed, listing.items.len())
    };
    title(buf, place, Pane::Incidents, &tabs, &right, state, theme);
    listing::draw(buf, place, (Pane::Incidents, listing), state, theme);
}

/// Which incidents are listed and in what order, how many of how many, and how far the history is loaded.
fn draw_title(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let incidents = &state.incidents;
    let filter = &incidents.filter;
    let scope = match filter.scope {
        Scope::All => "all",
        Scope::Team => "my teams",
        Scope::Mine => "mine",
    };
    let over = if filter.open_only {
        "open"
    } else {
        "everything"
    };
    let order = if incidents.newest_first {
        "newest first"
    } else {
        "by severity"
    };
    let dot = theme.glyph(Glyph::Dot);
    let what = format!("{over} {dot} {scope} {dot} {order}");
    let mut right = format!("{} of {}", incidents.visible.len(), incidents.rows.len());
    if let Some(loaded) = incidents.loading {
        right = format!("loading history {loaded}  {right}");
    }
    if !filter.typed.is_empty() {
        right = format!("/{}  {right}", filter.typed);
    }
    let names = [("Incidents", true), (&*what, false)];
    title(buf, place, Pane::Incidents, &names, &right, state, theme);
}

/// The tabs of pane 1; on a narrow screen only the one shown.
fn tabs(shown: ListKind, width: u16) -> Vec<(&'static str, bool)> {
    ListKind::ALL
        .iter()
        .filter(|kind| width >= 80 || **kind == shown)
        .map(|kind| (kind.label(), *kind == shown))
        .collect()
}

fn head(buf: &mut Buffer, place: Rect, c: &Columns, theme: &Theme) {
    let mut x = place.x + 1;
    for (name, width) in [
        ("severity", c.severity),
        ("ref", c.reference),
        ("name", c.name),
        ("status", c.status),
        ("lead", c.lead),
        ("age", c.age),
        ("update", c.updated),
        ("service", c.service),
    ] {
        if width > 0 {
            put(
                buf,
                Rect::new(x, place.y, width, 1),
                if width == 4 {
                    "sev"
                } else if name == "update" && width < 6 {
                    "upd"
                } else {
                    name
                },
                theme.dim(),
            );
            x += width + 1;
        }
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
    let (severity, severity_style) = severity(row, c, state, theme);
    let (lead, lead_style) = lead(row, base, state, theme);
    let cells = [
        (severity.as_str(), c.severity, severity_style),
        (&row.reference, c.reference, chosen),
        (&name(state, row), c.name, base),
        (&row.status, c.status, base),
        (lead, c.lead, lead_style),
        (&when(state, row.created), c.age, base),
        (&when(state, row.active), c.updated, base),
        (row.service.as_deref().unwrap_or(""), c.service, base),
    ];
    let mut x = place.x + 1;
    for (text, width, style) in cells.into_iter().filter(|(_, width, _)| *width > 0) {
        put(buf, Rect::new(x, place.y, width, 1), text, style);
        x += width + 1;
    }
}

/// The priority, with the organisation's own word where there is room.
fn severity(row: &IncidentSummary, c: &Columns, state: &State, theme: &Theme) -> (String, Style) {
    let priority = state.priority(row.severity.as_deref());
    let label = priority.map_or("--", |p| p.label());
    let style = if row.category.is_open() {
        theme.priority(priority)
    } else {
        theme.dim()
    };
    if c.severity > 6 {
        let word = row.severity.as_deref().unwrap_or("none");
        return (format!("{label} {word}"), style);
    }
    (label.to_owned(), style)
}

/// What it is called, and that the user is paged for it, that not everybody may know or that it is only a test.
fn name(state: &State, row: &IncidentSummary) -> String {
    let yours = if state.has_my_page(&row.id) {
        "[your page] "
    } else {
        ""
    };
    let private = if row.visibility == Visibility::Private {
        "[private] "
    } else {
        ""
    };
    let test = if row.mode == Mode::Test {
        "[test] "
    } else {
        ""
    };
    format!("{yours}{test}{private}{}", row.name)
}

/// Who leads; that nobody does matters while it is open.
fn lead<'a>(
    row: &'a IncidentSummary,
    base: Style,
    state: &State,
    theme: &Theme,
) -> (&'a str, Style) {
    let Some(lead) = &row.lead else {
        let style = if row.category.is_open() {
            theme.warn()
        } else {
            base
        };
        return ("no lead", style);
    };
    let is_me = state.me.as_ref().is_some_and(|me| me.name == *lead);
    (lead, if is_me { theme.me() } else { base })
}
