//! Why a list is empty: the filter or the failure that made it so, and the key that clears it.

use super::completions;
use crate::console::action::Action;
use crate::console::freshness;
use crate::console::job::Topic;
use crate::console::place::{DetailTab, Pane, Scope};
use crate::console::state::State;
use crate::domain::text;

/// Why no incident is listed. That all is calm is said only of everything, and only where it was just read.
pub(crate) fn incidents(state: &State) -> String {
    let (rows, filter) = (&state.incidents.rows, &state.incidents.filter);
    let problem = state.problem(&[Topic::Incidents, Topic::Org]);
    match problem.filter(|_| rows.is_empty()) {
        Some(problem) => problem.to_owned(),
        None if !filter.typed.is_empty() || filter.scope != Scope::All => narrowed(state),
        None => unnarrowed(state),
    }
}

/// What hides the rows that are there, and how to see them.
fn narrowed(state: &State) -> String {
    let filter = &state.incidents.filter;
    let open = if filter.open_only { "open " } else { "" };
    let whose = match filter.scope {
        Scope::All => "",
        Scope::Team => " of your teams",
        Scope::Mine => " of yours",
    };
    let key = |action| state.keymap.key(action);
    let mut keys = Vec::new();
    let matches = match filter.typed.as_str() {
        "" => String::new(),
        typed => {
            keys.push(format!("{} clears the filter", key(Action::Back)));
            format!(" matches \"{typed}\"")
        }
    };
    if filter.scope != Scope::All {
        let next = match filter.scope {
            Scope::Mine => "your teams'",
            _ => "everybody's",
        };
        keys.push(format!("{} shows {next}", key(Action::Scope)));
    }
    if filter.open_only {
        keys.push(format!("{} shows what is over", key(Action::Everything)));
    }
    let there = is_open_count(state).map_or(String::new(), |open| format!(" ({open} open in all)"));
    let late = freshness::late(state, &Topic::Incidents);
    let known = late.map_or(String::new(), |late| format!(" ({late})"));
    let keys = keys.join(", ");
    match completions::unknown(state) {
        Some(unknown) => format!("{unknown}. {keys}.{known}"),
        None => format!("No {open}incident{whose}{matches}{there}; {keys}.{known}"),
    }
}

/// How many are open, where any is.
fn is_open_count(state: &State) -> Option<usize> {
    let open = state.incidents.open().count();
    (open > 0).then_some(open)
}

fn unnarrowed(state: &State) -> String {
    let what = match state.incidents.filter.open_only {
        true => "Nothing is on fire",
        false => "No incidents",
    };
    let over = match state.incidents.filter.open_only {
        true => format!(
            " {} shows what is over.",
            state.keymap.key(Action::Everything)
        ),
        false => String::new(),
    };
    match doubt(state) {
        Some(why) if state.incidents.filter.open_only => {
            format!("No incident is known to be open {why}.{over}")
        }
        Some(why) => format!("No incident is known {why}."),
        None => format!("{what}.{over}"),
    }
}

/// Why what is known may not be all there is.
fn doubt(state: &State) -> Option<String> {
    let late = freshness::late(state, &Topic::Incidents).map(|late| late.to_string());
    let unread = || {
        let readings = state.readings.get(&Topic::Incidents);
        let never = readings.is_none_or(|reading| reading.answered.is_none());
        never.then(|| "not read yet".to_owned())
    };
    let loading = || {
        let loaded = state.incidents.loading?;
        (!state.incidents.filter.open_only)
            .then(|| format!("{loaded} of the history loaded so far"))
    };
    let why = late.or_else(unread).or_else(loading)?;
    Some(format!("({why})"))
}

/// Why another pane is empty; `none` is what is said where nothing stands in the way.
pub(crate) fn listing(state: &State, pane: Pane, typed: &str, none: &str) -> String {
    if !typed.is_empty() {
        let key = state.keymap.key(Action::Back);
        return format!("Nothing matches \"{typed}\"; {key} clears the filter.");
    }
    let topic = freshness::topic(state, pane);
    let problem = state.problem(topic.as_slice());
    match (problem, freshness::behind(state, pane)) {
        (Some(problem), _) => problem.to_owned(),
        (None, Some(late)) => format!("{none} ({late})"),
        (None, None) => none.to_owned(),
    }
}

/// Why no line of the timeline is shown.
pub(crate) fn timeline(state: &State) -> String {
    let detail = &state.detail;
    match (detail.missing.first(), detail.kind) {
        (Some(missing), _) => missing.clone(),
        (None, Some(kind)) if !detail.timeline.is_empty() => {
            let (kind, all) = (kind.label(), detail.timeline.len());
            let key = state.keymap.key(Action::EntryKind);
            let all = text::counted(all, "line", "lines");
            format!("No {kind} among its {all}; {key} shows the next kind, then all.")
        }
        _ => {
            let typed = detail.tabs.get(&DetailTab::Timeline);
            let typed = typed.filter(|_| !detail.timeline.is_empty());
            let typed = typed.map_or("", |listing| listing.typed.as_str());
            listing(state, Pane::Detail, typed, "Nothing has happened yet.")
        }
    }
}
