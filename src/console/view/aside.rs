//! Beside the panes of a wide screen: what was found of the incident that is shown, with the chart that says most; before
//! anything was found, or where the detail shows the finding already, what the incident is.

use super::wall;
use crate::console::action::Action;
use crate::console::content::lines::LinkedLine;
use crate::console::content::{finding, overview};
use crate::console::overlay::chart;
use crate::console::paint::{put, style};
use crate::console::place::DetailTab;
use crate::console::state::State;
use crate::console::theme::{Glyph, Theme};
use crate::domain::{Evidence, Finding};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows of the chart, and rows the words must have before there is one.
const CHART: u16 = 16;

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    wall(buf, place, theme);
    let is_found = state.investigation().is_some();
    let shows_finding = is_found && state.detail.tab != DetailTab::Investigation;
    let name = if shows_finding { "Finding" } else { "Overview" };
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(place.width));
    put(buf, Rect { height: 1, ..place }, &rule, theme.dim());
    let reference = state.target().and_then(|id| state.reference(id));
    let when = shows_finding.then(|| finding::found_when(state)).flatten();
    let when = when.map_or(String::new(), |when| format!(" {when} "));
    let title = format!(" {} {name} {when}", reference.unwrap_or_default());
    put(buf, Rect { height: 1, ..place }, &title, theme.title(false));
    let below = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    let used = match shows_finding {
        true => draw_finding(buf, below, state, theme),
        false => draw_overview(buf, below, state, theme),
    };
    let rest = Rect {
        y: below.y + used,
        height: below.height.saturating_sub(used),
        ..below
    };
    draw_chart(buf, rest, state, theme);
}

fn draw_finding(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) -> u16 {
    let Some(investigation) = state.investigation() else {
        return 0;
    };
    let lines = finding::lines(state, investigation, usize::from(place.width));
    draw_lines(buf, place, &lines, theme)
}

/// Draws lines; gives the rows they take, with an empty one behind them.
fn draw_lines(buf: &mut Buffer, place: Rect, lines: &[LinkedLine], theme: &Theme) -> u16 {
    for (line, y) in lines.iter().zip(place.y..place.bottom()) {
        let row = Rect::new(place.x + 1, y, place.width.saturating_sub(2), 1);
        put(buf, row, &line.words, style(line.look, theme));
    }
    lines.len() as u16 + 1
}

fn draw_overview(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) -> u16 {
    if state.target().is_none() {
        return 0;
    }
    let mut lines = overview::overview_in(state, usize::from(place.width));
    if state.investigation().is_none() {
        let key = state.keymap.key(Action::Investigate);
        let says = format!("Not investigated yet; {key} does it.");
        lines.extend([LinkedLine::plain(" "), LinkedLine::plain(&says)]);
    }
    draw_lines(buf, place, &lines, theme)
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
