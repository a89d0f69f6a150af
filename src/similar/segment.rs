//! A segment: incidents that were written once and never change, read in pieces. What a query needs of all of them is held
//! in memory; words, their postings, and names are read when they are asked for.
//!
//! ```text
//! header      what it is, which version, how many, where each part lies with its sum, and the sum of all this
//! vocabulary  blocks of words in order, each with its incidents' count and where its postings end
//! postings    of each word, in order of the words
//! records     of each incident what is shown: reference, name, type, services, alerts
//! columns     what a query needs of all incidents
//! directory   of each block its first word, length and sum
//! ```

use super::Subject;
use super::bytes::{Reader, damaged, sum};
use super::columns::{Columns, span};
use super::part::{Pages, Part, Pieces};
use super::postings::Postings;
use std::io;

/// What the file is.
pub(super) const MAGIC: &[u8; 8] = b"hotseatI";
/// The layout that this version writes, and the only one it reads: another is built anew in seconds.
pub(super) const VERSION: u64 = 3;
/// Bytes of the header: the magic, five numbers, five parts of three numbers, the sum.
pub(super) const HEADER: usize = 8 + 8 * 5 + 8 * 3 * 5 + 8;
/// Words of a block of the vocabulary: one is read for each word that is asked for.
pub(super) const BLOCK: usize = 64;

/// The first bytes of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    pub size: u64,
    pub documents: u64,
    pub words: u64,
    /// What its writer noted: how much of the history it holds.
    pub covered: u64,
    pub vocabulary: Part,
    pub postings: Part,
    pub records: Part,
    pub columns: Part,
    pub directory: Part,
}

impl Header {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let parts = [
            self.vocabulary,
            self.postings,
            self.records,
            self.columns,
            self.directory,
        ];
        let counts = [VERSION, self.size, self.documents, self.words, self.covered];
        let places = parts.iter().flat_map(|p| [p.at, p.length, p.sum]);
        for number in counts.into_iter().chain(places) {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let sum = sum(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// The header of a file of so many bytes; nothing where it is none of ours, of another version, cut or damaged.
    fn read(bytes: &[u8], size: u64) -> Option<Self> {
        let (body, mut end) = (bytes.get(..HEADER - 8)?, Reader(bytes.get(HEADER - 8..)?));
        (end.u64()? == sum(body)).then_some(())?;
        let mut reader = Reader(body.strip_prefix(MAGIC)?);
        (reader.u64()? == VERSION && reader.u64()? == size).then_some(())?;
        Some(Self {
            size,
            documents: reader.u64()?,
            words: reader.u64()?,
            covered: reader.u64()?,
            vocabulary: part(&mut reader, size)?,
            postings: part(&mut reader, size)?,
            records: part(&mut reader, size)?,
            columns: part(&mut reader, size)?,
            directory: part(&mut reader, size)?,
        })
    }
}

/// A part that lies within the file.
fn part(reader: &mut Reader<'_>, size: u64) -> Option<Part> {
    let (at, length, sum) = (reader.u64()?, reader.u64()?, reader.u64()?);
    (at.checked_add(length)? <= size).then_some(Part { at, length, sum })
}

/// Neighbouring words: where they and their postings lie in the file.
struct Block {
    first: String,
    words: (u64, usize),
    sum: u64,
    postings: (u64, usize),
}

/// A word of a block.
struct Entry<'a> {
    word: &'a str,
    /// How many incidents have it.
    count: usize,
    /// Where its postings lie, from the first of its block.
    from: usize,
    length: usize,
    sum: u32,
}

/// A segment that is open.
pub(super) struct Segment {
    pages: Box<dyn Pages>,
    header: Header,
    blocks: Vec<Block>,
    pub columns: Columns,
}

impl Segment {
    /// Opens a segment: header, columns and directory are read and checked.
    pub(super) fn open(pages: Box<dyn Pages>) -> io::Result<Self> {
        let size = pages.size()?;
        if size < HEADER as u64 {
            return Err(damaged());
        }
        let header = Header::read(&pages.read_at(0, HEADER)?, size).ok_or_else(damaged)?;
        let count = u32::try_from(header.documents).map_err(|_| damaged())? as usize;
        let columns = Pieces::new(&*pages, header.columns);
        let columns = Columns::read(columns, count, header.records.length)?;
        let blocks = directory(&whole(&*pages, header.directory)?, &header).ok_or_else(damaged)?;
        Ok(Self {
            pages,
            header,
            blocks,
            columns,
        })
    }

