//! From text to words that can be compared: identifiers whole, however their parts are joined, and in these; words by
//! their stem; no numbers that change from one incident to the next.

use super::pieces::{
    BETWEEN, is_code, is_frame, is_id, link, names, place, split, trimmed, without_v,
};
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashMap;

/// Words in the head of a text: what people write first tells what happened; a pasted log or trace follows.
const HEAD: usize = 80;
/// Words of a text that take part at all.
const MOST: usize = 400;
/// Frames of a stack trace that take part: the first ones tell where it broke, those below how it got there.
const FRAMES: usize = 16;
/// Letters of an identifier that is a word as a whole.
const LONGEST: usize = 80;

/// English words that tell nothing apart.
const STOP: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "if",
    "in", "into", "is", "it", "its", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "we", "were", "will", "with", "when",
    "which", "can", "should", "would", "could", "i", "you", "he", "she", "do", "does", "did", "so",
    "than", "been", "being", "had", "also", "only", "just", "how", "what", "where", "who",
];

/// Before a piece that is an identifier as a whole, which is a word beside its parts.
const WHOLE: char = '=';
/// Before a pair of characters, which is compared as it stands.
const PAIR: char = '~';

/// One way to write a word: which word, which of its forms, and whether that is a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub word: u32,
    pub form: u32,
    is_code: bool,
}

/// A word with the ways it was written, in lower case.
pub(super) struct Word {
    pub text: String,
    pub forms: Vec<String>,
}

/// A word of one incident: how often name (counted twice) and head of the text have it, whether the name does, and how it
/// was written first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub token: Token,
    pub head: u8,
    pub in_name: bool,
    /// Whether it was written as a code.
    pub is_code: bool,
    /// Whether a stack trace passed there.
    pub is_frame: bool,
}

/// Makes words and numbers them. What became of a piece of text is remembered, since most pieces come again.
pub(super) struct Words {
    stemmer: Stemmer,
    all: Vec<Word>,
    numbers: HashMap<String, u32>,
    /// By piece, with the mark of its kind before it; nothing for pieces that are no words.
    tokens: HashMap<String, Option<Token>>,
    /// For each word its place among the counts of the incident at hand, from 1.
    places: Vec<u32>,
    /// The piece at hand, in lower case: one place for all of them.
    piece: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            all: Vec::new(),
            numbers: HashMap::new(),
            tokens: HashMap::new(),
            places: Vec::new(),
            piece: String::new(),
        }
    }
}

impl Words {
    /// Every word met so far, by number.
    pub(super) fn all(&self) -> &[Word] {
        &self.all
    }

    /// The number of a word.
    pub(super) fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// The words of an incident, each once.
    pub(super) fn counted(&mut self, name: &str, text: &str) -> Vec<Count> {
        let mut counts = Vec::new();
        for token in self.of(name, MOST) {
            let count = self.count(token, &mut counts);
            count.head = count.head.saturating_add(2);
            count.in_name = true;
        }
        for (at, token) in self.of(text, MOST).into_iter().enumerate() {
            let count = self.count(token, &mut counts);
            count.head = count.head.saturating_add(u8::from(at < HEAD));
        }
        for token in self.frames(text) {
            self.count(token, &mut counts).is_frame = true;
        }
        for count in &counts {
            self.places[count.token.word as usize] = 0;
        }
        counts
    }

