//! Pane 2: the selected incident, by tabs: its timeline, an overview, and what stands around it.

use super::listing;
use crate::console::content::overview::overview;
use crate::console::content::timeline::timeline_rows;
use crate::console::paint::{cursor, empty, put, put_spans, title};
use crate::console::state::{DetailTab, Listing, Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{EntryKind, TimelineEntry};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let detail = &state.detail;
    let row = state
        .incidents
        .current()
        .filter(|row| Some(&row.id) == detail.id.as_ref());
    let reference = detail
        .incident
        .as_ref()
        .map(|i| i.row.reference.to_string())
        .or_else(|| row.map(|r| r.reference.to_string()))
        .unwrap_or_else(|| "Detail".into());
    let mut names = vec![(reference.as_str(), true)];
    names.extend(
        DetailTab::ALL
            .iter()
            .filter(|tab| place.width >= 96 || **tab == detail.tab)
            .map(|tab| {
                (
                    tab.label(),
                    *tab == detail.tab && state.focus == Pane::Detail,
                )
            }),
    );
    let fresh = detail
        .timeline
        .iter()
        .filter(|item| detail.seen.is_some_and(|seen| item.at > seen))
        .count();
    let mut right = detail
        .kind
        .map(|kind| format!("only {}s", kind.label()))
        .unwrap_or_default();
    if fresh > 0 && detail.tab == DetailTab::Timeline {
        right = format!("{right} {fresh} new").trim().to_owned();
    }
    if place.width < 96 {
        right = format!(
            "{right} [{}/{}]",
            detail.tab as usize + 1,
            DetailTab::ALL.len()
        )
        .trim()
        .to_owned();
    }
    title(buf, place, Pane::Detail, &names, &right, state, theme);
    if detail.id.is_none() {
        return empty(
            buf,
            place,
            state.incidents.arrived,
            "No incident is selected.",
            theme,
        );
    }
    match detail.tab {
        DetailTab::Timeline => timeline(buf, place, state, theme),
        DetailTab::Overview => {
            let lines = overview(state);
            for (y, (words, strong)) in lines
                .iter()
                .skip(detail.cursor.top)
                .take(usize::from(place.height.saturating_sub(1)))
                .enumerate()
            {
                let style = if *strong {
                    theme.accent()
                } else {
                    Style::new()
                };
                put(
                    buf,
                    Rect::new(
                        place.x + 1,
                        place.y + 1 + y as u16,
                        place.width.saturating_sub(2),
                        1,
                    ),
                    words,
                    style,
                );
            }
        }
        DetailTab::Investigation => super::investigation::draw(buf, place, state, theme),
        tab => {
            let none = Listing::default();
            let listing = detail.tabs.get(&tab).unwrap_or(&none);
            listing::draw(
                buf,
                place,
                listing,
                state.focus == Pane::Detail,
                state,
                theme,
            );
        }
    }
}

fn timeline(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let detail = &state.detail;
    let rows = timeline_rows(state, usize::from(place.width));
    if rows.is_empty() {
        let nothing = detail
            .missing
            .first()
            .map_or("Nothing has happened yet.", String::as_str);
        return empty(
            buf,
            place,
            detail.arrived || !detail.missing.is_empty(),
            nothing,
            theme,
        );
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
            put(
                buf,
                Rect::new(place.x + 9, y, place.width.saturating_sub(10), 1),
                &row.text,
                Style::new(),
            );
        }
    }
}

fn first_row(buf: &mut Buffer, place: Rect, item: &TimelineEntry, state: &State, theme: &Theme) {
    let style = match item.kind {
        EntryKind::Curated => theme.accent(),
        EntryKind::Update => theme.good(),
        EntryKind::Activity => theme.dim(),
        EntryKind::Escalation => theme.warn(),
        EntryKind::Alert => theme.hot(),
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
