//! What happened when: the change, first lines, the onset, alerts, the incident.

use super::Writer;
use super::phrases::{quoted, shortened};
use crate::domain::{Instant, Moment};
use crate::investigate::Direction;
use crate::investigate::rank::{GRACE, Weighed};
use chrono::Duration;

/// Later changes of the blamed service that are told: the first ones are what people tried.
const MOST_LATER: usize = 3;
/// Alerts that are told; a storm says the same over and over.
const MOST_ALERTS: usize = 5;

fn moment(at: Instant, says: String, evidence: Option<String>) -> Moment {
    Moment { at, says, evidence }
}

impl Writer<'_> {
    /// The whole story, oldest first; `top` is the cause, where one is named.
    pub(super) fn timeline(&mut self, top: Option<&Weighed>) -> Vec<Moment> {
        let mut all = Vec::new();
        if let Some(one) = top {
            all.extend(self.changes_of(one));
            all.extend(self.first_line(one));
        }
        all.extend(self.turn(Some(self.picture.onset), "left its usual range"));
        all.extend(self.turn(self.picture.recovered, "back in its usual range"));
        for at in 0..self.case.alerts.len().min(MOST_ALERTS) {
            let alert = &self.case.alerts[at];
            let says = format!("alert fired: {}", quoted(&alert.title));
            all.push(moment(alert.created, says, Some(self.alert(at))));
        }
        let declared = format!("{} declared", self.case.reference);
        all.push(moment(self.case.created, declared, None));
        all.sort_by_key(|m| m.at);
        all
    }

    /// The suspect change, and what was changed there afterwards: often that is what helped.
    fn changes_of(&mut self, one: &Weighed) -> Vec<Moment> {
        let case = self.case;
        let (name, from) = (
            self.name(one),
            self.picture.onset + Duration::seconds(GRACE),
        );
        let later = (0..case.changes.len())
            .filter(|&c| case.changes[c].service == name && case.changes[c].at > from)
            .take(MOST_LATER);
        let suspect = one.change.map(|(c, _)| c);
        let told = suspect.into_iter().chain(later);
        told.map(|c| {
            let change = &case.changes[c];
            moment(change.at, quoted(&change.title), Some(self.change(c)))
        })
        .collect()
    }

    fn first_line(&mut self, one: &Weighed) -> Option<Moment> {
        let patterns = &self.picture.patterns;
        let is_there = |&&p: &&usize| patterns[p].direction != Direction::Silent;
        let own = one.patterns.iter().chain(&one.blamed).filter(is_there);
        let &first = own.min_by_key(|&&p| patterns[p].first)?;
        let pattern = &patterns[first];
        let line = shortened(&pattern.example);
        let says = format!("first \"{line}\" in the log of {}", pattern.service);
        Some(moment(pattern.first, says, Some(self.pattern(first))))
    }

    /// The symptom leaves its range or comes back.
    fn turn(&mut self, at: Option<Instant>, how: &str) -> Option<Moment> {
        let (at, s) = (at?, self.picture.symptom.clone().filter(|s| s.visible)?);
        let signal = s.kind.signal();
        let id = self.measure(s.service, &signal, Some(s.part.whole_off));
        let name = &self.case.calls.names[s.service];
        Some(moment(
            at,
            format!("{} of {name} {how}", signal.label()),
            id,
        ))
    }
}
