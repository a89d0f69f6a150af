//! What is handed over to be kept, and to whom.

use super::readings::Readings;
use crate::domain::Instant;
use crate::net::webhook::event::Event;
use futures_util::future::BoxFuture;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something that came in and is to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// When it came.
    pub came: Instant,
    /// From whom, and what.
    pub from: Origin,
}

/// Who sent something, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// incident.io.
    Webhook {
        /// The message's id, the same each time it is sent.
        id: String,
        /// What it is about.
        event: Event,
    },
    /// An Alertmanager, or what sends as it does.
    Alertmanager {
        /// The configured name of the detector.
        detector: String,
        /// Its alerts.
        readings: Readings,
    },
    /// Another system.
    Detections {
        /// The configured name of the detector.
        detector: String,
        /// What it detected.
        readings: Readings,
    },
}

/// That something is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept, and would be there after a crash.
    Now,
    /// It was kept before: the same message came again.
    Before,
}

/// Why something could not be kept. The sender is asked to send it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// There is no room.
    #[error("The disk is full.")]
    DiskFull,
    /// Anything else, as a sentence.
    #[error("{0}")]
    Failed(String),
}

/// Keeps what comes in. It says that something is kept only where a crash would not lose it.
pub type Keeper =
    Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<Kept, KeepError>> + Send + Sync>;

/// A keeper of a function.
pub fn keeper<F, Keeping>(keep: F) -> Keeper
where
    F: Fn(Delivery) -> Keeping + Send + Sync + 'static,
    Keeping: Future<Output = Result<Kept, KeepError>> + Send + 'static,
{
    Arc::new(move |delivery| Box::pin(keep(delivery)))
}

/// What came in since the server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Webhooks that were kept.
    pub webhooks: u64,
    /// Webhooks that came again.
    pub repeated: u64,
    /// Webhooks of types that are not known here.
    pub unknown: u64,
    /// Detections that were kept.
    pub detections: u64,
    /// Detections that could not be read.
    pub unreadable: u64,
    /// Requests that were refused for good.
    pub refused: u64,
    /// Requests that could not be kept, and are to come again.
    pub failed: u64,
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) webhooks: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) detections: AtomicU64,
    pub(super) unreadable: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed: AtomicU64,
}

impl Counts {
    pub(super) fn read(&self) -> Counted {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counted {
            webhooks: of(&self.webhooks),
            repeated: of(&self.repeated),
            unknown: of(&self.unknown),
            detections: of(&self.detections),
            unreadable: of(&self.unreadable),
            refused: of(&self.refused),
            failed: of(&self.failed),
        }
    }
}

/// Counts so many more.
pub(super) fn add(count: &AtomicU64, more: usize) {
    count.fetch_add(more as u64, Ordering::Relaxed);
}