    fn count<'a>(&mut self, token: Token, counts: &'a mut Vec<Count>) -> &'a mut Count {
        let place = &mut self.places[token.word as usize];
        if *place == 0 {
            counts.push(Count {
                token,
                head: 0,
                in_name: false,
                is_code: false,
                is_frame: false,
            });
            *place = counts.len() as u32;
        }
        let count = &mut counts[*place as usize - 1];
        count.is_code |= token.is_code;
        count
    }

    /// Where the first frames of a stack trace are.
    fn frames(&mut self, text: &str) -> Vec<Token> {
        let frames = text.lines().filter(|line| is_frame(line));
        let places = frames.filter_map(place).take(FRAMES);
        places.filter_map(|place| self.whole(place)).collect()
    }

    /// The words of a text, in order. Lines of a stack trace are left out.
    fn of(&mut self, text: &str, most: usize) -> Vec<Token> {
        let (mut out, mut parts) = (Vec::new(), Vec::new());
        for line in text.lines().filter(|l| !is_frame(l)) {
            for raw in line.split(|c: char| !(c.is_alphanumeric() || "_.-/$:".contains(c))) {
                self.written(trimmed(raw), &mut parts, &mut out);
                if out.len() >= most {
                    out.truncate(most);
                    return out;
                }
            }
        }
        out
    }

    /// The words of one piece. An identifier such as `PaymentGateway`, `payment-gateway` or `java.io.IOException` is one
    /// word, the same however its parts are joined, and its parts are words too; so is a code within a path or a link. The
    /// site of a link is one word alone: what it is made of stands in every link to it.
    fn written<'a>(&mut self, raw: &'a str, parts: &mut Vec<&'a str>, out: &mut Vec<Token>) {
        let (site, path) = link(without_v(raw));
        out.extend(site.and_then(|site| self.whole(site)));
        if path.is_empty() || is_id(path) {
            return;
        }
        split(path, parts);
        if parts.len() > 1 {
            out.extend(self.whole(path));
        }
        if path.contains(BETWEEN) {
            for name in names(path).filter(|name| is_code(name) && *name != path) {
                out.extend(self.whole(name));
            }
        }
        let mut piece = std::mem::take(&mut self.piece);
        for part in parts.iter() {
            lower(&mut piece, None, part);
            self.part(&piece, out);
        }
        self.piece = piece;
    }

    /// A piece as one word, if it is not too long for one.
    fn whole(&mut self, piece: &str) -> Option<Token> {
        if piece.chars().count() > LONGEST {
            return None;
        }
        let mut whole = std::mem::take(&mut self.piece);
        lower(&mut whole, Some(WHOLE), piece);
        let token = self.token(&whole);
        self.piece = whole;
        token
    }

    fn part(&mut self, part: &str, out: &mut Vec<Token>) {
        if part.is_ascii() || !part.chars().any(is_unspaced) {
            out.extend(self.token(part));
            return;
        }
        // Scripts that put no space between words are compared by pairs of characters.
        let letters: Vec<char> = part.chars().collect();
        for pair in letters.windows(2) {
            let piece: String = [PAIR].iter().chain(pair).collect();
            out.extend(self.token(&piece));
        }
    }

    fn token(&mut self, piece: &str) -> Option<Token> {
        if let Some(known) = self.tokens.get(piece) {
            return *known;
        }
        let written = piece.trim_start_matches([WHOLE, PAIR]);
        let token = self.word(piece).map(|word| {
            let number = self.numbered(word);
            let word = &mut self.all[number as usize];
            word.forms.push(written.to_owned());
            Token {
                word: number,
                form: word.forms.len() as u32 - 1,
                is_code: piece.starts_with(WHOLE) && is_code(written),
            }
        });
        // Numbers and ids that are no words are new each time: they would only fill the table.
        if token.is_some() || STOP.contains(&piece) {
            self.tokens.insert(piece.to_owned(), token);
        }
        token
    }

    /// What a piece is compared as; nothing where it tells nothing.
    fn word(&self, piece: &str) -> Option<String> {
        if let Some(pair) = piece.strip_prefix(PAIR) {
            return Some(pair.to_owned());
        }
        if let Some(whole) = piece.strip_prefix(WHOLE) {
            return Some(self.joined(whole));
        }
        if !piece.is_ascii() {
            return Some(piece.to_owned());
        }
        if piece.bytes().all(|c| c.is_ascii_digit()) {
            // Up to four digits may be a code or a port; longer ones are ids and times.
            return (2..=4).contains(&piece.len()).then(|| piece.to_owned());
        }
        let tells = piece.len() >= 2 && !STOP.contains(&piece) && !is_id(piece);
        tells.then(|| self.stemmer.stem(piece).into_owned())
    }

    /// An identifier without what joins its parts; a version is nothing without its points.
    fn joined(&self, whole: &str) -> String {
        if !whole.contains(char::is_alphabetic) {
            return whole.to_owned();
        }
        let joined: String = whole.chars().filter(|c| c.is_alphanumeric()).collect();
        match joined.is_ascii() {
            true => self.stemmer.stem(&joined).into_owned(),
            false => joined,
        }
    }

    fn numbered(&mut self, word: String) -> u32 {
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.numbers.insert(word.clone(), number);
        self.places.push(0);
        self.all.push(Word {
            text: word,
            forms: Vec::new(),
        });
        number
    }
}

fn lower(piece: &mut String, mark: Option<char>, word: &str) {
    piece.clear();
    piece.extend(mark);
    if word.is_ascii() {
        piece.push_str(word);
        piece.make_ascii_lowercase();
    } else {
        piece.push_str(&word.to_lowercase());
    }
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
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
                vec!["paymentgateway", "payment", "gateway", "timeout"],
            ),
            (
                "orders-db, OrdersDB, orders_db",
                ["ordersdb", "order", "db"].repeat(3),
            ),
            (
                "ZooKeeper, zookeeper",
                vec!["zookeep", "zoo", "keeper", "zookeep"],
            ),
            (
                "java.io.IOException",
                vec!["javaioioexcept", "java", "io", "io", "except"],
            ),
            ("cart 3.8.2", vec!["cart", "3.8.2"]),
            ("cart v3.8.2", vec!["cart", "3.8.2"]),
            (
                "https://wiki.example.com/PAY-4711",
                vec!["wikiexamplecom", "pay4711", "pay", "4711"],
            ),
            (
                "x/PAY-4711.html",
                vec!["xpay4711html", "pay4711", "pay", "4711", "html"],
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
            let tokens = words.of(text, MOST);
            let stems: Vec<&str> = tokens
                .iter()
                .map(|t| words.all()[t.word as usize].text.as_str())
                .collect();
            assert_eq!(stems, expected, "{text}");
        }
    }
}
