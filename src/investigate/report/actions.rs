//! What to do next, from the evidence alone; nothing is advised that the end of the trouble has made pointless.

use super::Writer;
use super::course::{Course, Undoing, undoing};
use super::phrases::{clock, lead, plain, quoted};
use crate::domain::{Change, ChangeClass, Evidence, Hypothesis, Instant, text};
use crate::investigate::rank::Weighed;

/// Callers named in one piece of advice.
const MOST_CALLERS: usize = 3;
/// Past incidents that are named: the likest ones.
const MOST_PAST: usize = 2;

impl Writer<'_> {
    /// Advice on the named cause, or on the first two where none is settled.
    pub(super) fn actions(
        &self,
        standing: &[&Weighed],
        hypotheses: &[Hypothesis],
        settled: bool,
    ) -> Vec<String> {
        let mut all = Vec::new();
        all.extend(self.picture.recovered.map(|at| self.calm_since(at)));
        let suspects = standing.iter().zip(hypotheses);
        for (one, h) in suspects.take(if settled { 1 } else { 2 }) {
            all.extend(self.read_on(one, h));
            if matches!(self.course(), Course::Lasts | Course::Unseen(_)) {
                all.extend(self.relief(one, h, settled));
            }
            let runbook = self.case.runbooks.get(&h.service);
            all.extend(runbook.map(|r| format!("Runbook of {}: {r}", h.service)));
        }
        all.extend(self.remarks(hypotheses, settled));
        let past = self.case.past.iter().take(MOST_PAST);
        all.extend(past.map(|(reference, how)| {
            format!("{reference} looked like this; it was resolved by: {how}")
        }));
        all
    }

    fn calm_since(&self, at: Instant) -> String {
        let (felt, at) = (self.symptom_name(), clock(at));
        let before = if self.is_over { "" } else { " before closing" };
        format!("{felt} has been back to normal since {at}: watch that it stays so{before}.")
    }

    /// Where to look first: its log, else the measure that speaks of it.
    fn read_on(&self, one: &Weighed, h: &Hypothesis) -> Option<String> {
        let name = &h.service;
        if let Some(log) = self.case.logs.iter().find(|l| &l.service == name) {
            let cite = self.cite(h, |e| e.service == *name && !e.lines.is_empty());
            let (query, source) = (&log.query, &log.source);
            return Some(format!("Read the log of {name}: {query} ({source}).{cite}"));
        }
        if !one.seen && one.strains.is_empty() {
            return None;
        }
        let mut ids = h.evidence_for.iter().chain(&h.evidence_against);
        let asked = |id: &String| {
            let mut all = self.evidence.iter();
            all.find(|e| &e.id == id && !e.query.is_empty())
        };
        ids.find_map(asked)
            .map(|e| format!("Look at {name}: {} ({}). [{}]", e.query, e.source, e.id))
    }

    /// What may end the trouble while it lasts.
    fn relief(&self, one: &Weighed, h: &Hypothesis, settled: bool) -> Vec<String> {
        let name = &h.service;
        let mut all = Vec::new();
        all.extend(h.change.as_ref().map(|c| self.undoing(h, c)));
        all.extend(one.strains.first().map(|strain| {
            let (what, observed, normal) = strain.shown();
            format!("Give {name} more room or take load off it: {what} is at {observed} (normal {normal}).")
        }));
        if settled && one.distance.is_some_and(|d| d > 0) {
            all.extend(self.shield(one, name));
        }
        all
    }

    pub(super) fn undoing(&self, h: &Hypothesis, c: &Change) -> String {
        let (name, title) = (&h.service, quoted(&c.title));
        if let Some(undone) = self.undone(name, c) {
            return watch_undone(self.symptom_name(), name, c, &undone);
        }
        let advice = match c.class {
            ChangeClass::FeatureFlag => {
                format!("Consider turning back the flag on {name}: {title}.")
            }
            ChangeClass::Config => {
                format!("Consider reverting the configuration of {name}: {title}.")
            }
            _ => {
                let what = c.version.as_deref().map_or(title, plain);
                let when = lead(self.picture.onset, c.at);
                format!("Consider rolling {name} back: {what} came {when}.")
            }
        };
        advice + &self.cite(h, |e| e.at == Some(c.at) && e.signal.is_none())
    }

    fn shield(&self, one: &Weighed, name: &str) -> Option<String> {
        let calls = &self.flow.calls;
        let callers = calls.callers(one.service).iter().take(MOST_CALLERS);
        let callers: Vec<&str> = callers.map(|&c| calls.names[c].as_str()).collect();
        (!callers.is_empty()).then(|| {
            let callers = callers.join(", ");
            format!("Shield {callers} from {name} (circuit breaker, shorter timeout), if that is not active.")
        })
    }

    /// The team's own notes on the likeliest service, and on those the incident names while nothing is settled.
    fn remarks(&self, hypotheses: &[Hypothesis], settled: bool) -> Vec<String> {
        let mut standing = hypotheses.iter().filter(|h| !h.discarded);
        let first = standing.next().map(|h| &h.service);
        let context = &self.case.context;
        let named = |service: &String| context.services.iter().any(|s| &s.name == service);
        context
            .remarks
            .iter()
            .filter(|(service, _)| first == Some(service) || (!settled && named(service)))
            .map(|(service, remark)| format!("Your notes on {service}: {remark}"))
            .collect()
    }

    /// The first piece of evidence for a hypothesis that fits, as a citation.
    fn cite(&self, h: &Hypothesis, fits: impl Fn(&Evidence) -> bool) -> String {
        let fitting = |id: &&String| self.evidence.iter().any(|e| &e.id == *id && fits(e));
        let found = h.evidence_for.iter().find(fitting);
        found.map_or(String::new(), |id| format!(" [{id}]"))
    }
}

/// What was done already is not advised again: what is left is to see whether it helps.
pub(in crate::investigate) fn watch_undone(
    felt: &str,
    name: &str,
    c: &Change,
    undone: &Undoing,
) -> String {
    let (how, at) = (undoing(c.class), clock(undone.at));
    let is = if undone.done { "was" } else { "is being" };
    let says = quoted(&text::fit(&undone.says, 120));
    format!("{name} {is} {how} ({at}: {says}): watch whether {felt} recovers.")
}
