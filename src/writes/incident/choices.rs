//! What forms about incidents offer: people, severities, statuses.

use super::super::FormContext;
use super::super::form::Choice;
use super::legal;
use crate::domain::priority::priorities;
use crate::domain::{IncidentSummary, Person, StatusCategory};
use std::collections::BTreeMap;
use std::sync::Arc;

/// People to choose from, whoever writes first.
pub fn people(facts: &FormContext<'_>) -> Arc<Vec<Choice>> {
    let is_me = |p: &Person| facts.me.is_some_and(|me| me.id == p.id);
    let choice = |p: &Person| {
        let also = p.email.as_deref().unwrap_or_default().to_owned();
        let note = if is_me(p) {
            "you".to_owned()
        } else {
            also.clone()
        };
        Choice {
            note,
            also,
            ..Choice::new(p.id.as_str(), p.name.as_ref())
        }
    };
    let (mine, others): (Vec<_>, Vec<_>) = facts.org.people.iter().partition(|p| is_me(p));
    Arc::new(mine.into_iter().chain(others).map(choice).collect())
}

pub(super) fn severities(facts: &FormContext<'_>) -> Vec<Choice> {
    let priorities = priorities(&facts.org.severities, &BTreeMap::default());
    let note = |name: &str| {
        let found = priorities.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, p)| p.label())
    };
    let all = facts.org.severities.iter();
    all.map(|s| Choice::new(s.id.as_ref(), s.name.as_ref()).with(note(&s.name)))
        .collect()
}

/// Statuses, those that one of the incidents may not move to with the reason.
pub(super) fn statuses(facts: &FormContext<'_>, from: &[StatusCategory]) -> Vec<Choice> {
    let why = |to: StatusCategory| from.iter().find_map(|from| legal(*from, to).err());
    let all = facts.org.statuses.iter().map(|s| Choice {
        blocked: why(s.category).map(str::to_owned),
        ..Choice::new(s.id.as_ref(), s.name.as_ref()).with(s.category.label())
    });
    all.collect()
}

pub(super) fn id_of_severity(facts: &FormContext<'_>, row: &IncidentSummary) -> String {
    let mut all = facts.org.severities.iter();
    let found = all.find(|s| Some(s.name.as_ref()) == row.severity.as_deref());
    found.map(|s| s.id.to_string()).unwrap_or_default()
}

pub(super) fn id_of_status(facts: &FormContext<'_>, row: &IncidentSummary) -> String {
    let found = facts.org.statuses.iter().find(|s| s.name == row.status);
    found.map(|s| s.id.to_string()).unwrap_or_default()
}
