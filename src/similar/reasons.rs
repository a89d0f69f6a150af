//! Why two incidents are said to be alike, each reason checkable in both.

use super::index::Index;
use super::pieces::{is_code, pattern};
use super::score::{Candidate, Query, percent};
use super::{Match, Subject};
use crate::domain::Instant;
use std::io;

/// A word in more than this share of incidents is no reason.
const COMMON: f64 = 0.2;
/// Words that are told.
const MOST: usize = 6;

/// What was found, with its reasons.
pub(super) fn matched(index: &Index, query: &Query<'_>, found: &Candidate) -> io::Result<Match> {
    let other = index.shown(found.number)?;
    Ok(Match {
        reasons: reasons(index, query, found.number, &other),
        id: other.id.as_str().into(),
        reference: other.reference,
        name: other.name,
        likeness: percent(found.odds).round() as u8,
        alike: found.alike,
        at: Instant::from_timestamp(other.created, 0).unwrap_or_default(),
    })
}

fn reasons(index: &Index, query: &Query<'_>, number: u32, other: &Subject) -> Vec<String> {
    let (asked, row) = (query.asked, index.row(number));
    let said = query.is_said_same(number);
    let words = longest(shared_words(index, query, number));
    let same_name = row.pattern == query.pattern;
    [
        said.then(|| "said to belong together".to_owned()),
        (!words.is_empty()).then(|| format!("both say {}", words.join(", "))),
        same_name.then(|| "the same name but for numbers".to_owned()),
        same_alert(asked, other).map(|alert| format!("same alert \"{alert}\"")),
        query
            .distance(row.services)
            .map(|hops| services(asked, other, hops)),
        Some(apart(asked.created, other.created)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Words that both have, the most telling first. A reason must be found in both texts as it stands: the word itself, or
/// what two forms of it begin with. Of the frames of a stack trace the rarest is told.
fn shared_words(index: &Index, query: &Query<'_>, number: u32) -> Vec<String> {
    let most = (index.len() as f64 * COMMON).max(2.0);
    let rare = query
        .terms
        .iter()
        .filter(|term| term.postings.list.len() as f64 <= most);
    let mut shared: Vec<(f64, &str, bool)> = rare
        .filter_map(|term| {
            let posting = term.postings.of(number)?;
            let both = common(&term.written, &term.postings.forms[posting.form()]);
            let names = u8::from(term.in_name) + u8::from(posting.in_name());
            let told = term.rare * (1.0 + f64::from(names));
            is_telling(both).then_some((told, both, term.is_frame))
        })
        .collect();
    shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut frames = 0;
    shared.retain(|(_, _, is_frame)| {
        frames += usize::from(*is_frame);
        !is_frame || frames == 1
    });
    shared
        .iter()
        .map(|(_, word, _)| (*word).to_owned())
        .collect()
}

/// The first few words, in quotes. Of a word and one that holds it, the longer one says more.
fn longest(words: Vec<String>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for word in words {
        if let Some(at) = told.iter().position(|t| word.contains(t.as_str())) {
            told.retain(|t| !word.contains(t.as_str()));
            told.insert(at, word);
        } else if told.len() < MOST && !told.iter().any(|t| t.contains(&word)) {
            told.push(word);
        }
    }
    told.iter().map(|word| format!("`{word}`")).collect()
}

/// The first alert of the one that the other had too.
fn same_alert<'a>(asked: &'a Subject, other: &Subject) -> Option<&'a String> {
    let theirs: Vec<String> = other.alerts.iter().map(|a| pattern(a)).collect();
    asked.alerts.iter().find(|a| theirs.contains(&pattern(a)))
}

fn services(asked: &Subject, other: &Subject, hops: usize) -> String {
    if hops == 0 {
        let both = asked.services.iter().filter(|s| other.services.contains(s));
        let both: Vec<&str> = both.map(String::as_str).collect();
        return format!("both on {}", both.join(", "));
    }
    let calls = if hops == 1 { "one call" } else { "two calls" };
    let (ours, theirs) = (asked.services.join(", "), other.services.join(", "));
    format!("{ours} and {theirs} are {calls} apart")
}

fn apart(a: i64, b: i64) -> String {
    match a.abs_diff(b) / 86_400 {
        0 => "within a day".into(),
        1 => "a day apart".into(),
        days => format!("{days} days apart"),
    }
}

/// What two ways to write a word begin with.
fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a
        .char_indices()
        .zip(b.chars())
        .take_while(|((_, x), y)| x == y)
        .last();
    same.map_or("", |((at, c), _)| &a[..at + c.len_utf8()])
}

/// Whether a word says something to a reader: not a bare number, unless it is a status or a version, and not a stump.
fn is_telling(word: &str) -> bool {
    let status = word.len() == 3 && word.parse::<u16>().is_ok_and(|n| (400..600).contains(&n));
    status
        || is_code(word)
        || (word.chars().any(char::is_alphabetic)
            && (word.chars().count() >= 3 || !word.is_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_and_its_parts_the_name_alone_is_told() {
        let words = ["orders", "service", "orders-service", "late"];
        let told = longest(words.map(str::to_owned).to_vec());
        assert_eq!(told, ["`orders-service`", "`late`"]);
    }
}
