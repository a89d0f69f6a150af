//! Systems of one's own are told what people do with the incidents that the bridge keeps, and what the bridge itself did:
//! a signed webhook for each change. What is to be told is kept together with what is remembered, so that no kill comes
//! between the two, and is sent until it was taken.

mod courier;
mod notice;
mod outbox;
mod receiver;

pub use outbox::{Told, waiting};
pub(super) use receiver::Receiver;

use crate::config::{Bridge, Clock};
use crate::domain::Instant;
use crate::domain::episode::Memory;
use crate::session::bridge::lease::Hold;
use crate::session::{ApiError, Entry, Remembered};
use courier::Courier;
use outbox::Outbox;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Everybody who is to be told, as it is configured; an error is a sentence.
pub(super) fn receivers(config: &Bridge) -> Result<Vec<Receiver>, String> {
    config.receiver.iter().map(Receiver::read).collect()
}

/// The telling, under way beside the rounds; it ends with this.
pub(super) struct Telling {
    outbox: Outbox,
    says: mpsc::UnboundedReceiver<String>,
    _carried: JoinSet<()>,
}

impl Telling {
    /// Goes on where it was ended.
    pub(super) async fn begin(
        receivers: Vec<Receiver>,
        remembered: &Remembered,
        (clock, hold): (Clock, Hold),
    ) -> Result<Self, ApiError> {
        let names = receivers.iter().map(|r| r.name.clone()).collect();
        let outbox = Outbox::open(names, remembered).await?;
        let (sender, says) = mpsc::unbounded_channel();
        let courier = Courier {
            receivers,
            remembered: remembered.clone(),
            clock,
            hold,
            says: sender,
        };
        let mut carried = JoinSet::new();
        carried.spawn(courier.run(outbox.came()));
        Ok(Self {
            outbox,
            says,
            _carried: carried,
        })
    }

    /// What is to be kept with a change of what is remembered.
    pub(super) fn entries(&mut self, before: &Memory, now: &Memory, at: Instant) -> Vec<Entry> {
        self.outbox.entries(before, now, at)
    }

    /// It is kept, and can be sent.
    pub(super) fn kept(&self) {
        self.outbox.kept();
    }

    /// The next sentence for the log.
    pub(super) async fn said(&mut self) -> String {
        match self.says.recv().await {
            Some(says) => says,
            // Nobody is told of anything.
            None => std::future::pending().await,
        }
    }
}
