//! The judgement: from what was gathered about an incident to a finding, or to an honest "not enough to say". Pure: the
//! same input gives the same bytes; no clock, no network, no model.
//!
//! ```text
//! context (what the incident names) → plan (whom to ask about) → gather (in session) → detect → rank → settle → report
//! ```

mod calls;
mod changes;
mod compare;
mod context;
mod drafts;
mod flow;
mod logs;
mod measure;
mod naming;
mod onset;
pub(crate) mod outline;
mod plain_text;
mod plan;
mod posting;
#[doc(hidden)]
pub mod proving;
mod rank;
mod report;
mod retell;
mod telling;
mod traces;
mod window;

pub use calls::Calls;
pub(crate) use changes::{JudgedChange, attribute_service, dedup_changes, is_of_changes, judged};
pub(crate) use compare::compare;
pub use context::{Context, Notes};
pub use drafts::{Draft, DraftKind, HIGH, drafts, wanted};
pub use flow::Trouble;
pub(crate) use logs::{Direction, Pattern};
pub(crate) use naming::named_in;
pub(crate) use plain_text::{drafts_text, plain_text, posted_text};
pub(crate) use plan::{Scope, plan};
pub use posting::{Once, write_of};
pub use retell::{Retelling, Retold};
pub(crate) use retell::{admit, fence};
pub use telling::{Known, tell};
pub(crate) use telling::{calm_since, peoples_notes};
pub(crate) use traces::{TraceFinding, read_traces};
pub(crate) use window::{is_fit, window};

use crate::domain::{
    Alert, Change, Finding, Instant, Linked, LogSample, Missing, Scoped, Series, Sign, TraceSign,
};
use chrono::Duration;
use rank::rank;
use report::report;
use std::collections::BTreeMap;

/// Everything that was gathered.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its severity, by the organisation's own name.
    pub severity: Option<String>,
    /// `P0` to `P3`.
    pub priority: Option<String>,
    /// When it was declared.
    pub created: Instant,
    /// When it is looked at.
    pub now: Instant,
    /// Whether people say that it is over.
    pub is_over: bool,
    /// What people wrote about it, oldest first.
    pub notes: Vec<(Instant, String)>,
    /// What the incident itself says.
    pub context: Context,
    /// The services in scope and who calls whom.
    pub calls: Calls,
    /// Why each is in scope.
    pub scope: Vec<Scoped>,
    /// Measures.
    pub series: Vec<Series>,
    /// What systems say of their objects.
    pub signs: Vec<Sign>,
    /// What traces tell.
    pub traces: Vec<TraceSign>,
    /// Logs.
    pub logs: Vec<LogSample>,
    /// Changes.
    pub changes: Vec<Change>,
    /// How far back a change may lie.
    pub change_window: Duration,
    /// Alerts of the incident.
    pub alerts: Vec<Alert>,
    /// What the platform's own investigation wrote, with its time.
    pub platform: Vec<(Instant, String)>,
    /// Things people linked to the incident.
    pub linked: Vec<Linked>,
    /// What resolved similar incidents, where that is known: reference and words.
    pub past: Vec<(String, String)>,
    /// Runbooks by service.
    pub runbooks: BTreeMap<String, String>,
    /// Facts added by hand: when, and what.
    pub by_hand: Vec<(Instant, String)>,
    /// What could not be seen.
    pub missing: Vec<Missing>,
}

impl Case {
    /// The services in scope with the objects that systems speak of, and who calls whom with what signs and traces know.
    fn known_calls(&self) -> Calls {
        let objects = self.signs.iter().map(|s| s.service.as_str());
        let affected = self.signs.iter().flat_map(|s| {
            let affects = s.affects.iter();
            affects.map(|a| (a.as_str(), s.service.as_str()))
        });
        let traced = self
            .traces
            .iter()
            .filter_map(|t| Some((t.caller.as_deref()?, t.service.as_str())));
        self.calls.with(objects, affected.chain(traced))
    }
}

#[cfg(test)]
mod tests;

/// From a case to a finding.
pub fn judge(case: &Case) -> Finding {
    let (flow, ranking) = rank(case);
    report(case, &flow, &ranking)
}
