//! The way out for every write: recorded before it is sent, marked when it is answered, in order per incident, never sent
//! twice. What is in doubt is looked up before it is repeated, and asked about where nothing can tell.

use super::ApiError;
use super::journal::{Outbox, Outcome, Turn};
use super::transmit::{Transports, happened, is_conflict, prepare, state_after, transmit};
use crate::domain::{Instant, Verification, Write, WriteState};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::Duration;

/// How long a write may have waited and still be sent by itself. A page or an update that comes later than this tells
/// people something that is over; a person looks at it first.
const FRESH: Duration = Duration::minutes(10);

impl Outbox {
    /// Sends a write once, after what waits before it under its order key.
    pub async fn send(
        &self,
        transports: Transports<'_>,
        write: Write,
    ) -> Result<Outcome, ApiError> {
        let (key, private) = (write.key.clone(), write.private);
        let known = self.record(&write).await?;
        if let Some(known) = known.as_ref().filter(|k| k.state == WriteState::Confirmed) {
            return Ok(Outcome {
                before: true,
                ..Outcome::recorded(known.clone(), None)
            });
        }
        if let Some(known) =
            known.filter(|k| k.state == WriteState::InDoubt && k.verification == Verification::Ask)
        {
            let says = format!(
                "\"{}\" may have been sent before; look whether it is there before it is sent again.",
                known.what
            );
            return Ok(Outcome::recorded(known, Some(ApiError::User(says))));
        }
        let turn = self.lock_order_key(&write.order_key, private).await?;
        self.send_pending(
            transports,
            &turn,
            Trigger::Person(&key, transports.client().now()),
        )
        .await?
        .ok_or_else(|| ApiError::User("The write is not in the journal.".into()))
    }

    /// Sends again what a person decided to send: also what was held, and what nothing could tell about.
    pub async fn retry(&self, transports: Transports<'_>, key: &str) -> Result<Outcome, ApiError> {
        let known = self.find(key).await?;
        let turn = self.lock_order_key(&known.order_key, known.private).await?;
        // Another program may have settled it before this one had its turn.
        let mut write = self.unsettled(key).await?;
        if write.is_local() {
            return Err(ApiError::User("A note kept here needs an incident: give it one, or make a retrospective incident of it.".into()));
        }
        write.on_hold = false;
        if write.verification == Verification::Ask && write.state == WriteState::InDoubt {
            write.state = WriteState::Waiting;
        }
        let private = write.private;
        self.with(private, move |j| j.keep(&write)).await?;
        self.send_pending(
            transports,
            &turn,
            Trigger::Person(key, transports.client().now()),
        )
        .await?
        .ok_or_else(|| ApiError::User("The write is not in the journal.".into()))
    }

    /// Goes on with what an outage, a restart or a crash left: what is fresh is sent, what waited too long is held for a
    /// person, and what is in doubt is looked up in either case. Says what was settled.
    pub async fn replay(
        &self,
        transports: Transports<'_>,
        now: Instant,
    ) -> Result<Vec<Outcome>, ApiError> {
        let mut order_keys: Vec<(String, bool)> = Vec::new();
        for write in self.open_writes().await?.into_iter().filter(|w| !w.on_hold) {
            if !order_keys
                .iter()
                .any(|(order_key, _)| *order_key == write.order_key)
            {
                order_keys.push((write.order_key, write.private));
            }
        }
        let mut done = Vec::new();
        for (order_key, private) in order_keys {
            let turn = self.lock_order_key(&order_key, private).await?;
            done.extend(
                self.send_pending(transports, &turn, Trigger::Clock(now))
                    .await?,
            );
        }
        Ok(done)
    }

    /// Sends what is open under an order key, oldest first, until something stays open.
    async fn send_pending(
        &self,
        transports: Transports<'_>,
        turn: &Turn,
        trigger: Trigger<'_>,
    ) -> Result<Option<Outcome>, ApiError> {
        let (order_key, private) = (turn.order_key.clone(), turn.private);
        let open = self
            .with(private, move |j| j.open_of(Some(&order_key)))
            .await?;
        let mut last = None;
        for mut write in open.into_iter().filter(|w| !w.on_hold) {
            write.private = private;
            // Only a person can say what became of it; what comes after does not wait for that.
            let asks =
                write.state == WriteState::InDoubt && write.verification == Verification::Ask;
            if asks || self.hold_back(&mut write, trigger).await? {
                continue;
            }
            let outcome = self.push(transports, write, trigger).await?;
            match trigger {
                Trigger::Person(key, _) if outcome.write.key == key => return Ok(Some(outcome)),
                Trigger::Person(key, _) if !outcome.write.state.is_settled() => {
                    let mut write = self.find(key).await?;
                    write.said = format!("it waits for \"{}\"", outcome.write.what);
                    let kept = write.clone();
                    self.with(private, move |j| j.keep(&kept)).await?;
                    return Ok(Some(Outcome::recorded(write, outcome.error)));
                }
                Trigger::Person(..) => {}
                Trigger::Clock(_) => {
                    let stuck = !outcome.write.state.is_settled() && !outcome.write.on_hold;
                    last = Some(outcome);
                    if stuck {
                        break;
                    }
                }
            }
        }
        let Trigger::Person(key, _) = trigger else {
            return Ok(last);
        };
        // Another program settled it while this one waited for its turn.
        let write = self.find(key).await?;
        let error = (write.state != WriteState::Confirmed)
            .then(|| ApiError::User(format!("{}: {}", write.state.word(), write.said)));
        Ok(Some(Outcome {
            before: true,
            ..Outcome::recorded(write, error)
        }))
    }

