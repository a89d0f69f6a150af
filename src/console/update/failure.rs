//! What could not be answered: it is filed under what was asked, and said where the answer would have been.

use super::super::msg::{Cmd, Topic};
use super::super::place::ListKind;
use super::super::state::{Overlay, State};
use super::open_form;
use super::problems::{clear, of_incident};

/// A question could not be answered.
pub fn failed(state: &mut State, topic: Topic, says: String, advice: &str, cmds: &mut Vec<Cmd>) {
    if of_incident(&topic).is_some_and(|id| !state.is_shown(id)) {
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
            if let Some(Overlay::Drafted(drafted)) = state.asking(&topic) {
                drafted.say(&says);
            }
        }
        Topic::Shifts(_) => {
            if let Some(Overlay::Text(text)) = state.asking(&topic) {
                text.lines.push(says);
            }
        }
        Topic::Document(_) | Topic::Analysis => state.answer(&topic, vec![says]),
        Topic::Subjects(kind, _) => open_form::no_subjects(state, *kind, &says, cmds),
        Topic::Org | Topic::FormOptions | Topic::Journal => {}
    }
}
