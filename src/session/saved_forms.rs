//! Texts that were begun and not sent: on disk at every letter, but for those of private incidents.

use super::{ApiError, Session};
use crate::domain::SavedForm;
use std::collections::HashMap;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio::sync::oneshot;

/// What is typed, in its order.
pub enum Typed {
    /// A text as it stands now, and whether it is private.
    Text(SavedForm, bool),
    /// All that was typed before is to be kept before this is answered: what follows may forget one of the texts.
    Settled(oneshot::Sender<()>),
}

impl Session {
    /// Texts that were begun and not sent.
    pub async fn saved_forms(&self) -> Result<Vec<SavedForm>, ApiError> {
        self.outbox().await?.drafts().await
    }

    /// Keeps texts as they are typed, until no more come; nothing of one that is marked private goes to disk. Where typing
    /// is faster than the disk, the last of each text is kept. Tells each time one could not be kept.
    pub async fn save_forms(&self, mut typed: UnboundedReceiver<Typed>, unkept: Sender<ApiError>) {
        while let Some(first) = typed.recv().await {
            let rest = std::iter::from_fn(|| typed.try_recv().ok());
            let mut settled = Vec::new();
            let texts = latest(std::iter::once(first).chain(rest), &mut settled);
            for (form, private) in texts.into_values() {
                if let Err(e) = self.save_form(form, private).await {
                    // Who no longer listens has gone.
                    let _ = unkept.send(e).await;
                }
            }
            for told in settled {
                // Who no longer waits has gone.
                let _ = told.send(());
            }
        }
    }

    async fn save_form(&self, form: SavedForm, private: bool) -> Result<(), ApiError> {
        self.outbox().await?.keep_draft(form, private).await
    }
}

/// The last of each text, by its key; who waits for them is put aside.
fn latest(
    typed: impl Iterator<Item = Typed>,
    settled: &mut Vec<oneshot::Sender<()>>,
) -> HashMap<String, (SavedForm, bool)> {
    let mut texts = HashMap::new();
    for one in typed {
        match one {
            Typed::Text(form, private) => drop(texts.insert(form.key.clone(), (form, private))),
            Typed::Settled(told) => settled.push(told),
        }
    }
    texts
}
