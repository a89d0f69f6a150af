//! The index of past incidents in a file, for the next program: whole or not at all, and only where it is of this cache.

use super::Store;
use crate::similar::Index;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the first bytes of a kept index say: what it is, and which version wrote it.
const HEAD: &[u8; 8] = b"hotseat1";

/// The index as the last session kept it, with how many incidents of the store are in it; nothing where there is none,
/// where it was cut or written by another version, or where the store is not the one it was made from.
pub fn open(path: &Path, store: &Store) -> Option<(Index, usize)> {
    let bytes = std::fs::read(path).ok()?;
    let (read, first, index): (usize, String, Index) =
        postcard::from_bytes(bytes.strip_prefix(HEAD)?).ok()?;
    let here = store.incident(&first.as_str().into()).ok()??;
    let fits = index.len() == read
        && index
            .subject(&first)
            .is_some_and(|s| s.name == *here.row.name)
        && store.count().ok()? >= read;
    fits.then_some((index, read))
}

/// Keeps the index for the next session, whole or not at all.
pub fn write(path: &Path, index: &Index, covered: usize) -> std::io::Result<()> {
    let Some(first) = index.first() else {
        return Ok(());
    };
    let bytes = postcard::to_stdvec(&(covered, first, index)).map_err(std::io::Error::other)?;
    let beside = path.with_extension("index-new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(HEAD)?;
    file.write_all(&bytes)?;
    std::fs::rename(&beside, path)
}
