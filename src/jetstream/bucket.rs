//! A bucket of keys and values: a stream in the shape that NATS' own key-value tools read, with one difference. What a
//! value replaces is overwritten on the server's disk, where the server itself would only forget it.

use super::link::one_line;
use super::ordered::{Ordered, Start};
use super::streams::{self, Settings};
use super::{Envelope, Fault, Link, Verifier, Watch};
use crate::domain::Instant;
use async_nats::{HeaderMap, StatusCode};
use serde_json::json;
use std::time::Duration;

/// The header by which key-value tools say that a key is erased.
pub(super) const OPERATION: &str = "KV-Operation";
const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";
const SEQUENCE: &str = "Nats-Sequence";
/// How long a server is asked what became of a question that it did not answer.
const SECOND_THOUGHT: Duration = Duration::from_secs(1);

/// A bucket on a server.
#[derive(Clone)]
pub struct Bucket {
    pub(super) link: Link,
    pub(super) name: String,
    /// Whether the server keeps what a put replaces, until it is overwritten.
    overwrites: bool,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The sequence of the write in its bucket: it only grows.
    pub revision: u64,
    /// Nothing where the key is erased.
    pub value: Option<Vec<u8>>,
}

impl Entry {
    /// Its envelope, believed as [`Envelope::open`] believes one, and what is in it.
    pub fn opened(&self, verifier: Option<&Verifier>) -> Result<(Envelope, Vec<u8>), String> {
        let value = self.value.as_deref().ok_or("it was taken away")?;
        let mut envelope = Envelope::open(&self.key, value, verifier)?;
        let body = envelope.body.take().ok_or("nothing is in it")?;
        Ok((envelope, body))
    }
}

impl Bucket {
    /// Makes a bucket, or mends the one that is there. It keeps two of each key, because what the server itself drops
    /// stays on its disk.
    pub async fn make(link: &Link, name: &str, max_age: Option<Duration>) -> Result<Bucket, Fault> {
        Self::make_with(link, name, max_age, 2).await
    }

    pub(super) async fn make_with(
        link: &Link,
        name: &str,
        max_age: Option<Duration>,
        history: i64,
    ) -> Result<Bucket, Fault> {
        let bucket = Self::named(link, name, history > 1)?;
        let settings = Settings {
            name: bucket.stream(),
            subject: bucket.subject(">"),
            per_subject: history,
            max_age,
            max_bytes: None,
            discards_old: false,
        };
        streams::make(link, &settings).await?;
        Ok(bucket)
    }

    /// The bucket of a name, for readers: nothing is made.
    pub async fn find(link: &Link, name: &str) -> Result<Bucket, Fault> {
        let bucket = Self::named(link, name, true)?;
        streams::find(link, &bucket.stream()).await?;
        Ok(bucket)
    }

    fn named(link: &Link, name: &str, overwrites: bool) -> Result<Bucket, Fault> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(fits) {
            return Err(Fault::Other(format!(
                "A bucket cannot be called {name:?}; letters, digits, _ and - are allowed."
            )));
        }
        Ok(Bucket {
            link: link.clone(),
            name: name.to_owned(),
            overwrites,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was made, by the server's clock: an emptied bucket that was made anew is another.
    pub async fn born(&self) -> Result<Instant, Fault> {
        Ok(streams::find(&self.link, &self.stream()).await?.born)
    }

    /// How many keys something is stored under, those that are erased among them.
    pub async fn count(&self) -> Result<u64, Fault> {
        Ok(streams::find(&self.link, &self.stream()).await?.subjects)
    }

    pub(super) fn stream(&self) -> String {
        format!("KV_{}", self.name)
    }

    pub(super) fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.name)
    }

