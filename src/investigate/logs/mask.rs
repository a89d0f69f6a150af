//! Words of a line: what varies from line to line is masked, what says where and what failed is kept.

use super::failure::{is_failure_word, level};
use std::collections::HashMap;

/// What a variable is shown as.
pub(super) const ANY: &str = "<*>";
/// Words of a line that take part; what follows is one variable.
const MOST_WORDS: usize = 60;
/// Letters from which a piece without any break is an id and no word.
const LONGEST_WORD: usize = 32;
/// Endings of files that code is written in.
const CODE: &[&str] = &[
    "java", "kt", "scala", "groovy", "clj", "py", "go", "rs", "js", "mjs", "ts", "tsx", "jsx",
    "rb", "cs", "fs", "cpp", "cc", "c", "h", "hpp", "php", "ex", "exs", "erl", "swift", "lua",
    "pl",
];
/// What a number of three digits is not a code before.
const UNITS: &[&str] = &[
    "ms",
    "s",
    "us",
    "ns",
    "sec",
    "secs",
    "seconds",
    "milliseconds",
    "bytes",
    "b",
    "kb",
    "mb",
    "gb",
    "rows",
    "items",
    "records",
    "messages",
    "entries",
    "events",
    "requests",
    "orders",
    "users",
    "times",
    "days",
    "hours",
    "minutes",
    "%",
    "of",
    "files",
    "lines",
    "connections",
    "keys",
    "points",
];

/// A word of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub text: String,
    /// Whether lines that differ in it are different templates, however alike they are else.
    pub pinned: bool,
}

impl Word {
    pub fn any() -> Self {
        Self {
            text: ANY.into(),
            pinned: false,
        }
    }
}

/// Words that were masked before: logs say the same again and again.
#[derive(Default)]
pub(super) struct Masks<'a>(HashMap<&'a str, Word>);

impl<'a> Masks<'a> {
    /// A word as it takes part. What follows it matters to figures alone.
    fn of(&mut self, word: &'a str, next: &str) -> Word {
        if word.bytes().any(|b| b.is_ascii_digit()) {
            return masked(word, next);
        }
        let known = self.0.entry(word);
        known.or_insert_with(|| masked(word, next)).clone()
    }
}

/// The words of what a line says. Of a stack in it, the first place alone.
pub(super) fn words<'a>(text: &'a str, masks: &mut Masks<'a>) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let mut rest = text.split_whitespace().peekable();
    while let Some(word) = rest.next() {
        if all.len() == MOST_WORDS {
            all.push(Word::any());
            break;
        }
        let next = rest.peek().copied().unwrap_or_default();
        all.push(masks.of(word, next));
        if word == "at" && next.ends_with(')') && next.contains('(') {
            all.push(masks.of(next, ""));
            break;
        }
    }
    all
}

fn masked(word: &str, next: &str) -> Word {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let kept = |text: &str| Word {
        text: text.to_owned(),
        pinned: true,
    };
    if let Some(place) = place(word) {
        return kept(place);
    }
    if is_error_code(bare) || is_exception(bare) {
        return kept(word.trim_end_matches([':', ',', ';', '.']));
    }
    if is_id(bare) {
        return Word::any();
    }
    let unit = next.trim_matches(|c: char| !c.is_alphanumeric() && c != '%');
    let is_amount = UNITS.iter().any(|u| unit.eq_ignore_ascii_case(u));
    let (text, has_code) = pieces(word, is_amount);
    let tells = level(word).is_some() || is_failure_word(bare);
    Word {
        pinned: has_code || (tells && text == word),
        text,
    }
}

/// Whether a word has the shape of a number of an order, a mail address or a UUID as a whole.
fn is_id(bare: &str) -> bool {
    let mail = bare
        .split_once('@')
        .is_some_and(|(who, at)| !who.is_empty() && at.contains('.'));
    let uuid = bare.len() == 36 && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    mail || uuid
}

/// Between what a word is broken into pieces, of which each is a variable or is not.
fn is_break(c: char) -> bool {
    !c.is_alphanumeric() && c != '_'
}

/// A word with each of its pieces masked that varies, and whether it holds a status that says what failed.
fn pieces(word: &str, is_amount: bool) -> (String, bool) {
    let mut text = String::with_capacity(word.len());
    let mut has_code = false;
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(is_break).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        let alone = after.chars().next().is_none_or(|c| !".:/-@".contains(c))
            && !text.ends_with(['.', ':', '/', '-', '@', '<', '#'])
                | text.ends_with("status:")
                | text.ends_with("code:");
        if !piece.is_empty() {
            let is_code = alone && !is_amount && is_status(piece);
            has_code |= is_code;
            match varies(piece) && !is_code {
                true => push_any(&mut text),
                false => text.push_str(piece),
            }
        }
        let mark = after.chars().next().map_or(0, char::len_utf8);
        text.push_str(&after[..mark]);
        rest = &after[mark..];
    }
    (text, has_code)
}

/// Adds a variable; two with one mark between them are one: `10.0.0.7:443`, `1f3a-77c0`.
fn push_any(text: &mut String) {
    let before = text.trim_end_matches(is_within_any);
    if before.ends_with(ANY) && text.len() - before.len() <= 1 {
        text.truncate(before.len());
    } else {
        text.push_str(ANY);
    }
}

