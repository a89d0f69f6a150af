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
use crate::domain::text;
use crate::writes::{Field, Input};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Draws the form.
pub fn draw(buf: &mut Buffer, inside: Rect, state: &State, view: &FormView, theme: &Theme) {
    put(
        buf,
        Rect {
            height: 1,
            ..inside
        },
        &view.form.title,
        theme.title(true),
    );
    let foot = Rect {
        y: inside.bottom().saturating_sub(1),
        height: 1,
        ..inside
    };
    put(buf, foot, &keys(view), theme.dim());
    // Where words or choices are filled in they need room; else the fields do.
    let room = inside.height.saturating_sub(3);
    let wanted = (view.form.fields.len()
        + view
            .form
            .fields
            .iter()
            .filter(|f| f.error.is_some())
            .count()) as u16;
    let most = match (view.filling.is_some(), room < 10) {
        (true, true) => 1,
        (true, false) => room / 3,
        (false, true) => room / 3,
        (false, false) => room * 2 / 3,
    };
    let upper = Rect {
        y: inside.y + 1 + u16::from(inside.height > 12),
        height: wanted.min(most),
        ..inside
    };
    fields(buf, upper, view, theme);
    let rule = Rect {
        y: upper.bottom(),
        height: 1,
        ..inside
    };
    put(
        buf,
        rule,
        &theme.glyph(Glyph::Rule).repeat(usize::from(inside.width)),
        theme.dim(),
    );
    let lower = Rect {
        y: rule.y + 1,
        height: foot.y.saturating_sub(rule.y + 1),
        ..inside
    };
    match &view.filling {
        Some(Filling::Words(input)) => typing(buf, lower, state, view, input, theme),
        Some(Filling::Choosing { typed, at }) => choices(buf, lower, view, typed, *at, theme),
        None => outcome(buf, lower, state, view, theme),
    }
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
    let label = view
        .form
        .fields
        .iter()
        .map(|f| text::columns(&f.label))
        .max()
        .unwrap_or(0)
        .clamp(8, 22) as u16;
    let mut lines: Vec<(usize, bool)> = Vec::new();
    for (at, field) in view.form.fields.iter().enumerate() {
        lines.push((at, false));
        lines.extend(field.error.as_ref().map(|_| (at, true)));
    }
    let here = lines
        .iter()
        .rposition(|(at, _)| *at == view.at)
        .unwrap_or(0);
    let height = usize::from(place.height);
    let top = (here + 1).saturating_sub(height);
    for (line, (at, is_error)) in lines.iter().skip(top).take(height).enumerate() {
        let (y, field) = (place.y + line as u16, &view.form.fields[*at]);
        if *is_error {
            let says = field.error.as_deref().unwrap_or_default();
            put(
                buf,
                Rect::new(
                    place.x + label + 3,
                    y,
                    place.width.saturating_sub(label + 3),
                    1,
                ),
                says,
                theme.hot(),
            );
            continue;
        }
        let focused = *at == view.at;
        cursor(buf, place.x, y, focused, true, theme);
        put(
            buf,
            Rect::new(place.x + 1, y, label, 1),
            &field.label,
            if focused {
                theme.accent()
            } else {
                Style::new()
            },
        );
        let value = Rect::new(
            place.x + label + 3,
            y,
            place.width.saturating_sub(label + 3),
            1,
        );
        put_spans(
            buf,
            value,
            &shown(field, theme)
                .iter()
                .map(|(t, s)| (t.as_str(), *s))
                .collect::<Vec<_>>(),
        );
    }
    if lines.len() > height {
        let more = format!(" {} of {} ", view.at + 1, view.form.fields.len());
        let wide = more.len() as u16;
        put(
            buf,
            Rect::new(
                place.right().saturating_sub(wide),
                place.y.saturating_sub(1),
                wide,
                1,
            ),
            &more,
            theme.dim(),
        );
    }
}

