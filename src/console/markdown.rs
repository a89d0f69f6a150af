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
fn lines(source: &str, width: usize, theme: &Theme) -> Vec<Line> {
    let mut page = Page {
        width,
        theme,
        out: Vec::new(),
        words: Vec::new(),
        style: Style::new(),
        styles: Vec::new(),
        indent: 0,
        lists: Vec::new(),
        head: String::new(),
    };
    for event in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH) {
        page.take(event);
    }
    page.flush();
    page.out
}

/// A text as it is read: the lines so far, the words of the one that is begun, and what stands around them.
struct Page<'a> {
    width: usize,
    theme: &'a Theme,
    out: Vec<Line>,
    words: Line,
    style: Style,
    /// Styles to come back to.
    styles: Vec<Style>,
    indent: usize,
    /// The lists one is in; a numbered one has its next number.
    lists: Vec<Option<u64>>,
    /// What stands before the first line of an item.
    head: String,
}

impl Page<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => {
                self.styles.push(self.style);
                self.start(&tag);
            }
            Event::End(tag) => {
                self.style = self.styles.pop().unwrap_or_default();
                self.end(tag);
            }
            Event::Text(said) => self.say(&said),
            Event::Code(said) => self.words.push((said.to_string(), self.theme.warn())),
            Event::SoftBreak | Event::HardBreak => self.flush(),
            Event::Html(said) | Event::InlineHtml(said) => {
                let said = said.trim_end().to_owned();
                self.words.push((said, self.theme.dim()));
            }
            Event::Rule => self.words.push(("---".into(), self.theme.dim())),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let (style, theme) = (self.style, self.theme);
        match tag {
            Tag::Heading { .. } => self.style = theme.accent().add_modifier(Modifier::BOLD),
            Tag::Strong => self.style = style.add_modifier(Modifier::BOLD),
            Tag::Emphasis => self.style = style.add_modifier(Modifier::UNDERLINED),
            Tag::Strikethrough => self.style = style.add_modifier(Modifier::CROSSED_OUT),
            Tag::Link { .. } => self.style = theme.accent(),
            Tag::CodeBlock(_) => self.style = theme.dim(),
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
                self.indent += 2;
            }
            Tag::Item => self.head = self.next_head(),
            Tag::BlockQuote(_) => self.indent += 2,
            _ => {}
        }
    }

    /// A number, or a dash.
    fn next_head(&mut self) -> String {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".into(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock => {
                self.flush();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.indent = self.indent.saturating_sub(2);
            }
            TagEnd::BlockQuote(_) => self.indent = self.indent.saturating_sub(2),
            _ => {}
        }
    }

    fn say(&mut self, said: &str) {
        for (n, part) in said.split('\n').enumerate() {
            if n > 0 {
                self.flush();
            }
            if !part.is_empty() {
                self.words.push((part.to_owned(), self.style));
            }
        }
    }

    /// Ends the line that is begun.
    fn flush(&mut self) {
        if !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            let head = std::mem::take(&mut self.head);
            wrap(words, &head, self.indent, self.width, &mut self.out);
        }
    }
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
