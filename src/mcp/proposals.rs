//! What was proposed and not yet confirmed: each under a token that is good once, for a while, for whoever asked, and for
//! exactly these bytes on exactly this state.

use crate::domain::time::stamp;
use crate::domain::{ApiError, Instant, WriteKind, digest};
use crate::session::WriteRequest;
use crate::writes::Planned;
use chrono::Duration;
use rmcp::model::{RequestStateCodec, SealOptions};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Minutes a proposal is good for: long enough to be read, too short to be forgotten.
const GOOD_FOR: i64 = 10;
/// Proposals that wait at a time, and of how many it is known what became of them.
const MOST_WAITING: usize = 32;
const MOST_SETTLED: usize = 256;

/// A write that was proposed, with all its token stands for.
#[derive(Clone)]
pub(super) struct Proposal {
    /// Which, for those who may see it and not confirm it.
    pub id: String,
    /// As it was asked for.
    pub request: WriteRequest,
    /// The exact writes.
    pub planned: Vec<Planned>,
    /// What they were made on, as it can be compared.
    pub state: String,
    /// Whose client asked.
    pub by: String,
    /// Until when it is good.
    pub expires: Instant,
}

impl Proposal {
    pub fn new(
        request: WriteRequest,
        mut planned: Vec<Planned>,
        state: String,
        by: &str,
        now: Instant,
    ) -> Self {
        for one in &mut planned {
            one.write.proposed_by = Some(by.to_owned());
        }
        Self {
            id: String::new(),
            request,
            planned,
            state,
            by: by.to_owned(),
            expires: now + Duration::minutes(GOOD_FOR),
        }
    }

    /// The exact requests, as they will be sent.
    pub fn requests(&self) -> String {
        let all = self.planned.iter().map(|p| p.write.request());
        all.collect::<Vec<_>>().join("\n\n")
    }

    /// What of it changes, line by line.
    pub fn says(&self) -> Vec<String> {
        self.planned.iter().flat_map(|p| p.says.clone()).collect()
    }

    /// What it does, in a line.
    pub fn what(&self) -> String {
        let all = self.planned.iter().map(|p| p.write.what.as_str());
        all.collect::<Vec<_>>().join("; ")
    }

    /// Whether it calls somebody.
    pub fn is_page(&self) -> bool {
        is_page(Some(self.request.kind))
    }

    /// Whom it pages right now, in words.
    pub fn pages(&self) -> String {
        match self.is_page() {
            true => self.says().join(" "),
            false => "It pages nobody.".into(),
        }
    }

    /// Whether it can be taken back, and why not.
    pub fn way_back(&self) -> String {
        let never = self.planned.iter().find_map(|p| p.write.no_way_back());
        match never {
            Some(why) => format!("It cannot be taken back: {why}"),
            None => "It can be taken back from the journal.".into(),
        }
    }

    /// A digest over everything that must be so when it is confirmed.
    fn seal(&self, nonce: &str) -> String {
        let requests = self.requests();
        let expires = stamp(self.expires);
        let keys = self.planned.iter().map(|p| p.write.key.as_str());
        let mut parts = vec![nonce, &requests, &self.state, &self.by, &expires];
        parts.extend(keys);
        digest(&parts)
    }
}

/// Whether a kind of write pages people.
pub(super) fn is_page(kind: Option<WriteKind>) -> bool {
    matches!(kind, Some(WriteKind::Page | WriteKind::Reassign))
}

/// One that waits, with what its token is reckoned from.
struct Waiting {
    seal: String,
    nonce: String,
    proposal: Arc<Proposal>,
}