    /// The key of a subject.
    pub(super) fn key<'a>(&self, subject: &'a str) -> &'a str {
        let rest = subject.strip_prefix("$KV.");
        let rest = rest.and_then(|rest| rest.strip_prefix(self.name.as_str()));
        rest.and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(subject)
    }

    /// What stands under a key; nothing where it was never written.
    pub async fn get(&self, key: &str) -> Result<Option<Entry>, Fault> {
        check(key, false)?;
        let part = format!("DIRECT.GET.{}.{}", self.stream(), self.subject(key));
        let subject = self.link.api_subject(&part);
        let asked = self.link.request(&subject, None, Vec::new()).await;
        let message = self.answered(asked).await?;
        match message.status {
            None => {}
            Some(StatusCode::NOT_FOUND) => return Ok(None),
            Some(status) => {
                let said = message.description.as_deref().unwrap_or("no reason given");
                return Err(self.odd(&format!("{status} {said}")));
            }
        }
        let headers = message.headers.unwrap_or_default();
        let revision = headers
            .get(SEQUENCE)
            .and_then(|value| value.as_str().parse().ok());
        Ok(Some(Entry {
            key: key.to_owned(),
            revision: revision.ok_or_else(|| self.odd("an entry without a revision"))?,
            value: (!is_tombstone(&headers)).then(|| message.payload.to_vec()),
        }))
    }

    /// Writes a value where the last revision of its key is the expected one; 0 where nothing may be there. Gives the
    /// new revision. What was replaced is overwritten on disk before this returns; where that fails, the value stands
    /// all the same and `sweep` catches up. A write that nobody answered may have arrived: the next one reads first.
    pub async fn put(&self, key: &str, value: Vec<u8>, expected: u64) -> Result<u64, Fault> {
        check(key, false)?;
        let revision = self.store(key, HeaderMap::new(), value, expected).await?;
        if self.overwrites
            && expected > 0
            && let Err(fault) = self.overwrite(expected).await
        {
            let bucket = &self.name;
            tracing::warn!("{bucket}: what {key} was stays on disk until the next sweep: {fault}");
        }
        Ok(revision)
    }

    /// Marks a key as erased, where its last revision is the expected one. What it held is not touched.
    pub(super) async fn mark(
        &self,
        key: &str,
        operation: &str,
        expected: u64,
    ) -> Result<u64, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, operation);
        self.store(key, headers, Vec::new(), expected).await
    }

    async fn store(
        &self,
        key: &str,
        mut headers: HeaderMap,
        value: Vec<u8>,
        expected: u64,
    ) -> Result<u64, Fault> {
        headers.insert(EXPECTED, one_line(&expected.to_string()));
        let stored = self.link.store(&self.subject(key), headers, value).await;
        self.answered(stored).await
    }

    /// Where nobody answered, either the bucket is gone or JetStream is: which of them, the server says. A server of
    /// 2.9 whose stream was removed takes questions for it and never answers them.
    async fn answered<T>(&self, answer: Result<T, Fault>) -> Result<T, Fault> {
        let unsure = matches!(answer, Err(Fault::Missing | Fault::Unreachable(_)));
        if unsure && self.link.is_up() {
            let stream = self.stream();
            let found = streams::find(&self.link, &stream);
            // A server that is silent altogether is not waited for twice.
            if let Ok(Err(fault)) = tokio::time::timeout(SECOND_THOUGHT, found).await {
                return Err(fault);
            }
        }
        answer
    }

    /// The keys that hold something, with their revisions in order; values are not fetched.
    pub async fn keys(&self) -> Result<Vec<(String, u64)>, Fault> {
        let found = self.scan(">", Start::LastOfEach).await?;
        let present = found.into_iter().filter(|stored| !stored.erased);
        Ok(present
            .map(|stored| (stored.key, stored.revision))
            .collect())
    }

    /// The last entry of each key that fits, in order of revision, then what comes.
    pub async fn watch(&self, pattern: &str) -> Result<Watch, Fault> {
        check(pattern, true)?;
        Watch::start(self, pattern, Start::LastOfEach).await
    }

    /// What comes behind a revision that was read before; `Missing` where the bucket never had it, and so is another.
    pub async fn watch_from(&self, pattern: &str, revision: u64) -> Result<Watch, Fault> {
        check(pattern, true)?;
        Watch::start(self, pattern, Start::Behind(revision)).await
    }

    /// What is stored under a pattern now, in order of revision, without the values.
    pub(super) async fn scan(&self, pattern: &str, from: Start) -> Result<Vec<Stored>, Fault> {
        let mut messages = Ordered::start(
            &self.link,
            &self.stream(),
            &self.subject(pattern),
            from,
            true,
        )
        .await?;
        let mut all = Vec::new();
        while !messages.is_caught_up() {
            if let Some(message) = messages.next().await? {
                all.push(Stored {
                    key: self.key(&message.subject).to_owned(),
                    revision: message.revision,
                    erased: is_tombstone(&message.headers),
                });
            }
        }
        Ok(all)
    }

    /// Overwrites one stored message on the server's disk; one that is gone already is no fault.
    pub(super) async fn overwrite(&self, revision: u64) -> Result<(), Fault> {
        let question = json!({"seq": revision, "no_erase": false});
        let subject = format!("STREAM.MSG.DELETE.{}", self.stream());
        match self.link.ask(&subject, &question).await? {
            Ok(_) => Ok(()),
            Err(error) if error.code == NO_MESSAGE || !self.holds(revision).await? => Ok(()),
            Err(error) => Err(error.fault(self.link.place())),
        }
    }

    /// Whether a message is still stored.
    async fn holds(&self, revision: u64) -> Result<bool, Fault> {
        let subject = format!("STREAM.MSG.GET.{}", self.stream());
        let answer = self.link.ask(&subject, &json!({"seq": revision})).await?;
        Ok(answer.err().is_none_or(|error| error.code != NO_MESSAGE))
    }

    fn odd(&self, said: &str) -> Fault {
        Fault::Other(format!(
            "The bucket {} at {} answers with {said}.",
            self.name,
            self.link.place()
        ))
    }
}

