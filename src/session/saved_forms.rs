//! Texts that were begun and not sent: on disk at every letter, but for those of private incidents.

use super::{ApiError, Session};
use crate::domain::SavedForm;
use std::collections::HashMap;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};

impl Session {
    /// Texts that were begun and not sent.
    pub async fn saved_forms(&self) -> Result<Vec<SavedForm>, ApiError> {
        self.outbox().await?.drafts().await
    }

    /// Keeps texts as they are typed, until no more come; nothing of one that is marked private goes to disk. Where typing
    /// is faster than the disk, the last of each text is kept. Tells each time one could not be kept.
    pub async fn save_forms(
        &self,
        mut typed: UnboundedReceiver<(SavedForm, bool)>,
        unkept: Sender<ApiError>,
    ) {
        while let Some(first) = typed.recv().await {
            let mut waiting = HashMap::from([(first.0.key.clone(), first)]);
            while let Ok(next) = typed.try_recv() {
                waiting.insert(next.0.key.clone(), next);
            }
            for (form, private) in waiting.into_values() {
                if let Err(e) = self.save_form(form, private).await {
                    // Who no longer listens has gone.
                    let _ = unkept.send(e).await;
                }
            }
        }
    }

    async fn save_form(&self, form: SavedForm, private: bool) -> Result<(), ApiError> {
        self.outbox().await?.keep_draft(form, private).await
    }
}
