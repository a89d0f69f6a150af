//! What of a text may reach a terminal, decided by the properties Unicode gives each character. It is done twice: where
//! others' text comes in, and once more where anything is printed, for what came another way.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::iter::Peekable;
use std::str::CharIndices;
use unicode_width::UnicodeWidthChar;

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
    flowed(Cleaned::new(raw, LONGEST_LINE, ' '))
        .map(|(_, c)| c)
        .collect()
}

/// Text of several lines: line breaks stay, everything else is cleaned.
pub fn clean_text(raw: &str) -> String {
    clean(raw, LONGEST_TEXT, ' ')
}

/// Text about to be printed, of any length: lines and tabs stay, everything else is cleaned.
pub fn printable(text: &str) -> String {
    clean(text, usize::MAX, '\t')
}

/// JSON about to be printed. JSON itself escapes few of the characters that a terminal acts on or that cannot be seen;
/// here all of them are, so the data stays what it is.
pub fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut marks = Marks::default();
    for c in json.chars() {
        let is_fit = if is_mark(c) {
            marks.fits()
        } else {
            marks = Marks::on(c);
            c == '\n' || !is_hidden(c)
        };
        if is_fit {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// JSON for reading: indented, and escaped as all that is printed.
pub fn shown(body: &serde_json::Value) -> String {
    escaped(&serde_json::to_string_pretty(body).unwrap_or_default())
}

fn is_plain(raw: &str) -> bool {
    raw.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

fn clean(raw: &str, most: usize, tab: char) -> String {
    let mut out = String::with_capacity(raw.len().min(most.saturating_mul(2)));
    out.extend(Cleaned::new(raw, most, tab).map(|(_, c)| c));
    out
}

/// What is shown of a text of several lines, each character with where it stands in what was written.
pub(super) fn shown_of_text(raw: &str) -> impl Iterator<Item = (usize, char)> {
    Cleaned::new(raw, LONGEST_TEXT, ' ')
}

/// What is shown of a text on one line, likewise.
pub(super) fn shown_of_line(raw: &str) -> impl Iterator<Item = (usize, char)> {
    flowed(Cleaned::new(raw, LONGEST_LINE, ' '))
}

/// One space for all that stands between words, and none around them.
fn flowed(text: impl Iterator<Item = (usize, char)>) -> impl Iterator<Item = (usize, char)> {
    let mut text = text.skip_while(|(_, c)| c.is_whitespace()).peekable();
    std::iter::from_fn(move || {
        let (at, c) = text.next()?;
        if !c.is_whitespace() {
            return Some((at, c));
        }
        while text.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        text.peek().map(|_| (at, ' '))
    })
}

/// The characters of a text that may be shown, each with where it stands in the text.
struct Cleaned<'a> {
    chars: Peekable<CharIndices<'a>>,
    /// How many more are let through.
    room: usize,
    tab: char,
    marks: Marks,
}

impl<'a> Cleaned<'a> {
    fn new(raw: &'a str, most: usize, tab: char) -> Self {
        let (chars, marks) = (raw.char_indices().peekable(), Marks::default());
        Self {
            chars,
            room: most,
            tab,
            marks,
        }
    }
}

impl Iterator for Cleaned<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<(usize, char)> {
        loop {
            let (at, c) = self.chars.next()?;
            if self.room == 0 {
                self.chars = "".char_indices().peekable();
                return Some((at, '…'));
            }
            let shown = match c {
                '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}' => {
                    skip_sequence(c, &mut self.chars);
                    continue;
                }
                '\n' | '\u{2028}' | '\u{2029}' => '\n',
                '\r' if self.chars.peek().is_some_and(|(_, c)| *c == '\n') => continue,
                '\t' => self.tab,
                '\r' => ' ',
                c if is_hidden(c) => continue,
                c if is_mark(c) => match self.marks.fits() {
                    true => return Some((at, c)),
                    false => continue,
                },
                c => c,
            };
            self.room -= 1;
            self.marks = Marks::on(c);
            return Some((at, shown));
        }
    }
}

/// Room for combining marks on a character. A flood of them paints over the rows above and below; without a character
/// to stand on they would paint over what somebody else wrote.
#[derive(Default)]
struct Marks(usize);

impl Marks {
    fn on(base: char) -> Self {
        Self(if base.is_whitespace() { 0 } else { MOST_MARKS })
    }

    /// Whether one more fits; it is counted.
    fn fits(&mut self) -> bool {
        let fits = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        fits
    }
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(0) && !is_hidden(c)
}

/// Swallows the rest of an escape sequence, so that `ESC ] 52 ; … BEL` leaves no litter behind.
fn skip_sequence(first: char, chars: &mut Peekable<CharIndices<'_>>) {
    let kind = match first {
        '\u{90}' => 'P',
        '\u{98}' => 'X',
        '\u{9b}' => '[',
        '\u{9d}' => ']',
        '\u{9e}' => '^',
        '\u{9f}' => '_',
        _ => match chars.next_if(|(_, c)| matches!(c, '[' | ']' | 'P' | '_' | '^' | 'X')) {
            Some((_, kind)) => kind,
            None => return,
        },
    };
    let mut taken = 0;
    while let Some(&(_, c)) = chars.peek() {
        taken += 1;
        if taken > 4096 || c == '\n' {
            return;
        }
        chars.next();
        let ended = match kind {
            '[' => ('\u{40}'..='\u{7e}').contains(&c),
            _ if c == '\u{1b}' => {
                chars.next_if(|(_, c)| *c == '\\');
                true
            }
            _ => c == '\u{7}' || c == '\u{9c}',
        };
        if ended {
            return;
        }
    }
}

/// Whether a character acts, or cannot be seen: controls, format characters, separators of lines, and all that Unicode
/// says to ignore where it cannot be shown.
///
/// Joiners and variation selectors are among them although people write them: a family of emoji falls apart into its
/// members and a Persian word closes up, and both can still be read. Kept, they would make two names that look alike
/// differ, and terminals disagree about how wide what they join is.
pub(crate) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn no_character_that_unicode_says_is_not_seen_is_printed() {
        // A combining joiner, shorthand and musical formatting, hieroglyph controls, tags, fillers, and separators.
        for hidden in [
            "34f", "1bca0", "1d173", "13430", "e0041", "3164", "2065", "2028", "85", "9b",
        ] {
            let code = u32::from_str_radix(hidden, 16).expect("a number");
            let c = char::from_u32(code).expect("a character");
            let raw = format!("pay{c}ments");
            for printed in [clean_line(&raw), printable(&raw), escaped(&raw)] {
                assert!(!printed.contains(c), "U+{hidden} in {printed:?}");
            }
        }
        assert_eq!(clean_line("one\u{2028}two"), "one two");
        assert_eq!(printable("one\u{2029}two\tthree"), "one\ntwo\tthree");
    }

    #[test]
    fn what_people_write_in_their_languages_stays() {
        for text in [
            "naïve Größe Łódź",
            "日本語の障害",
            "שָׁלוֹם",
            "ปัญหา",
            "किताब",
            "Việt Nam",
            "🔥 на проде",
        ] {
            assert_eq!(clean_text(text), text);
        }
        assert_eq!(clean_text("👨\u{200d}👩\u{200d}👧 ⚠\u{fe0f}"), "👨👩👧 ⚠");
    }

    #[test]
    fn json_that_is_printed_is_the_same_data_with_nothing_hidden_in_it() {
        let flood = format!("e{}", "\u{301}".repeat(50));
        for text in [
            "\u{202e}gpj.exe",
            "a\u{9b}2Jb",
            "\u{7f}",
            "\u{1d173}",
            &flood,
        ] {
            let json = serde_json::Value::from(text);
            let printed = shown(&json);
            assert!(!printed.chars().any(is_hidden), "{printed:?}");
            assert!(!printed.contains(&"\u{301}".repeat(MOST_MARKS + 1)));
            let read: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
            assert_eq!(read, json);
        }
    }

    /// Any text, with more of what is dangerous than chance would bring.
    fn text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(
            "\u{1b}[]P\\\u{7}\u{9b}\u{9d}\u{9c}\r\n\t \u{a0}\u{301}\u{200b}\u{202e}\u{2028}日🔥é"
                .chars()
                .collect::<Vec<_>>(),
        );
        let one = prop_oneof![odd, any::<char>()];
        prop::collection::vec(one, 0..60).prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn clean_text_holds_nothing_hidden_and_is_left_alone(raw in text()) {
            for (clean, lines) in [(clean_line as fn(&str) -> String, ""), (clean_text, "\n"), (printable, "\n\t")] {
                let once = clean(&raw);
                prop_assert!(!once.chars().any(|c| is_hidden(c) && !lines.contains(c)), "{:?}", once);
                prop_assert_eq!(clean(&once), once);
            }
        }

        #[test]
        fn plain_words_are_printed_as_they_are(words in "[ -~äöüßéñçøåčžşğабвгд日本語한국어]{0,80}") {
            prop_assert_eq!(printable(&words), words.clone());
            prop_assert_eq!(clean_text(&words), words.clone());
            prop_assert_eq!(escaped(&words), words);
        }

        #[test]
        fn escaped_json_reads_as_what_was_written(raw in text()) {
            let json = serde_json::Value::from(raw);
            let read: serde_json::Value = serde_json::from_str(&shown(&json)).expect("JSON");
            prop_assert_eq!(read, json);
        }
    }
}
