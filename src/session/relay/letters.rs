//! What a relay and its consoles write to each other.

use crate::domain::{IncidentId, Instant};
use crate::incidentio::Question;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often a relay says that it is there, and what it knows.
pub const BEAT: Duration = Duration::from_secs(10);
/// What a relay says is believed for two beats that were missed and half of one.
pub const SILENCE: Duration = Duration::from_secs(25);
/// How often a console says what it looks at.
pub const LETTER: Duration = Duration::from_secs(30);
/// How old the relay's last look at the incidents may be: where it cannot reach incident.io, its consoles try.
pub const LATE: Duration = Duration::from_secs(90);
/// Questions that one letter asks at most.
pub const MOST_ASKED: usize = 32;
/// Bytes of the largest letter that is read.
pub const LARGEST_LETTER: usize = 32 << 10;

/// The key of the beat.
pub const BEAT_KEY: &str = "now.beat";
/// The key of the list of what is open.
pub const OPEN_KEY: &str = "now.open";
/// The key of what is being taken back: it is gone on with after a relay broke off.
pub const HIDING_KEY: &str = "now.hiding";
/// Everything that every console reads.
pub const NOW: &str = "now.>";
/// Every incident.
pub const INCIDENTS: &str = "incident.*";

/// Where an incident lies.
pub fn incident_key(id: &str) -> String {
    format!("incident.{id}")
}

/// Whose incident lies there.
pub fn incident_of(key: &str) -> Option<&str> {
    key.strip_prefix("incident.")
}

/// Where the answer to everybody's question lies.
pub fn answer_key(digest: &str) -> String {
    format!("now.answer.{digest}")
}

/// Where the answer to a question about one incident lies.
pub fn focus_key(id: &str, digest: &str) -> String {
    format!("focus.{id}.{digest}")
}

/// When the questions about an incident were last asked.
pub fn focus_asked_key(id: &str) -> String {
    format!("focus.{id}.asked")
}

/// The subject's last word where a console looks at no incident.
pub const NOTHING: &str = "_";

/// All answers about one incident.
pub fn focus_of(id: &str) -> String {
    format!("{}>", focus_prefix(id))
}

/// What all keys of answers about one incident begin with.
pub fn focus_prefix(id: &str) -> String {
    format!("focus.{id}.")
}

/// Whether an id can stand in a key and in a subject.
pub fn is_plain(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !id.is_empty() && id.len() <= 64 && id.bytes().all(plain)
}

/// What a relay says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beat {
    /// The organisation, as subjects name it.
    pub org: String,
    /// The organisation's dashboard, by which a console knows it again.
    pub dashboard: String,
    /// The relay: its machine and process.
    pub holder: String,
    /// Its version.
    pub version: String,
    /// Which beat this is under its fence, from 1 on.
    pub turn: u64,
    /// When this was said, by the platform's clock.
    pub at: Instant,
    /// When it last read what changed among the incidents.
    pub polled: Instant,
    /// Every public incident lies in the bucket.
    pub complete: bool,
    /// The latest change that it saw.
    pub watermark: Option<Instant>,
    /// Public incidents in the bucket.
    pub incidents: usize,
    /// Everybody's questions.
    pub asked: Asked,
    /// Consoles that were heard of within the last two letters.
    pub consoles: usize,
    /// Requests that it sent in the last minute.
    pub requests: u64,
    /// Incidents that somebody looks at.
    pub focus: usize,
}

/// When questions were last asked: an answer that did not change is not written again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// In Unix seconds by the platform's clock, by digest.
    pub at: BTreeMap<String, i64>,
    /// Questions that the platform refuses the relay's key, or that could not be asked.
    pub refused: BTreeSet<String>,
}

impl Beat {
    /// Whether the relay looked at the incidents lately, by its own words: both times are of one clock.
    pub fn is_current(&self) -> bool {
        let late = chrono::Duration::from_std(LATE).unwrap_or_default();
        self.at - self.polled <= late
    }
}

/// What a console says: that it is there, what it looks at, and what it has no answer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letter {
    /// The console: a random word of this run, which names nobody.
    pub who: String,
    /// Digests of the questions whose answers it used since the last letter.
    pub uses: Vec<String>,
    /// Questions that it has no answer to.
    pub asks: Vec<Question>,
}

/// What was written, told at once instead of being found by the next poll.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Written {
    /// Incidents that a write was about.
    pub incidents: Vec<IncidentId>,
}
