//! What could not be answered: it is filed under what was asked, and said where the answer would have been.

use super::super::msg::{Cmd, Topic};
use super::super::place::ListKind;
use super::super::state::{Overlay, State};
use super::news::{answer, asking, is_shown};
use super::open_form;
use crate::domain::IncidentId;
use std::mem::discriminant;

/// A question could not be answered.
pub fn failed(state: &mut State, topic: Topic, says: String, advice: &str, cmds: &mut Vec<Cmd>) {
    if of_incident(&topic).is_some_and(|id| !is_shown(state, id)) {
        // Nobody looks at that incident any more; it is asked for anew when somebody does.
        return;
    }
    clear(state, &topic);
    state
        .problems
        .push((topic.clone(), format!("{says} {advice}")));
    match &topic {
        Topic::Detail(_) | Topic::Timeline(_) => {
            state.detail.missing = vec![says];
            state.detail.arrived |= state.detail.incident.is_some();
        }
        Topic::Tab(_, tab) => state.detail.tabs.entry(*tab).or_default().arrived = true,
        Topic::Incidents | Topic::History => {
            state.incidents.arrived = true;
            state.incidents.loading = None;
        }
        Topic::Schedules => state.oncall.arrived = true,
        Topic::Catalog => state.catalog.arrived = true,
        Topic::List(kind) => {
            state.acknowledging &= *kind != ListKind::Pages;
            state.lists.entry(*kind).or_default().arrived = true;
        }
        Topic::Drafted(..) => {
            if let Some(Overlay::Drafted(drafted)) = asking(state, &topic) {
                drafted.say(&says);
            }
        }
        Topic::Shifts(_) => {
            if let Some(Overlay::Text(text)) = asking(state, &topic) {
                text.lines.push(says);
            }
        }
        Topic::Document(_) | Topic::Analysis => answer(state, &topic, vec![says]),
        Topic::Subjects(kind, _) => open_form::no_subjects(state, *kind, &says, cmds),
        Topic::Org | Topic::FormOptions | Topic::Journal => {}
    }
}

/// What failed of a question before no longer stands.
pub fn clear(state: &mut State, topic: &Topic) {
    state.problems.retain(|(failed, _)| !is_kin(failed, topic));
}

/// What failed of an incident that is no longer shown is of no interest.
pub fn forget_others(state: &mut State, id: &IncidentId) {
    state
        .problems
        .retain(|(topic, _)| of_incident(topic).is_none_or(|of| of == id));
}

/// The incident a question of the detail pane is about.
fn of_incident(topic: &Topic) -> Option<&IncidentId> {
    match topic {
        Topic::Detail(id) | Topic::Timeline(id) | Topic::Tab(id, _) => Some(id),
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
