//! The screen as an SVG picture, made from the same buffer the terminal is drawn from.

use super::keymap::Keymap;
use super::msg::Msg;
use super::state::State;
use super::theme::Theme;
use super::worker;
use super::{update, view};
use crate::config::{self, Colour, Config};
use crate::domain::text::columns;
use crate::domain::time::Zone;
use crate::session::{Access, Opening};
use ratatui::Terminal;
use ratatui::backend::{Backend, TestBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A cell's size in the picture: the proportions of a monospaced face at 14 pixels.
const CELL: (f32, f32) = (8.4, 17.0);
/// Words and ground of a dark and of a light terminal.
const DARK: [&str; 2] = ["#d0d0d0", "#14161a"];
const LIGHT: [&str; 2] = ["#24292f", "#ffffff"];

/// How long the first answers are waited for.
const FIRST_ANSWERS: Duration = Duration::from_secs(3);

/// The screen of a console that was opened a moment ago, with all colours, its times in UTC.
pub async fn opened(access: Access, size: (u16, u16)) -> Result<Buffer, String> {
    let (config, keymap) = (access.config.clone(), Keymap::new(&access.config.keys)?);
    let clock = config.clock;
    let light = is_light(&config);
    let mut state = State::new(config, Arc::new(keymap), clock.now(), size, Zone::UTC);
    let (cmds, mut replies) = worker::start(Opening::now(access));
    let send = |cmd| drop(cmds.send(cmd));
    update::opening(&state).into_iter().for_each(send);
    let deadline = Instant::now() + FIRST_ANSWERS;
    while let Ok(Some(reply)) = timeout_at(deadline, replies.recv()).await {
        let next = update::update(&mut state, clock.now(), Msg::Worker(reply));
        next.into_iter().for_each(send);
    }
    state.notice = None;
    Ok(buffer(
        &state,
        &Theme::fixed(Colour::Truecolor, light, false),
    ))
}

/// Whether a picture is one of a light terminal.
pub fn is_light(config: &Config) -> bool {
    config.theme == config::Theme::Light
}

/// Where the terminal's own cursor stands on the screen of a state.
pub fn cursor(state: &State, theme: &Theme) -> Position {
    let mut terminal = drawn(state, theme);
    terminal
        .backend_mut()
        .get_cursor_position()
        .expect("a test backend never fails")
}

/// The screen of a state as a buffer.
pub fn buffer(state: &State, theme: &Theme) -> Buffer {
    drawn(state, theme).backend().buffer().clone()
}

fn drawn(state: &State, theme: &Theme) -> Terminal<TestBackend> {
    let (width, height) = state.size;
    let mut terminal =
        Terminal::new(TestBackend::new(width, height)).expect("a test backend never fails");
    terminal
        .draw(|frame| view::draw(frame, state, theme))
        .expect("a test backend never fails");
    terminal
}

/// The screen as text, one line a row, white space at the end of lines kept.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            out.push_str(symbol);
            x += columns(symbol).max(1) as u16;
        }
        out.push('\n');
    }
    out
}

/// The screen as SVG, on a dark or a light ground.
pub fn svg(buffer: &Buffer, light: bool) -> String {
    let [fore, ground] = if light { LIGHT } else { DARK };
    let (width, height) = (
        f32::from(buffer.area.width) * CELL.0,
        f32::from(buffer.area.height) * CELL.1,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>\n",
        width + 24.0,
        height + 24.0
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let start = x;
            let style = look(&buffer[(x, y)], fore, ground);
            let mut run = String::new();
            while x < buffer.area.width && look(&buffer[(x, y)], fore, ground) == style {
                // A gap ends a run: each column then stands at its own place, whatever face the reader has.
                if style.1.is_none() && run.ends_with("  ") && buffer[(x, y)].symbol() != " " {
                    break;
                }
                run.push_str(buffer[(x, y)].symbol());
                x += columns(buffer[(x, y)].symbol()).max(1) as u16;
            }
            if run.trim().is_empty() && style.1.is_none() {
                continue;
            }
            let (left, top, wide) = (
                12.0 + f32::from(start) * CELL.0,
                12.0 + f32::from(y) * CELL.1,
                f32::from(x - start) * CELL.0,
            );
            if let Some(ground) = &style.1 {
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{ground}\"/>",
                    CELL.1
                );
            }
            let weight = if style.2 { " font-weight=\"bold\"" } else { "" };
            let wide = f32::from(columns(run.trim_end()) as u16) * CELL.0;
            let escaped = run
                .trim_end()
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let _ = writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{}\"{weight} textLength=\"{wide:.1}\" xml:space=\"preserve\">{escaped}</text>",
                top + 13.0,
                style.0
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn look(cell: &Cell, words: &str, below: &str) -> (String, Option<String>, bool) {
    let (fore, ground) = (
        shade(cell.fg).unwrap_or_else(|| words.into()),
        shade(cell.bg),
    );
    let bold = cell.modifier.contains(Modifier::BOLD);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ground.unwrap_or_else(|| below.into()), Some(fore), bold)
    } else {
        (fore, ground, bold)
    }
}

fn shade(colour: Color) -> Option<String> {
    Some(match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => return None,
    })
}
