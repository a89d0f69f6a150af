//! The upper part of a form: a line a field with what is in it and what is wrong with it, and the line that sends.

use super::{row_of, widest};
use crate::console::action::Action;
use crate::console::paint::{cursor, put, put_spans};
use crate::console::state::{FormView, State};
use crate::console::theme::Theme;
use crate::writes::{Field, Form, overruled};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A line of the upper part.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Field(usize),
    Error(usize),
    Send,
}

/// Rows from which on the line that sends is always among them.
const ROOM: usize = 3;

/// Draws as many as there is room for, the marked one among them.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let fields = &view.form.fields;
    let label = widest(fields.iter().map(|f| f.label.as_str()));
    let mut lines = lines(fields);
    let marked = |line: &Line| match line {
        Line::Field(at) | Line::Error(at) => *at == view.at,
        Line::Send => view.at >= fields.len(),
    };
    let height = usize::from(place.height);
    let hidden = lines.len() > height;
    if hidden && height >= ROOM {
        // The line that sends stays in sight; the fields go by above it.
        let here = lines.iter().rposition(marked).unwrap_or(0);
        let top = (here + 2).saturating_sub(height).min(lines.len() - height);
        lines.drain(..top);
        lines.drain(height - 1..lines.len() - 1);
    } else if hidden {
        let here = lines.iter().rposition(marked).unwrap_or(0);
        lines.drain(..(here + 1).saturating_sub(height));
    }
    for (down, line) in lines.iter().take(height).enumerate() {
        let row = row_of(place, down as u16);
        match line {
            Line::Error(at) => {
                let says = fields[*at].error.as_deref().unwrap_or_default();
                put(buf, right_of(row, label + 3), says, theme.hot());
            }
            Line::Field(at) => {
                let field = &fields[*at];
                let spans = shown(&view.form, field, theme);
                one(buf, row, (label, &field.label), &spans, marked(line), theme);
            }
            Line::Send => {
                let spans = [(how_to_send(state, view), theme.dim())];
                one(buf, row, (label, "Send"), &spans, marked(line), theme);
            }
        }
    }
    if let Some(more) = which(view, place) {
        let wide = more.len() as u16;
        let y = place.y.saturating_sub(1);
        let corner = Rect::new(place.right().saturating_sub(wide), y, wide, 1);
        put(buf, corner, &more, theme.dim());
    }
}

/// Which of how many the marked field is, where not all have room; it stands above them at the right.
pub(super) fn which(view: &FormView, place: Rect) -> Option<String> {
    let fields = &view.form.fields;
    let hidden = lines(fields).len() > usize::from(place.height);
    let says = || format!(" {} of {} ", view.at + 1, fields.len());
    (hidden && view.at < fields.len()).then(says)
}

fn lines(fields: &[Field]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        lines.push(Line::Field(at));
        lines.extend(field.error.as_ref().map(|_| Line::Error(at)));
    }
    lines.push(Line::Send);
    lines
}

fn how_to_send(state: &State, view: &FormView) -> String {
    let key = |action| state.keymap.key(action);
    if view.filling.is_none() {
        format!("{} or {}", key(Action::Send), key(Action::Open))
    } else {
        format!("{} from any field", key(Action::SendForm))
    }
}

/// What is left of a line beyond its first columns.
fn right_of(row: Rect, columns: u16) -> Rect {
    let width = row.width.saturating_sub(columns);
    Rect {
        x: row.x + columns,
        width,
        ..row
    }
}

fn one(
    buf: &mut Buffer,
    row: Rect,
    (width, label): (u16, &str),
    shown: &[(String, Style)],
    is_marked: bool,
    theme: &Theme,
) {
    cursor(buf, row.x, row.y, is_marked, true, theme);
    let style = if is_marked {
        theme.accent()
    } else {
        Style::new()
    };
    let x = row.x + 1;
    put(buf, Rect { x, width, ..row }, label, style);
    let spans: Vec<(&str, Style)> = shown.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    put_spans(buf, right_of(row, width + 3), &spans);
}

/// What is in a field: what was there and what it becomes.
fn shown(form: &Form, field: &Field, theme: &Theme) -> Vec<(String, Style)> {
    let one_line = |text: String| text.replace('\n', " ");
    if let Some(instead) = overruled(form, field) {
        return vec![(instead.to_owned(), theme.good())];
    }
    if field.value.is_empty() && !field.is_changed() {
        return vec![(hint(field), theme.dim())];
    }
    let now = one_line(field.shown());
    if !field.is_changed() {
        return vec![(now, Style::new())];
    }
    let was = one_line(field.words(&field.was));
    let is_short = field.input.choices().is_some() && !was.is_empty();
    let mut out = Vec::new();
    if is_short {
        out.push((format!("{was} → "), theme.dim()));
    }
    let now = if now.is_empty() {
        "(cleared)".into()
    } else {
        now
    };
    out.push((now, theme.good()));
    out
}

/// What to fill in, in brackets, so that nobody takes it for what is there.
fn hint(field: &Field) -> String {
    let needed = if field.required { "needed" } else { "" };
    match (needed, field.hint.as_str()) {
        ("", "") => String::new(),
        (one, "") | ("", one) => format!("({one})"),
        (needed, hint) => format!("({needed}: {hint})"),
    }
}
