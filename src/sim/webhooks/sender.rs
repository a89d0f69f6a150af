//! Messages on their way to a subscriber: in no promised order, again and again until they are taken, and spoiled where
//! a faults file says so.

use super::super::faults::{Faults, WebhookFault, WebhookRule};
use super::{Message, Webhooks};
use crate::config::Clock;
use crate::domain::Instant;
use crate::net;
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::TimeDelta;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// How long a message is tried, and how long a subscriber may fail until nothing is sent to it any more.
const A_DAY: Duration = Duration::from_secs(24 * 3_600);
const DISABLED_AFTER: TimeDelta = TimeDelta::days(5);
/// The longest pause between two tries, and how much longer each pause is than the one before.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 3_600);
const FACTOR: f32 = 4.0;
/// How long a subscriber may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// How long a message that is to come after the next one waits for that.
const HELD: Duration = Duration::from_secs(2);

/// Where messages are handed in.
pub(in crate::sim) type Sender = mpsc::UnboundedSender<Message>;

/// What all messages share.
struct Line {
    to: Webhooks,
    http: reqwest::Client,
    clock: Clock,
    room: Semaphore,
    failing_since: Mutex<Option<Instant>>,
}

impl Webhooks {
    /// Begins to send; the future ends when nobody hands in messages any more.
    pub(in crate::sim) fn begin(
        self,
        clock: Clock,
        faults: Faults,
        seed: u64,
    ) -> Result<(Sender, impl Future<Output = ()> + Send + use<>), String> {
        let http = net::client(&self.url, TIMEOUT, TIMEOUT).build();
        let line = Arc::new(Line {
            http: http.map_err(|e| format!("Cannot send webhooks: {e}."))?,
            to: self,
            clock,
            room: Semaphore::new(AT_ONCE),
            failing_since: Mutex::default(),
        });
        let (sender, messages) = mpsc::unbounded_channel();
        let rng = fastrand::Rng::with_seed(seed);
        Ok((sender, send_all(line, messages, faults, rng)))
    }
}

async fn send_all(
    line: Arc<Line>,
    mut messages: mpsc::UnboundedReceiver<Message>,
    mut faults: Faults,
    mut rng: fastrand::Rng,
) {
    let (mut under_way, mut held) = (JoinSet::new(), None::<Message>);
    loop {
        let next = match held {
            None => messages.recv().await,
            Some(_) => match tokio::time::timeout(HELD, messages.recv()).await {
                Ok(next) => next,
                Err(_) => held.take(),
            },
        };
        let Some(message) = next else { break };
        while under_way.try_join_next().is_some() {}
        let struck = faults.strike_webhook(&message.event, &mut rng);
        let kind = struck.as_ref().map(|rule| rule.kind);
        match kind {
            Some(WebhookFault::Lose) => continue,
            Some(WebhookFault::Reorder) if held.is_none() => {
                held = Some(message);
                continue;
            }
            _ => {}
        }
        let mut all = vec![message.clone()];
        all.extend((kind == Some(WebhookFault::Duplicate)).then_some(message));
        all.extend(held.take());
        let pause = struck.map_or(Duration::ZERO, |rule: WebhookRule| rule.delay());
        under_way.spawn(deliver(line.clone(), all, pause));
    }
    if let Some(held) = held {
        under_way.spawn(deliver(line.clone(), vec![held], Duration::ZERO));
    }
    under_way.join_all().await;
}

/// Delivers one message after another; a message that is not taken at once holds up none behind it.
async fn deliver(line: Arc<Line>, messages: Vec<Message>, pause: Duration) {
    tokio::time::sleep(pause).await;
    let mut later = JoinSet::new();
    for message in messages {
        if !line.attempt(&message).await {
            let line = line.clone();
            later.spawn(async move { line.insist(&message).await });
        }
    }
    later.join_all().await;
}

impl Line {
    /// Tries again until it is taken, for a day.
    async fn insist(&self, message: &Message) {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.to.first_retry)
            .with_factor(FACTOR)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_total_delay(Some(A_DAY))
            .build();
        for pause in pauses {
            tokio::time::sleep(pause).await;
            if self.is_disabled() || self.attempt(message).await {
                return;
            }
        }
    }

    /// Whether it was taken.
    async fn attempt(&self, message: &Message) -> bool {
        let Ok(_place) = self.room.acquire().await else {
            return false;
        };
        if self.is_disabled() {
            return true;
        }
        let (now, body) = (self.clock.now(), message.body.as_bytes());
        let request = self
            .http
            .post(self.to.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", now.timestamp())
            .header(
                "webhook-signature",
                self.to.secret.sign(&message.id, now, body),
            )
            .body(message.body.clone());
        let taken = matches!(request.send().await, Ok(answer) if answer.status().is_success());
        let mut failing = self.failing();
        match taken {
            true => *failing = None,
            false => drop(failing.get_or_insert(now)),
        }
        taken
    }

    /// Whether the subscriber failed for so long that nothing is sent to it any more.
    fn is_disabled(&self) -> bool {
        let since = *self.failing();
        since.is_some_and(|since| self.clock.now() - since > DISABLED_AFTER)
    }

    fn failing(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        let failing = self.failing_since.lock();
        failing.unwrap_or_else(PoisonError::into_inner)
    }
}