/// What is in a field: what was there and what it becomes.
fn shown(field: &Field, theme: &Theme) -> Vec<(String, Style)> {
    let one_line = |text: String| text.replace('\n', " ");
    let now = one_line(field.shown());
    if field.value.is_empty() && !field.is_changed() {
        // In brackets, so that nobody takes what to fill in for what is there.
        let hint = [if field.required { "needed" } else { "" }, &field.hint]
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        return vec![(
            if hint.is_empty() {
                String::new()
            } else {
                format!("({hint})")
            },
            theme.dim(),
        )];
    }
    if !field.is_changed() {
        return vec![(now, Style::new())];
    }
    let was = one_line(field.words(&field.was));
    let is_short = field.input.choices().is_some() && !was.is_empty();
    let mut out = if is_short {
        vec![(format!("{was} → "), theme.dim())]
    } else {
        Vec::new()
    };
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

/// The words that are typed; of markdown, beside or below it, how it reads.
fn typing(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    view: &FormView,
    input: &tui_textarea::TextArea<'static>,
    theme: &Theme,
) {
    let field = view.form.fields.get(view.at);
    let several = matches!(field.map(|f| &f.input), Some(Input::Text));
    if !several {
        input.render(
            Rect {
                height: place.height.min(1),
                ..place
            },
            buf,
        );
        let hint = field.map_or("", |f| f.hint.as_str());
        put(
            buf,
            Rect {
                y: place.y + 1,
                height: 1,
                ..place
            },
            hint,
            theme.dim(),
        );
        return;
    }
    let mention = mentioned(state, view);
    let below = u16::from(mention.is_some());
    let body = Rect {
        height: place.height.saturating_sub(below),
        ..place
    };
    let (editor, preview) = if body.width >= 90 {
        let half = body.width / 2;
        (
            Rect {
                width: half - 1,
                ..body
            },
            Rect {
                x: body.x + half + 1,
                width: body.width - half - 1,
                ..body
            },
        )
    } else {
        let half = body.height.div_ceil(2);
        (
            Rect {
                height: half,
                ..body
            },
            Rect {
                y: body.y + half + 1,
                height: body.height.saturating_sub(half + 1),
                ..body
            },
        )
    };
    input.render(editor, buf);
    if preview.height > 0 {
        if preview.x == editor.x {
            put(
                buf,
                Rect {
                    y: preview.y - 1,
                    height: 1,
                    ..preview
                },
                &theme.glyph(Glyph::Rule).repeat(usize::from(preview.width)),
                theme.dim(),
            );
        } else {
            for y in preview.y..preview.bottom() {
                put(
                    buf,
                    Rect::new(preview.x - 2, y, 1, 1),
                    theme.glyph(Glyph::Wall),
                    theme.dim(),
                );
            }
        }
        super::markdown::draw(buf, preview, &input.lines().join("\n"), theme);
    }
    if let Some((_, names)) = mention {
        let line = format!("tab: {}", names.join("  "));
        put(
            buf,
            Rect {
                y: place.bottom().saturating_sub(1),
                height: 1,
                ..place
            },
            &line,
            theme.accent(),
        );
    }
}

/// What can be chosen; what cannot, with the reason.
fn choices(buf: &mut Buffer, place: Rect, view: &FormView, typed: &str, at: usize, theme: &Theme) {
    let found = view.found();
    let Some(field) = view.form.fields.get(view.at) else {
        return;
    };
    put_spans(
        buf,
        Rect { height: 1, ..place },
        &[
            ("> ", theme.accent()),
            (typed, Style::new()),
            (" ", theme.selected()),
        ],
    );
    let height = usize::from(place.height.saturating_sub(1));
    let top = (at + 1).saturating_sub(height);
    for (line, (n, choice)) in found.iter().enumerate().skip(top).take(height).enumerate() {
        let y = place.y + 1 + line as u16;
        let taken = field.value.contains(&choice.id);
        let mark = match (&field.input, taken) {
            (Input::PickMany(_), true) => "[x] ",
            (Input::PickMany(_), false) => "[ ] ",
            (_, true) => "* ",
            _ => "  ",
        };
        let style = match (n == at, choice.blocked.is_some()) {
            (true, _) => theme.selected(),
            (_, true) => theme.dim(),
            _ => Style::new(),
        };
        let note = choice
            .blocked
            .as_ref()
            .map_or_else(|| choice.note.clone(), |why| format!("not here: {why}"));
        let row = Rect::new(place.x, y, place.width, 1);
        put_spans(
            buf,
            row,
            &[
                (mark, theme.accent()),
                (&choice.label, style),
                ("  ", Style::new()),
                (&note, theme.dim()),
            ],
        );
    }
    if found.is_empty() {
        put(
            buf,
            Rect {
                y: place.y + 1,
                height: 1,
                ..place
            },
            "Nothing fits.",
            theme.dim(),
        );
    }
}

/// What it changes, or the exact request.
fn outcome(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let mut lines: Vec<(String, Style)> = Vec::new();
    let width = usize::from(place.width).max(10);
    if let Some(note) = &view.note {
        lines.extend(
            text::wrap(note, width)
                .into_iter()
                .map(|l| (l, theme.warn())),
        );
    }
    match view
        .form
        .plan(state.now + state.clock_offset, &view.idempotency_seed)
    {
        Ok(planned) => {
            for one in &planned {
                let says = match (view.request, planned.len()) {
                    (true, _) => crate::console::paint::request_lines(&one.write, width),
                    (_, 1) => one.says.iter().flat_map(|l| text::wrap(l, width)).collect(),
                    // Of several, each says whose it is.
                    _ => text::wrap(&one.write.what, width),
                };
                lines.extend(says.into_iter().map(|l| (l, Style::new())));
            }
            let once = planned
                .iter()
                .all(|p| matches!(p.write.undo, crate::domain::Undo::Never(_)));
            if let (true, false, Some(one)) = (once, view.request, planned.first())
                && let crate::domain::Undo::Never(why) = &one.write.undo
            {
                lines.extend(
                    text::wrap(&format!("Cannot be undone: {why}"), width)
                        .into_iter()
                        .map(|l| (l, theme.dim())),
                );
            }
        }
        Err(wrong) => {
            let first = wrong
                .first()
                .map(|(_, why)| why.clone())
                .unwrap_or_default();
            lines.push((format!("Not yet: {first}."), theme.dim()));
        }
    }
    let height = usize::from(place.height);
    let top = view.top.min(lines.len().saturating_sub(height));
    for (n, (line, style)) in lines.iter().skip(top).take(height).enumerate() {
        put(
            buf,
            Rect::new(place.x, place.y + n as u16, place.width, 1),
            line,
            *style,
        );
    }
}
