//! Markdown as it reads: beside the editor, and in the timeline. Its lines know no theme, so that their height is the same
//! for keys and for drawing.

use crate::console::paint::put_spans;
use crate::console::theme::Theme;
use crate::domain::text;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// One line: words with how they look.
pub(crate) type Line = Vec<(String, Look)>;

/// What words are, whatever the theme makes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    role: Role,
    modifier: Modifier,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Role {
    #[default]
    Plain,
    Heading,
    Link,
    Code,
    Quiet,
}

impl Look {
    fn of(role: Role) -> Self {
        Self {
            role,
            ..Self::default()
        }
    }

    fn with(self, modifier: Modifier) -> Self {
        Self {
            modifier: self.modifier | modifier,
            ..self
        }
    }

    fn style(self, theme: &Theme) -> Style {
        let style = match self.role {
            Role::Plain => Style::new(),
            Role::Heading | Role::Link => theme.accent(),
            Role::Code => theme.warn(),
            Role::Quiet => theme.dim(),
        };
        style.add_modifier(self.modifier)
    }
}

/// Draws it, cut at the foot.
pub fn draw(buf: &mut Buffer, place: Rect, source: &str, theme: &Theme) {
    let lines = lines(source, usize::from(place.width));
    for (line, y) in lines.iter().zip(place.y..place.bottom()) {
        draw_line(buf, Rect::new(place.x, y, place.width, 1), line, theme);
    }
}

/// Draws one line.
pub(crate) fn draw_line(buf: &mut Buffer, place: Rect, line: &Line, theme: &Theme) {
    let spans = line
        .iter()
        .map(|(words, look)| (words.as_str(), look.style(theme)));
    put_spans(buf, place, &spans.collect::<Vec<_>>());
}

/// A text without its marks: headings, lists and links read as words, each paragraph on a line.
pub(crate) fn plain(source: &str) -> Vec<String> {
    let words = |line: &Line| line.iter().map(|(words, _)| words.as_str()).collect();
    lines(source, usize::MAX).iter().map(words).collect()
}

/// Whether nothing in a text is markdown: then it need not be read as such.
fn is_plain(source: &str) -> bool {
    let marks = |c: char| "*_`[]<>~&\\#".contains(c);
    let listed = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['-', '+', '=', '|']) || line.starts_with(|c: char| c.is_ascii_digit())
    };
    let indented = |line: &str| line.starts_with("    ") || line.starts_with('\t');
    !source.contains(marks) && !source.lines().any(|line| listed(line) || indented(line))
}

/// The lines of a text, wrapped.
pub(crate) fn lines(source: &str, width: usize) -> Vec<Line> {
    if is_plain(source) && width != usize::MAX {
        let wrapped = text::wrap(source.trim(), width).into_iter();
        return wrapped.map(|line| vec![(line, Look::default())]).collect();
    }
    let mut page = Page {
        width,
        out: Vec::new(),
        words: Vec::new(),
        style: Look::default(),
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
struct Page {
    width: usize,
    out: Vec<Line>,
    words: Line,
    style: Look,
    /// Looks to come back to.
    styles: Vec<Look>,
    indent: usize,
    /// The lists one is in; a numbered one has its next number.
    lists: Vec<Option<u64>>,
    /// What stands before the first line of an item.
    head: String,
}

impl Page {
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
            Event::Code(said) => self.words.push((said.to_string(), Look::of(Role::Code))),
            Event::SoftBreak | Event::HardBreak => self.flush(),
            Event::Html(said) | Event::InlineHtml(said) => {
                let said = said.trim_end().to_owned();
                self.words.push((said, Look::of(Role::Quiet)));
            }
            Event::Rule => self.words.push(("---".into(), Look::of(Role::Quiet))),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let style = self.style;
        match tag {
            Tag::Heading { .. } => self.style = Look::of(Role::Heading).with(Modifier::BOLD),
            Tag::Strong => self.style = style.with(Modifier::BOLD),
            Tag::Emphasis => self.style = style.with(Modifier::UNDERLINED),
            Tag::Strikethrough => self.style = style.with(Modifier::CROSSED_OUT),
            Tag::Link { .. } => self.style = Look::of(Role::Link),
            Tag::CodeBlock(_) => self.style = Look::of(Role::Quiet),
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
    let mut line: Line = vec![(format!("{pad}{head}"), Look::default())];
    let mut used = text::columns(&line[0].0);
    let hang = used;
    for (said, style) in words {
        for piece in said.split_inclusive(' ') {
            let wide = text::columns(piece.trim_end());
            if used + wide > width && used > hang {
                out.push(std::mem::replace(
                    &mut line,
                    vec![(" ".repeat(hang), Look::default())],
                ));
                used = hang;
            }
            line.push((piece.to_owned(), style));
            used += text::columns(piece);
        }
    }
    out.push(line);
}
