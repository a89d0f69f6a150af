//! The words of several segments, gone through as those of one.

use super::postings::Postings;
use super::segment::Segment;
use std::io;

/// A word with its postings.
type Entry = (String, Postings);

/// Where one segment has come to. A block of its words is held at a time.
struct Cursor<'a> {
    segment: &'a Segment,
    /// The number of its first incident.
    first: u32,
    block: usize,
    words: std::vec::IntoIter<Entry>,
    next: Option<Entry>,
}

impl<'a> Cursor<'a> {
    fn new(segment: &'a Segment, first: u32) -> io::Result<Self> {
        let mut cursor = Self {
            segment,
            first,
            block: 0,
            words: Vec::new().into_iter(),
            next: None,
        };
        cursor.advance()?;
        Ok(cursor)
    }

    /// Goes on to the next word; gives the one it was at.
    fn advance(&mut self) -> io::Result<Option<Entry>> {
        let mut next = self.words.next();
        while next.is_none()
            && let Some(block) = self.segment.words_of(self.block)
        {
            self.block += 1;
            self.words = block?.into_iter();
            next = self.words.next();
        }
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn word(&self) -> Option<&str> {
        self.next.as_ref().map(|(word, _)| word.as_str())
    }
}

/// The words of all segments, each once, in order.
pub(super) struct Merged<'a>(Vec<Cursor<'a>>);

impl<'a> Merged<'a> {
    /// Of segments, each with the number of its first incident, in the order of these.
    pub(super) fn new(segments: impl Iterator<Item = (&'a Segment, u32)>) -> io::Result<Self> {
        let cursors = segments.map(|(segment, first)| Cursor::new(segment, first));
        Ok(Self(cursors.collect::<io::Result<_>>()?))
    }

    /// The next word with the postings of all segments.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        let Some(least) = self.0.iter().filter_map(Cursor::word).min() else {
            return Ok(None);
        };
        let least = least.to_owned();
        let mut all: Option<Postings> = None;
        for cursor in &mut self.0 {
            if cursor.word() != Some(&least) {
                continue;
            }
            let Some((_, later)) = cursor.advance()? else {
                continue;
            };
            match &mut all {
                None if cursor.first == 0 => all = Some(later),
                all => all
                    .get_or_insert_default()
                    .append(&later.list, &later.forms, cursor.first),
            }
        }
        Ok(all.map(|all| (least, all)))
    }
}
