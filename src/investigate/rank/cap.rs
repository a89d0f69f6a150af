//! The most that may be said, by what was not seen: each gap holds the confidence down and says so.

use super::evidence::Kind;
use super::support::accounted;
use super::{Symptom, Weighed};
use crate::investigate::Case;
use crate::investigate::flow::{Flow, Trouble};

/// Nothing is certain: somebody may have unplugged the machine.
const MOST: f64 = 0.98;
/// Below even odds: no cause is named.
const UNNAMED: f64 = 0.45;
/// The most that may be said of what a system itself says is broken, where nothing measures what is felt.
const SIGNED: f64 = 0.9;
/// A part of the symptom that counts as measured.
const MEASURED: f64 = 0.05;
/// Part of what flows at a service that somebody would call about.
const MATTERS: f64 = 0.1;
/// Points of history below which nobody can tell what is usual.
const LEAST_HISTORY: usize = 12;
/// How much confidence is lost where nothing that the service needs is measured.
const DARK: f64 = 0.15;

struct Cap<'a> {
    case: &'a Case,
    flow: &'a Flow<'a>,
    most: f64,
    why: Vec<String>,
}

/// The cap on every confidence, with its reasons.
pub(super) fn cap(
    case: &Case,
    flow: &Flow,
    symptom: Option<&Symptom>,
    weighed: &[Weighed],
) -> (f64, Vec<String>) {
    let mut cap = Cap {
        case,
        flow,
        most: MOST,
        why: Vec::new(),
    };
    let top = weighed.first();
    if let Some(top) = top.filter(|t| t.support > 0.0) {
        cap.by_symptom(symptom, top);
        if let Some(s) = symptom {
            cap.by_path(s, top);
            cap.by_place(s, top);
        }
        cap.by_kind(top);
        cap.by_callees(top);
    }
    (cap.most, cap.why)
}

impl Cap<'_> {
    fn lower(&mut self, to: f64, says: String) {
        self.most = self.most.min(to);
        self.why.push(says);
    }

    fn name(&self, service: usize) -> &str {
        &self.flow.calls.names[service]
    }

    fn by_symptom(&mut self, symptom: Option<&Symptom>, top: &Weighed) {
        let Some(s) = symptom else {
            // What a system says of its own objects needs no measure to be so.
            let surely = top.evidence.of(Kind::Sign);
            let most = UNNAMED + (SIGNED - UNNAMED) * surely;
            let says = "no measure of the affected services was seen";
            return self.lower(most, says.into());
        };
        let felt = self.name(s.service);
        if !s.visible {
            // Where the symptom drowns in its own noise, a quiet service below it may still have left its range plainly.
            let plain = accounted(top).max(top.evidence.of(Kind::Sign));
            let says = format!("the measures of {felt} do not show the trouble plainly");
            self.lower(
                UNNAMED + (MOST - UNNAMED) * (2.0 * plain - 1.0).max(0.0),
                says,
            );
        } else if !s.named && s.root != s.service && s.matters < MATTERS {
            let says = format!(
                "what was seen on {felt} is little of what {} handles, which shows nothing",
                self.name(s.root)
            );
            self.lower(UNNAMED, says);
        } else if !s.named && self.case.context.services.is_empty() {
            self.lower(0.7, "the incident names no service".into());
        } else if !s.named {
            // Whom the incident names is measured and calm, and is not known to need what was found: hiccups are everywhere.
            let mut named = self.case.context.services.iter();
            let calm = named.any(|n| {
                let index = self.flow.calls.index(&n.name);
                index.is_some_and(|n| self.flow.is_seen(n)) && s.root == s.service
            });
            let says = format!("the trouble was seen on {felt}, which the incident does not name");
            self.lower(if calm { UNNAMED } else { 0.8 }, says);
        }
    }

    fn by_path(&mut self, s: &Symptom, top: &Weighed) {
        let knows_calls = !self.flow.calls.is_blind();
        if top.distance.is_none() && top.seen && knows_calls {
            let (name, felt) = (self.name(top.service), self.name(s.service));
            let says = format!("no way is known from {name} to {felt}");
            self.lower(if s.visible { 0.75 } else { UNNAMED }, says);
        }
    }

    /// A service that is blamed where it is felt needs a sign of its own.
    fn by_place(&mut self, s: &Symptom, top: &Weighed) {
        let tells = !top.strains.is_empty()
            || !top.patterns.is_empty()
            || !top.blamed.is_empty()
            || !top.signs.is_empty()
            || !top.traces.is_empty()
            || top.change.is_some()
            || top.restarts >= 1.0;
        if s.service == top.service && !tells && !top.is_load() {
            let says = format!(
                "{} is where the trouble is felt, and nothing seen of it tells why",
                self.name(s.service)
            );
            self.lower(0.8, says);
        }
    }

    /// Timing and words speak less surely than measures, and measures only against a history.
    fn by_kind(&mut self, top: &Weighed) {
        let name = self.name(top.service).to_owned();
        let measured = accounted(top) > MEASURED
            || top.evidence.of(Kind::Share) > MEASURED
            || !top.signs.is_empty()
            || !top.traces.is_empty()
            || top.silent > MEASURED
            || !top.strains.is_empty()
            || top.is_load();
        if !measured && top.patterns.is_empty() && top.blamed.is_empty() {
            self.lower(0.35, format!("only the timing speaks for {name}"));
        } else if !measured {
            self.lower(0.6, format!("only log lines speak for {name}"));
        } else if top.seen && self.history(top.service) < LEAST_HISTORY {
            let says = format!("there is little history of {name} to compare with");
            self.lower(0.8, says);
        }
    }

    /// Points that tell what is usual of a service's answers.
    fn history(&self, service: usize) -> usize {
        let series = Trouble::ALL
            .iter()
            .filter_map(|k| self.flow.view(service, &k.signal()));
        series
            .map(|s| self.flow.lane(s).normal.len())
            .max()
            .unwrap_or(0)
    }

    /// What it needs and nobody measures may be the cause below the cause.
    fn by_callees(&mut self, top: &Weighed) {
        let callees = &self.flow.calls.callees[top.service];
        let signal = top.kind().signal();
        let dark = callees.iter().filter(|&&c| !self.flow.is_told(c, &signal));
        let dark = dark.count();
        if dark > 0 {
            let says = format!(
                "nobody measures the {} of {dark} of {} services that {} needs",
                signal.label(),
                callees.len(),
                self.name(top.service)
            );
            let part = dark as f64 / callees.len() as f64;
            self.lower(MOST - DARK * part, says);
        }
    }
}
