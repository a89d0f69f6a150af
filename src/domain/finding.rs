//! What an investigation says: the facts it cites, possible causes with their way to the symptom, and both ways to tell
//! them.

use super::{Change, Instant, Signal};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A fact with its origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `E1`, `E2`, …, in the order they were found relevant.
    pub id: String,
    /// The source's configured name.
    pub source: String,
    /// The service it is about; empty where it is about none.
    pub service: String,
    /// The service that measured it from its own end of the call; nothing where `service` was measured by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller: Option<String>,
    /// The fact in words.
    pub says: String,
    /// What was asked, to be asked again.
    pub query: String,
    /// When it began or was seen.
    pub at: Option<Instant>,
    /// What was seen.
    pub observed: String,
    /// What is normal.
    pub normal: String,
    /// How far apart, in the usual spread of this very measure; absent where it is not a measure.
    pub deviation: Option<f64>,
    /// Where a person can look.
    pub link: Option<String>,
    /// Points for a chart: unix seconds and value.
    #[serde(skip)]
    pub points: Vec<(i64, f64)>,
    /// What a point means.
    #[serde(skip)]
    pub signal: Option<Signal>,
    /// Lines, verbatim.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lines: Vec<String>,
}

/// What could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// The source's configured name.
    pub source: String,
    /// What is missing and why, in one sentence.
    pub says: String,
}

/// A possible cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// 1 is the likeliest.
    pub rank: usize,
    /// The service.
    pub service: String,
    /// `deploy`, `feature_flag`, `config`, `infrastructure`, `database`, `saturation`, `restart`, `latency`, `errors`, `load`.
    pub kind: String,
    /// In words, with figures.
    pub statement: String,
    /// How likely this is the cause, in percent.
    pub confidence: u8,
    /// Ids of evidence for it.
    pub evidence_for: Vec<String>,
    /// Ids of evidence against it.
    pub evidence_against: Vec<String>,
    /// The change it names.
    pub change: Option<Change>,
    /// Whether it was looked at and set aside.
    pub discarded: bool,
    /// Why it stands where it does.
    pub reason: String,
    /// From the cause to the symptom, one call after the other; empty where no way is known or the cause is felt itself.
    #[serde(default)]
    pub path: Vec<Hop>,
}

/// One call on the way from a cause to what is felt: the trouble goes from the callee to its caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The callee: the end nearer to the cause.
    pub from: String,
    /// The caller: the end nearer to the symptom.
    pub to: String,
    /// What shows that the trouble took this way.
    pub check: HopCheck,
    /// The check in words, with figures.
    pub says: String,
    /// Ids of the evidence that the check stands on: both ends where both are measured.
    pub evidence: Vec<String>,
}

/// What is said of a call that nothing shows the trouble to have taken.
const UNVERIFIED: &str = "unverified";

impl Hop {
    /// Between the names of a path, in the direction in which the trouble goes.
    pub const ARROW: &str = " → ";

    /// The services that a path goes through, the cause first.
    pub fn names(path: &[Self]) -> Vec<&str> {
        let first = path.first().map(|hop| hop.from.as_str());
        let rest = path.iter().map(|hop| hop.to.as_str());
        first.into_iter().chain(rest).collect()
    }

    /// The check in words. One that nothing shows says so first.
    pub fn checked(&self) -> Cow<'_, str> {
        match self.check {
            HopCheck::Unverified if self.says.is_empty() => UNVERIFIED.into(),
            HopCheck::Unverified if !self.says.starts_with(UNVERIFIED) => {
                format!("{UNVERIFIED}: {}", self.says).into()
            }
            _ => self.says.as_str().into(),
        }
    }
}

/// What shows that trouble went over a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HopCheck {
    /// The caller's excess follows the callee's.
    Follows,
    /// The caller sees of the call what the callee does not: it lies between them.
    Gap,
    /// Traces show it.
    Trace,
    /// Log lines of the caller blame the callee.
    Log,
    /// Nothing that was seen shows it.
    Unverified,
}

/// One line of a finding's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// What.
    pub says: String,
    /// The evidence it stands on; empty for what the incident itself records.
    pub evidence: Option<String>,
}

/// A service in the scope of an investigation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scoped {
    /// Its name in the catalog.
    pub name: String,
    /// Why it was looked at.
    pub why: String,
}

/// How a hypothesis stands against the run before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfidenceChange {
    /// The service.
    pub service: String,
    /// `strengthened`, `weakened`, `new`, `gone`.
    pub how: String,
    /// Percent before.
    pub before: u8,
    /// Percent now.
    pub now: u8,
}

/// What an investigation found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The incident's reference.
    pub incident: String,
    /// Its name.
    pub name: String,
    /// Its severity, by the organisation's own name.
    pub severity: Option<String>,
    /// `P0` to `P3`.
    pub priority: Option<String>,
    /// When the trouble began, as far as the evidence says.
    pub onset: Instant,
    /// Where that time comes from.
    pub onset_from: String,
    /// What is going on, in words.
    pub summary: String,
    /// Whether a cause is named with enough to say so.
    pub settled: bool,
    /// What was looked at.
    pub services: Vec<Scoped>,
    /// Likeliest first; discarded ones last.
    pub hypotheses: Vec<Hypothesis>,
    /// Every fact that is cited.
    pub evidence: Vec<Evidence>,
    /// Changes in the window, newest first.
    pub changes: Vec<Change>,
    /// What could not be seen.
    pub missing: Vec<Missing>,
    /// The one check that tells the first two apart.
    pub next_check: Option<String>,
    /// What to do, in order.
    pub actions: Vec<String>,
    /// What happened when.
    pub timeline: Vec<Moment>,
    /// The same told as lasting and as over; nothing where it was read from disk.
    #[serde(skip)]
    pub tellings: Option<Box<Tellings>>,
}

/// The sentences of a finding that follow whether the trouble lasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telling {
    /// What is going on.
    pub summary: String,
    /// Statement and reason of each hypothesis, in their order.
    pub causes: Vec<(String, String)>,
    /// The one check that tells the first two apart.
    pub next_check: Option<String>,
    /// What to do, in order.
    pub actions: Vec<String>,
}

/// Both ways to tell one finding, and which advice is spent once somebody has followed it. Evidence and confidence are
/// the same in both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tellings {
    /// While the trouble lasts, as far as anybody knows.
    pub lasting: Telling,
    /// Once it is over.
    pub over: Telling,
    /// Where it is felt.
    pub felt: String,
    /// Advice of `lasting` to take back the change of a hypothesis: the place of either.
    pub remedies: Vec<(usize, usize)>,
    /// The service to look at where the check of `lasting`, taking back the first hypothesis' change, does not help.
    pub trial: Option<String>,
}

impl Telling {
    /// As a finding tells it.
    pub fn of(finding: &Finding) -> Self {
        let causes = finding.hypotheses.iter();
        Self {
            summary: finding.summary.clone(),
            causes: causes
                .map(|h| (h.statement.clone(), h.reason.clone()))
                .collect(),
            next_check: finding.next_check.clone(),
            actions: finding.actions.clone(),
        }
    }
}

impl Finding {
    /// The likeliest cause that was not set aside.
    pub fn top(&self) -> Option<&Hypothesis> {
        self.hypotheses.first().filter(|h| !h.discarded)
    }

    /// The evidence with an id.
    pub fn evidence(&self, id: &str) -> Option<&Evidence> {
        self.evidence.iter().find(|e| e.id == id)
    }
}
