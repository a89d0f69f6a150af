//! A segment from an index: what was in the old one and is not hidden, and what was put since, as one.

use super::Subject;
use super::bytes::{put_number, put_text, put_texts, sum};
use super::columns::Columns;
use super::index::Index;
use super::norms::Norms;
use super::postings::Postings;
use super::segment::{BLOCK, HEADER, Header, Part};
use std::io;

/// The words of a segment while they are written.
#[derive(Default)]
struct Words {
    count: usize,
    vocabulary: Vec<u8>,
    postings: Vec<u8>,
    directory: Vec<u8>,
    /// The block at hand: its first word, its words, and where its postings begin.
    first: String,
    block: Vec<u8>,
    from: usize,
}

impl Words {
    fn push(&mut self, word: &str, postings: &Postings) {
        if self.count.is_multiple_of(BLOCK) {
            self.finish();
            self.first = word.to_owned();
        }
        self.count += 1;
        let from = self.postings.len();
        postings.write(&mut self.postings);
        let written = &self.postings[from..];
        put_text(&mut self.block, word);
        put_number(&mut self.block, postings.list.len() as u64);
        put_number(&mut self.block, written.len() as u64);
        let sum = sum(written) as u32;
        self.block.extend_from_slice(&sum.to_le_bytes());
    }

    /// Ends the block at hand.
    fn finish(&mut self) {
        if self.block.is_empty() {
            return;
        }
        let postings = self.postings.len() - self.from;
        put_text(&mut self.directory, &self.first);
        put_number(&mut self.directory, self.block.len() as u64);
        put_number(&mut self.directory, postings as u64);
        let sum = sum(&self.block);
        self.directory.extend_from_slice(&sum.to_le_bytes());
        self.vocabulary.append(&mut self.block);
        self.from = self.postings.len();
    }
}

impl Index {
    /// A segment that holds all of it, with a note of how much of the history that is.
    pub fn encode(&self, covered: usize) -> io::Result<Vec<u8>> {
        encode(self, covered as u64)
    }
}

/// The bytes of a segment that holds all of an index.
fn encode(index: &Index, covered: u64) -> io::Result<Vec<u8>> {
    let kept: Vec<u32> = index.numbers().collect();
    let mut numbers = vec![0; index.given_out()];
    for (new, old) in kept.iter().enumerate() {
        numbers[*old as usize] = new as u32;
    }
    let (mut words, mut norms) = (Words::default(), Norms::new(kept.len()));
    index.each_word(&mut |word, mut postings| {
        for posting in &mut postings.list {
            posting.document = numbers[posting.document as usize];
        }
        postings.tidy();
        norms.add(&postings.list, index.rarity(postings.list.len()));
        words.push(word, &postings);
    })?;
    words.finish();
    let (mut columns, records) = shown(index, &kept)?;
    columns.norms = norms.finish();
    Ok(assembled(&words, &records, &columns, covered))
}

/// The columns, and the records that they point into.
fn shown(index: &Index, kept: &[u32]) -> io::Result<(Columns, Vec<u8>)> {
    let (mut columns, mut records) = (Columns::default(), Vec::new());
    for number in kept {
        columns.push(index.row(*number));
        record(&mut records, &index.shown(*number)?);
        let end = u32::try_from(records.len()).map_err(io::Error::other)?;
        columns.records.push(end);
    }
    columns.finish();
    Ok((columns, records))
}

/// What is shown of an incident, behind its sum.
fn record(out: &mut Vec<u8>, subject: &Subject) {
    let mut bytes = Vec::new();
    put_text(&mut bytes, &subject.reference);
    put_text(&mut bytes, &subject.name);
    put_texts(&mut bytes, subject.kind.as_slice());
    put_texts(&mut bytes, &subject.services);
    put_texts(&mut bytes, &subject.alerts);
    out.extend_from_slice(&sum(&bytes).to_le_bytes());
    out.append(&mut bytes);
}

fn assembled(words: &Words, records: &[u8], columns: &Columns, covered: u64) -> Vec<u8> {
    let mut out = vec![0; HEADER];
    let mut add = |bytes: &[u8], sum: u64| {
        let (at, length) = (out.len() as u64, bytes.len() as u64);
        out.extend_from_slice(bytes);
        Part { at, length, sum }
    };
    let mut table = Vec::new();
    columns.write(&mut table);
    let mut header = Header {
        documents: columns.len() as u64,
        words: words.count as u64,
        covered,
        vocabulary: add(&words.vocabulary, 0),
        postings: add(&words.postings, 0),
        records: add(records, 0),
        columns: add(&table, sum(&table)),
        directory: add(&words.directory, sum(&words.directory)),
        ..Header::default()
    };
    header.size = out.len() as u64;
    out[..HEADER].copy_from_slice(&header.write());
    out
}
