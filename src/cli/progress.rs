//! Long work shows itself on a terminal's standard error, and is quiet in pipes.

use super::output::{tell, tell_progress};
use crate::domain::text;
use crate::session::{ApiError, Change, Session};
use std::io::IsTerminal;
use tokio::sync::mpsc;

/// Changes that may wait to be told: what is told here is one line that replaces itself.
const BACKLOG: usize = 64;

/// Brings the cache up to date: what changed since it was filled, or the whole history where it was not.
pub async fn sync(session: &Session) -> Result<(), ApiError> {
    let (changes, mut arriving) = mpsc::channel(BACKLOG);
    let telling = tokio::spawn(async move {
        let mut told = false;
        while let Some(change) = arriving.recv().await {
            if let Change::Loading(Some(count)) = change
                && std::io::stderr().is_terminal()
            {
                told = true;
                let read = text::counted(count, "incident", "incidents");
                tell_progress(&format!("Reading the history: {read}"));
            }
        }
        if told {
            tell("");
        }
    });
    let synced = session.sync(&changes).await;
    drop(changes);
    let _ = telling.await;
    synced
}

/// Says what is waited for, as long as somebody asks something.
pub fn tell_waits(session: &Session) {
    let told = async |wait| tell(&format!("{wait} --wait SECONDS bounds it."));
    tokio::spawn(session.each_wait(told));
}
