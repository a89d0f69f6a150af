//! A segment from an index: what was in the old ones and is not hidden, and what was put since, as one. Written piece by
//! piece: a long history is never held as a whole.

use super::Subject;
use super::bytes::{Sum, put_number, put_text, put_texts, sum};
use super::columns::Columns;
use super::index::Index;
use super::norms::Norms;
use super::part::Part;
use super::postings::Postings;
use super::segment::{BLOCK, HEADER, Header};
use std::io::{self, Cursor, Seek, SeekFrom, Write};

/// A file that is written from its beginning to its end, and how far it has come.
struct Output<'a, W> {
    to: &'a mut W,
    at: u64,
}

impl<W: Write> Output<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    /// The part from a place to where it has come.
    fn part(&self, from: u64, sum: u64) -> Part {
        Part {
            at: from,
            length: self.at - from,
            sum,
        }
    }

    fn whole(&mut self, bytes: &[u8], sum: u64) -> io::Result<Part> {
        let from = self.at;
        self.put(bytes)?;
        Ok(self.part(from, sum))
    }
}

/// The words of a segment while they are written.
#[derive(Default)]
struct Words {
    count: usize,
    vocabulary: Vec<u8>,
    directory: Vec<u8>,
    /// The block at hand: its first word, its words, and how long their postings are.
    first: String,
    block: Vec<u8>,
    postings: usize,
    /// The postings of the word at hand.
    written: Vec<u8>,
}

impl Words {
    /// Notes a word; its postings are the bytes that go into the file.
    fn push(&mut self, word: &str, postings: &Postings) -> &[u8] {
        if self.count.is_multiple_of(BLOCK) {
            self.finish();
            self.first = word.to_owned();
        }
        self.count += 1;
        self.written.clear();
        postings.write(&mut self.written);
        self.postings += self.written.len();
        put_text(&mut self.block, word);
        put_number(&mut self.block, postings.list.len() as u64);
        put_number(&mut self.block, self.written.len() as u64);
        let sum = sum(&self.written) as u32;
        self.block.extend_from_slice(&sum.to_le_bytes());
        &self.written
    }

    /// Ends the block at hand.
    fn finish(&mut self) {
        if self.block.is_empty() {
            return;
        }
        put_text(&mut self.directory, &self.first);
        put_number(&mut self.directory, self.block.len() as u64);
        put_number(&mut self.directory, self.postings as u64);
        let sum = sum(&self.block);
        self.directory.extend_from_slice(&sum.to_le_bytes());
        self.vocabulary.append(&mut self.block);
        self.postings = 0;
    }
}

impl Index {
    /// A segment that holds all of it, with a note of how much of the history that is.
    pub fn encode(&self, covered: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        self.encode_to(covered, &mut bytes)?;
        Ok(bytes.into_inner())
    }

    /// The same into a file that is empty.
    pub fn encode_to(&self, covered: usize, to: &mut (impl Write + Seek)) -> io::Result<()> {
        let kept: Vec<u32> = self.numbers().collect();
        let mut out = Output {
            to: &mut *to,
            at: 0,
        };
        out.put(&[0; HEADER])?;
        let (mut columns, records) = shown(self, &kept, &mut out)?;
        let (words, norms, postings) = words(self, &kept, &mut out)?;
        columns.norms = norms.finish();
        let (from, mut table) = (out.at, Sum::default());
        columns.write(&mut |bytes: &[u8]| {
            table.add(bytes);
            out.put(bytes)
        })?;
        let header = Header {
            documents: columns.len() as u64,
            words: words.count as u64,
            covered: covered as u64,
            records,
            postings,
            columns: out.part(from, table.finish()),
            vocabulary: out.whole(&words.vocabulary, 0)?,
            directory: out.whole(&words.directory, sum(&words.directory))?,
            size: out.at,
        };
        to.seek(SeekFrom::Start(0))?;
        to.write_all(&header.write())
    }
}

/// Writes the postings of all words, and measures the lengths of all incidents on the way.
fn words<W: Write>(
    index: &Index,
    kept: &[u32],
    out: &mut Output<'_, W>,
) -> io::Result<(Words, Norms, Part)> {
    let mut numbers = vec![0; index.given_out()];
    for (new, old) in kept.iter().enumerate() {
        numbers[*old as usize] = new as u32;
    }
    let (mut words, mut norms, from) = (Words::default(), Norms::new(kept.len()), out.at);
    index.each_word(&mut |word, mut postings| {
        for posting in &mut postings.list {
            posting.document = numbers[posting.document as usize];
        }
        postings.tidy();
        norms.add(&postings.list, index.rarity(postings.list.len()));
        out.put(words.push(word, &postings))
    })?;
    words.finish();
    Ok((words, norms, out.part(from, 0)))
}

/// Writes the records, and gives the columns, which point into them.
fn shown<W: Write>(
    index: &Index,
    kept: &[u32],
    out: &mut Output<'_, W>,
) -> io::Result<(Columns, Part)> {
    let (mut columns, from) = (Columns::default(), out.at);
    for number in kept {
        columns.push(index.row(*number));
        out.put(&record(&index.shown(*number)?))?;
        let end = u32::try_from(out.at - from).map_err(io::Error::other)?;
        columns.records.push(end);
    }
    columns.finish();
    Ok((columns, out.part(from, 0)))
}

/// What is shown of an incident, behind its sum.
fn record(subject: &Subject) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_text(&mut bytes, &subject.reference);
    put_text(&mut bytes, &subject.name);
    put_texts(&mut bytes, subject.kind.as_slice());
    put_texts(&mut bytes, &subject.services);
    put_texts(&mut bytes, &subject.alerts);
    [&sum(&bytes).to_le_bytes(), bytes.as_slice()].concat()
}
