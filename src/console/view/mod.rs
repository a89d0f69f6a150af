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
//!  hotseat  live · 2 pages waiting · 1150/1200 · key name · me
//!  enter open  / filter  ctrl-p palette  ? help
//! ```

pub mod catalog;
pub mod detail;
pub mod form;
pub mod incidents;
pub mod investigation;
pub mod journal;
pub mod listing;
pub mod markdown;
pub mod oncall;
pub mod overlay;
pub mod review;
pub mod status;

use super::layout::SMALLEST;
use super::state::{Pane, State};
use super::theme::{Glyph, Theme};
use crate::domain::text;
use crate::domain::{Instant, Write, time};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let area = frame.area();
    let buf = frame.buffer_mut();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let says = format!(
            "hotseat needs {}x{}; this is {}x{}.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        for (y, line) in text::wrap(&says, usize::from(area.width).max(8))
            .iter()
            .take(usize::from(area.height))
            .enumerate()
        {
            put(
                buf,
                Rect::new(0, y as u16, area.width, 1),
                line,
                Style::new(),
            );
        }
        return;
    }
    let layout = state.layout();
    for pane in Pane::ALL {
        let Some(place) = layout.panes[pane as usize] else {
            continue;
        };
        match pane {
            Pane::Incidents => incidents::draw(buf, place, state, theme),
            Pane::Detail => detail::draw(buf, place, state, theme),
            Pane::OnCall => oncall::draw(buf, place, state, theme),
            Pane::Catalog => catalog::draw(buf, place, state, theme),
        }
        if place.x > 0 {
            for y in place.y..place.bottom() {
                put(
                    buf,
                    Rect::new(place.x - 1, y, 1, 1),
                    theme.glyph(Glyph::Wall),
                    theme.dim(),
                );
            }
        }
    }
    status::draw(buf, &layout, state, theme);
    if let Some(overlay) = state.overlays.last() {
        overlay::draw(buf, layout.body, overlay, state, theme);
    }
    if theme.ascii {
        in_ascii(buf);
    }
}

/// What is not ASCII gets a twin that is: a terminal without UTF-8 would show several wrong characters for each.
fn in_ascii(buf: &mut Buffer) {
    for cell in buf
        .content
        .iter_mut()
        .filter(|cell| !cell.symbol().is_ascii())
    {
        let twin = match cell.symbol() {
            "…" => "~",
            "·" | "—" | "–" => "-",
            "•" => "*",
            "│" => "|",
            "─" => "-",
            "└" | "┌" | "┐" | "┘" => "+",
            _ => "?",
        };
        cell.set_symbol(twin);
    }
}

/// Writes text at a place, cut to its width; returns the columns used.
pub fn put(buf: &mut Buffer, place: Rect, line: &str, style: Style) -> u16 {
    let width = usize::from(place.width.min(buf.area.right().saturating_sub(place.x)));
    if width == 0 || place.y >= buf.area.bottom() {
        return 0;
    }
    let fitted = text::fit(line, width);
    buf.set_stringn(place.x, place.y, &fitted, width, style);
    text::columns(&fitted) as u16
}

/// Writes spans one after another, cut at the right edge.
pub fn put_spans(buf: &mut Buffer, place: Rect, spans: &[(&str, Style)]) -> u16 {
    let mut used = 0;
    for (line, style) in spans {
        let left = place.width.saturating_sub(used);
        used += put(
            buf,
            Rect::new(place.x + used, place.y, left, 1),
            line,
            *style,
        );
    }
    used
}

/// A pane's title line: its number, its name, what is shown, and something at the right.
pub fn title(
    buf: &mut Buffer,
    place: Rect,
    pane: Pane,
    name: &[(&str, bool)],
    right: &str,
    state: &State,
    theme: &Theme,
) {
    let focused = state.focus == pane;
    let rule = theme.glyph(Glyph::Rule);
    let line = rule.repeat(usize::from(place.width));
    put(buf, Rect { height: 1, ..place }, &line, theme.dim());
    let mut x = place.x;
    let write = |buf: &mut Buffer, x: &mut u16, words: &str, style: Style| {
        let left = place.right().saturating_sub(*x);
        *x += put(buf, Rect::new(*x, place.y, left, 1), words, style);
    };
    write(
        buf,
        &mut x,
        &format!(" {} ", pane as usize + 1),
        if focused {
            theme.selected().patch(theme.accent())
        } else {
            theme.dim()
        },
    );
    for (word, strong) in name {
        let style = if *strong {
            theme.title(focused)
        } else {
            theme.dim()
        };
        write(buf, &mut x, &format!(" {word}"), style);
    }
    write(buf, &mut x, " ", Style::new());
    let wide = text::columns(right) as u16 + 2;
    if !right.is_empty() && x + wide < place.right() {
        put(
            buf,
            Rect::new(place.right() - wide, place.y, wide, 1),
            &format!(" {right} "),
            theme.dim(),
        );
    }
}

/// The sign of the cursor in front of a line.
pub fn cursor(buf: &mut Buffer, x: u16, y: u16, here: bool, focused: bool, theme: &Theme) {
    if here {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Cursor),
            if focused { theme.accent() } else { theme.dim() },
        );
    }
}

/// A write's exact request for a place of some width, its indents kept.
pub fn request_lines(write: &Write, width: usize) -> Vec<String> {
    let fits = |line: &str| text::columns(line) <= width;
    write
        .request()
        .lines()
        .flat_map(|l| {
            if fits(l) {
                vec![l.to_owned()]
            } else {
                text::wrap(l, width)
            }
        })
        .collect()
}

/// The sign of a marked line, before it.
pub fn marked(buf: &mut Buffer, x: u16, y: u16, is_marked: bool, theme: &Theme) {
    if is_marked {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Mark),
            theme.accent().add_modifier(ratatui::style::Modifier::BOLD),
        );
    }
}

/// A time as the user wants it: an age, or a clock.
pub fn when(state: &State, at: Instant) -> String {
    if state.absolute {
        state.zone.day_clock(state.now, at)
    } else {
        time::age(state.now, at)
    }
}

/// A word where there is nothing to list: still loading, or nothing there.
pub fn empty(buf: &mut Buffer, place: Rect, arrived: bool, nothing: &str, theme: &Theme) {
    let line = if arrived { nothing } else { "Loading." };
    put(
        buf,
        Rect::new(place.x + 2, place.y + 1, place.width.saturating_sub(2), 1),
        line,
        theme.dim(),
    );
}
