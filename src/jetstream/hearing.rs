//! What is said to whoever listens: a reader that is slow misses some of it, and takes no more memory for that.

use async_nats::Subscriber;
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// How many messages wait for a slow reader.
const WAITING: usize = 1024;

/// A subscription. It goes on over a lost connection; what was said meanwhile is missed.
pub struct Hearing {
    messages: mpsc::Receiver<(String, Vec<u8>)>,
    missed: Arc<AtomicU64>,
}

impl Hearing {
    /// The most bytes that one message may have: more is passed over, so that the whole takes 16 MiB at most.
    pub const LARGEST: usize = 16 << 10;

    /// Takes over a subscription. The library's own queue counts messages and not bytes, so it is emptied at once.
    pub(super) fn start(mut subscriber: Subscriber) -> Self {
        let (sender, messages) = mpsc::channel(WAITING);
        let missed = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&missed);
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    () = sender.closed() => return,
                    message = subscriber.next() => message,
                };
                let Some(message) = message else { return };
                let small = message.payload.len() <= Self::LARGEST;
                let heard = || (message.subject.to_string(), message.payload.to_vec());
                if !small || sender.try_send(heard()).is_err() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { messages, missed }
    }

    /// How many messages were missed because the reader was slow, or because they were too large.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The next message: its subject and what it says. Nothing once the link is closed.
    pub async fn next(&mut self) -> Option<(String, Vec<u8>)> {
        self.messages.recv().await
    }
}
