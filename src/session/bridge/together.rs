//! What is to be kept at the same time is synced to disk at once: a disk syncs some hundred times a second, and whoever
//! reports waits for it.

use super::{ApiError, Keep, Ledger, not_kept, off_thread};
use crate::session::fault;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Something to be kept, and who waits for it.
type Waiting = (Keep, oneshot::Sender<Result<bool, ApiError>>);

/// What waits until the disk is free.
#[derive(Clone, Default)]
pub(super) struct Together(Arc<Mutex<Vec<Waiting>>>);

impl Together {
    /// Keeps something with all else that waits; whether there is anything new of it.
    pub(super) async fn keep(
        &self,
        ledger: &Arc<Mutex<Ledger>>,
        keep: Keep,
    ) -> Result<bool, ApiError> {
        let (done, kept) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting();
            waiting.push((keep, done));
            waiting.len() == 1
        };
        // Whoever comes later is taken along by the first.
        if is_first {
            let (together, ledger) = (self.clone(), ledger.clone());
            off_thread(move || together.write(&ledger)).await?;
        }
        kept.await.unwrap_or_else(|_| Err(fault()))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything that waits by the time that the disk is free, and says of each what became of it.
    fn write(&self, ledger: &Mutex<Ledger>) {
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, waiting): (Vec<Keep>, Vec<_>) =
            std::mem::take(&mut *self.waiting()).into_iter().unzip();
        let kept = ledger.keep(&all).map_err(|e| not_kept(&e));
        for (at, done) in waiting.into_iter().enumerate() {
            let _ = done.send(kept.as_ref().map(|news| news[at]).map_err(Clone::clone));
        }
    }
}
