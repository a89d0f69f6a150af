//! What is newer than the segment, in memory: incidents by number, and the postings of their words.

use super::Subject;
use super::bytes::{key, put_number, put_text, put_texts, sum};
use super::columns::Row;
use super::pieces::pattern;
use super::postings::{Posting, Postings};
use super::words::{Count, Words};
use std::collections::HashMap;

/// One incident. Its text is not kept beyond its words.
#[derive(Default)]
struct Entry {
    subject: Subject,
    digest: u64,
    pattern: u64,
    kind: u64,
    services: Vec<u64>,
    alerts: Vec<u64>,
    words: Box<[u32]>,
}

/// The incidents that were put since the segment was written.
#[derive(Default)]
pub(super) struct Delta {
    entries: Vec<Entry>,
    known: HashMap<String, u32>,
    words: Words,
    /// By number of the word.
    postings: Vec<Vec<Posting>>,
    /// How many postings that are, about: those of replaced incidents are counted on.
    count: usize,
}

/// A number by which it is seen whether an incident changed.
pub(super) fn digest(subject: &Subject) -> u64 {
    let mut bytes = Vec::new();
    for text in [
        &subject.id,
        &subject.reference,
        &subject.name,
        &subject.text,
    ] {
        put_text(&mut bytes, text);
    }
    put_texts(&mut bytes, &subject.services);
    put_texts(&mut bytes, &subject.alerts);
    put_texts(&mut bytes, subject.kind.as_slice());
    put_number(&mut bytes, subject.created.cast_unsigned());
    sum(&bytes)
}

/// The key of a type; 0 for none.
pub(super) fn kind_key(kind: Option<&str>) -> u64 {
    kind.map_or(0, key)
}

/// The keys of alerts: their names without what changes from one to the next.
pub(super) fn alert_keys(alerts: &[String]) -> Vec<u64> {
    alerts.iter().map(|a| key(&pattern(a))).collect()
}

impl Delta {
    /// How many numbers are given out: some may have been removed since.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn place(&self, id: &str) -> Option<u32> {
        self.known.get(id).copied()
    }

    pub(super) fn subject(&self, at: usize) -> &Subject {
        &self.entries[at].subject
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let entry = &self.entries[at];
        Row {
            id: &entry.subject.id,
            created: entry.subject.created,
            digest: entry.digest,
            pattern: entry.pattern,
            kind: entry.kind,
            services: &entry.services,
            alerts: &entry.alerts,
        }
    }

    /// Adds an incident, or replaces the one of the same id.
    pub(super) fn put(&mut self, subject: Subject, digest: u64) {
        let counts = self.words.counted(&subject.name, &subject.text);
        self.postings.resize_with(self.words.all().len(), Vec::new);
        let at = match self.place(&subject.id) {
            Some(at) => at,
            None => self.entries.len() as u32,
        };
        self.take_out(at);
        self.count += counts.len();
        for count in &counts {
            insert(&mut self.postings[count.token.word as usize], at, count);
        }
        self.known.insert(subject.id.clone(), at);
        let entry = entry(subject, digest, &counts);
        match self.entries.get_mut(at as usize) {
            Some(before) => *before = entry,
            None => self.entries.push(entry),
        }
    }

    /// Removes an incident with all that was known of it: its number, which stays unused.
    pub(super) fn remove(&mut self, id: &str) -> Option<u32> {
        let at = self.known.remove(id)?;
        self.take_out(at);
        self.entries[at as usize] = Entry::default();
        Some(at)
    }

    /// Removes its postings.
    fn take_out(&mut self, document: u32) {
        let Some(entry) = self.entries.get_mut(document as usize) else {
            return;
        };
        for word in std::mem::take(&mut entry.words) {
            let list = &mut self.postings[word as usize];
            if let Ok(at) = list.binary_search_by_key(&document, |p| p.document) {
                list.remove(at);
            }
        }
    }

    /// Words that some incident has, in order, by number.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut words: Vec<u32> = (0..self.postings.len() as u32)
            .filter(|word| !self.postings[*word as usize].is_empty())
            .collect();
        words.sort_by(|a, b| self.text(*a).cmp(self.text(*b)));
        words
    }

    pub(super) fn text(&self, word: u32) -> &str {
        &self.words.all()[word as usize].text
    }

    /// The postings of a word, by its number, behind those of the segment.
    pub(super) fn append(&self, word: u32, to: &mut Postings, first: u32) {
        let list = &self.postings[word as usize];
        to.append(list, &self.words.all()[word as usize].forms, first);
    }

    /// The number of a word that some incident has.
    pub(super) fn word(&self, word: &str) -> Option<u32> {
        self.words.number(word)
    }

    /// How many postings it holds, about.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.postings.iter();
        let postings: usize = lists
            .map(|p| std::mem::size_of_val(p.as_slice()) + 24)
            .sum();
        let words: usize = self.words.all().iter().map(|w| w.text.len() + 40).sum();
        let entries = self.entries.iter();
        let subjects: usize = entries
            .map(|e| e.subject.name.len() + 4 * e.words.len() + 280)
            .sum();
        postings + words + subjects
    }
}

fn entry(subject: Subject, digest: u64, counts: &[Count]) -> Entry {
    Entry {
        digest,
        pattern: key(&pattern(&subject.name)),
        kind: kind_key(subject.kind.as_deref()),
        services: subject.services.iter().map(|s| key(s)).collect(),
        alerts: alert_keys(&subject.alerts),
        words: counts.iter().map(|c| c.token.word).collect(),
        subject: Subject {
            text: String::new(),
            ..subject
        },
    }
}

/// Keeps the list in order of its incidents: one that is replaced keeps its number.
fn insert(list: &mut Vec<Posting>, document: u32, count: &Count) {
    let posting = Posting::new(document, count.head, count.in_name, count.token.form);
    // Nearly all come last, and lists are long: looking for their place costs more than all else.
    if list.last().is_none_or(|last| last.document < document) {
        list.push(posting);
    } else {
        list.insert(list.partition_point(|p| p.document < document), posting);
    }
}
