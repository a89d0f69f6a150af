//! Drawing: looks at the state and never changes it. One file per region of the screen.
//!
//! ```text
//!  1 Incidents ── active · all · by severity ───────────── 5 of 7
//!  sev  ref     name                    status  lead  age  upd  service
//! ▌P0   INC-9   Checkout fails          Fixing  Ana   12m  2m   checkout
//!  2 INC-9 ── Timeline Overview … ──────│ 3 On call ────────────────
//!  14:36 page  Paged Ana Abara          │ Payments   Ana    until Sat 09:00
//!                                       │ 4 Catalog ── Service ──────
//!                                       │ cart  tier 1  Checkout  ↓2 ↑1
//!  hotseat  live · 2 pages wait · 1150/1200 · key name · me
//!  enter open  / filter  ctrl-p palette  ? help
//! ```

mod aside;
pub(crate) mod catalog;
mod columns;
mod cursor;
pub(crate) mod detail;
mod field;
mod footer;
mod incidents;
mod investigation;
mod listing;
mod oncall;
pub(crate) mod status;
mod trail;

use super::layout::{SMALLEST, is_too_small};
use super::overlay;
use super::paint::put;
use super::place::Pane;
use super::state::State;
use super::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let (area, buf) = (frame.area(), frame.buffer_mut());
    draw_all(buf, area, state, theme);
    let cursor = cursor::place(buf, area, state, theme);
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

fn draw_all(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    if is_too_small((area.width, area.height)) {
        return too_small(buf, area);
    }
    let layout = state.layout();
    for pane in Pane::ALL {
        if let Some(place) = layout.panes[pane as usize] {
            draw_pane(buf, place, pane, state, theme);
        }
    }
    if let Some(place) = layout.aside {
        aside::draw(buf, place, state, theme);
    }
    status::draw(buf, &layout, state, theme);
    if let Some(overlay) = state.overlays.last() {
        overlay::draw(buf, overlay, state, theme);
    }
    if theme.ascii {
        in_ascii(buf);
    }
}

/// A terminal that nothing fits says how large it must be.
fn too_small(buf: &mut Buffer, area: Rect) {
    let (width, height) = SMALLEST;
    let says = format!(
        "hotseat needs {width}x{height}; this is {}x{}.",
        area.width, area.height
    );
    let lines = text::wrap(&says, usize::from(area.width).max(8));
    for (line, y) in lines.iter().zip(0..area.height) {
        put(buf, Rect::new(0, y, area.width, 1), line, Style::new());
    }
}

/// A pane, with a wall where another stands at its left.
fn draw_pane(buf: &mut Buffer, place: Rect, pane: Pane, state: &State, theme: &Theme) {
    match pane {
        Pane::Incidents => incidents::draw(buf, place, state, theme),
        Pane::Detail => detail::draw(buf, place, state, theme),
        Pane::OnCall => oncall::draw(buf, place, state, theme),
        Pane::Catalog => catalog::draw(buf, place, state, theme),
    }
    wall(buf, place, theme);
}

/// The wall at the left of what another pane stands beside.
fn wall(buf: &mut Buffer, place: Rect, theme: &Theme) {
    if place.x > 0 {
        for y in place.y..place.bottom() {
            let left = Rect::new(place.x - 1, y, 1, 1);
            put(buf, left, theme.glyph(Glyph::Wall), theme.dim());
        }
    }
}

/// What is not ASCII gets a twin that is: a terminal without UTF-8 would show several wrong characters for each.
fn in_ascii(buf: &mut Buffer) {
    for cell in buf
        .content
        .iter_mut()
        .filter(|cell| !cell.symbol().is_ascii())
    {
        let twin = in_ascii_as(cell.symbol());
        cell.set_symbol(twin);
    }
}

/// The twin of a sign.
pub(crate) fn in_ascii_as(symbol: &str) -> &'static str {
    match symbol {
        "…" => "~",
        "·" | "—" | "–" => "-",
        "•" => "*",
        "→" => ">",
        "✓" => "+",
        "│" => "|",
        "─" => "-",
        "└" | "┌" | "┐" | "┘" => "+",
        _ => "?",
    }
}
