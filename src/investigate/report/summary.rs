//! What is going on, in one sentence, and the one check that is left to do.

use super::course::{Course, Undoing, undoing};
use super::phrases::{clock, quoted};
use super::{Felt, Writer};
use crate::domain::{Change, Finding, Hypothesis, Telling, Tellings};
use crate::investigate::flow::Trouble;
use crate::investigate::rank::{SETTLED, Symptom, Weighed};

/// A second cause less likely than this is not worth a check of its own.
const WORTH_A_CHECK: f64 = 0.05;

impl Writer<'_> {
    /// One sentence on what is felt and, where it is settled, why.
    pub(super) fn summary(&self, symptom: &Option<Felt>, top: Option<&Hypothesis>) -> String {
        let Some(s) = self.picture.symptom.as_ref().filter(|s| s.visible) else {
            return self.nothing_felt(top);
        };
        let (what, ids) = symptom
            .as_ref()
            .map_or(("", &[][..]), |s| (s.0.as_str(), &s.1[..]));
        let cite = ids.first().map_or(String::new(), |id| format!(" [{id}]"));
        let does = self.does(s);
        let trouble = match self.course() {
            Course::Recovered(_) => "was in trouble; it is back to normal",
            Course::Lasts => "is in trouble",
            Course::Closed | Course::Unseen(_) => "was in trouble",
        };
        let best = self.picture.weighed.first();
        let depends = best.is_some_and(|w| w.distance.is_some());
        let Some(h) = top else {
            return format!(
                "{does}: {what}{cite}. What causes it cannot be said with enough certainty."
            );
        };
        let name = &h.service;
        if *name == self.flow.calls.names[s.service] {
            format!("{does} by itself: {what}{cite}.")
        } else if depends {
            format!("{does} because {name}, which it depends on, {trouble}: {what}{cite}.")
        } else {
            format!("{does}, probably because of {name}: {what}{cite}.")
        }
    }

    /// `checkout is failing calls`, `checkout was slow 14:30–14:42 UTC`.
    fn does(&self, s: &Symptom) -> String {
        let felt = &self.flow.calls.names[s.service];
        let what = match s.kind {
            Trouble::Failing => "failing calls",
            Trouble::Waiting => "slow",
        };
        format!("{felt} {}", self.lasted(what))
    }

    /// What is said where no measure shows the trouble.
    fn nothing_felt(&self, top: Option<&Hypothesis>) -> String {
        if let Some(h) = top {
            return format!("{} points to {}.", self.case.name, h.service);
        }
        let measured = self.case.series.iter().any(|s| !s.recent.is_empty());
        let seen = measured || !self.case.logs.is_empty();
        match (seen, self.picture.symptom.is_some()) {
            (true, true) => "Nothing that was measured left its usual range. Not enough to say.",
            (true, false) => "No measure of the affected services was seen. Not enough to say.",
            (false, _) => "No source could tell anything about this incident. Not enough to say.",
        }
        .into()
    }

    /// The one check that tells the first two apart, of those that can still be made.
    pub(super) fn next_check(
        &self,
        standing: &[&Weighed],
        hypotheses: &[Hypothesis],
    ) -> Option<String> {
        let first = standing.first()?;
        let name = self.name(first);
        let lasts = matches!(self.course(), Course::Lasts | Course::Unseen(_));
        let Some(second) = standing.get(1).filter(|s| s.confidence >= WORTH_A_CHECK) else {
            return (first.confidence < SETTLED && lasts).then(|| {
                format!("See whether {name} answers slowly or fails when it is called directly.")
            });
        };
        let other = self.name(second);
        if !lasts {
            return Some(format!(
                "It is over: compare the calls of that time that needed only {name} with those that needed only {other}; the ones that failed or waited name the cause."
            ));
        }
        if let Some((c, _)) = first.change.filter(|_| second.change.is_none()) {
            return Some(self.try_without(&self.case.changes[c], hypotheses.first()?, other));
        }
        let callees = &self.flow.calls.callees;
        Some(if callees[first.service].contains(&second.service) {
            format!("Call {other} directly, without {name}: if it answers as usual, it is {name}.")
        } else if callees[second.service].contains(&first.service) {
            format!("Call {name} directly, without {other}: if it answers as usual, it is {other}.")
        } else {
            format!(
                "Compare calls that need only {name} with calls that need only {other}: the ones that fail or wait name the cause."
            )
        })
    }

    /// Both ways to tell a finding as far as this one goes: the advice of it that a rollback makes pointless.
    pub(super) fn tellings(&self, standing: &[&Weighed], finding: &Finding) -> Tellings {
        let suspects = finding.hypotheses.iter().take(standing.len()).enumerate();
        let remedies = suspects.filter_map(|(cause, h)| {
            let says = self.undoing(h, h.change.as_ref()?);
            let place = finding.actions.iter().position(|action| *action == says)?;
            Some((place, cause))
        });
        let other = standing.get(1).map(|second| self.name(second));
        let tries = |other: &&str| {
            let first = finding.hypotheses.first();
            let says = first.and_then(|h| Some(self.try_without(h.change.as_ref()?, h, other)));
            says.is_some() && says == finding.next_check
        };
        Tellings {
            lasting: Telling::of(finding),
            over: Telling::default(),
            felt: self.symptom_name().to_owned(),
            remedies: remedies.collect(),
            trial: other.filter(tries).map(str::to_owned),
        }
    }

    fn try_without(&self, change: &Change, first: &Hypothesis, other: &str) -> String {
        let undone = self.undone(&first.service, change);
        let felt = self.symptom_name();
        try_without(change, (&first.service, felt, other), undone.as_ref())
    }
}

/// Taking a change back tells whether it was the cause; where that is done, its effect does.
pub(in crate::investigate) fn try_without(
    change: &Change,
    (name, felt, other): (&str, &str, &str),
    undone: Option<&Undoing>,
) -> String {
    let title = quoted(&change.title);
    let tells = format!("if {felt} recovers it was {name}, if not, look at {other}.");
    match undone {
        Some(undone) => {
            let (how, at) = (undoing(change.class), clock(undone.at));
            format!("{title} was {how} at {at}: {tells}")
        }
        None => format!("Roll back or turn off {title}: {tells}"),
    }
}
