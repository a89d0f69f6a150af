//! A call on the way from a cause to what is felt: what shows that the trouble took it, and the measures of both of its
//! ends under one time axis.
//!
//! ```text
//!  INC-312  payment-gateway → checkout-service
//!  ✓ latency at both ends
//!  onset 14:32, change 14:30 (payment-gateway v2.1.0 deployed)
//! ▌E1  latency of payment-gateway up to 30 s (normal 200 ms)
//!  30 s │        ⡇⠊⠒⢄
//!  0 ms │⠤⠤⠤⠤⠤⠤⠤⠼
//!  E4  latency of checkout-service up to 31 s (normal 300 ms)
//!  31 s │        ⡇⡰⠑⠢
//!  0 ms │⠤⠤⠤⠤⠤⠤⠤⠼
//!       └────────────────
//!   14:20     14:30     14:40
//! ```

use super::after::{After, leaving};
use super::chart::{Drawing, Series};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::path::{Seen, call};
use crate::console::cursor::{Cursor, Step};
use crate::console::link::{HopRef, LinkTarget};
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put};
use crate::console::state::{HopView, State};
use crate::console::theme::Theme;
use crate::domain::{Evidence, Finding, HopCheck, IncidentId, text};
use crate::investigate::outline::sign;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows below which a chart shows nothing.
const LEAST: usize = 3;
/// Rows of the times below the last chart.
const TIMES: usize = 2;
/// Rows from which on there is room for empty ones.
const AIRY: usize = 24;

/// What stands below the head.
enum Row {
    /// What shows that the trouble took this way.
    Check(String),
    /// What the charts mark.
    Marks,
    /// Words of a fact, by its place among the facts.
    Fact(usize, String),
    /// That something is not there.
    Absent(String),
    /// The series of an end, with the rows it takes.
    Chart(usize, usize),
    Empty,
}

impl HopView {
    pub(crate) fn new(incident: IncidentId, hop: HopRef) -> Self {
        Self {
            incident,
            hop,
            cursor: Cursor::default(),
        }
    }

