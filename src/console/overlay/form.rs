//! A form: its fields above, below them what it changes, the exact request, or what is being filled in.
//!
//! ```text
//!  Post an update: INC-312 High error rate on checkout service
//!
//! ▌Message      Rolling back v2.1.0 in all regions
//!  Status       Fixing → Watching
//!  Severity     Storm
//! ──────────────────────────────────────────────────
//!  Posts an update to INC-312 and its channel #inc-312.
//!  Status: Fixing → Watching
//!  y sends  enter fills in  x exact request  esc keeps and closes
//! ```

use super::frame::{self, Offer};
use crate::console::action::Action;
use crate::console::content::form::outcome;
use crate::console::content::mention::mentioned;
use crate::console::cursor::Step;
use crate::console::markdown;
use crate::console::paint::{cursor, put, put_spans, style};
use crate::console::state::{Filling, FormView, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use crate::writes::{Choice, Field, Input};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

/// Where the parts of a form are.
struct Places {
    upper: Rect,
    rule: Rect,
    lower: Rect,
    foot: Rect,
}

fn places(inside: Rect, view: &FormView) -> Places {
    let foot = frame::foot(inside);
    let upper = Rect {
        y: inside.y + 1 + u16::from(inside.height > 12),
        height: fields_height(view, inside.height.saturating_sub(3)),
        ..inside
    };
    let rule = Rect {
        y: upper.bottom(),
        height: 1,
        ..inside
    };
    let lower = Rect {
        y: rule.y + 1,
        height: foot.y.saturating_sub(rule.y + 1),
        ..inside
    };
    Places {
        upper,
        rule,
        lower,
        foot,
    }
}

/// Draws the form.
pub(super) fn draw(buf: &mut Buffer, inside: Rect, state: &State, view: &FormView, theme: &Theme) {
    let places = places(inside, view);
    put(
        buf,
        frame::head(inside),
        &view.form.title,
        theme.title(true),
    );
    put(buf, places.foot, &footer(state, view), theme.dim());
    fields(buf, places.upper, view, theme);
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(inside.width));
    put(buf, places.rule, &rule, theme.dim());
    let lower = places.lower;
    match &view.filling {
        Some(Filling::Words(input)) => typing(buf, lower, state, view, input, theme),
        Some(Filling::Choosing { typed, at }) => choices(buf, lower, view, typed, *at, theme),
        None => draw_outcome(buf, lower, state, view, theme),
    }
}

/// The line so far down in a place.
fn line(place: Rect, down: u16) -> Rect {
    Rect {
        y: place.y + down,
        height: 1,
        ..place
    }
}

/// Where words or choices are filled in they need room; else the fields do.
fn fields_height(view: &FormView, room: u16) -> u16 {
    let fields = &view.form.fields;
    let wanted = fields.len() + fields.iter().filter(|f| f.error.is_some()).count();
    let most = match (view.filling.is_some(), room < 10) {
        (true, true) => 1,
        (true, false) | (false, true) => room / 3,
        (false, false) => room * 2 / 3,
    };
    (wanted as u16).min(most)
}

/// What the keys do, from the live table.
fn footer(state: &State, view: &FormView) -> String {
    let back = |words| -> Offer { (&[Action::Back], words) };
    let (done, takes): (Offer, Offer) = (back("done"), (&[Action::Open], "takes"));
    let (find, mentions) = ("type to find  ", "  @ people and services");
    let (before, offers, after) = match (&view.filling, view.input()) {
        (Some(Filling::Words(_)), Some(Input::Text)) => {
            let next: Offer = (&[Action::NextField], "next");
            let editor: Offer = (&[Action::HandToEditor], "your editor");
            ("", vec![done, next, editor], mentions)
        }
        (Some(Filling::Words(_)), _) => ("", vec![(&[Action::Open][..], "next"), done], ""),
        (Some(Filling::Choosing { .. }), Some(Input::PickMany(_))) => {
            let takes: Offer = (&[Action::Open], "takes or drops");
            (find, vec![takes, done], "")
        }
        (Some(Filling::Choosing { .. }), _) => (find, vec![takes, back("leaves it")], ""),
        (None, _) => ("", between(view.request), ""),
    };
    format!("{before}{}{after}", frame::footer(&state.keymap, &offers))
}

/// What the keys do between the fields.
fn between(as_request: bool) -> Vec<Offer> {
    let (send, fill): (Offer, Offer) = ((&[Action::Send], "sends"), (&[Action::Open], "fills in"));
    let close: Offer = (&[Action::Back], "keeps and closes");
    if as_request {
        let words: Offer = (&[Action::ShowRequest], "what it does");
        return vec![send, words, fill, close];
    }
    let request: Offer = (&[Action::ShowRequest], "exact request");
    vec![send, fill, request, close, (&[Action::Drop], "drops")]
}

