//! What an investigation looks at: measured series, log lines, what systems and traces tell, changes, and the times asked about.

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
    /// Whether no lines mean that nothing was said: a source of errors alone has none while all is well. Of any other it may
    /// keep nothing from then.
    #[serde(default)]
    pub complete: bool,
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
