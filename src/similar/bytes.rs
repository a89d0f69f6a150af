//! Numbers and texts as the bytes of a segment, read with every length checked, and the sum that tells damage.

use std::io;

/// An odd number with bits all over: the golden ratio's first 64 bits, as Knuth's multiplicative hash has it.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sum of bytes. Each step is one to one in what came before and in its eight bytes, so a change within any eight bytes
/// always changes the sum. It is written into files: it must stay as it is.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let body = words
        .iter()
        .fold(0, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    mix(mix(body, u64::from_le_bytes(last)), bytes.len() as u64)
}

/// The same sum of bytes that come one after another.
#[derive(Default)]
pub(super) struct Sum {
    body: u64,
    /// What does not fill eight bytes yet, and how much of it there is.
    rest: [u8; 8],
    filled: usize,
    length: u64,
}

impl Sum {
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.filled > 0 {
            let (first, others) = bytes.split_at(bytes.len().min(8 - self.filled));
            self.rest[self.filled..self.filled + first.len()].copy_from_slice(first);
            self.filled += first.len();
            bytes = others;
            if self.filled < 8 {
                return;
            }
            self.body = mix(self.body, u64::from_le_bytes(self.rest));
        }
        let (words, rest) = bytes.as_chunks::<8>();
        let words = words.iter();
        self.body = words.fold(self.body, |sum, word| mix(sum, u64::from_le_bytes(*word)));
        (self.rest, self.filled) = ([0; 8], rest.len());
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    pub(super) fn finish(self) -> u64 {
        mix(mix(self.body, u64::from_le_bytes(self.rest)), self.length)
    }
}

fn mix(sum: u64, word: u64) -> u64 {
    let mixed = (sum ^ word).wrapping_mul(SPREAD);
    mixed ^ (mixed >> 29)
}

/// A number by which a text is compared; never 0, which stands for none.
pub(super) fn key(text: &str) -> u64 {
    sum(text.as_bytes()).max(1)
}

/// What is wrong with a file that breaks its own rules.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the index is damaged")
}

/// Writes a number in as few bytes as it needs, seven bits in each.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes a text behind its length.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Writes texts behind their count.
pub(super) fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    put_number(out, texts.len() as u64);
    texts.iter().for_each(|text| put_text(out, text));
}

/// Reads what was written so, from the front; nothing where the bytes do not hold it.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        // Nearly all are small.
        if let [byte @ 0..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(u64::from(*byte));
        }
        let mut number = 0;
        for (at, byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Some(number);
            }
        }
        None
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(super) fn texts(&mut self) -> Option<Vec<String>> {
        let count = self.length()?;
        // Each text takes a byte at least: a count beyond that is damage, and must not be reserved for.
        (count <= self.0.len()).then_some(())?;
        (0..count).map(|_| self.text().map(str::to_owned)).collect()
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.u32s(1)?.pop()
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.u64s(1)?.pop()
    }

    pub(super) fn u32s(&mut self, count: usize) -> Option<Vec<u32>> {
        let (all, _) = self.take(count.checked_mul(4)?)?.as_chunks();
        Some(all.iter().map(|b| u32::from_le_bytes(*b)).collect())
    }

    pub(super) fn u64s(&mut self, count: usize) -> Option<Vec<u64>> {
        let (all, _) = self.take(count.checked_mul(8)?)?.as_chunks();
        Some(all.iter().map(|b| u64::from_le_bytes(*b)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_bytes_is_the_one_that_files_hold() {
        assert_eq!(sum(b"orders-db"), 17_251_084_442_908_296_988);
        assert_eq!(key(""), 1, "0 stands for none");
    }

    #[test]
    fn bytes_that_come_in_pieces_have_the_sum_of_the_whole() {
        let all: Vec<u8> = (0..100u8)
            .map(|n| n.wrapping_mul(7).wrapping_add(1))
            .collect();
        for first in 0..all.len() {
            for second in [first, (first + 3).min(100), (first + 8).min(100), 100] {
                let mut pieces = Sum::default();
                let (a, b, c) = (&all[..first], &all[first..second], &all[second..]);
                [a, b, c].iter().for_each(|piece| pieces.add(piece));
                assert_eq!(pieces.finish(), sum(&all), "{first} {second}");
            }
        }
        assert_eq!(Sum::default().finish(), sum(b""));
    }

    #[test]
    fn numbers_and_texts_come_back_and_a_cut_one_does_not() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number);
            assert_eq!(Reader(&bytes).number(), Some(number));
            assert_eq!(Reader(&bytes[..bytes.len() - 1]).number(), None);
        }
        let mut bytes = Vec::new();
        put_texts(&mut bytes, &["orders-db".to_owned(), String::new()]);
        assert_eq!(
            Reader(&bytes).texts(),
            Some(vec!["orders-db".to_owned(), String::new()])
        );
        assert_eq!(Reader(&bytes[..bytes.len() - 1]).texts(), None);
    }
}
