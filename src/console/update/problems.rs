//! Questions that could not be answered, until they are.

use super::super::job::Topic;
use super::super::state::State;
use crate::domain::IncidentId;
use std::mem::discriminant;

/// What failed of a question before no longer stands.
pub fn clear(state: &mut State, topic: &Topic) {
    state.problems.retain(|(failed, _)| !is_kin(failed, topic));
}

/// What failed of an incident that is no longer shown is of no interest.
pub fn forget_others(state: &mut State, id: &IncidentId) {
    state
        .problems
        .retain(|(topic, _)| of_incident(topic).is_none_or(|of| of == id));
    state
        .readings
        .retain(|topic, _| of_incident(topic).is_none_or(|of| of == id));
}

/// The incident a question of the detail pane is about.
pub fn of_incident(topic: &Topic) -> Option<&IncidentId> {
    match topic {
        Topic::Detail(id) | Topic::Timeline(id) | Topic::Tab(id, _) => Some(id),
        Topic::Changes(id, _) => Some(id),
        _ => None,
    }
}

/// Whether an answer to one question shows that the other can be answered again.
fn is_kin(failed: &Topic, answered: &Topic) -> bool {
    match (failed, answered) {
        (Topic::Tab(..) | Topic::List(_), _) => failed == answered,
        (Topic::Schedules | Topic::Shifts(_), Topic::Schedules | Topic::Shifts(_)) => true,
        _ => discriminant(failed) == discriminant(answered),
    }
}
