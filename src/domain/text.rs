//! Cleaning of text that others wrote, and measuring it as terminals do. Nothing that can move a cursor, change a
//! colour, reorder a line or hide itself passes.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longest text kept of one free-text field, in characters. A summary people read is far shorter; a body of
/// megabytes is a fault or an attack.
pub const LONGEST_TEXT: usize = 32_000;
/// Longest one-line text kept (names, titles, labels), in characters.
pub const LONGEST_LINE: usize = 400;
/// Combining marks kept on one character: real scripts need up to three (Vietnamese, Hebrew with points).
const MOST_MARKS: usize = 3;

/// Text on one line: line breaks and tabs become single spaces.
pub fn clean_line(raw: &str) -> String {
    if is_plain(raw) && raw.len() <= LONGEST_LINE {
        return raw.to_owned();
    }
    let flowed = clean(raw, LONGEST_LINE);
    flowed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of several lines: line breaks stay, everything else is cleaned.
pub fn clean_text(raw: &str) -> String {
    clean(raw, LONGEST_TEXT)
}

fn is_plain(raw: &str) -> bool {
    raw.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

fn clean(raw: &str, most: usize) -> String {
    let mut out = String::with_capacity(raw.len().min(most * 2));
    let mut chars = raw.chars().peekable();
    let (mut kept, mut marks) = (0, 0);
    while let Some(c) = chars.next() {
        if kept >= most {
            out.push('…');
            break;
        }
        match c {
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' => skip_sequence(c, &mut chars),
            '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\t' => out.push(' '),
            c if is_hidden(c) => continue,
            c if c.width() == Some(0) => {
                marks += 1;
                if marks <= MOST_MARKS && kept > 0 {
                    out.push(c);
                }
                continue;
            }
            c => out.push(c),
        }
        kept += 1;
        marks = 0;
    }
    out
}

/// Swallows the rest of an escape sequence, so that `ESC ] 52 ; … BEL` leaves no litter behind.
fn skip_sequence(first: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = match first {
        '\u{9b}' => '[',
        '\u{9d}' => ']',
        '\u{90}' => 'P',
        _ => match chars.peek() {
            Some(&c @ ('[' | ']' | 'P' | '_' | '^' | 'X')) => {
                chars.next();
                c
            }
            _ => return,
        },
    };
    let mut taken = 0;
    while let Some(&c) = chars.peek() {
        taken += 1;
        if taken > 4096 || c == '\n' {
            return;
        }
        chars.next();
        let ended = match kind {
            '[' => ('\u{40}'..='\u{7e}').contains(&c),
            _ if c == '\u{1b}' => {
                chars.next_if_eq(&'\\');
                true
            }
            _ => c == '\u{7}' || c == '\u{9c}',
        };
        if ended {
            return;
        }
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Columns a string takes on a terminal.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// The string cut to a number of columns, with an ellipsis where something was cut.
pub fn fit(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = columns(grapheme);
        if used + wide + 1 > most {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    if most > 0 {
        out.push('…');
    }
    out
}

/// Lines of at most `width` columns, broken at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ') {
            let mut word = word;
            let mut wide = columns(word);
            if used > 0 && used + 1 + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            while wide > width {
                let cut = split_at_column(word, width - used.min(width - 1));
                line.push_str(&word[..cut]);
                lines.push(std::mem::take(&mut line));
                word = &word[cut..];
                wide = columns(word);
                used = 0;
            }
            line.push_str(word);
            used += wide;
        }
        lines.push(line);
    }
    lines
}

/// The byte at which the first `most` columns end; at least one grapheme.
fn split_at_column(text: &str, most: usize) -> usize {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += columns(grapheme);
        if used > most && at > 0 {
            return at;
        }
    }
    text.len()
}

/// Whether `needle` (already lower case) occurs in `hay`, whatever its case.
pub fn contains_folded(hay: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    if needle.is_ascii() {
        return contains_ascii_folded(hay.as_bytes(), needle.as_bytes());
    }
    hay.to_lowercase().contains(needle)
}

fn contains_ascii_folded(hay: &[u8], needle: &[u8]) -> bool {
    let (first, rest) = (needle[0], &needle[1..]);
    let upper = first.to_ascii_uppercase();
    let Some(last_start) = hay.len().checked_sub(needle.len()) else {
        return false;
    };
    hay[..=last_start].iter().enumerate().any(|(at, &byte)| {
        (byte == first || byte == upper)
            && hay[at + 1..at + needle.len()].eq_ignore_ascii_case(rest)
    })
}

/// JSON for reading. JSON itself escapes most control characters; what it lets pass (bidirectional marks, C1 controls,
/// characters without width) is escaped too: nothing in it reaches a terminal raw, and nothing in it is hidden.
pub fn shown(body: &serde_json::Value) -> String {
    let pretty = serde_json::to_string_pretty(body).unwrap_or_default();
    let mut out = String::with_capacity(pretty.len());
    for c in pretty.chars() {
        if c == '\n' || !is_hidden(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_keeps_only_what_can_be_read() {
        for (raw, clean) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\u{1b}]52;c;ZXZpbA==\u{7}b", "ab"),
            ("a\u{1b}]0;title\u{1b}\\b", "ab"),
            ("a\u{9b}2Jb", "ab"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("pay\u{200b}ments", "payments"),
            ("two\nlines\tand a tab", "two lines and a tab"),
            ("bell\u{7}", "bell"),
            ("\u{1b}P1$rq\u{1b}\\done", "done"),
        ] {
            assert_eq!(clean_line(raw), clean, "{raw:?}");
        }
    }

    #[test]
    fn marks_beyond_what_scripts_need_are_dropped() {
        let zalgo = format!("e{}x", "\u{301}".repeat(2000));
        assert_eq!(clean_line(&zalgo), format!("e{}x", "\u{301}".repeat(3)));
    }

    #[test]
    fn a_field_of_megabytes_is_cut_with_a_sign() {
        let cut = clean_text(&"x".repeat(10_000_000));
        assert_eq!(cut.chars().count(), LONGEST_TEXT + 1);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn fitting_counts_columns_not_characters() {
        for (text, most, fitted) in [
            ("hello", 5, "hello"),
            ("hello", 4, "hel…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("x", 0, ""),
        ] {
            assert_eq!(fit(text, most), fitted, "{text} in {most}");
            assert!(columns(&fit(text, most)) <= most);
        }
    }

    #[test]
    fn wrapping_never_exceeds_the_width_and_loses_nothing() {
        let text = "a checkout outage with averyveryverylongidentifier-that-does-not-fit and 日本語日本語 text";
        let lines = wrap(text, 12);
        assert!(lines.iter().all(|line| columns(line) <= 12), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn folded_search_finds_any_case() {
        for (hay, needle, found) in [
            ("Checkout Timeout", "timeout", true),
            ("Checkout", "checkouts", false),
            ("Größe", "größe", true),
            ("x", "", true),
            ("", "x", false),
        ] {
            assert_eq!(contains_folded(hay, needle), found, "{needle} in {hay}");
        }
    }
}
