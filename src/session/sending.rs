//! The way out for every write: recorded before it is sent, marked when it is answered, in order per incident, never sent
//! twice. What is in doubt is looked up before it is repeated, and asked about where nothing can tell.

use super::ApiError;
use super::journal::{Outbox, Outcome, Turn};
use super::transmit::{
    Answer, Looked, Transports, is_conflict, is_done_before, is_gone, is_refusal, look, prepare,
    state_after, transmit,
};
use crate::domain::{Instant, NetworkFault, Verification, Write, WriteState};
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
            let asks = write.state == WriteState::InDoubt
                && write.verification == Verification::Ask
                && !trigger.names(&write);
            if asks {
                let why = "it may have happened; look whether it is there";
                self.put_aside(&mut write, why).await?;
                continue;
            }
            if self.hold_back(&mut write, trigger).await? {
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
            .then(|| ApiError::User(format!("{}: {}", write.standing(), reason(&write))));
        Ok(Some(Outcome {
            before: true,
            ..Outcome::recorded(write, error)
        }))
    }

    /// Holds a write until a person has looked; what was said of it already stays.
    async fn put_aside(&self, write: &mut Write, why: &str) -> Result<(), ApiError> {
        write.on_hold = true;
        if write.said.is_empty() {
            write.said = why.to_owned();
        }
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept)).await
    }

    /// Holds a write that waited too long to be sent by itself; true where it is held.
    async fn hold_back(&self, write: &mut Write, trigger: Trigger<'_>) -> Result<bool, ApiError> {
        // What may be in place is looked for first, however old it is.
        let in_doubt = write.state == WriteState::InDoubt;
        let shows = write.verification != Verification::Repeat || write.guard.is_some();
        if !trigger.finds_stale(write) || (in_doubt && shows) {
            return Ok(false);
        }
        let why = match in_doubt {
            true => "it may have happened, and it waited too long to be sent unasked again",
            false => "it waited too long to be sent unasked",
        };
        self.put_aside(write, why).await?;
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
        let mut arrives = None;
        loop {
            let error = match self
                .attempt(transports, &mut write, trigger, arrives)
                .await?
            {
                Attempt::Confirmed => return Ok(Outcome::recorded(write, None)),
                Attempt::TooEarly(until) => {
                    // Reckoned once: a clock that jumped back would put it off for ever.
                    arrives = Some(until);
                    tokio::time::sleep_until(until).await;
                    continue;
                }
                Attempt::Open(error) => error,
            };
            // Whatever the clocks say: what was sent now may arrive for so long.
            let limit = transports.time_limit().to_std().unwrap_or_default();
            arrives = Some(tokio::time::Instant::now() + limit);
            let Some(delay) = delays.next().filter(|_| is_tried_again(&write, &error)) else {
                return Ok(Outcome::recorded(write, Some(error)));
            };
            let asked = std::time::Duration::from_secs(error.retry_after().unwrap_or(0));
            tokio::time::sleep(delay.max(asked)).await;
        }
    }

    /// One attempt: look, check what it stands on, send, mark.
    async fn attempt(
        &self,
        transports: Transports<'_>,
        write: &mut Write,
        trigger: Trigger<'_>,
        arrives: Option<tokio::time::Instant>,
    ) -> Result<Attempt, ApiError> {
        let in_doubt = write.state == WriteState::InDoubt;
        // Where nothing can tell, a person has looked and says that it is to be sent again.
        let is_said = write.verification == Verification::Ask && trigger.names(write);
        if in_doubt && !is_said {
            let known = self.resolve(transports, write, trigger, arrives).await?;
            if let Some(known) = known {
                return Ok(known);
            }
        } else if !in_doubt && let Err(e) = prepare(transports.client(), write).await {
            // Nothing was sent: what would be in doubt after a sending waits.
            let state = match state_after(&e, false) {
                WriteState::Refused => WriteState::Refused,
                _ => WriteState::Waiting,
            };
            return Ok(Attempt::Open(self.mark(write, state, e).await?));
        }
        (write.state, write.sent_at) = (WriteState::Sent, Some(transports.client().now()));
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept))
            .await
            .map_err(|e| e.after("Nothing was sent so far; it is recorded and waits."))?;
        match transmit(transports, write).await {
            Ok(answer) => self.confirm(write, answer).await,
            Err(e) if in_doubt && (is_refusal(&e) || is_done_before(write, &e)) => {
                self.judge_refusal(transports, write, e).await
            }
            Err(e) => {
                let state = state_after(&e, in_doubt);
                Ok(Attempt::Open(self.mark(write, state, e).await?))
            }
        }
    }

    /// What became of a write in doubt, where that can be told; nothing where it is to be sent again.
    async fn resolve(
        &self,
        transports: Transports<'_>,
        write: &mut Write,
        trigger: Trigger<'_>,
        arrives: Option<tokio::time::Instant>,
    ) -> Result<Option<Attempt>, ApiError> {
        let client = transports.client();
        match look(client, write).await {
            Ok(Looked::Happened(id)) => self.found(write, id).await.map(Some),
            Ok(Looked::Undecided(why)) => self.hold(write, why).await.map(Some),
            // It did not happen, and it is too late to do it unasked.
            Ok(Looked::NotThere) if trigger.finds_stale(write) => {
                let why = "it did not happen, and waited too long".to_owned();
                self.hold(write, why).await.map(Some)
            }
            Ok(Looked::NotThere) => {
                let known = || arrives_until(write, client.now(), transports.time_limit());
                let until = arrives.or_else(known).filter(|_| is_doubled(write));
                let now = tokio::time::Instant::now();
                Ok(until.filter(|at| *at > now).map(Attempt::TooEarly))
            }
            Err(e) if is_gone(&e) => {
                let why = format!("it may have happened, and what it is about is gone: {e}");
                self.hold(write, why).await.map(Some)
            }
            Err(e) => {
                let open = self.mark(write, WriteState::InDoubt, e).await?;
                Ok(Some(Attempt::Open(open)))
            }
        }
    }

    /// The platform says no to a second sending: it may say so because the first one happened.
    async fn judge_refusal(
        &self,
        transports: Transports<'_>,
        write: &mut Write,
        refusal: ApiError,
    ) -> Result<Attempt, ApiError> {
        if is_done_before(write, &refusal) {
            return self.found(write, None).await;
        }
        match look(transports.client(), write).await {
            Ok(Looked::Happened(id)) => self.found(write, id).await,
            Ok(Looked::NotThere) => {
                let error = self.mark(write, WriteState::Refused, refusal).await?;
                Ok(Attempt::Open(error))
            }
            Ok(Looked::Undecided(_)) | Err(_) => {
                let error = self.mark(write, WriteState::InDoubt, refusal).await?;
                Ok(Attempt::Open(error))
            }
        }
    }

    async fn confirm(&self, write: &mut Write, answer: Answer) -> Result<Attempt, ApiError> {
        (write.state, write.result, write.request_id) = (
            WriteState::Confirmed,
            crate::writes::result_of(write, &answer.body),
            answer.request_id,
        );
        write.said.clear();
        self.settle(write, Some(answer.status))
            .await
            .map_err(|e| e.after("It was sent and accepted."))?;
        Ok(Attempt::Confirmed)
    }

    /// It stands there, though no answer said so.
    pub(super) async fn found(
        &self,
        write: &mut Write,
        id: Option<String>,
    ) -> Result<Attempt, ApiError> {
        write.state = WriteState::Confirmed;
        write.said = "found in place after the answer was lost".into();
        (write.result, write.on_hold) = (id, false);
        self.settle(write, None).await?;
        Ok(Attempt::Confirmed)
    }

    /// A person decides.
    async fn hold(&self, write: &mut Write, why: String) -> Result<Attempt, ApiError> {
        (write.state, write.on_hold, write.said) = (WriteState::InDoubt, true, why);
        self.settle(write, None).await?;
        let says = format!("{}: {}.", write.what.trim_end_matches('.'), write.said);
        Ok(Attempt::Open(ApiError::User(says)))
    }

    /// Confirms a write in doubt whose values stand as it asks; sends nothing.
    pub async fn confirm_in_place(
        &self,
        transports: Transports<'_>,
        key: &str,
    ) -> Result<(), ApiError> {
        let known = self.find(key).await?;
        let _turn = self.lock_order_key(&known.order_key, known.private).await?;
        let mut write = self.find(key).await?;
        if write.state == WriteState::InDoubt
            && let Looked::Happened(id) = look(transports.client(), &write).await?
        {
            self.found(&mut write, id).await?;
        }
        Ok(())
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

/// Why a write is open, with what to do where nothing else was said of it.
fn reason(write: &Write) -> String {
    match write.said.as_str() {
        "" => format!(
            "it waits for you to say that it is to be sent: hotseat journal retry {}.",
            super::short_key(&write.key)
        ),
        said => said.to_owned(),
    }
}

/// How far one attempt came.
pub(super) enum Attempt {
    /// It stands.
    Confirmed,
    /// It is not there, and may still arrive: until then it is not sent again.
    TooEarly(tokio::time::Instant),
    /// It is open, or refused.
    Open(ApiError),
}

/// Whether another attempt follows at once.
fn is_tried_again(write: &Write, error: &ApiError) -> bool {
    if write.state.is_settled() || write.on_hold || write.verification == Verification::Ask {
        return false;
    }
    // What the server may still be working on is not sent again at once.
    let is_timeout = matches!(
        error,
        ApiError::Network {
            kind: NetworkFault::Timeout,
            ..
        }
    );
    let is_working = is_timeout && write.verification != Verification::Repeat;
    let passes = error.is_passing() || is_conflict(error);
    passes && !is_working && error.retry_after().is_none_or(|s| s <= 5)
}

/// Whether a second sending makes a second thing: the platform knows it by nothing.
fn is_doubled(write: &Write) -> bool {
    matches!(write.verification, Verification::New { .. })
}

/// Until when a request that another program sent may still arrive: as long as anybody works on one request. A clock that
/// jumped back makes nobody wait longer than that.
pub(super) fn arrives_until(
    write: &Write,
    now: Instant,
    limit: Duration,
) -> Option<tokio::time::Instant> {
    let left = (write.sent_at? + limit - now).min(limit);
    let left = left.to_std().ok()?;
    Some(tokio::time::Instant::now() + left)
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
    /// Whether a person asks for this write itself.
    fn names(self, write: &Write) -> bool {
        matches!(self, Self::Person(key, _) if write.key == key)
    }

    /// Whether a write waited too long to be sent without a person having said so; one that waits before it is not meant.
    fn finds_stale(self, write: &Write) -> bool {
        let (Self::Person(_, now) | Self::Clock(now)) = self;
        !self.names(write) && (now - write.recorded).abs() > FRESH
    }
}
