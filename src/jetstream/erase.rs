//! What is erased is gone from the server's disk too: each stored message is overwritten, and a tombstone without words
//! tells whoever watches.

use super::bucket::{Stored, check};
use super::ordered::Start;
use super::{Bucket, Fault};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;

/// How many messages are overwritten at a time.
const AT_ONCE: usize = 8;
/// How often a key is erased again where somebody writes it meanwhile.
const TRIES: usize = 16;

impl Bucket {
    /// Erases a key, or all that fit a pattern such as `focus.<id>.>`. Doing it again does no harm, and ends what an
    /// interrupted one began.
    pub async fn erase(&self, pattern: &str) -> Result<(), Fault> {
        check(pattern, true)?;
        for (key, stored) in self.by_key(pattern).await? {
            self.erase_key(&key, stored).await?;
        }
        Ok(())
    }

    /// Overwrites what an interrupted run left: every message that is not the last of its key.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let by_key = self.by_key(">").await?;
        let old = by_key.into_values().flat_map(|mut stored| {
            stored.pop();
            stored
        });
        self.overwrite_all(old.map(|stored| stored.revision).collect())
            .await
    }

    /// The tombstone comes before the value goes: whoever is interrupted between them finds the value on the next try,
    /// while a value that went without a tombstone would leave watchers with it for ever.
    async fn erase_key(&self, key: &str, mut stored: Vec<Stored>) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let Some(last) = stored.pop() else {
                return Ok(());
            };
            // A server that has to make room for the tombstone would drop the oldest without overwriting it.
            self.overwrite_all(stored.iter().map(|one| one.revision).collect())
                .await?;
            if last.erased {
                return Ok(());
            }
            match self.mark(key, "PURGE", last.revision).await {
                Ok(_) => return self.overwrite(last.revision).await,
                Err(Fault::Full) => return self.erase_where_full(key, last.revision).await,
                Err(Fault::Moved) => {}
                Err(fault) => return Err(fault),
            }
            stored = self.scan(key, Start::First).await?;
        }
        Err(Fault::Moved)
    }

    /// A full disk takes no tombstone until the value has made room for it.
    async fn erase_where_full(&self, key: &str, revision: u64) -> Result<(), Fault> {
        self.overwrite(revision).await?;
        self.mark(key, "PURGE", 0).await.map(|_| ())
    }

    async fn by_key(&self, pattern: &str) -> Result<BTreeMap<String, Vec<Stored>>, Fault> {
        let mut keys: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
        for stored in self.scan(pattern, Start::First).await? {
            keys.entry(stored.key.clone()).or_default().push(stored);
        }
        Ok(keys)
    }

    async fn overwrite_all(&self, revisions: Vec<u64>) -> Result<(), Fault> {
        stream::iter(revisions)
            .map(|revision| self.overwrite(revision))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}
