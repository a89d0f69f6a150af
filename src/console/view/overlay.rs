//! What lies over the panes: help, the palette, text to read.

use super::{form, investigation, journal, put, review};
use crate::console::action::{ACTIONS, Context};
use crate::console::state::{Overlay, Prompt, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{TimelineEntry, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Draws the overlay on top.
pub fn draw(buf: &mut Buffer, body: Rect, overlay: &Overlay, state: &State, theme: &Theme) {
    let wanted = match overlay {
        Overlay::Text { lines, .. } => {
            let width = usize::from(inner(body, u16::MAX).width)
                .saturating_sub(4)
                .max(1);
            lines
                .iter()
                .map(|line| text::columns(line).div_ceil(width).max(1))
                .sum::<usize>()
                + 4
        }
        Overlay::Prompt { .. } => 5,
        Overlay::Evidence { id, .. } => {
            let fact = state
                .investigation()
                .and_then(|p| p.finding.as_ref())
                .and_then(|f| f.evidence(id));
            let words = fact.map_or(0, |e| {
                investigation::evidence_text(
                    state,
                    e,
                    usize::from(inner(body, u16::MAX).width).saturating_sub(4),
                )
                .len()
            });
            if fact.is_some_and(|e| !e.points.is_empty()) {
                usize::from(u16::MAX)
            } else {
                words + 5
            }
        }
        Overlay::Opening { .. } => 5,
        Overlay::Panel { .. } => 16,
        // The fields, and below them room for words, choices or a request.
        Overlay::Form(view) => view.form.fields.len() + 20,
        Overlay::Results(keys) => keys.len() + 5,
        Overlay::Help { .. }
        | Overlay::Palette { .. }
        | Overlay::Review(_)
        | Overlay::Drafted { .. }
        | Overlay::Journal { .. } => usize::from(u16::MAX),
    };
    let place = inner(body, u16::try_from(wanted).unwrap_or(u16::MAX));
    frame(buf, place, theme);
    let inside = Rect::new(
        place.x + 2,
        place.y + 1,
        place.width.saturating_sub(4),
        place.height.saturating_sub(2),
    );
    match overlay {
        Overlay::Opening { kind, keys } => {
            put(
                buf,
                Rect {
                    height: 1,
                    ..inside
                },
                kind.title(),
                theme.title(true),
            );
            let kept = if keys.is_empty() {
                String::new()
            } else {
                format!("; {} keys wait for the form", keys.len())
            };
            put(
                buf,
                Rect {
                    y: inside.y + 1,
                    height: 1,
                    ..inside
                },
                &format!("Reading the incident as it is now{kept}."),
                theme.dim(),
            );
        }
        Overlay::Form(view) => form::draw(buf, inside, state, view, theme),
        Overlay::Panel {
            write,
            says,
            request,
        } => journal::panel(buf, inside, write, says, *request, theme),
        Overlay::Journal { id, at } => journal::draw(buf, inside, state, id.as_deref(), *at, theme),
        Overlay::Results(keys) => journal::results(buf, inside, state, keys, theme),
        Overlay::Drafted { title, lines, at } => drafted(buf, inside, title, lines, *at, theme),
        Overlay::Evidence { id, top } => {
            let finding = state.investigation().and_then(|p| p.finding.as_ref());
            if let Some((finding, e)) = finding.and_then(|f| Some((f, f.evidence(id)?))) {
                investigation::draw_evidence(buf, inside, state, e, finding, *top, theme);
            }
        }
        Overlay::Review(review) => {
            if let Some(investigation) = state.investigation() {
                review::draw(buf, inside, state, investigation, review, theme);
            }
        }
        Overlay::Prompt { what, input } => {
            let head = match what {
                Prompt::Evidence => {
                    "A fact to add to the investigation; Enter adds it and investigates again"
                }
                Prompt::Question => "A question about the evidence; Enter asks",
            };
            put(
                buf,
                Rect {
                    height: 1,
                    ..inside
                },
                head,
                theme.title(true),
            );
            (&**input).render(
                Rect {
                    y: inside.y + 1,
                    height: 1,
                    ..inside
                },
                buf,
            );
        }
        Overlay::Help { typed, top } => {
            let lines = help(state, typed);
            let head = if typed.is_empty() {
                "Keys that work here; type to search".to_owned()
            } else {
                format!("Keys: {typed}")
            };
            text_lines(buf, inside, &head, &lines, *top, theme);
        }
        Overlay::Text {
            title, lines, top, ..
        } => {
            let width = usize::from(inside.width);
            let wrapped: Vec<String> = lines
                .iter()
                .flat_map(|line| {
                    if text::columns(line) <= width {
                        vec![line.clone()]
                    } else {
                        text::wrap(line, width)
                    }
                })
                .collect();
            text_lines(buf, inside, title, &wrapped, *top, theme);
        }
        Overlay::Palette {
            input,
            hits,
            at,
            actions_only,
            ..
        } => {
            let typed = input.lines().concat();
            put(
                buf,
                Rect {
                    height: 1,
                    ..inside
                },
                &format!("{} {typed}", if *actions_only { ":" } else { ">" }),
                theme.accent(),
            );
            let x =
                2 + text::columns(&typed.chars().take(input.cursor().1).collect::<String>()) as u16;
            put(
                buf,
                Rect::new(
                    inside.x + x.min(inside.width.saturating_sub(1)),
                    inside.y,
                    1,
                    1,
                ),
                &typed
                    .chars()
                    .nth(input.cursor().1)
                    .unwrap_or(' ')
                    .to_string(),
                theme.selected(),
            );
            let height = usize::from(inside.height.saturating_sub(2));
            let top = (at + 1).saturating_sub(height);
            for (line, (n, hit)) in hits.iter().enumerate().skip(top).take(height).enumerate() {
                let y = inside.y + 2 + line as u16;
                let style = if n == *at {
                    theme.selected()
                } else {
                    Style::new()
                };
                put(buf, Rect::new(inside.x, y, 9, 1), hit.kind, theme.dim());
                put(
                    buf,
                    Rect::new(inside.x + 9, y, inside.width.saturating_sub(24), 1),
                    &hit.label,
                    style,
                );
                put(
                    buf,
                    Rect::new(inside.right().saturating_sub(14), y, 14, 1),
                    &hit.note,
                    theme.accent(),
                );
            }
            if hits.is_empty() {
                put(
                    buf,
                    Rect::new(inside.x, inside.y + 2, inside.width, 1),
                    "Nothing found.",
                    theme.dim(),
                );
            }
        }
    }
}

/// A draft: the line of the cursor is marked, and at the foot stands the row it was made from.
fn drafted(
    buf: &mut Buffer,
    inside: Rect,
    title: &str,
    lines: &[crate::draft::Line],
    at: usize,
    theme: &Theme,
) {
    put(
        buf,
        Rect {
            height: 1,
            ..inside
        },
        title,
        theme.title(true),
    );
    let width = usize::from(inside.width.saturating_sub(2)).max(10);
    let rows: Vec<(usize, String)> = lines
        .iter()
        .enumerate()
        .flat_map(|(n, l)| {
            let wrapped = if l.text.is_empty() {
                vec![String::new()]
            } else {
                text::wrap(&l.text, width)
            };
            wrapped.into_iter().map(move |w| (n, w))
        })
        .collect();
    let height = usize::from(inside.height.saturating_sub(4));
    let here = rows.iter().position(|(n, _)| *n == at).unwrap_or(0);
    let top = here
        .saturating_sub(height / 2)
        .min(rows.len().saturating_sub(height));
    for (y, (n, words)) in rows.iter().skip(top).take(height).enumerate() {
        let y = inside.y + 2 + y as u16;
        super::cursor(buf, inside.x, y, *n == at, true, theme);
        let style = if lines[*n].text.starts_with('#') {
            theme.accent()
        } else {
            Style::new()
        };
        put(
            buf,
            Rect::new(inside.x + 2, y, inside.width.saturating_sub(2), 1),
            words,
            style,
        );
    }
    let from = lines
        .get(at)
        .and_then(|l| l.row.as_deref())
        .map_or("no row: a heading or a gap".to_owned(), |row| {
            format!("from {row}; Enter goes there")
        });
    put(
        buf,
        Rect {
            y: inside.bottom().saturating_sub(1),
            height: 1,
            ..inside
        },
        &format!("{from}  y copies all  I takes it into a form  Esc closes"),
        theme.dim(),
    );
}

/// The place of an overlay: no wider than text reads well, no higher than it needs.
fn inner(body: Rect, wanted: u16) -> Rect {
    let width = body
        .width
        .saturating_sub(4)
        .min(110)
        .max(body.width.min(40));
    // A small screen has no room for a margin.
    let margin = if body.height < 16 { 0 } else { 2 };
    let height = body
        .height
        .saturating_sub(margin)
        .min(40)
        .min(wanted)
        .max(body.height.min(6));
    Rect::new(
        body.x + (body.width - width) / 2,
        body.y + (body.height - height) / 2,
        width,
        height,
    )
}

fn frame(buf: &mut Buffer, place: Rect, theme: &Theme) {
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(place.width));
    for y in place.y..place.bottom() {
        put(
            buf,
            Rect::new(place.x, y, place.width, 1),
            &" ".repeat(usize::from(place.width)),
            Style::reset(),
        );
        put(
            buf,
            Rect::new(place.x, y, 1, 1),
            theme.glyph(Glyph::Wall),
            theme.accent(),
        );
        put(
            buf,
            Rect::new(place.right() - 1, y, 1, 1),
            theme.glyph(Glyph::Wall),
            theme.accent(),
        );
    }
    put(buf, Rect { height: 1, ..place }, &rule, theme.accent());
    put(
        buf,
        Rect {
            y: place.bottom() - 1,
            height: 1,
            ..place
        },
        &rule,
        theme.accent(),
    );
}

fn text_lines(
    buf: &mut Buffer,
    place: Rect,
    head: &str,
    lines: &[String],
    top: usize,
    theme: &Theme,
) {
    put(buf, Rect { height: 1, ..place }, head, theme.title(true));
    let height = usize::from(place.height.saturating_sub(2));
    let top = top.min(lines.len().saturating_sub(height));
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        put(
            buf,
            Rect::new(place.x, place.y + 2 + n as u16, place.width, 1),
            line,
            Style::new(),
        );
    }
    if lines.len() > height {
        let more = format!(
            " {}-{} of {} ",
            top + 1,
            (top + height).min(lines.len()),
            lines.len()
        );
        let wide = more.len() as u16;
        put(
            buf,
            Rect::new(place.right().saturating_sub(wide), place.y, wide, 1),
            &more,
            theme.dim(),
        );
    }
}