#[derive(Default)]
struct Held {
    waiting: VecDeque<Waiting>,
    /// Seals of those that were confirmed or declined, and which of the two.
    settled: VecDeque<(String, &'static str)>,
}

/// A proposal that was taken in.
pub(super) struct Added {
    pub token: String,
    pub proposal: Arc<Proposal>,
    /// One that had to go for it, by its id.
    pub gone: Option<String>,
}

/// The proposals of one run; its key dies with it.
pub(super) struct Proposals {
    /// The run's own name.
    pub run: String,
    codec: RequestStateCodec,
    held: Mutex<Held>,
}

impl Proposals {
    /// None yet, under a key of their own; nothing where this machine gives no random bytes.
    pub fn new() -> Result<Self, ApiError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| crate::session::fault())?;
        let codec = RequestStateCodec::try_new(key.to_vec());
        Ok(Self {
            run: nonce()?,
            codec: codec.map_err(|_| crate::session::fault())?,
            held: Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a proposal.
    pub fn add(&self, mut proposal: Proposal) -> Result<Added, ApiError> {
        proposal.id = nonce()?;
        let nonce = nonce()?;
        let seal = proposal.seal(&nonce);
        let token = self.codec.seal_with(seal.as_bytes(), &of(&proposal.by));
        let proposal = Arc::new(proposal);
        let mut held = self.held();
        held.waiting.push_back(Waiting {
            seal,
            nonce,
            proposal: proposal.clone(),
        });
        let is_full = held.waiting.len() > MOST_WAITING;
        let gone = is_full.then(|| held.waiting.pop_front()).flatten();
        Ok(Added {
            token,
            proposal,
            gone: gone.map(|waiting| waiting.proposal.id.clone()),
        })
    }

    /// Whether anything was proposed that nobody settled.
    pub fn is_empty(&self) -> bool {
        self.held().waiting.is_empty()
    }

    /// The proposal of a token, where it is good.
    pub fn find(&self, token: &str, by: &str, now: Instant) -> Result<Arc<Proposal>, ApiError> {
        let seal = self.seal_of(token, by)?;
        let held = self.held();
        if let Some((_, how)) = held.settled.iter().find(|(known, _)| *known == seal) {
            return Err(refused(&format!(
                "This proposal was {how} already: a token is good once. The journal tells what became of it."
            )));
        }
        let waiting = held.waiting.iter().find(|w| w.seal == seal);
        let waiting = waiting.ok_or_else(|| {
            refused("Too much was proposed since, so this proposal is gone. Propose it again.")
        })?;
        let proposal = &waiting.proposal;
        if proposal.seal(&waiting.nonce) != seal || proposal.by != by {
            return Err(changed());
        }
        if proposal.expires <= now {
            return Err(refused(&format!(
                "This proposal expired at {}. Propose it again.",
                stamp(proposal.expires)
            )));
        }
        Ok(proposal.clone())
    }

    /// Takes a proposal off: whatever comes next, its token is spent. Only one caller gets it.
    pub fn take(
        &self,
        token: &str,
        by: &str,
        now: Instant,
        how: &'static str,
    ) -> Result<Arc<Proposal>, ApiError> {
        let proposal = self.find(token, by, now)?;
        let seal = self.seal_of(token, by)?;
        let mut held = self.held();
        let before = held.waiting.len();
        held.waiting.retain(|w| w.seal != seal);
        if held.waiting.len() == before {
            drop(held);
            return self.find(token, by, now);
        }
        held.settled.push_back((seal, how));
        if held.settled.len() > MOST_SETTLED {
            held.settled.pop_front();
        }
        Ok(proposal)
    }

    fn seal_of(&self, token: &str, by: &str) -> Result<String, ApiError> {
        let opened = self.codec.open_with(token.trim(), by.as_bytes());
        let opened = opened.map_err(|_| changed())?;
        String::from_utf8(opened).map_err(|_| changed())
    }
}

/// Random letters that nobody can guess.
fn nonce() -> Result<String, ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| crate::session::fault())?;
    Ok(random.iter().map(|b| format!("{b:02x}")).collect())
}

/// A token is good for one client.
fn of(by: &str) -> SealOptions<'_> {
    SealOptions::new().associated_data(by.as_bytes())
}