    /// The call as the finding has it now.
    pub(super) fn of<'s>(&self, state: &'s State) -> Option<(&'s Finding, Seen<'s>)> {
        let investigation = state.investigations.get(&self.incident)?;
        let finding = investigation.finding.as_deref()?;
        Some((finding, Seen::of(finding, &self.hop)?))
    }

    /// The facts of both ends, in the order in which they are shown.
    fn facts<'s>(&self, state: &'s State) -> Vec<&'s Evidence> {
        let seen = self.of(state);
        seen.map_or_else(Vec::new, |(_, seen)| seen.facts().collect())
    }

    /// Whether there is a fact that it leads to.
    pub(crate) fn leads(&self, state: &State) -> bool {
        !self.facts(state).is_empty()
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Hop);
        let facts = self.facts(state);
        if let Some(step) = action.and_then(|action| Step::of(action, facts.len())) {
            self.cursor.go(step, facts.len());
        }
        let here = facts.get(self.cursor.at);
        let here = here.map(|e| (e.id.clone(), e.query.clone()));
        match (action, here) {
            (Some(Action::Open), Some((id, _))) => return After::Go(LinkTarget::Evidence(id)),
            (Some(Action::Open), None) => state.say("Nothing was seen at either end."),
            (Some(Action::CopyReference), Some((_, query))) if !query.is_empty() => {
                state.say("Copied the query.");
                cmds.push(Cmd::Copy(query));
            }
            (Some(Action::Refresh), _) => return After::Again(self.incident.clone()),
            _ => {}
        }
        leaving(action, Context::Hop).unwrap_or(After::Stay)
    }

    /// Charts take the whole place, words no more than they need.
    pub(super) fn wanted(&self, state: &State) -> usize {
        let whole = frame::inside(frame::place(state.layout().body, usize::MAX));
        let rows = self.rows(state, whole);
        match rows.iter().any(Row::is_chart) {
            true => usize::MAX,
            // The frame, and the head.
            false => rows.len() + 3,
        }
    }

    pub(super) fn settle(&mut self, state: &State) {
        let facts = self.facts(state);
        self.cursor.settle(facts.len(), |at| facts[at].id.clone());
        let inside = frame::inside(frame::place(state.layout().body, self.wanted(state)));
        let rows = self.rows(state, inside);
        let at = self.cursor.at;
        let is_here = |row: &Row| matches!(row, Row::Fact(fact, _) if *fact == at);
        // What stands above the first fact stays with it.
        let first = rows.iter().position(is_here).filter(|_| at > 0);
        let last = rows.iter().rposition(is_here);
        let window = (first.unwrap_or(0), last.unwrap_or(0));
        let height = rows_below(inside);
        match rows.iter().any(Row::is_chart) {
            true => self.cursor.top = 0,
            false => self.cursor.reveal(window, height, rows.len()),
        }
    }

    /// What is shown in a place: charts under whole words, else charts under words that are cut, else words alone.
    fn rows(&self, state: &State, inside: Rect) -> Vec<Row> {
        let Some((finding, seen)) = self.of(state) else {
            let says = "This call is on no path of what was found last.";
            return vec![Row::Absent(says.into())];
        };
        let charted = series(&seen, finding).map(|series| series.is_some());
        let charts = charted.iter().filter(|is_charted| **is_charted).count();
        let (width, room) = (usize::from(inside.width), rows_below(inside));
        for whole in [true, false] {
            let taken = rows(&seen, width, whole, charted.map(|is| is.then_some(0)));
            let taken: Vec<Row> = airy(taken, room);
            let free = (room + charts).saturating_sub(taken.len() + TIMES);
            if charts > 0 && free / charts >= LEAST {
                let heights = charted.map(|is| is.then_some(free / charts));
                return airy(rows(&seen, width, whole, heights), room);
            }
        }
        airy(rows(&seen, width, true, [None; 2]), 0)
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let (head, all) = (frame::head(inside), self.rows(state, inside));
        let hidden = match all.iter().any(Row::is_chart) {
            true => None,
            false => self.cursor.outside(rows_below(inside), all.len()),
        };
        let beside = hidden.as_ref().map_or(0, |words| text::columns(words) + 2);
        let beside = beside + text::columns(&state.heading(&self.incident, ""));
        let room = usize::from(inside.width).saturating_sub(beside);
        let call = call((&self.hop.from, &self.hop.to), room);
        let heading = state.heading(&self.incident, &call);
        put(buf, head, &heading, theme.title(true));
        frame::draw_edges(buf, head, hidden, theme);
        // Times stand below the last chart.
        let (mut y, last) = (inside.y + 1, all.iter().rposition(Row::is_chart));
        for (at, row) in all.iter().enumerate().skip(self.cursor.top) {
            let high = match row {
                Row::Chart(_, high) if last == Some(at) => high + TIMES,
                Row::Chart(_, high) => *high,
                _ => 1,
            };
            let high = (high as u16).min(inside.bottom().saturating_sub(y));
            let place = Rect::new(inside.x, y, inside.width, high);
            self.draw_row(buf, place, (row, last == Some(at)), state, theme);
            y += high;
        }
    }

    fn draw_row(
        &self,
        buf: &mut Buffer,
        place: Rect,
        (row, is_last): (&Row, bool),
        state: &State,
        theme: &Theme,
    ) {
        let seen = self.of(state);
        let drawing = seen.as_ref().map(|(finding, seen)| Drawing {
            state,
            theme,
            onset: finding.onset,
            change: seen.cause.change.as_ref(),
        });
        match (row, seen, drawing) {
            (Row::Check(says), Some((_, seen)), _) => {
                let is_open = seen.hop.check == HopCheck::Unverified;
                let look = if is_open { theme.warn() } else { theme.good() };
                put(buf, place, says, look);
            }
            (Row::Marks, _, Some(drawing)) => {
                put(buf, place, &drawing.marks(), theme.dim());
            }
            (Row::Fact(at, says), ..) => {
                let here = *at == self.cursor.at;
                cursor(buf, place.x.saturating_sub(1), place.y, here, true, theme);
                put(buf, place, says, Style::new());
            }
            (Row::Absent(says), ..) => {
                put(buf, place, says, theme.dim());
            }
            (Row::Chart(end, _), Some((finding, seen)), Some(drawing)) if place.height > 0 => {
                if let Some(series) = &series(&seen, finding)[*end] {
                    drawing.series(buf, place, series, is_last);
                }
            }
            _ => {}
        }
    }
}