/// One line a field: its name, what is in it, and below it what is wrong.
fn fields(buf: &mut Buffer, place: Rect, view: &FormView, theme: &Theme) {
    let fields = &view.form.fields;
    let widest = fields.iter().map(|f| text::columns(&f.label)).max();
    let label = widest.unwrap_or(0).clamp(8, 22) as u16;
    let mut lines: Vec<(usize, bool)> = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        lines.push((at, false));
        lines.extend(field.error.as_ref().map(|_| (at, true)));
    }
    let here = lines
        .iter()
        .rposition(|(at, _)| *at == view.at)
        .unwrap_or(0);
    let height = usize::from(place.height);
    let top = (here + 1).saturating_sub(height);
    for (down, (at, is_error)) in lines.iter().skip(top).take(height).enumerate() {
        let (row, field) = (line(place, down as u16), &fields[*at]);
        if *is_error {
            let says = field.error.as_deref().unwrap_or_default();
            put(buf, right_of(row, label + 3), says, theme.hot());
        } else {
            field_line(buf, row, label, field, *at == view.at, theme);
        }
    }
    if lines.len() > height {
        let more = format!(" {} of {} ", view.at + 1, fields.len());
        let wide = more.len() as u16;
        let y = place.y.saturating_sub(1);
        let corner = Rect::new(place.right().saturating_sub(wide), y, wide, 1);
        put(buf, corner, &more, theme.dim());
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

fn field_line(
    buf: &mut Buffer,
    row: Rect,
    label: u16,
    field: &Field,
    has_cursor: bool,
    theme: &Theme,
) {
    cursor(buf, row.x, row.y, has_cursor, true, theme);
    let style = if has_cursor {
        theme.accent()
    } else {
        Style::new()
    };
    put(
        buf,
        Rect {
            x: row.x + 1,
            width: label,
            ..row
        },
        &field.label,
        style,
    );
    let shown = shown(field, theme);
    let spans: Vec<(&str, Style)> = shown.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    put_spans(buf, right_of(row, label + 3), &spans);
}

/// What is in a field: what was there and what it becomes.
fn shown(field: &Field, theme: &Theme) -> Vec<(String, Style)> {
    let one_line = |text: String| text.replace('\n', " ");
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
    out.push((
        if now.is_empty() {
            "(cleared)".into()
        } else {
            now
        },
        theme.good(),
    ));
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

/// The words that are typed; of markdown, beside or below it, how it reads.
fn typing(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    input: &TextArea<'static>,
    theme: &Theme,
) {
    let field = view.form.fields.get(view.at);
    if !matches!(field.map(|f| &f.input), Some(Input::Text)) {
        input.render(
            Rect {
                height: place.height.min(1),
                ..place
            },
            buf,
        );
        let hint = field.map_or("", |f| f.hint.as_str());
        put(buf, line(place, 1), hint, theme.dim());
        return;
    }
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
        let last = Rect {
            y: place.bottom().saturating_sub(1),
            height: 1,
            ..place
        };
        put(buf, last, &names, theme.accent());
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
fn choices(buf: &mut Buffer, place: Rect, view: &FormView, typed: &str, at: usize, theme: &Theme) {
    let Some(field) = view.form.fields.get(view.at) else {
        return;
    };
    let prompt = [
        ("> ", theme.accent()),
        (typed, Style::new()),
        (" ", theme.selected()),
    ];
    put_spans(buf, line(place, 0), &prompt);
    let found = view.found();
    if found.is_empty() {
        put(buf, line(place, 1), "Nothing fits.", theme.dim());
        return;
    }
    let height = usize::from(place.height.saturating_sub(1));
    let top = (at + 1).saturating_sub(height);
    for (down, (n, choice)) in found.iter().enumerate().skip(top).take(height).enumerate() {
        choice_line(
            buf,
            line(place, 1 + down as u16),
            field,
            choice,
            n == at,
            theme,
        );
    }
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

/// What it changes, or the exact request.
fn draw_outcome(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let lines = outcome(state, view, usize::from(place.width).max(10));
    let shown = lines.iter().skip(view.cursor.top);
    for ((words, look), y) in shown.zip(place.y..place.bottom()) {
        let row = Rect::new(place.x, y, place.width, 1);
        put(buf, row, words, style(*look, theme));
    }
}

/// Rows it wants: the fields, and below them room for words, choices or a request.
pub(super) fn wanted(view: &FormView) -> usize {
    view.form.fields.len() + 20
}

/// What stands below the fields is read to its end and no further.
pub(super) fn settle(view: &mut FormView, state: &State) {
    let inside = frame::inside(frame::place(state.layout().body, wanted(view)));
    let below = places(inside, view).lower;
    let lines = outcome(state, view, usize::from(below.width).max(10));
    let rows = usize::from(below.height);
    view.cursor.read(Step::By(0), rows, lines.len());
}