fn changed() -> ApiError {
    refused(
        "This is no token that was given to this client in this run, as it was given. Propose it again.",
    )
}

fn refused(says: &str) -> ApiError {
    ApiError::User(format!("Nothing was sent. {says}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Write;
    use crate::session::TargetRef;
    use serde_json::json;

    fn now() -> Instant {
        Instant::from_timestamp(1_790_000_000, 0).expect("a time")
    }

    fn proposal(message: &str, by: &str) -> Proposal {
        let about = TargetRef::Incident("INC-1".into());
        let body = json!({ "message": message });
        let path = "/v2/incident_updates".to_owned();
        let write = Write::new("K".into(), "I", "Update".into(), "POST", path, body, now());
        let planned = Planned {
            write,
            says: vec!["Posts an update".into()],
        };
        let request = WriteRequest::new(WriteKind::Update, about);
        Proposal::new(request, vec![planned], "Fixing".into(), by, now())
    }

    fn says<T>(outcome: Result<T, ApiError>) -> String {
        outcome.err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_token_is_good_once_for_its_own_client_and_for_ten_minutes() {
        let held = Proposals::new().expect("a key");
        let token = held
            .add(proposal("Rolling back", "one 1.0"))
            .expect("a token")
            .token;
        let find = |by, minutes| held.find(&token, by, now() + Duration::minutes(minutes));
        assert!(find("one 1.0", 9).is_ok());
        assert!(says(find("other 1.0", 0)).contains("no token"));
        assert!(says(find("one 1.0", 10)).contains("expired"));
        let take = || held.take(&token, "one 1.0", now(), "confirmed");
        assert!(take().is_ok());
        assert!(says(take()).contains("confirmed already"));
        assert!(says(find("one 1.0", 0)).contains("good once"));
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed_and_no_other_run_knows_it() {
        let held = Proposals::new().expect("a key");
        let token = held
            .add(proposal("Rolling back", "one 1.0"))
            .expect("a token")
            .token;
        for (at, letter) in token.char_indices() {
            let other = if letter == 'A' { 'B' } else { 'A' };
            let mut flipped = token.clone();
            flipped.replace_range(at..at + letter.len_utf8(), &other.to_string());
            assert!(held.find(&flipped, "one 1.0", now()).is_err(), "{at}");
        }
        let restarted = Proposals::new().expect("a key");
        let known = restarted.find(&token, "one 1.0", now());
        assert!(says(known).contains("no token"));
    }

    #[test]
    fn the_seal_stands_for_every_byte_of_the_request_the_state_and_who_asked() {
        let one = proposal("Rolling back", "one 1.0");
        let seal = one.seal("n");
        let of = |change: fn(&mut Proposal)| {
            let mut other = one.clone();
            change(&mut other);
            other.seal("n")
        };
        for other in [
            of(|p| p.planned[0].write.body = json!({"message": "Rolling back."})),
            of(|p| p.planned[0].write.path.push('x')),
            of(|p| p.planned[0].write.key.push('x')),
            of(|p| p.state.push('x')),
            of(|p| p.by.push('x')),
            of(|p| p.expires += Duration::seconds(1)),
        ] {
            assert_ne!(other, seal);
        }
        assert_eq!(one.clone().seal("n"), seal);
    }

    #[test]
    fn the_oldest_of_too_many_proposals_is_gone_and_says_so() {
        let held = Proposals::new().expect("a key");
        let first = held.add(proposal("0", "one 1.0")).expect("a token");
        let add = |n: usize| {
            held.add(proposal(&n.to_string(), "one 1.0"))
                .expect("a token")
        };
        let last = (1..=MOST_WAITING).map(add).last().expect("many");
        assert_eq!(last.gone.as_ref(), Some(&first.proposal.id));
        assert!(says(held.find(&first.token, "one 1.0", now())).contains("gone"));
    }
}
