//! Pane 2: the selected incident, by tabs: its timeline, an overview, and what stands around it.

use super::listing;
use crate::console::action::Action;
use crate::console::content::finding::{found_when, shown as found};
use crate::console::content::nothing;
use crate::console::content::overview::overview;
use crate::console::content::timeline::timeline_rows;
use crate::console::cursor::edges;
use crate::console::markdown;
use crate::console::paint::{cursor, empty, linked, put_spans};
use crate::console::state::{DetailTab, Listing, Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::console::title::{self, Beside, Title};
use crate::domain::{EntryKind, TimelineEntry};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let detail = &state.detail;
    draw_title(buf, place, state, theme);
    if state.target().is_none() {
        return empty(
            buf,
            place,
            state.incidents.arrived,
            state.no_target(),
            theme,
        );
    }
    match detail.tab {
        DetailTab::Timeline => timeline(buf, place, state, theme),
        DetailTab::Overview => draw_overview(buf, place, state, theme),
        DetailTab::Investigation => super::investigation::draw(buf, place, state, theme),
        tab => {
            let none = Listing::default();
            let listing = detail.tabs.get(&tab).unwrap_or(&none);
            listing::draw(buf, place, (Pane::Detail, listing), state, theme);
        }
    }
}

fn draw_title(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let title = Title {
        pane: Pane::Detail,
        name: &reference(state),
        tabs: &DetailTab::ALL.map(DetailTab::label),
        shown: state.detail.tab as usize,
        beside: beside_title(state, place),
    };
    title::draw(buf, place, &title, state, theme);
}

/// The reference of the incident that is shown, as soon as anything of it is known.
fn reference(state: &State) -> String {
    let reference = state.target().and_then(|id| state.reference(id));
    reference.unwrap_or("Detail").to_owned()
}

/// What the tab is narrowed to, how much of it is outside the pane or new, and what waits.
fn beside_title(state: &State, place: Rect) -> Beside {
    let detail = &state.detail;
    let marked = state.marked().len();
    let waits = state.target().is_some_and(|id| state.has_my_page(id));
    let key = state.keymap.key(Action::Acknowledge);
    let waiting = [
        waits.then(|| format!("your page waits: {key}")),
        (marked > 0).then(|| keys_act_on(state, marked)),
    ];
    let listing = detail.tabs.get(&detail.tab);
    let mut beside = match listing.filter(|_| detail.tab.is_list()) {
        Some(listing) => listing::beside_title(listing, place.height),
        None => beside_text(state, place),
    };
    beside.counts.extend(waiting.into_iter().flatten());
    beside
}

/// What the keys act on where some are marked, and how many of those stand in no line: they left the list, or the filter
/// hides them.
fn keys_act_on(state: &State, marked: usize) -> String {
    let away = marked.saturating_sub(state.incidents.listed_of(&state.marks));
    match away {
        0 => format!("keys act on {marked} marked"),
        away => format!("keys act on {marked} marked, {away} not listed"),
    }
}

/// What is told of the tab that is shown, wherever it is told: what it is narrowed to, how much of it is new, what waits,
/// and what the keys act on.
pub(crate) fn notes(state: &State) -> Vec<String> {
    let Beside { notes, counts } = beside_title(state, Rect::new(0, 0, u16::MAX, u16::MAX));
    notes.into_iter().chain(counts).collect()
}

/// The same of what is no list.
fn beside_text(state: &State, place: Rect) -> Beside {
    let detail = &state.detail;
    let typed = detail.tabs.get(&detail.tab).map(|l| &l.typed);
    let kind = detail.kind.map(|kind| format!("only {}s", kind.label()));
    let is_fresh = |item: &&TimelineEntry| detail.seen.is_some_and(|seen| item.at > seen);
    let fresh = detail.timeline.iter().filter(is_fresh).count();
    let counts = fresh > 0 && detail.tab == DetailTab::Timeline;
    let investigates = detail.tab == DetailTab::Investigation;
    let notes = [
        typed.filter(|t| !t.is_empty()).map(|t| format!("/{t}")),
        investigates.then(|| found_when(state)).flatten(),
        kind,
    ];
    let counts = [
        outside(state, place),
        counts.then(|| format!("{fresh} new")),
    ];
    Beside {
        notes: notes.into_iter().flatten().collect(),
        counts: counts.into_iter().flatten().collect(),
    }
}