/// JetStream's code for a message that is not there.
const NO_MESSAGE: u64 = 10037;

/// One stored message without its value.
pub(super) struct Stored {
    pub(super) key: String,
    pub(super) revision: u64,
    pub(super) erased: bool,
}

pub(super) fn is_tombstone(headers: &HeaderMap) -> bool {
    let operation = headers.get(OPERATION).map(|value| value.as_str());
    matches!(operation, Some("DEL" | "PURGE"))
}

/// Keys become subjects: one that is none of ours must not reach beyond its bucket.
pub(super) fn check(key: &str, pattern: bool) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_=/".contains(c);
    let mut tokens = key.split('.').peekable();
    let mut good = true;
    while let Some(token) = tokens.next() {
        let wild = pattern && (token == "*" || token == ">" && tokens.peek().is_none());
        good &= wild || !token.is_empty() && token.chars().all(fits);
    }
    match good {
        true => Ok(()),
        false => Err(Fault::Other(format!(
            "{key:?} is no key of a bucket; letters, digits, - _ = / and single dots are allowed."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_patterns_stay_in_their_bucket() {
        for (key, as_key, as_pattern) in [
            ("incident.01A", true, true),
            ("a/b=c_d-e", true, true),
            ("incident.>", false, true),
            (">", false, true),
            ("focus.*.x", false, true),
            ("a.>.b", false, false),
            ("a..b", false, false),
            (".a", false, false),
            ("a.", false, false),
            ("", false, false),
            ("a b", false, false),
            ("a\r\nPUB x", false, false),
            ("a>", false, false),
        ] {
            assert_eq!(check(key, false).is_ok(), as_key, "{key:?} as a key");
            assert_eq!(check(key, true).is_ok(), as_pattern, "{key:?} as a pattern");
        }
    }
}
