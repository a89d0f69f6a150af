//! Cleaning of text that others wrote, and measuring it as terminals do. Nothing that can move a cursor, change a
//! colour, reorder a line or hide itself passes.

mod clean;
mod verbatim;

pub(crate) use clean::is_hidden;
pub use clean::{LONGEST_LINE, LONGEST_TEXT, clean_line, clean_text, escaped, printable, shown};
pub use verbatim::edited;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

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

/// The string cut in its middle to a number of columns, with an ellipsis there: names that begin alike end differently.
pub fn fit_middle(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let front = last_within(text.grapheme_indices(true), room.div_ceil(2));
    let front = front.map_or(0, |(at, grapheme)| at + grapheme.len());
    let back = last_within(text.grapheme_indices(true).rev(), room / 2);
    let back = back.map_or(text.len(), |(at, _)| at);
    match most {
        0 => String::new(),
        _ => format!("{}…{}", &text[..front], &text[back..]),
    }
}

/// The last of the graphemes that fit into `most` columns, counted from the first given.
fn last_within<'a>(
    graphemes: impl Iterator<Item = (usize, &'a str)>,
    most: usize,
) -> Option<(usize, &'a str)> {
    let mut used = 0;
    let fits = graphemes.take_while(|(_, grapheme)| {
        used += columns(grapheme);
        used <= most
    });
    fits.last()
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

/// A number with its noun, or its noun and verb: `1 page waits`, `2 pages wait`.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    let words = if count == 1 { one } else { several };
    format!("{count} {words}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_the_middle_keeps_both_ends() {
        for (text, most, cut) in [
            ("payment-gateway", 15, "payment-gateway"),
            ("payment-gateway", 9, "paym…eway"),
            ("payment-gateway", 8, "paym…way"),
            ("日本語日本語", 6, "日…語"),
            ("payment", 1, "…"),
            ("payment", 0, ""),
        ] {
            assert_eq!(fit_middle(text, most), cut, "{text} in {most}");
        }
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
    fn a_noun_goes_by_its_number() {
        for (count, says) in [
            (0, "0 pages wait"),
            (1, "1 page waits"),
            (2, "2 pages wait"),
        ] {
            assert_eq!(counted(count, "page waits", "pages wait"), says);
        }
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
