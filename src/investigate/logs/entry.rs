//! Entries of a log: a line with the lines of a stack that follow it.

use super::failure::is_failure;
use super::line::unwrapped;
use super::mask::{is_exception, place};
use crate::domain::{Instant, LogLine};

/// Seconds within which a stack follows the line it belongs to.
const TOGETHER: i64 = 2;
/// Lines of a stack that are looked at.
const MOST_LINES: usize = 200;

/// A line with what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub at: Instant,
    /// What it says, with the exception and the place that its stack names.
    pub said: String,
    /// The line itself, then those of its stack.
    pub lines: Vec<&'a str>,
}

/// A stack as far as it was read.
#[derive(Default)]
struct Stack {
    /// Whether a traceback is open, whose last line stands at the margin.
    open: bool,
    /// The exception that it came from in the end.
    exception: Option<String>,
    /// Where it happened.
    place: Option<String>,
}

/// Entries of lines, oldest first.
pub(super) fn entries<'a>(lines: impl IntoIterator<Item = &'a LogLine>) -> Vec<Entry<'a>> {
    let mut all: Vec<Entry> = Vec::new();
    let mut stack = Stack::default();
    let mut last: Option<Instant> = None;
    for line in lines {
        let text = unwrapped(&line.text);
        let near = last.is_some_and(|at| (line.at - at).num_seconds().abs() <= TOGETHER);
        last = Some(line.at);
        match all.last_mut().filter(|_| near) {
            Some(entry) if stack.takes(&text, &entry.said) => {
                if entry.lines.len() < MOST_LINES {
                    entry.lines.push(&line.text);
                }
            }
            before => {
                close(before, std::mem::take(&mut stack));
                stack.open = text.trim_start().starts_with("Traceback");
                all.push(Entry {
                    at: line.at,
                    said: text.trim().to_owned(),
                    lines: vec![&line.text],
                });
            }
        }
    }
    close(all.last_mut(), stack);
    all
}

/// Says of an entry which exception it was, and where.
fn close(entry: Option<&mut Entry>, stack: Stack) {
    let Some(entry) = entry else { return };
    let told = stack.exception.into_iter().chain(stack.place);
    for words in told {
        if !entry.said.contains(&words) {
            entry.said.push(' ');
            entry.said.push_str(&words);
        }
    }
}

impl Stack {
    /// Whether a line belongs to the stack of an entry; what it tells is kept.
    fn takes(&mut self, text: &str, head: &str) -> bool {
        let line = text.trim();
        let exception = exception(line);
        let cause = line.strip_prefix("Caused by: ");
        let is_traceback = line.starts_with("Traceback (most recent");
        let is_frame = is_frame(line);
        let indented = text.starts_with([' ', '\t']) && !line.is_empty();
        let ends = self.open && !indented && exception.is_some();
        // Exceptions one after another are lines of their own; the one after a failure is what it was.
        let first =
            || self.exception.is_none() && self::exception(head).is_none() && is_failure(head);
        let belongs = indented
            || is_frame
            || is_traceback
            || cause.is_some()
            || (exception.is_some() && (self.open || first()))
            || line.starts_with("Suppressed: ")
            || line.starts_with("During handling of the above")
            || (line.starts_with("... ") && line.ends_with(" more"));
        if !belongs {
            return false;
        }
        self.open = (self.open || is_traceback) && !ends;
        if let Some(named) = exception.or_else(|| cause.and_then(self::exception)) {
            // The last cause of Java's and the last line of Python's are what it came from.
            self.exception = Some(named.to_owned());
        }
        if is_frame && (self.place.is_none() || self.open) {
            self.place = frame_place(line).or(self.place.take());
        }
        true
    }
}

/// The exception that a line begins with.
fn exception(line: &str) -> Option<&str> {
    let line = line
        .strip_prefix("Exception in thread \"main\" ")
        .unwrap_or(line);
    let (word, rest) = line.split_once(':').unwrap_or((line, ""));
    let alone = rest.is_empty() || rest.starts_with(' ');
    (alone && is_exception(word)).then_some(word)
}

fn is_frame(line: &str) -> bool {
    let java = line
        .strip_prefix("at ")
        .is_some_and(|r| r.contains('(') || r.contains(':'));
    let python = line.starts_with("File \"") && line.contains(", line ");
    let go = line.starts_with("goroutine ") && line.ends_with("]:");
    java || python || go
}

/// `Cart.java:45`, `views.py:123` of a line of a stack.
fn frame_place(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("File \"") {
        let (file, rest) = rest.split_once("\", line ")?;
        let figures: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return Some(format!("{}:{figures}", file.rsplit('/').next()?));
    }
    line.split_whitespace().find_map(place).map(str::to_owned)
}