    pub(super) fn covered(&self) -> u64 {
        self.header.covered
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The postings of a word; none where no incident has it.
    pub(super) fn postings(&self, word: &str) -> io::Result<Postings> {
        let Some(block) = self.block_of(word) else {
            return Ok(Postings::default());
        };
        let bytes = self.read_block(block)?;
        let entries = entries(&bytes, block).ok_or_else(damaged)?;
        let Some(entry) = entries.iter().find(|e| e.word == word) else {
            return Ok(Postings::default());
        };
        let at = block.postings.0 + entry.from as u64;
        self.decode(entry, &self.pages.read_at(at, entry.length)?)
    }

    /// How many incidents have each of some words, which are in order: a block is read once for all of its words.
    pub(super) fn counts(&self, words: &[&str]) -> io::Result<Vec<usize>> {
        let mut out = Vec::with_capacity(words.len());
        for group in words.chunk_by(|a, b| self.place_of(a) == self.place_of(b)) {
            let Some(block) = self.block_of(group[0]) else {
                out.extend(group.iter().map(|_| 0));
                continue;
            };
            let bytes = self.read_block(block)?;
            let entries = entries(&bytes, block).ok_or_else(damaged)?;
            out.extend(group.iter().map(|word| {
                let found = entries.binary_search_by(|e| e.word.cmp(word));
                found.map_or(0, |at| entries[at].count)
            }));
        }
        Ok(out)
    }

    /// The words of a block, in order, with their postings; nothing behind the last block.
    pub(super) fn words_of(&self, block: usize) -> Option<io::Result<Vec<(String, Postings)>>> {
        Some(self.all_of(self.blocks.get(block)?))
    }

    fn all_of(&self, block: &Block) -> io::Result<Vec<(String, Postings)>> {
        let bytes = self.read_block(block)?;
        let postings = self.pages.read_at(block.postings.0, block.postings.1)?;
        let entries = entries(&bytes, block).ok_or_else(damaged)?;
        let of = |e: &Entry<'_>| {
            let bytes = &postings[e.from..e.from + e.length];
            Ok((e.word.to_owned(), self.decode(e, bytes)?))
        };
        entries.iter().map(of).collect()
    }

    /// What is shown of an incident.
    pub(super) fn subject(&self, at: usize) -> io::Result<Subject> {
        let place = span(&self.columns.records, at);
        let from = self.header.records.at + place.start as u64;
        let bytes = self.pages.read_at(from, place.len())?;
        let row = self.columns.row(at);
        record(&bytes)
            .map(|subject| Subject {
                id: row.id.to_owned(),
                created: row.created,
                ..subject
            })
            .ok_or_else(damaged)
    }

    /// How many blocks begin with the word or one before it.
    fn place_of(&self, word: &str) -> usize {
        self.blocks.partition_point(|b| b.first.as_str() <= word)
    }

    fn block_of(&self, word: &str) -> Option<&Block> {
        self.blocks.get(self.place_of(word).checked_sub(1)?)
    }

    fn read_block(&self, block: &Block) -> io::Result<Vec<u8>> {
        let bytes = self.pages.read_at(block.words.0, block.words.1)?;
        if sum(&bytes) == block.sum {
            Ok(bytes)
        } else {
            Err(damaged())
        }
    }