/// The keys that work in the focused pane, from the live table.
fn help(state: &State, typed: &str) -> Vec<String> {
    let here = [
        Context::List,
        Context::Detail,
        Context::OnCall,
        Context::Catalog,
    ][state.focus as usize];
    let word = typed.to_lowercase();
    let rows = ACTIONS
        .iter()
        .filter(|row| row.context == here || row.context == Context::Everywhere);
    let mut rows: Vec<_> = rows
        .filter(|row| text::contains_folded(&format!("{} {}", row.title, row.help), &word))
        .collect();
    rows.sort_by_key(|row| row.context == Context::Everywhere);
    let says = |row: &&crate::console::action::ActionSpec| {
        let why = row.action.kind().and_then(|kind| state.obstacle(kind));
        let help = why.map_or_else(|| row.help.to_owned(), |why| format!("Not here: {why}."));
        format!(
            "{:<18} {:<18} {help}",
            state.keymap.all(row.action),
            row.title
        )
    };
    rows.iter().map(says).collect()
}

/// A line of the timeline in full.
pub fn entry_text(state: &State, item: &TimelineEntry) -> Vec<String> {
    let mut lines = vec![
        item.title.clone(),
        format!(
            "{}{}",
            state.zone.full(item.at),
            if item.actor.is_empty() {
                String::new()
            } else {
                format!(", {}", item.actor)
            }
        ),
        String::new(),
    ];
    lines.extend(item.body.lines().map(str::to_owned));
    lines
}

/// What could not be read, and why.
pub fn problems(state: &State) -> Vec<String> {
    let timeline = state
        .detail
        .missing
        .iter()
        .map(|says| format!("timeline: {says}"));
    let all: Vec<String> = state
        .problems
        .iter()
        .map(|(what, says)| format!("{what}: {says}"))
        .chain(timeline)
        .collect();
    if all.is_empty() {
        vec!["Everything could be read.".into()]
    } else {
        all
    }
}
