//! The filter's field in the place of the status line, and below it what can be typed next.
//!
//! ```text
//! /service:che_                                        2 pages wait   
//!  checkout-service  checkout-web   tab takes  ctrl-n next  esc clears
//! ```

use crate::console::action::{Action, Context};
use crate::console::content::completions::{at_cursor, completions, told};
use crate::console::layout::Layout;
use crate::console::paint::{cursor, put, put_spans};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_textarea::TextArea;

/// Columns from which all of the keys are told.
const ROOMY: u16 = 110;

/// Draws the field, what waits for somebody at its right, and the words that could stand there next.
pub(super) fn draw(
    buf: &mut Buffer,
    layout: &Layout,
    (input, beside): (&TextArea<'_>, &[(String, Style)]),
    state: &State,
    theme: &Theme,
) {
    let used = draw_field(buf, layout.status, input, theme);
    let words: Vec<&str> = beside.iter().map(|(words, _)| words.as_str()).collect();
    let wide = words
        .iter()
        .map(|words| text::columns(words) + 2)
        .sum::<usize>() as u16;
    if used + wide + 2 < layout.status.width {
        let place = Rect::new(layout.status.right() - wide, layout.status.y, wide, 1);
        let spans: Vec<(&str, Style)> = beside
            .iter()
            .flat_map(|(words, style)| [(words.as_str(), *style), ("  ", Style::new())])
            .collect();
        put_spans(buf, place, &spans);
    }
    match told(state) {
        Some(told) => drop(put(buf, layout.keys, &format!(" {told}"), theme.warn())),
        None => draw_words(buf, layout.keys, state, theme),
    }
}

/// The field with its cursor; a text that is too long for it is shown from where the cursor is in sight.
fn draw_field(buf: &mut Buffer, place: Rect, input: &TextArea<'_>, theme: &Theme) -> u16 {
    let (before, after) = at_cursor(input);
    let room = usize::from(place.width).saturating_sub(3);
    let mut shown = before.as_str();
    while text::columns(shown) > room {
        shown = &shown[shown.chars().next().map_or(1, char::len_utf8)..];
    }
    let under = after.chars().next().unwrap_or(' ').to_string();
    let rest = after.get(under.len()..).unwrap_or_default();
    let spans = [
        ("/", theme.accent()),
        (shown, Style::new()),
        (under.as_str(), theme.selected()),
        (rest, Style::new()),
    ];
    put_spans(buf, place, &spans)
}

/// The words that could stand there next, the marked one in sight, and the keys.
fn draw_words(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let found = completions(state);
    let keys = keys(state, found.is_empty(), place.width >= ROOMY);
    let wide = text::columns(&keys) as u16;
    let room = place.width.saturating_sub(wide + 3);
    let first = first_shown(&found, state.completion, usize::from(room));
    let mut x = place.x + 1;
    for (at, completion) in found.iter().enumerate().skip(first) {
        let wide = text::columns(&completion.shown) as u16;
        if x + wide > place.x + room.max(12) {
            put(buf, Rect::new(x, place.y, 1, 1), "…", theme.dim());
            break;
        }
        cursor(buf, x - 1, place.y, at == state.completion, true, theme);
        let style = match at == state.completion {
            true => theme.selected(),
            false => theme.accent(),
        };
        x += put(
            buf,
            Rect::new(x, place.y, wide, 1),
            &completion.shown,
            style,
        ) + 2;
    }
    if x + wide <= place.right() {
        let place = Rect::new(place.right() - wide, place.y, wide, 1);
        put(buf, place, &keys, theme.dim());
    }
}

/// The first word of the stretch of words that the marked one stands in.
fn first_shown(found: &[crate::console::filter::Completion], marked: usize, room: usize) -> usize {
    let (mut first, mut used) = (0, 0);
    for (at, completion) in found.iter().enumerate().take(marked + 1) {
        let wide = text::columns(&completion.shown) + 2;
        if used + wide > room && at > first {
            (first, used) = (at, 0);
        }
        used += wide;
    }
    first
}

/// What the keys do here, from the live table.
fn keys(state: &State, nothing_found: bool, roomy: bool) -> String {
    let offers: [(Action, bool); 4] = [
        (Action::TakeCompletion, !nothing_found),
        (Action::NextCompletion, !nothing_found && roomy),
        (Action::Open, roomy || nothing_found),
        (Action::Back, true),
    ];
    let words = |action: Action| action.title_in(Context::Filter);
    offers
        .into_iter()
        .filter(|(_, shown)| *shown)
        .map(|(action, _)| format!("{} {}  ", state.keymap.key(action), words(action)))
        .collect()
}