    fn decode(&self, entry: &Entry<'_>, bytes: &[u8]) -> io::Result<Postings> {
        let whole = sum(bytes) as u32 == entry.sum;
        let postings = whole.then(|| Postings::read(bytes, entry.count, self.len() as u32));
        postings.flatten().ok_or_else(damaged)
    }
}

/// A part that is read as a whole.
fn whole(pages: &dyn Pages, part: Part) -> io::Result<Vec<u8>> {
    let length = usize::try_from(part.length).map_err(|_| damaged())?;
    let bytes = pages.read_at(part.at, length)?;
    if sum(&bytes) == part.sum {
        Ok(bytes)
    } else {
        Err(damaged())
    }
}

/// The blocks, which must fill vocabulary and postings exactly.
fn directory(bytes: &[u8], header: &Header) -> Option<Vec<Block>> {
    let mut reader = Reader(bytes);
    let (mut blocks, mut words, mut postings) = (Vec::new(), 0u64, 0u64);
    while !reader.0.is_empty() {
        let first = reader.text()?.to_owned();
        let (words_length, postings_length) = (reader.length()?, reader.length()?);
        let sum = reader.u64()?;
        blocks.push(Block {
            first,
            words: (header.vocabulary.at + words, words_length),
            sum,
            postings: (header.postings.at + postings, postings_length),
        });
        words = words.checked_add(words_length as u64)?;
        postings = postings.checked_add(postings_length as u64)?;
        (words <= header.vocabulary.length && postings <= header.postings.length).then_some(())?;
    }
    let filled = words == header.vocabulary.length && postings == header.postings.length;
    let full = blocks.len() as u64 == header.words.div_ceil(BLOCK as u64);
    (filled && full).then_some(blocks)
}

/// The words of a block, whose postings must fill it exactly.
fn entries<'a>(bytes: &'a [u8], block: &Block) -> Option<Vec<Entry<'a>>> {
    let (mut reader, mut from) = (Reader(bytes), 0usize);
    let mut entries = Vec::with_capacity(BLOCK);
    while !reader.0.is_empty() {
        let (word, count, length) = (reader.text()?, reader.length()?, reader.length()?);
        let sum = reader.u32()?;
        entries.push(Entry {
            word,
            count,
            from,
            length,
            sum,
        });
        from = from.checked_add(length)?;
    }
    (from == block.postings.1).then_some(entries)
}

/// A record without its sum, where that is right.
fn record(bytes: &[u8]) -> Option<Subject> {
    let mut reader = Reader(bytes);
    (reader.u64()? == sum(reader.0)).then_some(())?;
    Some(Subject {
        reference: reader.text()?.to_owned(),
        name: reader.text()?.to_owned(),
        kind: reader.texts()?.pop(),
        services: reader.texts()?,
        alerts: reader.texts()?,
        ..Subject::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::{Index, Neighbours, PairVerdicts, Search};

    fn subject(n: i64) -> Subject {
        Subject {
            id: format!("01{n}"),
            name: format!("Zeitüberschreitung in orders-db {n}"),
            text: "The pool of connections is exhausted".into(),
            services: vec!["orders".into()],
            alerts: vec!["DiskFull".into()],
            created: n * 86_400,
            ..Subject::default()
        }
    }

    fn bytes() -> Vec<u8> {
        let mut index = Index::default();
        (0..5).for_each(|n| index.put(subject(n)));
        index.encode(5).expect("bytes")
    }

    /// A file whose sums are right, whatever else is wrong with it.
    fn signed(mut bytes: Vec<u8>, mut header: Header) -> Vec<u8> {
        for part in [&mut header.columns, &mut header.directory] {
            let (from, to) = (part.at as usize, (part.at + part.length) as usize);
            part.sum = sum(&bytes[from..to]);
        }
        bytes[..HEADER].copy_from_slice(&header.write());
        bytes
    }

    fn refused_or_answers(bytes: Vec<u8>) -> bool {
        let search = Search {
            near: &Neighbours::new(),
            verdicts: &PairVerdicts::default(),
            since: None,
            least: 0,
            most: 10,
        };
        Index::open(Box::new(bytes)).is_ok_and(|mut index| {
            let found = index.find(&subject(3), &search).is_ok();
            index.put(subject(9));
            index.find(&subject(3), &search).is_ok() && found && index.encode(6).is_ok()
        })
    }

    #[test]
    fn a_newer_file_and_one_that_is_none_of_ours_are_refused() {
        let whole = bytes();
        assert!(refused_or_answers(whole.clone()));
        for (what, at) in [("not ours", 0), ("newer", MAGIC.len())] {
            let mut other = whole.clone();
            other[at] += 1;
            let right = sum(&other[..HEADER - 8]);
            other[HEADER - 8..HEADER].copy_from_slice(&right.to_le_bytes());
            assert!(Index::open(Box::new(other)).is_err(), "{what}");
        }
    }

    #[test]
    fn nonsense_under_a_right_sum_is_refused_or_does_no_harm() {
        let whole = bytes();
        let header = Header::read(&whole[..HEADER], whole.len() as u64).expect("a header");
        assert!(refused_or_answers(signed(whole.clone(), header)));
        for part in [header.columns, header.directory] {
            for at in part.at..part.at + part.length {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = whole.clone();
                    changed[at as usize] = value;
                    refused_or_answers(signed(changed, header));
                }
            }
        }
        for documents in [0, 4, 6, u64::MAX] {
            let header = Header {
                documents,
                ..header
            };
            assert!(!refused_or_answers(signed(whole.clone(), header)));
        }
    }
}
