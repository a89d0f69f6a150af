//! A write that is not wanted any more: whether it happened is found out, and where it did not it is given up. Nothing is
//! sent, as `retry` would.

use super::ApiError;
use super::journal::{Outbox, Outcome};
use super::sending::arrives_until;
use super::transmit::{Looked, Transports, is_gone, look};
use crate::domain::{Write, WriteState};

impl Outbox {
    /// Gives a write up, unless it happened.
    pub async fn take_back(
        &self,
        transports: Transports<'_>,
        key: &str,
    ) -> Result<Outcome, ApiError> {
        let known = self.find(key).await?;
        let _turn = self.lock_order_key(&known.order_key, known.private).await?;
        let mut write = self.unsettled(key).await?;
        if write.state == WriteState::Waiting {
            return self
                .give_up(write, "it was not sent, and is not wanted any more")
                .await;
        }
        let client = transports.client();
        match look(client, &write).await {
            Ok(Looked::Happened(id)) => {
                self.found(&mut write, id).await?;
                Ok(Outcome::recorded(write, None))
            }
            Ok(Looked::NotThere) => {
                // It may still be on its way, and arrive.
                if arrives_until(&write, client.now(), transports.time_limit()).is_some() {
                    let why = "it may still arrive, and is not wanted any more";
                    return Ok(Outcome::recorded(write, Some(ApiError::User(why.into()))));
                }
                let why = "it did not happen, and is not wanted any more";
                self.give_up(write, why).await
            }
            // Somebody else has changed it since: it is theirs.
            Ok(Looked::Undecided(why)) => self.give_up(write, &why).await,
            Err(e) if is_gone(&e) => self.give_up(write, "what it was about is gone").await,
            Err(e) => Err(e),
        }
    }

    async fn give_up(&self, mut write: Write, why: &str) -> Result<Outcome, ApiError> {
        (write.state, write.on_hold) = (WriteState::GivenUp, false);
        write.said = why.to_owned();
        self.settle(&write, None).await?;
        Ok(Outcome::recorded(write, None))
    }
}
