//! A watch over the keys of a bucket: what stands there, a word that this is all, then what comes.

use super::bucket::is_tombstone;
use super::ordered::{Delivered, Ordered, Start};
use super::{Bucket, Entry, Fault};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How much waits for a slow reader here; the rest waits at the server.
const WAITING: usize = 32;

/// What a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// A key was written or erased.
    Entry(Entry),
    /// Everything was told that stood there when the watch began. Once, and also where there was nothing.
    CaughtUp,
}

/// A watch. It lasts over a lost connection; where the bucket itself was lost it ends with a fault, and whoever wants to
/// know what stands there now watches anew.
pub struct Watch {
    told: mpsc::Receiver<Result<Watched, Fault>>,
    reader: AbortHandle,
}

impl Watch {
    pub(super) async fn start(bucket: &Bucket, pattern: &str, start: Start) -> Result<Self, Fault> {
        let subject = bucket.subject(pattern);
        let messages =
            Ordered::start(&bucket.link, &bucket.stream(), &subject, start, false).await?;
        let (teller, told) = mpsc::channel(WAITING);
        // It reads by itself, so that whoever gives up waiting interrupts no mending of the consumer.
        let reader = tokio::spawn(read(bucket.clone(), messages, teller)).abort_handle();
        Ok(Self { told, reader })
    }

    /// The next thing. Nothing is lost where the wait for it is given up.
    pub async fn next(&mut self) -> Result<Watched, Fault> {
        self.told.recv().await.unwrap_or(Err(Fault::Missing))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Tells what it reads until a fault, which is the last that it tells.
async fn read(bucket: Bucket, mut messages: Ordered, teller: mpsc::Sender<Result<Watched, Fault>>) {
    let mut said = false;
    loop {
        if messages.is_caught_up() && !said {
            said = true;
            if teller.send(Ok(Watched::CaughtUp)).await.is_err() {
                return;
            }
        }
        let next = match messages.next().await {
            Ok(None) => continue,
            Ok(Some(message)) => Ok(Watched::Entry(entry(&bucket, message))),
            Err(fault) => Err(fault),
        };
        let last = next.is_err();
        if teller.send(next).await.is_err() || last {
            return;
        }
    }
}

fn entry(bucket: &Bucket, message: Delivered) -> Entry {
    Entry {
        key: bucket.key(&message.subject).to_owned(),
        revision: message.revision,
        value: (!is_tombstone(&message.headers)).then(|| message.payload.to_vec()),
    }
}
