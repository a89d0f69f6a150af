//! A part of a segment's file, read from its beginning to its end in pieces: never twice as much of it in memory as is kept.

use super::bytes::{Sum, damaged};
use std::io;

/// Bytes that can be read from anywhere: a file, or memory.
pub trait Pages: Send + Sync {
    /// How many there are.
    fn size(&self) -> io::Result<u64>;

    /// So many bytes from a place, or an error where they are not there. Never asked for more than `size` told of.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
}

impl Pages for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(offset).map_err(|_| damaged())?;
        let bytes = self.get(from..).and_then(|rest| rest.get(..length));
        bytes.map(<[u8]>::to_vec).ok_or_else(damaged)
    }
}

/// Where a part of the file lies, and its sum where it is read as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub at: u64,
    pub length: u64,
    pub sum: u64,
}

/// Bytes that are read at once.
const AT_ONCE: usize = 1 << 16;

/// What is left of a part, and the sum of what was read.
pub(super) struct Pieces<'a> {
    pages: &'a dyn Pages,
    part: Part,
    at: u64,
    sum: Sum,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(pages: &'a dyn Pages, part: Part) -> Self {
        Self {
            pages,
            part,
            at: 0,
            sum: Sum::default(),
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length as u64 > self.part.length - self.at {
            return Err(damaged());
        }
        let bytes = self.pages.read_at(self.part.at + self.at, length)?;
        self.at += length as u64;
        self.sum.add(&bytes);
        Ok(bytes)
    }

    /// So many numbers of `N` bytes each.
    pub(super) fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        read: impl Fn([u8; N]) -> T,
    ) -> io::Result<Vec<T>> {
        // A count beyond what is there is damage, and must not be reserved for.
        if count as u64 > (self.part.length - self.at) / N as u64 {
            return Err(damaged());
        }
        let (mut all, mut left) = (Vec::with_capacity(count), count);
        while left > 0 {
            let some = left.min(AT_ONCE / N);
            let bytes = self.take(some * N)?;
            let (numbers, _) = bytes.as_chunks::<N>();
            all.extend(numbers.iter().map(|bytes| read(*bytes)));
            left -= some;
        }
        Ok(all)
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.part.length - self.at).map_err(|_| damaged())?;
        self.take(left)
    }

    /// The end: whether all of it was read, as it was written.
    pub(super) fn ends_well(self) -> bool {
        self.at == self.part.length && self.sum.finish() == self.part.sum
    }
}
