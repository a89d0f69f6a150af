//! Messages of a stream in order, none missed: a consumer that the server forgets when we are gone. Where one is missed,
//! where the server falls silent or comes back, it is made anew behind the last message. A stream that is gone or was
//! made anew is a fault: what was read of it is then worth nothing.

use super::streams;
use super::{Fault, Link};
use crate::domain::Instant;
use async_nats::{HeaderMap, Message, StatusCode, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How often a server with nothing to say says so.
const BEAT: Duration = Duration::from_secs(4);
/// Two beats and a little: from then on a silent server is asked what is wrong.
const SILENCE: Duration = Duration::from_secs(9);
/// How long a server that is up may take to have its streams up. One that hangs is taken for down before that.
const WARM_UP: Duration = Duration::from_secs(30);
/// Between two questions to a server that is not ready.
const PAUSE: Duration = Duration::from_millis(250);

/// Where reading begins.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// With the oldest message.
    First,
    /// With the last message of each subject.
    LastOfEach,
    /// With the first one behind a sequence.
    Behind(u64),
}

/// One message.
pub(super) struct Delivered {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
    pub(super) revision: u64,
}

/// A reader of a stream.
pub(super) struct Ordered {
    link: Link,
    stream: String,
    filter: String,
    from: Start,
    headers_only: bool,
    born: Instant,
    /// What the stream ended with when reading began.
    end: u64,
    subscriber: Subscriber,
    ups: watch::Receiver<u64>,
    /// The consumer's own count of what it delivered.
    delivered: u64,
    caught_up: bool,
    broken: Option<Fault>,
}

impl Ordered {
    pub(super) async fn start(
        link: &Link,
        stream: &str,
        filter: &str,
        from: Start,
        headers_only: bool,
    ) -> Result<Self, Fault> {
        let ups = link.ups();
        let found = streams::find(link, stream).await?;
        if let Start::Behind(revision) = from
            && revision > found.last
        {
            return Err(Fault::Missing);
        }
        let (subscriber, pending) = consume(link, stream, filter, from, headers_only).await?;
        Ok(Self {
            link: link.clone(),
            stream: stream.to_owned(),
            filter: filter.to_owned(),
            from,
            headers_only,
            born: found.born,
            end: found.last,
            subscriber,
            ups,
            delivered: 0,
            caught_up: pending == 0,
            broken: None,
        })
    }

    /// Whether everything was given that was there when reading began.
    pub(super) fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// The next message, or nothing where only `is_caught_up` has changed. After a fault the same fault for ever.
    pub(super) async fn next(&mut self) -> Result<Option<Delivered>, Fault> {
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        let next = self.read().await;
        if let Err(fault) = &next {
            self.broken = Some(fault.clone());
        }
        next
    }

