//! Words, titles and signs on the screen: what panes and overlays are painted with.

use super::action::Action;
use super::content::lines::{LineStyle, LinkedLine};
use super::freshness::{self, Late};
use super::link::LinkTarget;
use super::place::Pane;
use super::state::State;
use super::theme::{Glyph, Theme};
use crate::domain::{Instant, text, time};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Writes text at a place, cut to its width; returns the columns used.
pub(crate) fn put(buf: &mut Buffer, place: Rect, line: &str, style: Style) -> u16 {
    let width = usize::from(place.width.min(buf.area.right().saturating_sub(place.x)));
    if width == 0 || place.y >= buf.area.bottom() {
        return 0;
    }
    let fitted = text::fit(line, width);
    buf.set_stringn(place.x, place.y, &fitted, width, style);
    text::columns(&fitted) as u16
}

/// Writes spans one after another, cut at the right edge.
pub(crate) fn put_spans(buf: &mut Buffer, place: Rect, spans: &[(&str, Style)]) -> u16 {
    let mut used = 0;
    for (line, style) in spans {
        let left = place.width.saturating_sub(used);
        used += put(
            buf,
            Rect::new(place.x + used, place.y, left, 1),
            line,
            *style,
        );
    }
    used
}

/// A pane's title line: its number, its name, what is shown, and something at the right.
pub(crate) fn title(
    buf: &mut Buffer,
    place: Rect,
    pane: Pane,
    name: &[(&str, bool)],
    right: &str,
    state: &State,
    theme: &Theme,
) {
    let focused = state.focus == pane;
    let rule = theme.glyph(Glyph::Rule);
    let line = rule.repeat(usize::from(place.width));
    put(buf, Rect { height: 1, ..place }, &line, theme.dim());
    let mut x = place.x;
    let write = |buf: &mut Buffer, x: &mut u16, words: &str, style: Style| {
        let left = place.right().saturating_sub(*x);
        *x += put(buf, Rect::new(*x, place.y, left, 1), words, style);
    };
    write(
        buf,
        &mut x,
        &format!(" {} ", pane as usize + 1),
        if focused {
            theme.selected().patch(theme.accent())
        } else {
            theme.dim()
        },
    );
    for (word, strong) in name {
        let style = if *strong {
            theme.title(focused)
        } else {
            theme.dim()
        };
        write(buf, &mut x, &format!(" {word}"), style);
    }
    write(buf, &mut x, " ", Style::new());
    let named = name.first().map_or(0, |(word, _)| text::columns(word));
    let least = (place.x + 4).saturating_add(named as u16);
    match freshness::behind(state, pane) {
        Some(late) => draw_late(buf, place, least, (&late, right), theme),
        None => {
            let room = usize::from(place.right().saturating_sub(x + 1));
            let right = fitting(right, room);
            let _ = put_right(buf, place, x + 1, &[(right, theme.dim())]);
        }
    }
}

/// That something is old must be seen: it may cover what is said beside the pane's name, and goes without its reason, or
/// without what else would stand at the right, where there is no room.
fn draw_late(buf: &mut Buffer, place: Rect, from: u16, what: (&Late, &str), theme: &Theme) {
    let (late, right) = what;
    let (short, whole, dim) = (late.short(), late.to_string(), theme.dim());
    let _ = put_right(buf, place, from, &[(&whole, theme.warn()), (right, dim)])
        || put_right(buf, place, from, &[(&whole, theme.warn())])
        || put_right(buf, place, from, &[(short, theme.warn()), (right, dim)])
        || put_right(buf, place, 0, &[(short, theme.warn())]);
}

/// What of some parts, two spaces between them, has room at the right of a title: the last are missed most.
fn fitting(parts: &str, room: usize) -> &str {
    let mut left = parts;
    while text::columns(left) + 2 > room {
        match left.split_once("  ") {
            Some((_, rest)) => left = rest,
            None => break,
        }
    }
    left
}

/// Writes spans at the right of a title, each within blanks; not where they would reach left of a column.
fn put_right(buf: &mut Buffer, place: Rect, from: u16, spans: &[(&str, Style)]) -> bool {
    let said = spans.iter().filter(|(says, _)| !says.is_empty());
    let padded: Vec<(String, Style)> = said.map(|(s, style)| (format!(" {s} "), *style)).collect();
    let wide: usize = padded.iter().map(|(says, _)| text::columns(says)).sum();
    let fits = usize::from(from) + wide <= usize::from(place.right());
    if fits && wide > 0 {
        let x = place.right() - wide as u16;
        let spans: Vec<(&str, Style)> = padded.iter().map(|(s, style)| (&**s, *style)).collect();
        put_spans(buf, Rect::new(x, place.y, wide as u16, 1), &spans);
    }
    fits
}