/// How much of what the tab shows is outside the pane.
fn outside(state: &State, place: Rect) -> Option<String> {
    let detail = &state.detail;
    let height = usize::from(place.height).saturating_sub(1);
    match detail.tab {
        DetailTab::Timeline => outside_timeline(state, height, usize::from(place.width)),
        DetailTab::Overview => detail.cursor.outside(height, overview(state).len()),
        DetailTab::Investigation => {
            let cursor = &state.investigation()?.cursor;
            cursor.outside(height, found(state).len())
        }
        _ => None,
    }
}

/// Of the timeline lines are counted, of which each may take several rows.
fn outside_timeline(state: &State, height: usize, width: usize) -> Option<String> {
    let rows = timeline_rows(state, width);
    let top = state.detail.cursor.top;
    let above = rows.get(top).map_or(0, |row| row.item);
    let lines = state.detail.lines().len();
    let below = rows.get(top + height).map_or(0, |row| lines - row.item);
    edges(above, below)
}

fn draw_overview(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let lines = overview(state);
    let (at, top) = (state.detail.cursor.at, state.detail.cursor.top);
    let focused = state.focus == Pane::Detail;
    let visible = lines.iter().enumerate().skip(top);
    for ((n, line), y) in visible.zip(place.y + 1..place.bottom()) {
        cursor(buf, place.x, y, n == at, focused, theme);
        let row = Rect::new(place.x + 1, y, place.width.saturating_sub(2), 1);
        linked(buf, row, line, false, theme);
    }
}

fn timeline(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let detail = &state.detail;
    let rows = timeline_rows(state, usize::from(place.width));
    if rows.is_empty() {
        let arrived = detail.arrived || !detail.missing.is_empty();
        let nothing = nothing::timeline(state);
        return empty(buf, place, arrived, &nothing, theme);
    }
    let lines = detail.lines();
    for (line, row) in (0..place.height.saturating_sub(1)).zip(rows.iter().skip(detail.cursor.top))
    {
        let y = place.y + 1 + line;
        let item = lines[row.item];
        if row.first {
            cursor(
                buf,
                place.x,
                y,
                row.item == detail.cursor.at,
                state.focus == Pane::Detail,
                theme,
            );
            first_row(
                buf,
                Rect::new(place.x, y, place.width, 1),
                item,
                state,
                theme,
            );
        } else {
            let beside = Rect::new(place.x + 9, y, place.width.saturating_sub(10), 1);
            markdown::draw_line(buf, beside, &row.text, theme);
        }
    }
}

fn first_row(buf: &mut Buffer, place: Rect, item: &TimelineEntry, state: &State, theme: &Theme) {
    let style = match item.kind {
        EntryKind::Curated => theme.accent(),
        EntryKind::Update => theme.good(),
        EntryKind::Activity => theme.dim(),
        EntryKind::Escalation => theme.warn(),
        EntryKind::Alert if item.is_cleared() => theme.good(),
        EntryKind::Alert => theme.hot(),
        EntryKind::Change => theme.me(),
    };
    let today = state.zone.midnight(state.now, 0);
    let clock = if item.at >= today {
        state.zone.clock(item.at)
    } else {
        state.zone.day_clock(state.now, item.at)
    };
    let fresh = state.detail.seen.is_some_and(|seen| item.at > seen);
    let mark = if fresh { theme.glyph(Glyph::New) } else { " " };
    let kind = format!("{:<8} ", item.kind.label());
    let title_style = if item.kind == EntryKind::Activity {
        theme.dim()
    } else {
        Style::new().add_modifier(if fresh {
            Modifier::BOLD
        } else {
            Modifier::empty()
        })
    };
    let actor = if item.actor.is_empty() {
        String::new()
    } else {
        format!("  {}", item.actor)
    };
    let inner = Rect {
        x: place.x + 1,
        width: place.width.saturating_sub(2),
        ..place
    };
    put_spans(
        buf,
        inner,
        &[
            (&clock, Style::new()),
            (" ", Style::new()),
            (mark, theme.warn()),
            (" ", Style::new()),
            (&kind, style),
            (&item.title, title_style),
            (&actor, theme.dim()),
        ],
    );
}