    async fn read(&mut self) -> Result<Option<Delivered>, Fault> {
        loop {
            let heard = tokio::select! {
                biased;
                heard = timeout(SILENCE, self.subscriber.next()) => heard.ok().flatten(),
                // Whoever was away may have missed something.
                _ = self.ups.changed() => None,
            };
            let was_behind = !self.caught_up;
            match heard {
                None => self.mend().await?,
                Some(message) if message.status.is_some() => self.beat(&message).await?,
                Some(message) => match self.place_of(&message) {
                    Some(place) => return Ok(Some(self.take(message, place))),
                    None => self.mend().await?,
                },
            }
            if was_behind && self.caught_up {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, message: Message, place: Place) -> Delivered {
        self.delivered = place.delivered;
        self.from = Start::Behind(place.revision);
        self.caught_up |= place.pending == 0 || place.revision >= self.end;
        Delivered {
            subject: message.subject.to_string(),
            headers: message.headers.unwrap_or_default(),
            payload: message.payload,
            revision: place.revision,
        }
    }

    /// A message's place, where it is the next one.
    fn place_of(&self, message: &Message) -> Option<Place> {
        let place = Place::read(message.reply.as_deref()?)?;
        (place.delivered == self.delivered + 1).then_some(place)
    }

    /// The server has nothing more for now, or waits until we have read what it sent.
    async fn beat(&mut self, message: &Message) -> Result<(), Fault> {
        if message.status != Some(StatusCode::IDLE_HEARTBEAT) {
            return self.mend().await;
        }
        let header = |name: &str| {
            message
                .headers
                .as_ref()?
                .get(name)
                .map(|value| value.as_str())
        };
        let stalled = header("Nats-Consumer-Stalled").map(str::to_owned);
        let waits = message
            .reply
            .as_ref()
            .map(|reply| reply.to_string())
            .or(stalled);
        if let Some(subject) = waits {
            let _ = self.link.client().publish(subject, Bytes::new()).await;
        }
        let Some(last) = header("Nats-Last-Consumer").and_then(|count| count.parse::<u64>().ok())
        else {
            return Ok(());
        };
        if last > self.delivered {
            return self.mend().await;
        }
        self.caught_up = true;
        Ok(())
    }

    /// Begins again behind the last message, as soon as the server is there; a fault where that cannot be.
    async fn mend(&mut self) -> Result<(), Fault> {
        self.wait_until_up().await;
        let mut began = tokio::time::Instant::now();
        loop {
            match self.begin_again().await {
                Err(Fault::Unreachable(_)) if !self.link.is_up() => {
                    self.wait_until_up().await;
                    began = tokio::time::Instant::now();
                }
                Err(Fault::Unreachable(_)) if began.elapsed() < WARM_UP => {
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    async fn begin_again(&mut self) -> Result<(), Fault> {
        self.ups.borrow_and_update();
        let found = streams::find(&self.link, &self.stream).await?;
        let lost = matches!(self.from, Start::Behind(revision) if revision > found.last);
        if found.born != self.born || lost {
            return Err(Fault::Missing);
        }
        let (subscriber, pending) = consume(
            &self.link,
            &self.stream,
            &self.filter,
            self.from,
            self.headers_only,
        )
        .await?;
        self.subscriber = subscriber;
        self.delivered = 0;
        self.caught_up |= pending == 0;
        Ok(())
    }

    async fn wait_until_up(&mut self) {
        while !self.link.is_up() {
            // The end of the wait is not trusted to news alone: a link may be up before it was listened to.
            let _ = timeout(PAUSE, self.ups.changed()).await;
        }
    }
}

/// Makes a consumer; gives what it delivers and how much there is of it now.
async fn consume(
    link: &Link,
    stream: &str,
    filter: &str,
    from: Start,
    headers_only: bool,
) -> Result<(Subscriber, u64), Fault> {
    let inbox = link.client().new_inbox();
    let subscriber = link.subscribe(&inbox).await?;
    let mut config = json!({
        "deliver_subject": inbox,
        "filter_subject": filter,
        "ack_policy": "none",
        "max_deliver": 1,
        "replay_policy": "instant",
        "flow_control": true,
        "idle_heartbeat": u64::try_from(BEAT.as_nanos()).unwrap_or(u64::MAX),
        "mem_storage": true,
        "num_replicas": 1,
        "headers_only": headers_only,
    });
    from.put_into(&mut config);
    let question = json!({"stream_name": stream, "config": config});
    let made = link
        .api(&format!("CONSUMER.CREATE.{stream}"), &question)
        .await?;
    let pending = made["num_pending"].as_u64().unwrap_or_default();
    Ok((subscriber, pending))
}

impl Start {
    fn put_into(self, config: &mut Value) {
        let policy = match self {
            Start::First => "all",
            Start::LastOfEach => "last_per_subject",
            Start::Behind(revision) => {
                config["opt_start_seq"] = json!(revision + 1);
                "by_start_sequence"
            }
        };
        config["deliver_policy"] = json!(policy);
    }
}

/// What the subject for acknowledging a message tells of its place.
#[derive(Debug, PartialEq)]
struct Place {
    revision: u64,
    delivered: u64,
    pending: u64,
}

impl Place {
    /// `$JS.ACK.<stream>.<consumer>.<tries>.<revision>.<delivered>.<time>.<pending>`, and from later servers with a
    /// domain and an account before the stream.
    fn read(reply: &str) -> Option<Self> {
        let tokens: Vec<&str> = reply.strip_prefix("$JS.ACK.")?.split('.').collect();
        let skipped = match tokens.len() {
            7 => 0,
            9.. => 2,
            _ => return None,
        };
        let number = |at: usize| tokens.get(skipped + at)?.parse::<u64>().ok();
        Some(Self {
            revision: number(3)?,
            delivered: number(4)?,
            pending: number(6)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_message_is_read_from_old_and_new_servers() {
        let place = |revision, delivered, pending| {
            Some(Place {
                revision,
                delivered,
                pending,
            })
        };
        for (reply, read) in [
            ("$JS.ACK.KV_a.c.1.40.3.1700000000.7", place(40, 3, 7)),
            (
                "$JS.ACK.hub.ACCT.KV_a.c.1.40.3.1700000000.7",
                place(40, 3, 7),
            ),
            (
                "$JS.ACK._.ACCT.KV_a.c.1.40.3.1700000000.7.token",
                place(40, 3, 7),
            ),
            ("$JS.ACK.KV_a.c.1.40.3", None),
            ("$JS.ACK.KV_a.c.1.x.3.1.7", None),
            ("_INBOX.a", None),
        ] {
            assert_eq!(Place::read(reply), read, "{reply}");
        }
    }
}
