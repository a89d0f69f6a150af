//! The last look at every line before it leaves: one line, no sign that only eyes can read, no byte that does anything but
//! stand there.

use crate::console::view::in_ascii_as;
use unicode_segmentation::UnicodeSegmentation;

/// How an exact request begins.
pub(super) const EXACT: &str = "Request: ";
/// Signs that stand for a word on the screen.
const SIGNS: [(&str, &str); 11] = [
    ("→", " to "),
    ("✓", " seen: "),
    ("●", " new "),
    ("›", " "),
    ("▌", " "),
    ("↓", " needs "),
    ("↑", " needed by "),
    (" · ", ", "),
    ("│", " "),
    ("─", " "),
    ("█", " "),
];

/// A line as it is told: whitespace collapsed, signs as words, nothing but letters left.
pub(super) fn plain(words: &str, ascii: bool) -> String {
    let mut out = without_head(words).to_owned();
    for (sign, word) in SIGNS {
        // What is sent is told as it is.
        if out.contains(sign) && !out.starts_with(EXACT) {
            out = out.replace(sign, word);
        }
    }
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let out: String = out.chars().map(visible).collect();
    let words: Vec<&str> = out.split_whitespace().collect();
    let line = words.join(" ").replace(" ,", ",");
    match ascii && !line.is_ascii() {
        true => in_ascii(&line),
        false => line,
    }
}

/// What is a heading in markdown is one by its place.
fn without_head(words: &str) -> &str {
    let line = words.trim_start();
    let rest = line.trim_start_matches('#');
    match rest.starts_with(' ') {
        true => rest,
        false => line,
    }
}

fn in_ascii(line: &str) -> String {
    let twin = |grapheme: &str| match grapheme {
        known if known.is_ascii() => known.to_owned(),
        "…" => "...".to_owned(),
        other => in_ascii_as(other).to_owned(),
    };
    line.graphemes(true).map(twin).collect()
}

/// What a line says whatever time it is: two lines are the same where only an age in them went on.
pub(super) fn sense(words: &str) -> String {
    let stays = |word: &&str| !is_age(word);
    let words: Vec<&str> = words.split_whitespace().filter(stays).collect();
    words.join(" ")
}

/// Whether a word is a length of time such as `12m`, `(3h` or `5s,`.
fn is_age(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < word.len() && matches!(unit, "s" | "m" | "h" | "d" | "w" | "y" | "min")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_of_letters_alone() {
        for (words, ascii, told) in [
            ("  Owner        Checkout  ", false, "Owner Checkout"),
            (
                "Status: Fixing → Watching",
                false,
                "Status: Fixing to Watching",
            ),
            ("one\n two\x1b[31m\x07", false, "one two [31m"),
            ("open · all · by severity", false, "open, all, by severity"),
            ("Café… — 日", true, "Caf?... - ?"),
            ("Café", false, "Café"),
            ("## Impact", false, "Impact"),
            ("#inc-312 is its channel", false, "#inc-312 is its channel"),
            (
                "Request: {\"message\": \"a → b ## c\"}",
                false,
                "Request: {\"message\": \"a → b ## c\"}",
            ),
        ] {
            assert_eq!(plain(words, ascii), told, "{words:?}");
        }
    }

    #[test]
    fn an_age_that_goes_on_is_no_news_and_everything_else_is() {
        assert_eq!(
            sense("Declared 14:28 (12m ago)"),
            sense("Declared 14:28 (13m ago)")
        );
        assert_eq!(sense("waits 59s"), sense("waits 1m"));
        for (a, b) in [("3 open", "4 open"), ("P1 Gale", "P2 Gale"), ("v2", "v3")] {
            assert_ne!(sense(a), sense(b));
        }
    }
}
