//! Where the terminal's own cursor stands: on the field that is typed in, else on the line that is selected, so that screen
//! readers and braille follow it.

use crate::console::content::timeline::timeline_rows;
use crate::console::overlay;
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::console::state::{Cursor, Filling, Overlay, State};
use crate::console::theme::{Glyph, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

/// Where it stands on what was drawn. A field's own sign gives way to it: on some terminals two of them are none.
pub(super) fn place(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    theme: &Theme,
) -> Option<Position> {
    let layout = state.layout();
    if state.input.is_some() {
        return in_field(buf, layout.status.intersection(area));
    }
    if let Some(over) = state.overlays.last() {
        let inside = overlay::inside(over, state).intersection(area);
        return match is_chosen(over) {
            true => beside(buf, inside, theme),
            false => in_field(buf, inside).or_else(|| beside(buf, inside, theme)),
        }
        .or(Some(inside.as_position()));
    }
    let pane = layout.panes[state.focus as usize]?.intersection(area);
    let down = u16::try_from(row(state)).ok()?;
    let down = down.min(pane.height.saturating_sub(1));
    Some(Position::new(pane.x, pane.y + down)).filter(|at| area.contains(*at))
}

/// Whether somebody goes through what was found, and does not type any more.
fn is_chosen(over: &Overlay) -> bool {
    match over {
        Overlay::Palette(palette) => palette.cursor.at > 0,
        Overlay::Form(view) => match view.filling {
            Some(Filling::Choosing { at, .. }) => at.is_some(),
            _ => false,
        },
        _ => false,
    }
}

/// The cell that a field shows its cursor by.
fn in_field(buf: &mut Buffer, place: Rect) -> Option<Position> {
    let is_marked = |at: &Position| buf[*at].modifier.contains(Modifier::REVERSED);
    let at = place.positions().find(is_marked)?;
    let next = Position::new(at.x + 1, at.y);
    let is_alone = !place.contains(next) || !is_marked(&next);
    if is_alone {
        buf[at].modifier.remove(Modifier::REVERSED);
    }
    is_alone.then_some(at)
}

/// The sign before the line that is selected.
fn beside(buf: &Buffer, inside: Rect, theme: &Theme) -> Option<Position> {
    let sign = theme.glyph(Glyph::Cursor);
    let before = Rect {
        x: inside.x.saturating_sub(1),
        width: 2,
        ..inside
    };
    before.positions().find(|at| buf[*at].symbol() == sign)
}

/// How far below its title the focused pane's line stands.
fn row(state: &State) -> usize {
    let detail = &state.detail;
    let listed = |cursor: &Cursor| 1 + cursor.at.saturating_sub(cursor.top);
    match (state.focus, state.list, detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => match state.incidents.count() {
            0 => 0,
            // Between the title and the first stand the names of the columns.
            _ => 1 + listed(&state.incidents.cursor),
        },
        (Pane::Incidents, kind, _) => state.lists.get(&kind).map_or(0, |l| listed(&l.cursor)),
        (Pane::Detail, _, DetailTab::Timeline) => in_timeline(state),
        (Pane::Detail, _, DetailTab::Overview) => listed(&detail.cursor),
        (Pane::Detail, _, DetailTab::Investigation) => {
            state.investigation().map_or(0, |i| listed(&i.cursor))
        }
        (Pane::Detail, _, tab) => detail.tabs.get(&tab).map_or(0, |l| listed(&l.cursor)),
        (Pane::OnCall, ..) => listed(&state.oncall.cursor),
        (Pane::Catalog, ..) => listed(&state.catalog.cursor),
    }
}

/// Of the timeline each line may take several rows.
fn in_timeline(state: &State) -> usize {
    let cursor = &state.detail.cursor;
    let rows = timeline_rows(state, state.detail_width());
    let first = rows.iter().position(|row| row.item == cursor.at);
    first.map_or(0, |first| 1 + first.saturating_sub(cursor.top))
}
