//! Traces: what single requests did, in which service and when, as instrumentation recorded it.

/// Which end of a call a span is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// Work within a service, or nobody said.
    #[default]
    Internal,
    /// A call as who is called sees it.
    Server,
    /// A call as the caller sees it.
    Client,
    /// A message is sent; nobody waits for what comes of it.
    Producer,
    /// A message is worked on.
    Consumer,
}

/// One piece of work of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Its id within the trace; both ends of a call have the same in some systems.
    pub id: String,
    /// The span it is a part of.
    pub parent: Option<String>,
    /// The service, by its name in the catalog; its own name where the catalog has none.
    pub service: String,
    /// Which end of a call it is.
    pub kind: SpanKind,
    /// What it does.
    pub name: String,
    /// Whom it calls, where it says: by the name in the catalog or by its own.
    pub peer: Option<String>,
    /// When it began, in unix microseconds by its host's clock.
    pub start: i64,
    /// Microseconds it took.
    pub duration: i64,
    /// Whether it ended with an error.
    pub failed: bool,
    /// Whether it only follows from its parent, which does not wait for it.
    pub follows: bool,
}

impl Span {
    /// When it ended.
    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

/// Why a trace was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picked {
    /// For no reason of its own: such traces can be compared with one another.
    #[default]
    Plain,
    /// For being slow or failing: it shows what that looks like, and says nothing of how often.
    Bad,
}

/// One request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Its id.
    pub id: String,
    /// What it did, in no order.
    pub spans: Vec<Span>,
    /// Why it was read.
    pub picked: Picked,
}

impl Trace {
    /// When it began.
    pub fn start(&self) -> i64 {
        self.spans.iter().map(|s| s.start).min().unwrap_or_default()
    }
}

/// Traces of one source, from before and around an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceSample {
    /// The source's configured name.
    pub source: String,
    /// What was asked.
    pub query: String,
    /// The address of a trace's page, with `$trace` for its id; empty where there is none.
    pub page: String,
    /// The traces.
    pub traces: Vec<Trace>,
    /// The part of all requests that they are, before the fine time and in it, where none was picked for a reason.
    pub kept: Option<[f64; 2]>,
}
