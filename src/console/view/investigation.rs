//! An investigation in the detail pane.
//!
//! ```text
//!  2 INC-312 ── Timeline Overview Investigation … ─────────────
//!  What's going on
//!    checkout-service is failing calls because payment-gateway …
//!  What caused it
//!  ▌ 87 %  payment-gateway adds 11156 failing calls in 3m …
//!     + E2  failing calls of payment-gateway up to 41 % (normal 0.06 %)
//! ```

use crate::console::action::Action;
use crate::console::content::finding::shown;
use crate::console::paint::{cursor, empty, put, style};
use crate::console::place::Pane;
use crate::console::state::State;
use crate::console::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let all = shown(state);
    let Some(investigation) = state.investigation().filter(|_| !all.is_empty()) else {
        let key = state.keymap.key(Action::Investigate);
        let says = format!("Not investigated yet; {key} does it.");
        return empty(buf, place, true, &says, theme);
    };
    let focused = state.focus == Pane::Detail;
    let lines = all.iter().enumerate().skip(investigation.cursor.top);
    for ((at, line), y) in lines.zip(place.y + 1..place.bottom()) {
        let here = at == investigation.cursor.at;
        cursor(buf, place.x, y, here, focused, theme);
        let row = Rect::new(place.x + 2, y, place.width.saturating_sub(3), 1);
        put(buf, row, &line.words, style(line.look, theme));
    }
}
