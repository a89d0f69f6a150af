//! What an investigation looks at and what it says: measured series, log lines, changes, evidence, hypotheses, a finding.

use super::Instant;
use serde::{Deserialize, Serialize};

/// What a series measures of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Calls per second.
    Traffic,
    /// Share of calls that fail, 0 to 1.
    Errors,
    /// Seconds a call takes, on average.
    Latency,
    /// Seconds the slowest calls take, such as the 99.9th percentile: shown, not reckoned with.
    Tail,
    /// Use of something that runs out, by its name: cpu, memory, connections. Any unit; more is worse.
    Saturation(String),
    /// Times it started again, counted up.
    Restarts,
}

impl Signal {
    /// Its name in a sentence.
    pub fn label(&self) -> &str {
        match self {
            Self::Traffic => "calls per second",
            Self::Errors => "failing calls",
            Self::Latency => "latency",
            Self::Tail => "slowest calls",
            Self::Saturation(what) => what,
            Self::Restarts => "restarts",
        }
    }

    /// A value with its unit, short.
    pub fn show(&self, value: f64) -> String {
        match self {
            Self::Traffic => format!("{}/s", figure(value)),
            Self::Errors => format!("{} %", figure(value * 100.0)),
            Self::Latency | Self::Tail => seconds(value),
            Self::Saturation(_) | Self::Restarts => figure(value),
        }
    }
}

/// A number with three significant figures and no noise.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let text = if !value.is_finite() {
        return "unknown".into();
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.01 {
        format!("{value:.2}")
    } else if size == 0.0 {
        "0".into()
    } else {
        format!("{value:.4}")
    };
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A time in seconds as a person says it: `30 s`, `200 ms`.
pub fn seconds(value: f64) -> String {
    if value.abs() < 1.0 {
        format!("{} ms", figure(value * 1000.0))
    } else {
        format!("{} s", figure(value))
    }
}

/// A measured series: one signal of one service, from one source. Gaps are absent points, never zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The service, by its name in the catalog.
    pub service: String,
    /// What is measured.
    pub signal: Signal,
    /// The service that measured it from its own end of the call; nothing where `service` measured itself. What a caller
    /// sees and what the callee sees are two series.
    #[serde(default)]
    pub caller: Option<String>,
    /// Where it runs out, in its own unit; nothing where no limit is known.
    #[serde(default)]
    pub limit: Option<f64>,
    /// The source's configured name.
    pub source: String,
    /// What was asked.
    pub query: String,
    /// Where a person can look, where the source has a page.
    pub link: Option<String>,
    /// Unix seconds and value, ascending, finite: hours or days before the incident, coarse.
    pub normal: Vec<(i64, f64)>,
    /// The same around the incident, fine.
    pub recent: Vec<(i64, f64)>,
}

/// A line of a log, cleaned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Instant,
    /// What it says.
    pub text: String,
}

/// Lines of one service from one source: from a normal window, and from the time of the incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogSample {
    /// The service.
    pub service: String,
    /// The source's configured name.
    pub source: String,
    /// What was asked.
    pub query: String,
    /// Before.
    pub normal: Vec<LogLine>,
    /// Seconds that `normal` covers.
    pub normal_seconds: i64,
    /// Around the incident.
    pub recent: Vec<LogLine>,
    /// Seconds that `recent` covers.
    pub recent_seconds: i64,
}

/// What a system says of one of its objects by itself, rather than by a measure: a pod that cannot be placed, a service
/// without endpoints, an exhausted quota.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// The service it belongs to, by its name in the catalog; the object's own name where the catalog has none.
    pub service: String,
    /// The object, as its own system writes it: `pod/cart-7d9f`, `node/worker-2`.
    pub object: String,
    /// What is wrong, in a word or two: `image`, `out of memory`, `quota`, `selector`.
    pub kind: String,
    /// The fact in words.
    pub says: String,
    /// How surely it tells of a fault by itself, 0 to 1.
    pub weight: f64,
    /// When it began or was seen first.
    pub at: Option<Instant>,
    /// Other services that cannot work without the object.
    pub affects: Vec<String>,
    /// The source's configured name.
    pub source: String,
    /// How it can be seen again.
    pub query: String,
    /// Its page.
    pub link: Option<String>,
    /// What was answered, verbatim and cleaned, as far as it tells this.
    pub lines: Vec<String>,
}

/// What part of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TracePart {
    /// Seconds a service takes by itself in a trace: its spans without what it waits for.
    Own,
    /// Seconds between the two ends of a call: the caller's span less the callee's.
    Between,
    /// Share of its calls that end with an error which none of its callees had.
    Failing,
}

/// What traces tell of one service, or of one call: traces of the trouble against normal ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceSign {
    /// The service, by its name in the catalog; of a call, the callee.
    pub service: String,
    /// The caller, where it is about a call.
    pub caller: Option<String>,
    /// What part.
    pub part: TracePart,
    /// In traces of the trouble, on average: seconds, or a share 0 to 1.
    pub observed: f64,
    /// The same in normal traces.
    pub normal: f64,
    /// How much of what the traces of the trouble take or fail more than normal ones this accounts for, 0 to 1.
    pub share: f64,
    /// Traces of the trouble it was in.
    pub count: usize,
    /// Normal ones.
    pub normal_count: usize,
    /// When the example began.
    pub at: Option<Instant>,
    /// The one trace to look at, by its id.
    pub trace: String,
    /// Its page.
    pub link: Option<String>,
    /// The trace as a tree, a line a span.
    pub lines: Vec<String>,
    /// The source's configured name.
    pub source: String,
    /// What was asked.
    pub query: String,
}

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    /// New code in service.
    Deploy,
    /// A feature flag.
    FeatureFlag,
    /// Configuration.
    Config,
    /// Machines, networks, clusters.
    Infrastructure,
    /// A schema, a migration, a database's settings.
    Database,
    /// Anything else.
    Other,
}

impl ChangeClass {
    /// The word for it.
    pub fn label(self) -> &'static str {
        [
            "deploy",
            "feature flag",
            "config",
            "infrastructure",
            "database",
            "change",
        ][self as usize]
    }
}

/// Something that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When it took effect.
    pub at: Instant,
    /// What kind.
    pub class: ChangeClass,
    /// What, on one line.
    pub title: String,
    /// The service it belongs to, by its name in the catalog; empty where it could not be told.
    pub service: String,
    /// The version that came, where it is known.
    pub version: Option<String>,
    /// Who did it, where it is known.
    pub author: Option<String>,
    /// The source's configured name.
    pub source: String,
    /// How it was found: a query, a folder, an address.
    pub query: String,
    /// Its page.
    pub link: Option<String>,
}

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

/// The times an investigation asks about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Where the normal time begins.
    pub normal_from: Instant,
    /// Where the normal time ends and the fine one begins.
    pub recent_from: Instant,
    /// Where it ends.
    pub to: Instant,
    /// Since when changes are asked for.
    pub changes_from: Instant,
}