    /// Holds a write that waited too long to be sent by itself; true where it is held.
    async fn hold_back(&self, write: &mut Write, trigger: Trigger<'_>) -> Result<bool, ApiError> {
        // What may be in place is looked for first, however old it is.
        let looked_for =
            write.state == WriteState::InDoubt && write.verification != Verification::Repeat;
        if !trigger.finds_stale(write) || looked_for {
            return Ok(false);
        }
        write.on_hold = true;
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept)).await?;
        Ok(true)
    }

    /// Brings one write as far as it goes now: a few attempts, each after looking where a look is needed.
    async fn push(
        &self,
        transports: Transports<'_>,
        mut write: Write,
        trigger: Trigger<'_>,
    ) -> Result<Outcome, ApiError> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(std::time::Duration::from_millis(150))
            .with_max_times(2)
            .with_jitter()
            .build();
        loop {
            let error = match self.attempt(transports, &mut write, trigger).await? {
                None => return Ok(Outcome::recorded(write, None)),
                Some(error) => error,
            };
            let again = !write.state.is_settled()
                && (error.is_passing() || is_conflict(&error))
                && error.retry_after().is_none_or(|s| s <= 5);
            // What the server may still be working on is not sent again at once.
            let working = matches!(
                error,
                ApiError::Network {
                    kind: crate::domain::NetworkFault::Timeout,
                    ..
                }
            ) && write.verification != Verification::Repeat;
            let Some(delay) = delays
                .next()
                .filter(|_| again && !working && write.verification != Verification::Ask)
            else {
                return Ok(Outcome::recorded(write, Some(error)));
            };
            tokio::time::sleep(delay.max(std::time::Duration::from_secs(
                error.retry_after().unwrap_or(0),
            )))
            .await;
        }
    }

    /// One attempt: look, check what it stands on, send, mark.
    async fn attempt(
        &self,
        transports: Transports<'_>,
        write: &mut Write,
        trigger: Trigger<'_>,
    ) -> Result<Option<ApiError>, ApiError> {
        if write.state == WriteState::InDoubt {
            match happened(transports.client(), write).await {
                Ok(Some(id)) => {
                    (write.state, write.said) = (
                        WriteState::Confirmed,
                        "found in place after the answer was lost".into(),
                    );
                    write.result = Some(id).filter(|id| !id.is_empty());
                    self.settle(write, None).await?;
                    return Ok(None);
                }
                // It did not happen, and it is too late to do it unasked.
                Ok(None) if trigger.finds_stale(write) => {
                    (write.on_hold, write.said) =
                        (true, "it did not happen, and waited too long".into());
                    self.settle(write, None).await?;
                    return Ok(Some(ApiError::User(format!(
                        "{}: {}.",
                        write.what, write.said
                    ))));
                }
                Ok(None) => {}
                Err(e) => return Ok(Some(self.mark(write, WriteState::InDoubt, e).await?)),
            }
        } else if let Err(e) = prepare(transports.client(), write).await {
            // Nothing was sent: what would be in doubt after a sending waits.
            let state = if state_after(&e) == WriteState::Refused {
                WriteState::Refused
            } else {
                WriteState::Waiting
            };
            return Ok(Some(self.mark(write, state, e).await?));
        }
        write.state = WriteState::Sent;
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept))
            .await
            .map_err(|e| e.after("Nothing was sent."))?;
        match transmit(transports, write).await {
            Ok(answer) => {
                (write.state, write.result, write.request_id) = (
                    WriteState::Confirmed,
                    crate::writes::result_of(write, &answer.body),
                    answer.request_id,
                );
                write.said.clear();
                self.settle(write, Some(answer.status))
                    .await
                    .map_err(|e| e.after("It was sent and accepted."))?;
                Ok(None)
            }
            Err(e) => {
                let state = state_after(&e);
                Ok(Some(self.mark(write, state, e).await?))
            }
        }
    }

    async fn mark(
        &self,
        write: &mut Write,
        state: WriteState,
        error: ApiError,
    ) -> Result<ApiError, ApiError> {
        (write.state, write.said) = (state, error.to_string());
        let status = if let ApiError::Http {
            status, request_id, ..
        } = &error
        {
            write.request_id.clone_from(request_id);
            Some(*status)
        } else {
            None
        };
        self.settle(write, status).await?;
        Ok(error)
    }
}

/// Who wants writes to be sent.
#[derive(Clone, Copy)]
enum Trigger<'a> {
    /// A person, a write with this key, at this time.
    Person(&'a str, Instant),
    /// Nobody: time passed, and this is when.
    Clock(Instant),
}

impl Trigger<'_> {
    /// Whether a write waited too long to be sent without a person having said so; one that waits before it is not meant.
    fn finds_stale(self, write: &Write) -> bool {
        let asked_for = matches!(self, Self::Person(key, _) if write.key == key);
        let (Self::Person(_, now) | Self::Clock(now)) = self;
        !asked_for && (now - write.recorded).abs() > FRESH
    }
}
