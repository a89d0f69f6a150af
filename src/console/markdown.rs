//! Markdown as it will read, for the eye beside the editor.

use crate::console::paint::put_spans;
use crate::console::theme::Theme;
use crate::domain::text;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// One line: words with their styles.
type Line = Vec<(String, Style)>;

/// Draws it, cut at the foot.
pub fn draw(buf: &mut Buffer, place: Rect, source: &str, theme: &Theme) {
    for (n, line) in lines(source, usize::from(place.width), theme)
        .iter()
        .take(usize::from(place.height))
        .enumerate()
    {
        let spans: Vec<(&str, Style)> = line.iter().map(|(t, s)| (t.as_str(), *s)).collect();
        put_spans(
            buf,
            Rect::new(place.x, place.y + n as u16, place.width, 1),
            &spans,
        );
    }
}

/// The lines of a text, wrapped.
pub fn lines(source: &str, width: usize, theme: &Theme) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut words: Line = Vec::new();
    let (mut style, mut styles): (Style, Vec<Style>) = (Style::new(), Vec::new());
    let (mut indent, mut lists, mut head): (usize, Vec<Option<u64>>, String) =
        (0, Vec::new(), String::new());
    let mut flush = |words: &mut Line, head: &mut String, indent: usize| {
        if !words.is_empty() {
            wrap(
                std::mem::take(words),
                &std::mem::take(head),
                indent,
                width,
                &mut out,
            );
        }
    };
    for event in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(tag) => {
                styles.push(style);
                match tag {
                    Tag::Heading { .. } => style = theme.accent().add_modifier(Modifier::BOLD),
                    Tag::Strong => style = style.add_modifier(Modifier::BOLD),
                    Tag::Emphasis => style = style.add_modifier(Modifier::UNDERLINED),
                    Tag::Strikethrough => style = style.add_modifier(Modifier::CROSSED_OUT),
                    Tag::Link { .. } => style = theme.accent(),
                    Tag::CodeBlock(_) => style = theme.dim(),
                    Tag::List(first) => {
                        flush(&mut words, &mut head, indent);
                        lists.push(first);
                        indent += 2;
                    }
                    Tag::Item => {
                        head = match lists.last_mut() {
                            Some(Some(n)) => {
                                *n += 1;
                                format!("{}. ", *n - 1)
                            }
                            _ => "- ".into(),
                        };
                    }
                    Tag::BlockQuote(_) => indent += 2,
                    _ => {}
                }
            }
            Event::End(tag) => {
                style = styles.pop().unwrap_or_default();
                match tag {
                    TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock => {
                        flush(&mut words, &mut head, indent)
                    }
                    TagEnd::List(_) => {
                        lists.pop();
                        indent = indent.saturating_sub(2);
                    }
                    TagEnd::BlockQuote(_) => indent = indent.saturating_sub(2),
                    _ => {}
                }
            }
            Event::Text(said) => {
                for (n, part) in said.split('\n').enumerate() {
                    if n > 0 {
                        flush(&mut words, &mut head, indent);
                    }
                    if !part.is_empty() {
                        words.push((part.to_owned(), style));
                    }
                }
            }
            Event::Code(said) => words.push((said.to_string(), theme.warn())),
            Event::SoftBreak | Event::HardBreak => flush(&mut words, &mut head, indent),
            Event::Html(said) | Event::InlineHtml(said) => {
                words.push((said.trim_end().to_owned(), theme.dim()))
            }
            Event::Rule => words.push(("---".into(), theme.dim())),
            _ => {}
        }
    }
    flush(&mut words, &mut head, indent);
    out
}

/// Wraps styled words at spaces.
fn wrap(words: Line, head: &str, indent: usize, width: usize, out: &mut Vec<Line>) {
    let pad = " ".repeat(indent.saturating_sub(if head.is_empty() { 0 } else { 2 }));
    let mut line: Line = vec![(format!("{pad}{head}"), Style::new())];
    let mut used = text::columns(&line[0].0);
    let hang = used;
    for (said, style) in words {
        for piece in said.split_inclusive(' ') {
            let wide = text::columns(piece.trim_end());
            if used + wide > width && used > hang {
                out.push(std::mem::replace(
                    &mut line,
                    vec![(" ".repeat(hang), Style::new())],
                ));
                used = hang;
            }
            line.push((piece.to_owned(), style));
            used += text::columns(piece);
        }
    }
    out.push(line);
}
