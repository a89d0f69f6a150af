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

use crate::console::content::mention::mentioned;
use crate::console::paint::{cursor, put, put_spans};
use crate::console::state::{Filling, FormView, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{Undo, text};
use crate::writes::{Choice, Field, Input, Planned};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

/// Draws the form.
pub fn draw(buf: &mut Buffer, inside: Rect, state: &State, view: &FormView, theme: &Theme) {
    let foot = line(inside, inside.height.saturating_sub(1));
    put(buf, line(inside, 0), &view.form.title, theme.title(true));
    put(buf, foot, &keys(view), theme.dim());
    let upper = Rect {
        y: inside.y + 1 + u16::from(inside.height > 12),
        height: fields_height(view, inside.height.saturating_sub(3)),
        ..inside
    };
    fields(buf, upper, view, theme);
    let rule = Rect {
        y: upper.bottom(),
        height: 1,
        ..inside
    };
    let width = usize::from(inside.width);
    put(
        buf,
        rule,
        &theme.glyph(Glyph::Rule).repeat(width),
        theme.dim(),
    );
    let y = rule.y + 1;
    let lower = Rect {
        y,
        height: foot.y.saturating_sub(y),
        ..inside
    };
    match &view.filling {
        Some(Filling::Words(input)) => typing(buf, lower, state, view, input, theme),
        Some(Filling::Choosing { typed, at }) => choices(buf, lower, view, typed, *at, theme),
        None => outcome(buf, lower, state, view, theme),
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

fn keys(view: &FormView) -> String {
    let field = view.form.fields.get(view.at).map(|f| &f.input);
    match (&view.filling, field) {
        (Some(Filling::Words(_)), Some(Input::Text)) => {
            "esc done  tab next  ctrl-e your editor  @ people and services".into()
        }
        (Some(Filling::Words(_)), _) => "enter next  esc done".into(),
        (Some(Filling::Choosing { .. }), Some(Input::PickMany(_))) => {
            "type to find  enter takes or drops  esc done".into()
        }
        (Some(Filling::Choosing { .. }), _) => "type to find  enter takes  esc leaves it".into(),
        _ if view.request => "y sends  x what it does  enter fills in  esc keeps and closes".into(),
        _ => "y sends  enter fills in  x exact request  esc keeps and closes  D drops".into(),
    }
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
        super::markdown::draw(buf, preview, &input.lines().join("\n"), theme);
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
fn outcome(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let width = usize::from(place.width).max(10);
    let lines = outcome_lines(state, view, width, theme);
    let height = usize::from(place.height);
    let top = view.top.min(lines.len().saturating_sub(height));
    for (down, (words, style)) in lines.iter().skip(top).take(height).enumerate() {
        put(buf, line(place, down as u16), words, *style);
    }
}

fn outcome_lines(
    state: &State,
    view: &FormView,
    width: usize,
    theme: &Theme,
) -> Vec<(String, Style)> {
    let styled = |lines: Vec<String>, style| lines.into_iter().map(move |l| (l, style));
    let mut lines = Vec::new();
    if let Some(note) = &view.note {
        lines.extend(styled(text::wrap(note, width), theme.warn()));
    }
    let now = state.now + state.clock_offset;
    match view.form.plan(now, &view.idempotency_seed) {
        Ok(planned) => {
            for one in &planned {
                let says = says(one, view.request, planned.len() > 1, width);
                lines.extend(styled(says, Style::new()));
            }
            if let Some(why) = no_way_back(&planned).filter(|_| !view.request) {
                let words = format!("Cannot be undone: {why}");
                lines.extend(styled(text::wrap(&words, width), theme.dim()));
            }
        }
        Err(wrong) => {
            let first = wrong
                .into_iter()
                .next()
                .map_or(String::new(), |(_, why)| why);
            lines.push((format!("Not yet: {first}."), theme.dim()));
        }
    }
    lines
}

/// What one write does; of several, each says whose it is.
fn says(planned: &Planned, as_request: bool, of_several: bool, width: usize) -> Vec<String> {
    if as_request {
        crate::console::paint::request_lines(&planned.write, width)
    } else if of_several {
        text::wrap(&planned.write.what, width)
    } else {
        planned
            .says
            .iter()
            .flat_map(|says| text::wrap(says, width))
            .collect()
    }
}

/// Why none of these can be undone, where that is so.
fn no_way_back(planned: &[Planned]) -> Option<&str> {
    let is_final = |one: &Planned| matches!(one.write.undo, Undo::Never(_));
    let first = planned.first().filter(|_| planned.iter().all(is_final))?;
    match &first.write.undo {
        Undo::Never(why) => Some(why),
        Undo::By { .. } => None,
    }
}
