//! From text to words that can be compared: identifiers whole and in their parts, words by their stem, no numbers that
//! change from one incident to the next.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashMap;

/// Words in the head of a text: what people write first tells what happened; a pasted log or trace follows.
pub const HEAD: usize = 80;
/// Words of a text that take part at all.
pub const MOST: usize = 400;

/// English words that tell nothing apart.
const STOP: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "if",
    "in", "into", "is", "it", "its", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "we", "were", "will", "with", "when",
    "which", "can", "should", "would", "could", "i", "you", "he", "she", "do", "does", "did", "so",
    "than", "been", "being", "had", "also", "only", "just", "how", "what", "where", "who",
];

/// Makes words; keeps the stems it has made.
pub struct Words {
    stemmer: Stemmer,
    stems: HashMap<String, String>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            stems: HashMap::new(),
        }
    }
}

impl Words {
    /// The words of a text, in order. An identifier such as `PaymentGateway`, `orders-db` or `java.io.IOException` is one
    /// word, marked with `=`, and its parts are words too. Lines of a stack trace are left out. Beside each word stands how
    /// it was written, in lower case.
    pub fn of(&mut self, text: &str, most: usize) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for line in text.lines().filter(|l| !is_frame(l)) {
            for raw in line.split(|c: char| !(c.is_alphanumeric() || "_.-/$:".contains(c))) {
                let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
                if word.is_empty() || is_id(word) {
                    continue;
                }
                let parts = parts(word);
                if parts.len() > 1 && word.chars().count() <= 80 {
                    out.push((format!("={}", word.to_lowercase()), word.to_lowercase()));
                }
                for part in parts {
                    self.push(&part.to_lowercase(), &mut out);
                }
                if out.len() >= most {
                    out.truncate(most);
                    return out;
                }
            }
        }
        out
    }

    fn push(&mut self, part: &str, out: &mut Vec<(String, String)>) {
        let length = part.chars().count();
        if part.chars().all(|c| c.is_ascii_digit()) {
            // Up to four digits may be a code or a port; longer ones are ids and times.
            if (2..=4).contains(&length) {
                out.push((part.to_owned(), part.to_owned()));
            }
        } else if part.is_ascii() {
            if length >= 2 && !STOP.contains(&part) && !(length >= 8 && is_id(part)) {
                let stem = self
                    .stems
                    .entry(part.to_owned())
                    .or_insert_with(|| self.stemmer.stem(part).into_owned());
                out.push((stem.clone(), part.to_owned()));
            }
        } else if part.chars().any(is_unspaced) {
            // Scripts that put no space between words are compared by pairs of characters.
            let letters: Vec<char> = part.chars().collect();
            out.extend(
                letters
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>())
                    .map(|pair| (pair.clone(), pair)),
            );
        } else {
            out.push((part.to_owned(), part.to_owned()));
        }
    }
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A line of a stack trace as the common languages write it.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with("at ") && line.contains('('))
        || (line.starts_with("... ") && line.ends_with(" more"))
        || (line.starts_with("File \"") && line.contains(", line "))
        || (line.starts_with("goroutine ") && line.ends_with(':'))
}

/// A hash, an id: digits and hexadecimal letters, both.
fn is_id(word: &str) -> bool {
    let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    bare.len() >= 8
        && bare.chars().all(|c| c.is_ascii_hexdigit())
        && bare.chars().any(|c| c.is_ascii_digit())
}

/// The parts of an identifier: at separators, where lower case meets upper, and where letters meet digits.
fn parts(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let (mut all, mut part) = (Vec::new(), String::new());
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|b| letters[b]);
        let next_is_lower = letters.get(at + 1).is_some_and(|n| n.is_lowercase());
        let turns = before.is_some_and(|b| {
            (b.is_lowercase() && c.is_uppercase())
                || (b.is_uppercase() && c.is_uppercase() && next_is_lower)
                || (b.is_ascii_digit() != c.is_ascii_digit()
                    && b.is_alphanumeric()
                    && c.is_alphanumeric())
        });
        if (turns || !c.is_alphanumeric()) && !part.is_empty() {
            all.push(std::mem::take(&mut part));
        }
        if c.is_alphanumeric() {
            part.push(c);
        }
    }
    if !part.is_empty() {
        all.push(part);
    }
    all
}

/// A name without what changes from one to the next: storms of the same alert have one such name.
pub fn pattern(name: &str) -> String {
    let masked: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .collect();
    let words: Vec<String> = masked
        .split_whitespace()
        .map(|w| {
            if w.contains('#') {
                "#".to_owned()
            } else {
                w.to_owned()
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_whole_and_in_parts_and_changing_numbers_are_dropped() {
        let mut words = Words::default();
        for (text, expected) in [
            (
                "PaymentGateway timeouts",
                vec!["=paymentgateway", "payment", "gateway", "timeout"],
            ),
            (
                "orders-db is failing",
                vec!["=orders-db", "order", "db", "fail"],
            ),
            (
                "java.io.IOException",
                vec!["=java.io.ioexception", "java", "io", "io", "except"],
            ),
            ("HTTP 503 for order 1234567", vec!["http", "503", "order"]),
            ("trace 4bf92f3577b34da6a3ce929d0e0e4736", vec!["trace"]),
            (
                "boom\n\tat com.x.Pay.run(Pay.java:17)\n\t... 3 more",
                vec!["boom"],
            ),
            ("決済が遅い", vec!["決済", "済が", "が遅", "遅い"]),
            ("", vec![]),
        ] {
            let stems: Vec<String> = words.of(text, MOST).into_iter().map(|w| w.0).collect();
            assert_eq!(stems, expected, "{text}");
        }
        assert_eq!(
            pattern("HighLatency on cart-7 at 14:32"),
            pattern("HighLatency on cart-9 at 14:40")
        );
    }
}
