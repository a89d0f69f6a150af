//! The memory that all questions under way share: an answer that is large waits for its turn, one that is too large ends
//! with a sentence.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Bytes of an answer that is read beside many others: most pages of 50 rows are smaller.
const SMALL: usize = 512 << 10;
/// Bytes of an answer that is still read: a page of 500 incidents with all their fields is a third of it.
pub(crate) const LARGEST: usize = 12 << 20;
/// Small answers read at once.
const AT_ONCE: usize = 32;
/// Large answers read at once.
const LARGE_AT_ONCE: usize = 2;
/// A unit in which what is kept of lists is counted, in bytes.
const UNIT: usize = 64 << 10;
/// Units that all lists under way may keep together: 192 MB as they are reckoned, less than half of it in truth.
const UNITS: usize = 3_072;
/// Units of one list: ten thousand incidents.
const OF_ONE: usize = 1_536;
/// How long a list waits for others to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The memory.
pub(crate) struct Allowance {
    small: Semaphore,
    large: Semaphore,
    trees: Semaphore,
    kept: Arc<Semaphore>,
}

/// The bytes of an answer, and the place they take until they are dropped.
pub(crate) struct Body<'a> {
    pub(crate) bytes: Vec<u8>,
    _place: (Option<SemaphorePermit<'a>>, Option<SemaphorePermit<'a>>),
}

/// Why the bytes of an answer could not be had.
pub(crate) enum BodyFault {
    /// It is larger than anything that is asked for.
    TooLarge,
    /// It broke off.
    Broken(reqwest::Error),
}

impl Allowance {
    pub(crate) fn new() -> Self {
        Self {
            small: Semaphore::new(AT_ONCE),
            large: Semaphore::new(LARGE_AT_ONCE),
            trees: Semaphore::new(1),
            kept: Arc::new(Semaphore::new(UNITS)),
        }
    }

    /// Reads an answer. What counts is what it becomes when it is unpacked, as it is unpacked.
    pub(crate) async fn read(
        &self,
        mut response: reqwest::Response,
    ) -> Result<Body<'_>, BodyFault> {
        let small = self.small.acquire().await.ok();
        let (mut bytes, mut large) = (Vec::new(), None);
        while let Some(chunk) = response.chunk().await.map_err(BodyFault::Broken)? {
            let length = bytes.len() + chunk.len();
            if length > LARGEST {
                return Err(BodyFault::TooLarge);
            }
            if length > SMALL && large.is_none() {
                large = self.large.acquire().await.ok();
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Body {
            bytes,
            _place: (small, large),
        })
    }

    /// The turn to hold an answer as a tree, which takes many times its text.
    pub(crate) async fn tree(&self) -> Option<SemaphorePermit<'_>> {
        self.trees.acquire().await.ok()
    }

    /// What one list may keep of what it reads.
    pub(crate) fn keep(&self) -> Kept {
        Kept {
            from: self.kept.clone(),
            held: None,
            units: 0,
            bytes: 0,
        }
    }
}

/// What one list keeps.
pub(crate) struct Kept {
    from: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    units: usize,
    bytes: usize,
}

impl Kept {
    /// Counts what was kept; takes no room yet.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether it is more than one list may keep.
    pub(crate) fn is_too_much(&self) -> bool {
        self.bytes / UNIT >= OF_ONE
    }

    /// Takes the room for what was counted; false where there is none, and none came free in time.
    pub(crate) async fn settle(&mut self) -> bool {
        let wanted = self.bytes / UNIT;
        if self.is_too_much() {
            return false;
        }
        let more = u32::try_from(wanted - self.units).unwrap_or(u32::MAX);
        if more == 0 {
            return true;
        }
        let room = self.from.clone().acquire_many_owned(more);
        let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE, room).await else {
            return false;
        };
        self.units = wanted;
        match &mut self.held {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        true
    }
}