impl Row {
    fn is_chart(&self) -> bool {
        matches!(self, Self::Chart(..))
    }
}

/// Rows there are below the head.
fn rows_below(inside: Rect) -> usize {
    usize::from(inside.height).saturating_sub(1)
}

/// The series of both ends under one time axis. What a caller sees of a call and what the callee sees are compared by
/// their size.
fn series(seen: &Seen<'_>, finding: &Finding) -> [Option<Series>; 2] {
    let mut all = seen.ends.map(|end| Series::of(end?, finding));
    let mut drawn: Vec<&mut Series> = all.iter_mut().flatten().collect();
    Series::align(&mut drawn, seen.hop.check == HopCheck::Gap);
    all
}

/// Everything below the head, with charts of so many rows where an end has one.
fn rows(seen: &Seen<'_>, width: usize, whole: bool, charts: [Option<usize>; 2]) -> Vec<Row> {
    let check = format!("{} {}", sign(seen.hop), seen.hop.checked());
    let check = text::wrap(&check, width).into_iter().map(Row::Check);
    let mut out: Vec<Row> = check.collect();
    let mut facts = 0;
    let mut fact = |out: &mut Vec<Row>, e: &Evidence| {
        out.extend(fact_rows(e, width, whole).map(|says| Row::Fact(facts, says)));
        facts += 1;
    };
    seen.others.iter().for_each(|e| fact(&mut out, e));
    if charts.iter().any(Option::is_some) {
        out.extend([Row::Empty, Row::Marks]);
    }
    let names = [&seen.hop.from, &seen.hop.to];
    for (end, (measure, name)) in seen.ends.iter().zip(names).enumerate() {
        out.push(Row::Empty);
        match measure {
            Some(e) => fact(&mut out, e),
            None => out.push(Row::Absent(absent(name, width))),
        }
        out.extend(charts[end].map(|high| Row::Chart(end, high)));
    }
    out
}

/// That a service has no series, its name cut where there is no room for all of it.
fn absent(name: &str, width: usize) -> String {
    let says = |name: &str| format!("No series of {name} to draw.");
    let room = width.saturating_sub(text::columns(&says("")));
    says(&text::fit_middle(name, room))
}

/// A fact after its number, in rows.
fn fact_rows(e: &Evidence, width: usize, whole: bool) -> impl Iterator<Item = String> {
    let label = format!("{:<4} ", e.id);
    let room = width.saturating_sub(text::columns(&label));
    let lines = match whole {
        true => text::wrap(&e.says, room),
        false => vec![text::fit(&e.says, room)],
    };
    let blank = " ".repeat(text::columns(&label));
    let lead = move |n| if n == 0 { label.clone() } else { blank.clone() };
    let lines = lines.into_iter().enumerate();
    lines.map(move |(n, line)| format!("{}{line}", lead(n)))
}

/// Empty rows are for where there is room for them.
fn airy(mut rows: Vec<Row>, room: usize) -> Vec<Row> {
    if room < AIRY {
        rows.retain(|row| !matches!(row, Row::Empty));
    }
    rows
}
