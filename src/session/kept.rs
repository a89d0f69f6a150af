//! What is kept on this machine, of all organisations: where it lies, what of it was not sent, and its removal.

use super::ApiError;
use crate::config;
use crate::store::Journal;
use std::path::PathBuf;

/// The folders of the cache, and of journals, texts and logs, as far as they are there. The configuration is the user's
/// own and not among them.
pub fn kept_folders() -> Vec<PathBuf> {
    let known = [config::cache_dir(), config::state_dir()];
    let mut folders: Vec<_> = known.into_iter().flatten().filter(|f| f.exists()).collect();
    folders.dedup();
    folders
}

/// Removes them. Writes that were not sent would be lost, so they must be meant to be.
pub fn remove_kept(folders: &[PathBuf]) -> Result<(), ApiError> {
    for folder in folders {
        std::fs::remove_dir_all(folder).map_err(|e| {
            let says = format!("Cannot remove {}: {e}.", folder.display());
            ApiError::machine(folder, &e, says)
        })?;
    }
    Ok(())
}

/// An error where a write of any organisation was not sent.
pub fn all_were_sent() -> Result<(), ApiError> {
    let writes = match unsent_writes() {
        0 => return Ok(()),
        1 => "1 write was".to_owned(),
        unsent => format!("{unsent} writes were"),
    };
    Err(ApiError::User(format!(
        "{writes} not sent and would be lost; see hotseat journal list, or add --lose-unsent."
    )))
}

/// Writes that are not settled, in the journals of all organisations. A journal that cannot be read counts as one.
fn unsent_writes() -> usize {
    let files = config::state_dir().and_then(|dir| std::fs::read_dir(dir).ok());
    let paths = files.into_iter().flatten().flatten().map(|f| f.path());
    paths
        .filter(|path| path.to_string_lossy().ends_with(".journal.db"))
        .map(|path| {
            Journal::open(&path)
                .and_then(|j| j.open_of(None))
                .map_or(1, |open| open.len())
        })
        .sum()
}
