//! Rounds as whoever watches the bridge sees them: counted and measured.

use super::{Daemon, Done};
use crate::session::ApiError;
use std::time::Instant;

impl Daemon {
    /// A round that is counted and measured.
    pub(super) async fn watched_round(&mut self) -> Result<Done, ApiError> {
        let begun = Instant::now();
        let done = self.round().await;
        let (metrics, now) = (&self.metrics, self.session.now());
        if self.words.is_none() {
            metrics.is_mute();
        }
        if matches!(done, Err(ApiError::Machine { .. })) {
            metrics.not_kept();
        }
        let policy = self.words.as_ref().map(|(_, _, policy)| policy);
        metrics.remembers(&self.memory, policy, now);
        metrics.rounded(begun.elapsed(), done.is_ok(), now);
        done
    }
}
