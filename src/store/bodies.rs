//! Whole incidents as bytes: their JSON, compressed against what is known beforehand, which is the incident's own row and a
//! skeleton of what every incident of the organisation says. A body so takes a fifth of its JSON, and is still read alone.
//!
//! ```text
//! skeleton    number of the skeleton that it was compressed against, four bytes
//! summary     length of the summary, four bytes  } compressed (RFC 1951), preset with
//!             the summary                        } skeleton, then row with its id
//!             the incident as JSON               }
//! ```

use super::StoreError;
use super::skeleton::{self, Skeleton};
use crate::domain::Incident;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use rusqlite::Connection;
use std::collections::HashMap;

/// Bytes before what is compressed: the skeleton's number.
const NUMBER: usize = 4;
/// Bytes before the summary: its length.
const LENGTH: usize = 4;
/// Bytes by which room for what comes out grows: most incidents take one or two of them.
const ROOM: usize = 4_096;

/// Makes bodies.
pub(super) struct Packer {
    deflate: Compress,
    skeleton: Skeleton,
    preset: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self {
            deflate: Compress::new(Compression::default(), false),
            skeleton: Skeleton::default(),
            preset: Vec::new(),
        }
    }

    /// Takes up the skeleton that a file has, and teaches it what these incidents have beside it. Within the transaction
    /// in which they are kept: another program may have emptied the file.
    pub(super) fn prepare(
        &mut self,
        db: &Connection,
        incidents: &[Incident],
    ) -> Result<(), StoreError> {
        self.skeleton.take_up(db)?;
        self.skeleton.learn(db, incidents)
    }

    /// The body of an incident beside its row.
    pub(super) fn pack(
        &mut self,
        row: &str,
        summary: &str,
        json: &str,
    ) -> Result<Vec<u8>, StoreError> {
        self.preset.clear();
        self.preset.extend_from_slice(self.skeleton.text.as_bytes());
        self.preset.extend_from_slice(row.as_bytes());
        self.deflate.reset();
        self.deflate.set_dictionary(&self.preset)?;
        let mut body = self.skeleton.number.to_le_bytes().to_vec();
        // A summary beyond that is told by the JSON alone.
        let (length, summary) = match u32::try_from(summary.len()) {
            Ok(length) => (length, summary),
            Err(_) => (0, ""),
        };
        let parts = [&length.to_le_bytes(), summary.as_bytes(), json.as_bytes()];
        self.squeeze(&parts.concat(), &mut body)?;
        Ok(body)
    }

    fn squeeze(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StoreError> {
        loop {
            out.reserve(ROOM);
            let before = self.deflate.total_in();
            let status = self
                .deflate
                .compress_vec(bytes, out, FlushCompress::Finish)?;
            bytes = &bytes[(self.deflate.total_in() - before) as usize..];
            if status == Status::StreamEnd {
                out.shrink_to_fit();
                return Ok(());
            }
        }
    }
}

/// Reads bodies. One that cannot be read is none: it is damaged, or its skeleton is gone with those it was made for.
pub(super) struct Unpacker<'db> {
    db: &'db Connection,
    inflate: Decompress,
    skeletons: HashMap<u32, Option<String>>,
    preset: Vec<u8>,
    /// What was expanded of the body at hand, and whether that is all.
    plain: Vec<u8>,
    ended: bool,
}

impl<'db> Unpacker<'db> {
    pub(super) fn new(db: &'db Connection) -> Self {
        Self {
            db,
            inflate: Decompress::new(false),
            skeletons: HashMap::new(),
            preset: Vec::new(),
            plain: Vec::new(),
            ended: false,
        }
    }

    /// The incident.
    pub(super) fn incident(
        &mut self,
        row: &str,
        body: &[u8],
    ) -> Result<Option<Incident>, StoreError> {
        let json = self.json(row, body)?;
        Ok(json.and_then(|json| serde_json::from_str(json).ok()))
    }

    /// The incident as the JSON that it was kept as.
    pub(super) fn json(&mut self, row: &str, body: &[u8]) -> Result<Option<&str>, StoreError> {
        let expanded = self.begin(row, body)? && self.expand(body, usize::MAX);
        let end = self.summary_end().filter(|_| expanded);
        let json = end.and_then(|end| self.plain.get(end..));
        Ok(json.and_then(|json| std::str::from_utf8(json).ok()))
    }

    /// Its summary alone: what stands behind it is not expanded.
    pub(super) fn summary(&mut self, row: &str, body: &[u8]) -> Result<Option<&str>, StoreError> {
        if !self.begin(row, body)? || !self.expand(body, LENGTH) {
            return Ok(None);
        }
        let end = self.summary_end();
        let Some(end) = end.filter(|end| self.expand(body, *end)) else {
            return Ok(None);
        };
        let summary = self.plain.get(LENGTH..end);
        Ok(summary.and_then(|summary| std::str::from_utf8(summary).ok()))
    }

    fn summary_end(&self) -> Option<usize> {
        let length = u32::from_le_bytes(*self.plain.first_chunk::<LENGTH>()?);
        usize::try_from(length).ok()?.checked_add(LENGTH)
    }

    /// Gets ready for one body; false where its skeleton is not there.
    fn begin(&mut self, row: &str, body: &[u8]) -> Result<bool, StoreError> {
        let Some(number) = body.first_chunk::<NUMBER>() else {
            return Ok(false);
        };
        let number = u32::from_le_bytes(*number);
        if !self.skeletons.contains_key(&number) {
            self.skeletons
                .insert(number, skeleton::text(self.db, number)?);
        }
        let Some(Some(skeleton)) = self.skeletons.get(&number) else {
            return Ok(false);
        };
        self.preset.clear();
        self.preset.extend_from_slice(skeleton.as_bytes());
        self.preset.extend_from_slice(row.as_bytes());
        self.plain.clear();
        self.ended = false;
        self.inflate.reset(false);
        Ok(self.inflate.set_dictionary(&self.preset).is_ok())
    }

    /// Goes on until so many bytes are there, or all; whether that went well.
    fn expand(&mut self, body: &[u8], enough: usize) -> bool {
        while self.plain.len() < enough && !self.ended {
            let (from, read) = (self.plain.len(), self.inflate.total_in() as usize);
            let rest = body.get(NUMBER + read..).unwrap_or_default();
            self.plain.resize(from + (enough - from).min(ROOM), 0);
            let room = &mut self.plain[from..];
            let status = self.inflate.decompress(rest, room, FlushDecompress::None);
            self.plain.truncate(self.inflate.total_out() as usize);
            self.ended = matches!(status, Ok(Status::StreamEnd));
            let stands = self.inflate.total_in() as usize == read && self.plain.len() == from;
            if status.is_err() || (stands && !self.ended) {
                return false;
            }
        }
        self.plain.len() >= enough || enough == usize::MAX
    }
}

#[cfg(test)]
mod tests;
