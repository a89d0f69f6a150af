//! The mouse, where the configuration takes it: a click goes to a line and once more opens it, the wheel moves.

use super::super::content::timeline::timeline_rows;
use super::super::cursor::Step;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::State;
use super::keys;
use super::motion::{focus, move_to, position};
use super::open::open;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Position;

/// Lines that one notch of the wheel moves.
const NOTCH: isize = 3;

/// A click: its pane has the keys and its line the cursor; on the line that has it already, it opens that.
pub(super) fn click(state: &mut State, at: (u16, u16), cmds: &mut Vec<Cmd>) {
    if state.input.is_some() || !state.overlays.is_empty() {
        return;
    }
    let Some(pane) = pane_at(state, at) else {
        return;
    };
    let was_focused = state.focus == pane;
    if !was_focused {
        focus(state, pane, cmds);
    }
    let Some(line) = line_at(state, pane, at.1) else {
        return;
    };
    let (here, count) = position(state);
    if line >= count {
        return;
    }
    if line == here && was_focused {
        return open(state, cmds);
    }
    move_to(state, Step::By(line.cast_signed() - here.cast_signed()));
}

/// The wheel: over the panes it moves in the one it is on, over what lies above them it moves there.
pub(super) fn scroll(state: &mut State, at: (u16, u16), down: bool, cmds: &mut Vec<Cmd>) {
    if state.input.is_some() || !state.overlays.is_empty() {
        let code = if down { KeyCode::Down } else { KeyCode::Up };
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        return (0..NOTCH).for_each(|_| keys::key(state, key, cmds));
    }
    let Some(pane) = pane_at(state, at) else {
        return;
    };
    if state.focus != pane {
        focus(state, pane, cmds);
    }
    move_to(state, Step::By(if down { NOTCH } else { -NOTCH }));
}

fn pane_at(state: &State, (x, y): (u16, u16)) -> Option<Pane> {
    let layout = state.layout();
    let here = |pane: &Pane| {
        let place = layout.panes[*pane as usize];
        place.is_some_and(|place| place.contains(Position::new(x, y)))
    };
    Pane::ALL.into_iter().find(here)
}

/// The line of a pane's content that stands in a row of the screen.
fn line_at(state: &State, pane: Pane, y: u16) -> Option<usize> {
    let place = state.layout().panes[pane as usize]?;
    let below = |heads: u16| y.checked_sub(place.y + heads).map(usize::from);
    match (pane, state.list, state.detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => Some(state.incidents.cursor.top + below(2)?),
        (Pane::Incidents, kind, _) => Some(state.lists.get(&kind)?.cursor.top + below(1)?),
        (Pane::Detail, _, DetailTab::Timeline) => {
            let rows = timeline_rows(state, state.detail_width());
            let row = state.detail.cursor.top + below(1)?;
            rows.get(row).map(|row| row.item)
        }
        (Pane::Detail, _, DetailTab::Overview) => None,
        (Pane::Detail, _, DetailTab::Investigation) => {
            Some(state.investigation()?.cursor.top + below(1)?)
        }
        (Pane::Detail, _, tab) => Some(state.detail.tabs.get(&tab)?.cursor.top + below(1)?),
        (Pane::OnCall, ..) => Some(state.oncall.cursor.top + below(1)?),
        (Pane::Catalog, ..) => Some(state.catalog.cursor.top + below(1)?),
    }
}
