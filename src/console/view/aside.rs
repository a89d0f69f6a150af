//! Beside the panes of a wide screen: what was found of the incident that is shown, with the chart that says most; before
//! anything was found, or where the detail shows the finding already, what the incident is.

use super::wall;
use crate::console::action::Action;
use crate::console::content::lines::LinkedLine;
use crate::console::content::{finding, overview};
use crate::console::cursor::edges;
use crate::console::freshness;
use crate::console::job::Topic;
use crate::console::overlay::chart;
use crate::console::paint::{put, put_spans, style};
use crate::console::place::DetailTab;
use crate::console::state::State;
use crate::console::theme::{Glyph, Theme};
use crate::domain::{Evidence, Finding, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows of the chart, and rows the words must have before there is one.
const CHART: u16 = 16;
/// What it is called where it shows what was found.
const FINDING: &str = "Finding";

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    wall(buf, place, theme);
    let is_found = state.investigation().is_some();
    let shows_finding = is_found && state.detail.tab != DetailTab::Investigation;
    let name = if shows_finding { FINDING } else { "Overview" };
    let below = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    let lines = match shows_finding {
        true => found(state, usize::from(place.width)),
        false => told(state, usize::from(place.width)),
    };
    draw_title(buf, place, (name, lines.len()), state, theme);
    let used = draw_lines(buf, below, &lines, theme);
    let rest = Rect {
        y: below.y + used,
        height: below.height.saturating_sub(used),
        ..below
    };
    draw_chart(buf, rest, state, theme);
}

/// What it shows, how old that is where it is older than planned, and how much of it has no room.
fn draw_title(
    buf: &mut Buffer,
    place: Rect,
    (name, lines): (&str, usize),
    state: &State,
    theme: &Theme,
) {
    let line = Rect { height: 1, ..place };
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(place.width));
    put(buf, line, &rule, theme.dim());
    let reference = state.target().and_then(|id| state.reference(id));
    let title = format!(" {} {name} ", reference.unwrap_or_default());
    let used = put(buf, line, &title, theme.title(false));
    let topic = state.target().cloned().map(Topic::Detail);
    let late = topic.and_then(|topic| freshness::late(state, &topic));
    let age = match name {
        FINDING => finding::found_when(state),
        _ => late.map(|late| late.to_string()),
    };
    let hidden = edges(0, lines.saturating_sub(usize::from(place.height) - 1));
    let right = [(age, theme.warn()), (hidden, theme.dim())];
    let right: Vec<(String, Style)> = right
        .into_iter()
        .filter_map(|(words, style)| Some((format!(" {} ", words?), style)))
        .collect();
    let wide: usize = right.iter().map(|(words, _)| text::columns(words)).sum();
    let wide = (wide as u16).min(place.width.saturating_sub(used));
    let spans: Vec<(&str, Style)> = right
        .iter()
        .map(|(w, style)| (w.as_str(), *style))
        .collect();
    let x = place.right() - wide;
    put_spans(
        buf,
        Rect {
            x,
            width: wide,
            ..line
        },
        &spans,
    );
}

/// What was found, as lines.
fn found(state: &State, width: usize) -> Vec<LinkedLine> {
    let lines = |investigation| finding::lines(state, investigation, width);
    state.investigation().map_or_else(Vec::new, lines)
}

/// What the incident is, as lines.
fn told(state: &State, width: usize) -> Vec<LinkedLine> {
    if state.target().is_none() {
        return Vec::new();
    }
    let mut lines = overview::overview_in(state, width);
    if state.investigation().is_none() {
        let key = state.keymap.key(Action::Investigate);
        let says = format!("Not investigated yet; {key} does it.");
        lines.extend([LinkedLine::plain(" "), LinkedLine::plain(&says)]);
    }
    lines
}

/// Draws lines; gives the rows they take, with an empty one behind them.
fn draw_lines(buf: &mut Buffer, place: Rect, lines: &[LinkedLine], theme: &Theme) -> u16 {
    for (line, y) in lines.iter().zip(place.y..place.bottom()) {
        let row = Rect::new(place.x + 1, y, place.width.saturating_sub(2), 1);
        put(buf, row, &line.words, style(line.look, theme));
    }
    lines.len() as u16 + 1
}

/// The series of what speaks most for the first cause, where it has one and there is room below the words.
fn draw_chart(buf: &mut Buffer, rest: Rect, state: &State, theme: &Theme) {
    let finding = state.investigation().and_then(|i| i.finding.as_deref());
    let Some((finding, evidence)) = finding.and_then(|f| Some((f, charted(f)?))) else {
        return;
    };
    if rest.height < CHART {
        return;
    }
    let head = Rect::new(rest.x + 1, rest.y, rest.width.saturating_sub(2), 1);
    let says = format!("{}  {}", evidence.id, evidence.says);
    put(buf, head, &says, theme.accent());
    let place = Rect {
        x: rest.x + 1,
        y: rest.y + 1,
        width: rest.width.saturating_sub(2),
        height: CHART - 1,
    };
    chart::draw(buf, place, state, evidence, finding, theme);
}

fn charted(finding: &Finding) -> Option<&Evidence> {
    let named = finding.top().map(|top| top.evidence_for.as_slice());
    let named = named.unwrap_or_default().iter();
    let found = named.filter_map(|id| finding.evidence(id));
    found.chain(&finding.evidence).find(|e| e.points.len() > 1)
}