fn is_within_any(c: char) -> bool {
    ".:-,/+".contains(c)
}

/// Whether a piece is a number, an id or a hash.
fn varies(piece: &str) -> bool {
    let hex = piece.len() >= 8 && piece.bytes().all(|b| b.is_ascii_hexdigit());
    hex || piece.len() > LONGEST_WORD || piece.bytes().any(|b| b.is_ascii_digit())
}

/// Codes of three digits from 400 to 599 stay: they say what failed.
fn is_status(piece: &str) -> bool {
    piece.len() == 3 && piece.parse::<u16>().is_ok_and(|n| (400..600).contains(&n))
}

/// The name of an exception: `java.net.SocketTimeoutException`, `KeyError`.
pub(super) fn is_exception(bare: &str) -> bool {
    let last = bare.rsplit(['.', ':', '$']).next().unwrap_or_default();
    let named = ["Exception", "Error", "Fault", "Panic"];
    let camel = last.starts_with(|c: char| c.is_ascii_uppercase())
        && last.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    camel
        && named
            .iter()
            .any(|end| last.len() > end.len() && last.ends_with(end))
}

/// A code that a program gives its errors: `ORA-00942`, `E11000`, `ERR_CONN_REFUSED`, `SQLSTATE[08006]`.
fn is_error_code(bare: &str) -> bool {
    let letters = bare
        .bytes()
        .take_while(|b| b.is_ascii_uppercase() || *b == b'_')
        .count();
    let rest = bare.get(letters..).unwrap_or_default();
    let figures = rest.strip_prefix('-').unwrap_or(rest);
    let numbered = (1..=8).contains(&letters)
        && (3..=5).contains(&figures.len())
        && figures.bytes().all(|b| b.is_ascii_digit());
    let named = rest.is_empty()
        && ["ERR_", "ECONN", "ENO", "ETIME", "EHOST", "EAI_"]
            .iter()
            .any(|s| bare.starts_with(s));
    numbered || named || bare.starts_with("SQLSTATE[")
}

/// Where in the code: `OrderService.java:45`, `app/views.py:123`, `OrderService#45`; of a path its last part, without
/// what stands around it.
pub(super) fn place(word: &str) -> Option<&str> {
    let inner = word
        .rsplit(['(', '[', '<', '=', '"', '\''])
        .next()
        .unwrap_or(word);
    let inner = inner.trim_matches(|c: char| !c.is_alphanumeric());
    let figures = |text: &str| {
        !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit())
    };
    if let Some((class, line)) = inner.split_once('#') {
        let last = class.rsplit('.').next().unwrap_or_default();
        let is_class = last.starts_with(|c: char| c.is_ascii_uppercase())
            && last
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_$".contains(c));
        let is_line =
            !line.is_empty() && line.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return (is_class && is_line).then_some(inner);
    }
    let mut parts = inner.splitn(3, ':');
    let (file, line) = (parts.next()?, parts.next()?);
    let (_, ending) = file.rsplit_once('.')?;
    let file_at = file.rfind('/').map_or(0, |at| at + 1);
    let end = file.len() + 1 + line.len();
    (CODE.contains(&ending) && figures(line)).then(|| &inner[file_at..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_masked_and_what_says_where_and_what_failed_is_kept() {
        for (line, template) in [
            (
                "user 4711 logged in from 10.0.0.7:443",
                "user <*> logged in from <*>",
            ),
            (
                "order 3f2a9c41-0b5e-4d6f-9a1b-2c3d4e5f6a7b placed",
                "order <*> placed",
            ),
            ("sent to ana@example.com in 412 ms", "sent to <*> in <*> ms"),
            ("POST /pay/4711/confirm 503", "POST /pay/<*>/confirm 503"),
            ("status=503 took=12ms", "status=503 took=<*>"),
            (
                "ERROR OrderService#45 refused ORA-00942",
                "ERROR OrderService#45 refused ORA-00942",
            ),
            (
                "(app/views.py:123) KeyError: 'id7'",
                "views.py:123 KeyError '<*>'",
            ),
            (
                "at com.shop.Cart.add(Cart.java:45) at x.Y.z(Y.java:1)",
                "at Cart.java:45",
            ),
            (
                "java.net.SocketTimeoutException: connect timed out",
                "java.net.SocketTimeoutException connect timed out",
            ),
            (
                "lookup cart.shop.svc:8080 0xdeadbeef",
                "lookup cart.shop.svc:<*> <*>",
            ),
            (
                "connect ECONNREFUSED 127.0.0.1:6379",
                "connect ECONNREFUSED <*>",
            ),
            ("pod cart-7d9f8b6c5-x2x9z evicted", "pod cart-<*> evicted"),
            ("at=1763649121123 fenêtre №7 é", "at=<*> fenêtre №<*> é"),
        ] {
            let said: Vec<String> = words(line, &mut Masks::default())
                .into_iter()
                .map(|w| w.text)
                .collect();
            assert_eq!(said.join(" "), template, "{line}");
        }
    }
}
