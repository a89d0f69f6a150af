//! What could not be read, and why.

use crate::console::job::Topic;
use crate::console::state::State;

/// What could not be read, a line each.
pub(crate) fn problems(state: &State) -> Vec<String> {
    let all: Vec<String> = state
        .problems
        .iter()
        .map(|(topic, says)| format!("{}: {says}", name_of(topic)))
        .chain(
            state
                .detail
                .missing
                .iter()
                .map(|says| format!("timeline: {says}")),
        )
        .chain(not_kept(state))
        .collect();
    if all.is_empty() {
        vec!["Everything could be read.".into()]
    } else {
        all
    }
}

/// That incidents are missing in every count and list, and why.
fn not_kept(state: &State) -> Option<String> {
    let count = state.incidents.unlisted;
    (count > 0).then(|| {
        format!(
            "incidents: {count} are in no list and no count here. Private ones are not kept on this machine; they come \
             back when they change."
        )
    })
}

/// What a question is about.
fn name_of(topic: &Topic) -> &'static str {
    match topic {
        Topic::Org => "organisation",
        Topic::Incidents => "incidents",
        Topic::History => "history",
        Topic::Detail(_) => "incident",
        Topic::Timeline(_) => "timeline",
        Topic::Tab(_, tab) => tab.label(),
        Topic::List(kind) => kind.label(),
        Topic::Schedules | Topic::Shifts(_) => "schedules",
        Topic::Catalog => "catalog",
        Topic::Changes(..) => "changes",
        Topic::Alert(_) => "alert",
        Topic::Page(_) => "page",
        Topic::Route(_) => "route",
        Topic::Document(_) => "document",
        Topic::Analysis(_) => "analysis",
        Topic::Handover => "handover",
        Topic::Doctor => "doctor",
        Topic::Export => "export",
        Topic::Moved(..) => "what was moved",
        Topic::Drafted(..) => "draft",
        Topic::Paths => "escalation paths",
        Topic::FormOptions => "paths and status pages",
        Topic::Journal => "journal",
        Topic::Bridge => "bridge",
        Topic::Subjects(..) => "incident",
        Topic::Things(..) => "draft",
    }
}
