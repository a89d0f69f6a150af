//! The lower part of a form while a field is filled: a line, a text and how it reads, or choices.

use super::row_of;
use crate::console::content::form::{outcome, summary};
use crate::console::content::mention::mentioned;
use crate::console::cursor::edges;
use crate::console::markdown;
use crate::console::paint::{cursor, put, put_spans, style};
use crate::console::state::{FormView, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::text::columns;
use crate::writes::{Choice, Field, Input};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

/// Rows that one long line may take before it scrolls.
const LINE_ROWS: u16 = 3;

/// A line that is typed, what it may be, and what the form does by now.
pub(super) fn line(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    input: &TextArea<'static>,
    theme: &Theme,
) {
    let wide = input.lines().first().map_or(0, |line| columns(line)) as u16;
    // The cursor behind the last letter needs a column too.
    let rows = wide / place.width.max(1) + 1;
    let height = rows.min(LINE_ROWS).min(place.height);
    input.render(Rect { height, ..place }, buf);
    let below = Rect {
        y: place.y + height,
        height: place.height - height,
        ..place
    };
    let hint = view.field().map_or("", |f| f.hint.as_str());
    let lines = outcome(state, view, usize::from(place.width).max(10));
    let hint = (!hint.is_empty()).then(|| (hint.to_owned(), theme.dim()));
    let gap = hint.is_some().then(|| (String::new(), Style::new()));
    let outcome = lines
        .into_iter()
        .map(|(words, look)| (words, style(look, theme)));
    let shown = hint.into_iter().chain(gap).chain(outcome);
    for ((words, style), y) in shown.zip(below.y..below.bottom()) {
        put(buf, Rect::new(place.x, y, place.width, 1), &words, style);
    }
}

/// A text that is typed; beside or below it how its markdown reads, and at the end what the form does by now.
pub(super) fn text(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    input: &TextArea<'static>,
    theme: &Theme,
) {
    let place = above_summary(buf, place, state, view, theme);
    let mention = mentioned(state, view);
    let below = u16::from(mention.is_some());
    let body = Rect {
        height: place.height.saturating_sub(below),
        ..place
    };
    let (editor, preview) = editor_and_preview(body);
    input.render(editor, buf);
    if preview.height > 0 {
        divide(buf, editor, preview, theme);
        markdown::draw(buf, preview, &input.lines().join("\n"), theme);
    }
    if let Some((_, names)) = mention {
        let names = format!("tab: {}", names.join("  "));
        let last = row_of(place, place.height.saturating_sub(1));
        put(buf, last, &names, theme.accent());
    }
}

/// Draws in the last lines what the form does by now, where there is room, and gives what is left above it.
fn above_summary(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    theme: &Theme,
) -> Rect {
    let above = without_summary(place, view);
    let all = summary(state, view);
    for ((words, look), down) in all.iter().zip(above.height + 1..place.height) {
        put(buf, row_of(place, down), words, style(*look, theme));
    }
    above
}

/// What is left above the lines that sum the form up, where there is room for them, and an empty line.
fn without_summary(place: Rect, view: &FormView) -> Rect {
    /// Rows that what is filled in needs, with the empty line below it.
    const ROOM: u16 = 4;
    let wanted = 1 + u16::from(view.note.is_some());
    let count = wanted.min(place.height.saturating_sub(ROOM));
    let taken = count + u16::from(count > 0);
    Rect {
        height: place.height - taken,
        ..place
    }
}

/// Side by side where that leaves either enough to read; else one below the other.
fn editor_and_preview(body: Rect) -> (Rect, Rect) {
    if body.width >= 90 {
        let half = body.width / 2;
        let right = Rect {
            x: body.x + half + 1,
            width: body.width - half - 1,
            ..body
        };
        return (
            Rect {
                width: half - 1,
                ..body
            },
            right,
        );
    }
    let half = body.height.div_ceil(2);
    let height = body.height.saturating_sub(half + 1);
    (
        Rect {
            height: half,
            ..body
        },
        Rect {
            y: body.y + half + 1,
            height,
            ..body
        },
    )
}

/// The line between what is typed and how it reads.
fn divide(buf: &mut Buffer, editor: Rect, preview: Rect, theme: &Theme) {
    if preview.x == editor.x {
        let above = Rect {
            y: preview.y - 1,
            height: 1,
            ..preview
        };
        let rule = theme.glyph(Glyph::Rule).repeat(usize::from(preview.width));
        put(buf, above, &rule, theme.dim());
        return;
    }
    for y in preview.y..preview.bottom() {
        let left = Rect::new(preview.x - 2, y, 1, 1);
        put(buf, left, theme.glyph(Glyph::Wall), theme.dim());
    }
}

/// What can be chosen; what cannot, with the reason.
pub(super) fn choices(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    (typed, at): (&TextArea<'static>, Option<usize>),
    theme: &Theme,
) {
    let Some(field) = view.field().filter(|_| place.height > 0) else {
        return;
    };
    let place = above_summary(buf, place, state, view, theme);
    let first = row_of(place, 0);
    let used = put(buf, first, "> ", theme.accent());
    let behind = Rect {
        x: first.x + used,
        width: first.width.saturating_sub(used),
        ..first
    };
    typed.render(behind, buf);
    let found = view.found();
    if found.is_empty() {
        put(buf, row_of(place, 1), "Nothing fits.", theme.dim());
        return;
    }
    let (top, height) = window(place, at);
    for (down, (n, choice)) in found.iter().enumerate().skip(top).take(height).enumerate() {
        let row = row_of(place, 1 + down as u16);
        let before = row.x.saturating_sub(1);
        cursor(buf, before, row.y, Some(n) == at, true, theme);
        choice_line(buf, row, field, choice, Some(n) == at, theme);
    }
}

/// The first choice that is shown, and how many have room below the line that is typed in.
fn window(place: Rect, at: Option<usize>) -> (usize, usize) {
    let height = usize::from(place.height.saturating_sub(1));
    ((at.unwrap_or(0) + 1).saturating_sub(height), height)
}

/// How many choices are out of sight.
pub(super) fn hidden_choices(view: &FormView, place: Rect, at: Option<usize>) -> Option<String> {
    let (top, height) = window(without_summary(place, view), at);
    let below = view.found().len().saturating_sub(top + height);
    edges(top, below)
}

fn choice_line(
    buf: &mut Buffer,
    row: Rect,
    field: &Field,
    choice: &Choice,
    has_cursor: bool,
    theme: &Theme,
) {
    let mark = match (&field.input, field.value.contains(&choice.id)) {
        (Input::PickMany(_), true) => "[x] ",
        (Input::PickMany(_), false) => "[ ] ",
        (_, true) => "* ",
        _ => "  ",
    };
    let style = match (has_cursor, choice.blocked.is_some()) {
        (true, _) => theme.selected(),
        (_, true) => theme.dim(),
        _ => Style::new(),
    };
    let refusal = choice
        .blocked
        .as_ref()
        .map(|why| format!("not here: {why}"));
    let spans = [
        (mark, theme.accent()),
        (&choice.label, style),
        ("  ", Style::new()),
        (refusal.as_ref().unwrap_or(&choice.note), theme.dim()),
    ];
    put_spans(buf, row, &spans);
}
