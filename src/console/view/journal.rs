//! What was written: the journal, the panel of an undo, and several writes as they go.

use crate::console::content::journal::listed;
use crate::console::paint::{cursor, put, put_spans, when};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::{Write, WriteState, text};
use crate::writes;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How far a write is, in a word, and how it is to be taken in.
fn state_of(write: &Write, theme: &Theme) -> (&'static str, Style) {
    match (write.state, write.on_hold) {
        (WriteState::Confirmed, _) => ("done", theme.good()),
        (WriteState::Refused, _) => ("refused", theme.hot()),
        (WriteState::GivenUp, _) => ("given up", theme.dim()),
        (_, true) if write.is_local() => ("kept here", theme.warn()),
        (_, true) => ("held", theme.hot()),
        (WriteState::InDoubt, _) => ("in doubt", theme.hot()),
        (WriteState::Waiting, _) if !write.said.is_empty() => ("waiting", theme.warn()),
        _ => ("on its way", theme.warn()),
    }
}

/// Draws the journal.
pub fn draw(
    buf: &mut Buffer,
    inside: Rect,
    state: &State,
    id: Option<&str>,
    at: usize,
    theme: &Theme,
) {
    let writes = listed(state);
    let open = writes.iter().filter(|w| !w.state.is_settled()).count();
    let title = format!("Journal: {open} open, the last {} writes", writes.len());
    put(buf, line(inside, 0), &title, theme.title(true));
    let height = usize::from(inside.height.saturating_sub(4));
    let found = id.and_then(|id| writes.iter().position(|w| w.key == id));
    let at = found.unwrap_or(at).min(writes.len().saturating_sub(1));
    let top = (at + 1).saturating_sub(height);
    for (down, (n, write)) in writes.iter().enumerate().skip(top).take(height).enumerate() {
        let place = line(inside, 2 + down as u16);
        cursor(buf, place.x, place.y, n == at, true, theme);
        let width = place.width.saturating_sub(1);
        row(
            buf,
            Rect {
                x: place.x + 1,
                width,
                ..place
            },
            state,
            write,
            theme,
        );
    }
    if writes.is_empty() {
        put(
            buf,
            line(inside, 2),
            "Nothing was written yet.",
            theme.dim(),
        );
    }
    let keys = keys(writes.get(at).copied());
    put(
        buf,
        foot(inside),
        &format!("{keys}  esc closes"),
        theme.dim(),
    );
}

/// The line so far down in a place.
fn line(place: Rect, down: u16) -> Rect {
    Rect {
        y: place.y + down,
        height: 1,
        ..place
    }
}

fn foot(inside: Rect) -> Rect {
    Rect {
        y: inside.bottom().saturating_sub(1),
        height: 1,
        ..inside
    }
}

/// What can be done with the write under the cursor.
fn keys(here: Option<&Write>) -> &'static str {
    match here {
        Some(w) if w.is_local() && !w.state.is_settled() => {
            "a onto this incident  N a retrospective of all  D gives up  enter shows"
        }
        Some(w) if writes::is_update(w) && !w.state.is_settled() => {
            "r sends  b as a back-dated note  D gives up  enter shows"
        }
        Some(w) if !w.state.is_settled() => "r sends  D gives up  enter shows",
        Some(w) if w.state == WriteState::Confirmed => "z undoes  enter shows the exact request",
        _ => "enter shows the exact request",
    }
}

fn row(buf: &mut Buffer, place: Rect, state: &State, write: &Write, theme: &Theme) {
    let (word, style) = state_of(write, theme);
    let age = format!(
        "{:>6} ",
        text::fit(
            &when(state, write.recorded),
            if state.absolute { 12 } else { 6 }
        )
    );
    let said = if write.said.is_empty() || write.state == WriteState::Confirmed {
        String::new()
    } else {
        format!("  {}", write.said)
    };
    put_spans(
        buf,
        place,
        &[
            (&format!("{word:<11}"), style),
            (&age, theme.dim()),
            (&write.what, Style::new()),
            (&said, theme.warn()),
        ],
    );
}

/// Draws several writes as they go, a line each.
pub fn results(buf: &mut Buffer, inside: Rect, state: &State, keys: &[String], theme: &Theme) {
    let find = |key: &String| state.outbox.iter().find(|w| w.key == *key);
    let writes: Vec<&Write> = keys.iter().filter_map(find).collect();
    let done = writes
        .iter()
        .filter(|w| w.state == WriteState::Confirmed)
        .count();
    let title = format!("{done} of {} done", keys.len());
    put(buf, line(inside, 0), &title, theme.title(true));
    let height = usize::from(inside.height.saturating_sub(3));
    for (down, write) in writes.iter().take(height).enumerate() {
        row(buf, line(inside, 2 + down as u16), state, write, theme);
    }
    put(
        buf,
        foot(inside),
        "esc closes; the journal keeps them",
        theme.dim(),
    );
}

/// Draws the panel of a write that takes another one back.
pub fn panel(
    buf: &mut Buffer,
    inside: Rect,
    write: &Write,
    says: &[String],
    request: bool,
    theme: &Theme,
) {
    put(buf, line(inside, 0), "Undo", theme.title(true));
    let width = usize::from(inside.width).max(10);
    let lines = if request {
        crate::console::paint::request_lines(write, width)
    } else {
        says.iter().flat_map(|l| text::wrap(l, width)).collect()
    };
    let height = usize::from(inside.height.saturating_sub(4));
    for (down, words) in lines.iter().take(height).enumerate() {
        put(buf, line(inside, 2 + down as u16), words, Style::new());
    }
    put(
        buf,
        foot(inside),
        "y sends  x exact request  esc closes",
        theme.dim(),
    );
}
