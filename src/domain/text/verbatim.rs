//! Text of which less is shown than was written. Whoever edits what is shown changes that, and nothing else: what could
//! not be shown stays where it stood.

use super::clean::{clean_line, clean_text, shown_of_line, shown_of_text};
use similar_diff::{Algorithm, DiffOp, DiffTag, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

/// What was written, changed as somebody changed what was `shown` of it, word by word. It is always shown as they left
/// it: where that cannot be, or `shown` is not of this text, it is what they left and nothing else.
pub fn edited(written: &str, shown: &str, now: &str) -> String {
    if now == shown {
        return written.to_owned();
    }
    let by_lines = places(shown_of_text(written), shown);
    let (places, clean): (_, fn(&str) -> String) = match by_lines {
        Some(places) => (Some(places), clean_text),
        None => (places(shown_of_line(written), shown), clean_line),
    };
    let text = places.filter(|_| !now.is_empty()).map(|places| Shown {
        written,
        shown,
        places,
    });
    let is_shown_so = |kept: &String| clean(kept).trim() == clean(now).trim();
    text.map(|text| carried_over(&text, now))
        .filter(is_shown_so)
        .unwrap_or_else(|| now.to_owned())
}

/// What is shown of a text.
struct Shown<'a> {
    written: &'a str,
    shown: &'a str,
    /// Where each of its bytes stands in what was written.
    places: Vec<usize>,
}

impl Shown<'_> {
    /// Where in what was written a byte of what is shown stands. What is not shown belongs to what stands before it.
    fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or_else(|| self.end())
    }

    /// Where the last of what is shown ends.
    fn end(&self) -> usize {
        let (Some(&last), Some(sign)) = (self.places.last(), self.shown.chars().last()) else {
            return 0;
        };
        match self.written[last..].chars().next() {
            // It was cut: the sign stands for all the rest.
            Some(c) if sign == '…' && c != sign => self.written.len(),
            c => last + c.map_or(0, char::len_utf8),
        }
    }
}

fn carried_over(text: &Shown<'_>, now: &str) -> String {
    let (was, typed) = (words(text.shown), words(now));
    let begin = |word: usize| text.place(was.get(word).map_or(text.shown.len(), |(at, _)| *at));
    let (old, new) = (only(&was), only(&typed));
    let mut out = text.written[..text.place(0)].to_owned();
    let mut is_last_kept = false;
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        is_last_kept = op.tag() == DiffTag::Equal;
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                out.push_str(&text.written[begin(old_index)..begin(old_index + len)]);
            }
            op => out.extend(new[op.new_range()].iter().copied()),
        }
    }
    if is_last_kept {
        out.push_str(&text.written[text.end()..]);
    }
    out
}

/// Where each byte of what is shown stands in what was written; nothing where it does not occur in it.
fn places(all: impl Iterator<Item = (usize, char)>, shown: &str) -> Option<Vec<usize>> {
    let (mut text, mut places) = (String::new(), Vec::new());
    for (at, c) in all {
        places.resize(places.len() + c.len_utf8(), at);
        text.push(c);
    }
    let from = text.find(shown)?;
    places.truncate(from + shown.len());
    Some(places.split_off(from))
}

/// The words of a text and what stands between them, each with where it begins.
fn words(text: &str) -> Vec<(usize, &str)> {
    text.split_word_bound_indices().collect()
}

fn only<'a>(words: &[(usize, &'a str)]) -> Vec<&'a str> {
    words.iter().map(|(_, word)| *word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_changes_a_word_changes_no_other() {
        let family = "👨\u{200d}👩\u{200d}👧";
        let cases: [(String, &str, String); 8] = [
            // What was written, what is shown changed to, and what is sent.
            (
                format!("Ask {family} at\tnoon"),
                "Ask 👨👩👧 at one",
                format!("Ask {family} at\tone"),
            ),
            (
                format!("{family} first\r\nand second"),
                "👨👩👧 first\nand third",
                format!("{family} first\r\nand third"),
            ),
            (
                "pay\u{200b}ments is slow".into(),
                "payments is down now",
                "pay\u{200b}ments is down now".into(),
            ),
            // On one line, with more around it.
            (
                "  Roll back\n\n- cart\n- search\n".into(),
                "Roll back - cart - search again",
                "  Roll back\n\n- cart\n- search again".into(),
            ),
            (
                "one\ntwo\n".into(),
                "zero one two",
                "zero one\ntwo\n".into(),
            ),
            // All of it is gone, or another.
            (format!("{family} gone"), "", String::new()),
            ("a\u{200d}b".into(), "c", "c".into()),
            // Together with what is typed, the hidden would act: what is typed is shown.
            ("x\u{1b} y".into(), "x[2J", "x[2J".into()),
        ];
        for (written, now, sent) in cases {
            let shown = match now.contains('\n') {
                true => clean_text(&written),
                false => clean_line(&written),
            };
            assert_eq!(edited(&written, &shown, now), sent, "{written:?}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_shown_is_not_cut_off_by_who_changes_its_beginning() {
        let written = format!("slow {}end", "x ".repeat(40_000));
        let shown = clean_text(&written);
        assert!(shown.ends_with('…'));
        let now = shown.replacen("slow", "down", 1);
        let sent = edited(&written, &shown, &now);
        assert_eq!(sent, written.replacen("slow", "down", 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_shown_as_it_was_left(
            written in "[ab \u{200d}\u{1b}\\[\t\r\n\u{202e}\u{301}👨]{0,30}",
            now in "[ab \n👨\\[]{0,20}",
        ) {
            let sent = edited(&written, &clean_text(&written), &now);
            let shown = clean_text(&sent);
            prop_assert_eq!(shown.trim(), now.trim());
            let (line, now) = (clean_line(&written), clean_line(&now));
            let shown = clean_line(&edited(&written, &line, &now));
            prop_assert!(shown.split_whitespace().eq(now.split_whitespace()), "{shown:?}");
            prop_assert_eq!(edited(&written, &line, &line), written);
        }
    }
}
