//! What a detection system says of a system: issues that burn, and how sure its silence is.

use super::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How an issue stands at its detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectionState {
    /// It burns.
    #[default]
    Firing,
    /// It burns, and the detector tells nobody: silenced or inhibited there.
    Suppressed,
    /// The detector says that it is over.
    Cleared,
}

/// An issue as its detector tells it: an alert of Alertmanager, or whatever another system found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The configured name of the detector.
    pub detector: String,
    /// Its id there: for Alertmanager the fingerprint of its labels.
    pub id: String,
    /// What is wrong, in a line.
    pub title: String,
    /// How bad it is, in the detector's own word; empty where it says nothing.
    pub severity: String,
    /// The services it is about.
    pub services: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations, or further fields.
    pub annotations: BTreeMap<String, String>,
    /// What is known, in some lines.
    pub summary: String,
    /// Its page.
    pub url: String,
    /// Since when it burns.
    pub started: Instant,
    /// When it is over: a time to come is how long its sender vouches for it.
    pub ends: Option<Instant>,
    /// When its sender spoke of it last.
    pub updated: Option<Instant>,
    /// How it stands.
    pub state: DetectionState,
}

impl Detection {
    /// What an issue is known by: its detector's name, and its id there.
    pub fn issue(&self) -> IssueId {
        (self.detector.clone(), self.id.clone())
    }
}

/// The detector's name and its id of an issue.
pub type IssueId = (String, String);

/// What a detector said when it was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The configured name of the detector.
    pub detector: String,
    /// When it was asked.
    pub at: Instant,
    /// What it said.
    pub heard: Heard,
}

/// Detectors that answered whole: what nobody looks at may burn again.
pub fn answering(sightings: &[Sighting]) -> BTreeSet<&str> {
    let said = sightings.iter().filter(|s| s.heard.trouble().is_none());
    said.map(|s| s.detector.as_str()).collect()
}

/// Whether a detector spoke.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Everything that burns, and since when the detector remembers: what it knew before that it may have forgotten.
    All(Vec<Detection>, Option<Instant>),
    /// Only what changed: what is not named stands as it was.
    Some(Vec<Detection>),
    /// A part of what burns, and why no more: what is not named stands as it was, and may burn.
    Part(Vec<Detection>, String),
    /// It did not answer, and why: that says nothing of any issue.
    Nothing(String),
}

/// What burnt in a past time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Each time that an issue burnt, by when it began; an end only where it did.
    pub burnt: Vec<Burnt>,
    /// Detectors with times of which nobody knows what burnt.
    pub away: Vec<(String, Instant, Instant)>,
}

/// One time that an issue burnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Burnt {
    /// The issue, as its detector told it.
    pub detection: Detection,
    /// From when it was told.
    pub from: Instant,
    /// When it was told no more.
    pub until: Option<Instant>,
}

/// A silence at a detector: what has these labels is told to nobody until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its id there; empty for one that is not there yet.
    pub id: String,
    /// The labels, each exactly.
    pub labels: BTreeMap<String, String>,
    /// Who silenced it.
    pub by: String,
    /// Why.
    pub comment: String,
    /// Since when, by the detector's own clock: what is changed keeps its start, or it would be another silence.
    pub starts: Option<Instant>,
    /// Until when.
    pub ends: Instant,
}

/// Whether the metrics themselves say that an issue is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its rule was evaluated, and does not fire.
    Quiet,
    /// Its rule still fires, or is about to.
    Burns,
    /// Nobody can say: no such rule, or its evaluation fails or is old.
    Unknown,
}

impl Heard {
    /// Why not all of it was heard; nothing where it was.
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::All(..) | Self::Some(_) => None,
            Self::Part(_, why) | Self::Nothing(why) => Some(why),
        }
    }
}
