//! What can go wrong between us and a NATS server, each in one sentence.

use serde_json::Value;
use thiserror::Error;

/// Why something was not done.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Nobody answered, or not in time.
    #[error("{0}")]
    Unreachable(String),
    /// The server, or this machine, does not let us in or does not let us do it.
    #[error("{0}")]
    Refused(String),
    /// A compare-and-swap lost: what was expected is no longer what is there.
    #[error("Somebody else wrote this key in the meantime; read it again before it is written.")]
    Moved,
    /// The bucket or the stream is not there.
    #[error(
        "NATS has no such bucket or stream, or it was made anew; check that a relay runs for this organisation, and read anew."
    )]
    Missing,
    /// The server has no room left.
    #[error("The NATS server has no room left for JetStream; give it more storage, or free some.")]
    Full,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// JetStream's codes for a stream that is not there.
const MISSING: u64 = 10059;
/// Codes for a sequence that is not the expected one: before and after server 2.11.
const MOVED: [u64; 2] = [10071, 10164];
/// Codes for resources, storage, memory and an account that are used up, and for a store that fails to write.
const FULL: [u64; 6] = [10002, 10023, 10028, 10047, 10077, 10122];
/// Codes for an account or a server without JetStream.
const DISABLED: [u64; 2] = [10039, 10076];

/// An error as JetStream's API and its acknowledgements put it.
pub(super) struct Answered {
    pub(super) code: u64,
    pub(super) words: String,
}

impl Answered {
    /// The error of an answer, where it is one.
    pub(super) fn of(answer: &Value) -> Option<Self> {
        let error = answer.get("error")?;
        let words = error["description"].as_str().unwrap_or("no reason given");
        Some(Self {
            code: error["err_code"].as_u64().unwrap_or_default(),
            words: words.to_owned(),
        })
    }

    /// As a fault of a server at some place.
    pub(super) fn fault(&self, place: &str) -> Fault {
        match self.code {
            MISSING => Fault::Missing,
            code if MOVED.contains(&code) => Fault::Moved,
            code if FULL.contains(&code) => Fault::Full,
            _ if self.words.contains("no space left") => Fault::Full,
            code if DISABLED.contains(&code) => Fault::Other(format!(
                "JetStream is off at {place}, or for this account; switch it on there."
            )),
            code => Fault::Other(format!(
                "The NATS server at {place} says: {} (code {code}).",
                self.words
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_of_the_server_becomes_the_fault_it_is() {
        let other = |words: &str| Fault::Other(words.to_owned());
        for (code, words, fault) in [
            (10059, "stream not found", Fault::Missing),
            (10071, "wrong last sequence: 4", Fault::Moved),
            (10164, "wrong last sequence: 4", Fault::Moved),
            (10023, "insufficient resources", Fault::Full),
            (
                10047,
                "insufficient storage resources available",
                Fault::Full,
            ),
            (10077, "maximum bytes exceeded", Fault::Full),
            (
                10049,
                "write /js/1.blk: no space left on device",
                Fault::Full,
            ),
            (
                10039,
                "jetstream not enabled for account",
                other("JetStream is off at nats://a:1, or for this account; switch it on there."),
            ),
            (
                10052,
                "bad config",
                other("The NATS server at nats://a:1 says: bad config (code 10052)."),
            ),
        ] {
            let answer = json!({"error": {"code": 400, "err_code": code, "description": words}});
            let read = Answered::of(&answer).expect("an error");
            assert_eq!(read.fault("nats://a:1"), fault);
        }
        assert!(Answered::of(&json!({"stream": "a", "seq": 1})).is_none());
    }
}