/// The digits that lines are chosen by, in their order: as on a keyboard, the tenth is 0.
const DIGITS: &str = "1234567890";

/// The digit that chooses a line; none beyond the tenth.
pub(crate) fn digit(at: usize) -> Option<char> {
    DIGITS.chars().nth(at)
}

/// The line that a digit chooses.
pub(crate) fn chosen(digit: char) -> Option<usize> {
    DIGITS.chars().position(|d| d == digit)
}

/// The names of a pane's tabs, each behind the keys that go there, as many around the shown one as there is room for.
pub(crate) fn tabs(
    labels: &[&str],
    shown: usize,
    room: usize,
    state: &State,
) -> Vec<(String, bool)> {
    let key = state.keymap.key(Action::Tabs);
    let name = |at: usize| match (key, digit(at)) {
        ("", _) | (_, None) => labels[at].to_owned(),
        (key, Some(digit)) => format!("{key}{digit} {}", labels[at]),
    };
    let names: Vec<String> = (0..labels.len()).map(name).collect();
    let wide = |at: usize| text::columns(&names[at]) + 1;
    let (mut from, mut to) = (shown, shown + 1);
    // Two columns for the sign that there are more, at either end.
    let mut left = room.saturating_sub(wide(shown) + 4);
    while from > 0 || to < names.len() {
        if to < names.len() && wide(to) <= left {
            left -= wide(to);
            to += 1;
        } else if from > 0 && wide(from - 1) <= left {
            from -= 1;
            left -= wide(from);
        } else {
            break;
        }
    }
    let more = |there: bool| there.then(|| ("…".to_owned(), false));
    let named = (from..to).map(|at| (names[at].clone(), at == shown));
    let mut all: Vec<(String, bool)> = more(from > 0).into_iter().chain(named).collect();
    all.extend(more(to < labels.len()));
    all
}

/// The sign of the cursor in front of a line.
pub(crate) fn cursor(buf: &mut Buffer, x: u16, y: u16, here: bool, focused: bool, theme: &Theme) {
    if here {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Cursor),
            if focused { theme.accent() } else { theme.dim() },
        );
    }
}

/// The sign of a marked line, before it.
pub(crate) fn marked(buf: &mut Buffer, x: u16, y: u16, is_marked: bool, theme: &Theme) {
    if is_marked {
        put(
            buf,
            Rect::new(x, y, 1, 1),
            theme.glyph(Glyph::Mark),
            theme.accent().add_modifier(Modifier::BOLD),
        );
    }
}

/// A time as the user wants it: an age, or a clock.
pub(crate) fn when(state: &State, at: Instant) -> String {
    if state.absolute {
        state.zone.day_clock(state.now, at)
    } else {
        time::age(state.now, at)
    }
}

/// Words where there is nothing to list, below a pane's title: still loading, or nothing there.
pub(crate) fn empty(buf: &mut Buffer, place: Rect, arrived: bool, nothing: &str, theme: &Theme) {
    let line = if arrived { nothing } else { "Loading." };
    let width = place.width.saturating_sub(3);
    let lines = text::wrap(line, usize::from(width));
    for (line, y) in lines.iter().zip(place.y + 1..place.bottom()) {
        put(buf, Rect::new(place.x + 2, y, width, 1), line, theme.dim());
    }
}

/// A line, with a sign behind it where it leads on; marked where the cursor is on it.
pub(crate) fn linked(buf: &mut Buffer, row: Rect, line: &LinkedLine, here: bool, theme: &Theme) {
    if line.target == LinkTarget::Nowhere {
        put(buf, row, &line.words, style(line.look, theme));
        return;
    }
    let look = match here {
        true => theme.selected(),
        false => style(line.look, theme),
    };
    let room = usize::from(row.width).saturating_sub(2);
    let words = text::fit(&line.words, room);
    let sign = theme.glyph(Glyph::Leads);
    put_spans(
        buf,
        row,
        &[(&*words, look), (" ", Style::new()), (sign, theme.accent())],
    );
}

/// How a line looks.
pub(crate) fn style(look: LineStyle, theme: &Theme) -> Style {
    match look {
        LineStyle::Head => theme.accent(),
        LineStyle::Plain => Style::new(),
        LineStyle::Strong => Style::new().add_modifier(Modifier::BOLD),
        LineStyle::Quiet => theme.dim(),
        LineStyle::Good => theme.good(),
        LineStyle::Bad => theme.warn(),
    }
}
