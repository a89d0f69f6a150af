//! Pane 1: incidents, or one of the other lists.

use super::listing;
use crate::console::msg::Topic;
use crate::console::paint::{cursor, empty, put, title, when};
use crate::console::state::{ListKind, Listing, Pane, Scope, State};
use crate::console::theme::Theme;
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
        let tabs = tabs(state.list, place.width);
        let names: Vec<(&str, bool)> = tabs.iter().map(|(name, on)| (*name, *on)).collect();
        let none = Listing::default();
        let listing = state.lists.get(&state.list).unwrap_or(&none);
        let shown = listing.shown().len();
        let right = if listing.typed.is_empty() {
            format!("{shown}")
        } else {
            format!("/{}  {shown} of {}", listing.typed, listing.items.len())
        };
        title(buf, place, Pane::Incidents, &names, &right, state, theme);
        return listing::draw(
            buf,
            place,
            listing,
            state.focus == Pane::Incidents,
            state,
            theme,
        );
    }
    let incidents = &state.incidents;
    let filter = &incidents.filter;
    let scope = ["all", "my teams", "mine"][match filter.scope {
        Scope::All => 0,
        Scope::Team => 1,
        Scope::Mine => 2,
    }];
    let what = format!(
        "{} {d} {scope} {d} {}",
        if filter.open_only {
            "open"
        } else {
            "everything"
        },
        if incidents.newest_first {
            "newest first"
        } else {
            "by severity"
        },
        d = theme.glyph(crate::console::theme::Glyph::Dot)
    );
    let mut right = format!("{} of {}", incidents.visible.len(), incidents.rows.len());
    if let Some(loaded) = incidents.loading {
        right = format!("loading history {loaded}  {right}");
    }
    if !filter.typed.is_empty() {
        right = format!("/{}  {right}", filter.typed);
    }
    title(
        buf,
        place,
        Pane::Incidents,
        &[("Incidents", true), (&what, false)],
        &right,
        state,
        theme,
    );
    let c = columns(place.width, state.absolute);
    head(
        buf,
        Rect {
            y: place.y + 1,
            height: 1,
            ..place
        },
        &c,
        theme,
    );
    let body = Rect {
        y: place.y + 2,
        height: place.height.saturating_sub(2),
        ..place
    };
    if incidents.visible.is_empty() {
        let problem = state.problem(&[Topic::Incidents, Topic::Org]);
        let nothing = if let (Some(problem), true) = (problem, incidents.rows.is_empty()) {
            problem
        } else if !filter.typed.is_empty() {
            "Nothing matches; Esc clears the filter."
        } else if filter.open_only {
            "Nothing is on fire. A shows what is over."
        } else {
            "No incidents."
        };
        return empty(
            buf,
            Rect {
                y: body.y - 1,
                ..body
            },
            incidents.arrived,
            nothing,
            theme,
        );
    }
    for line in 0..body.height {
        let at = incidents.cursor.top + usize::from(line);
        let Some(row) = incidents.at(at) else { break };
        draw_row(
            buf,
            Rect {
                y: body.y + line,
                height: 1,
                ..body
            },
            row,
            at == incidents.cursor.at,
            &c,
            state,
            theme,
        );
    }
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

fn draw_row(
    buf: &mut Buffer,
    place: Rect,
    row: &IncidentSummary,
    here: bool,
    c: &Columns,
    state: &State,
    theme: &Theme,
) {
    let focused = state.focus == Pane::Incidents;
    cursor(buf, place.x, place.y, here, focused, theme);
    crate::console::paint::marked(
        buf,
        place.x,
        place.y,
        state.marks.contains(row.id.as_str()),
        theme,
    );
    let priority = state.priority(row.severity.as_deref());
    let label = priority.map_or("--", |p| p.label());
    let severity = if c.severity > 6 {
        format!("{label} {}", row.severity.as_deref().unwrap_or("none"))
    } else {
        label.to_owned()
    };
    let over = !row.category.is_open();
    let base = if over { theme.dim() } else { Style::new() };
    let mut name = row.name.to_string();
    if row.visibility == Visibility::Private {
        name = format!("[private] {name}");
    }
    if row.mode == Mode::Test {
        name = format!("[test] {name}");
    }
    let chosen = |style: Style| {
        if here && focused {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        }
    };
    let me = state.me.as_ref().map(|me| &me.name);
    let lead_style = if row.lead.is_some() && row.lead.as_ref() == me {
        theme.me()
    } else {
        base
    };
    let mut x = place.x + 1;
    let mut cell = |text: &str, width: u16, style: Style| {
        if width > 0 {
            put(buf, Rect::new(x, place.y, width, 1), text, style);
            x += width + 1;
        }
    };
    cell(
        &severity,
        c.severity,
        if over { base } else { theme.priority(priority) },
    );
    cell(&row.reference, c.reference, chosen(base));
    cell(&name, c.name, base);
    cell(&row.status, c.status, base);
    cell(
        row.lead.as_deref().unwrap_or("no lead"),
        c.lead,
        if row.lead.is_none() && !over {
            theme.warn()
        } else {
            lead_style
        },
    );
    cell(&when(state, row.created), c.age, base);
    cell(&when(state, row.active), c.updated, base);
    cell(row.service.as_deref().unwrap_or(""), c.service, base);
}
