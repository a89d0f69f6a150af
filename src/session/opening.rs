//! An organisation that is being opened: what the cache holds is told at once, the way to it is made behind that.

use super::cache::{Cache, Change};
use super::{Access, ApiError, Session, off_thread};
use std::pin::Pin;
use tokio::sync::mpsc;

/// How an organisation will be reached.
pub struct Opening {
    cache: Cache,
    access: Pin<Box<dyn Future<Output = Result<Access, ApiError>> + Send>>,
}

impl Opening {
    /// Everything is known already.
    pub fn now(access: Access) -> Self {
        Self {
            cache: Cache::new(access.cache.clone()),
            access: Box::pin(std::future::ready(Ok(access))),
        }
    }

    /// It has to be made first, such as a simulated organisation; nothing of it is cached.
    pub fn behind(access: impl Future<Output = Result<Access, ApiError>> + Send + 'static) -> Self {
        Self {
            cache: Cache::new(None),
            access: Box::pin(access),
        }
    }

    /// Tells what the cache holds, which is quick, then makes the way to the organisation.
    pub async fn open(self, changes: mpsc::Sender<Change>) -> Result<Session, ApiError> {
        let cache = self.cache.clone();
        let tell = move |change| drop(changes.blocking_send(change));
        off_thread(move || cache.tell_all(&tell)).await?;
        let (access, cache) = (self.access.await?, self.cache);
        off_thread(move || {
            let session = Session::open_on(access, cache)?;
            session.use_relay()?;
            Ok(session)
        })
        .await?
    }
}
