//! Changes of the systems beside an incident's timeline.

use super::super::action::Action;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::place::DetailTab;
use super::super::state::State;
use super::telling;
use crate::domain::{Change, EntryKind, IncidentId, TimelineEntry, Verbatim};
use chrono::Duration;

/// Hours before an incident in which a change may have caused it.
const BEFORE: i64 = 4;
/// Days that every source of changes is asked about at most.
const MOST_DAYS: i64 = 7;

/// Puts changes among the lines of the timeline, or takes them out.
pub fn weave(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some(id) = state.target().cloned() else {
        return state.say("No incident is selected.");
    };
    if state.detail.tab != DetailTab::Timeline {
        let key = state.keymap.key(Action::NextTab);
        return state.say(format!(
            "Changes stand among the lines of the timeline; {key} goes there."
        ));
    }
    state.detail.weaves = !state.detail.weaves;
    if !state.detail.weaves {
        return state.say("Changes are no longer among the lines.");
    }
    let declared = state.row(&id).map_or(state.now, |row| row.created);
    let from = declared - Duration::hours(BEFORE);
    let from = from.max(state.now - Duration::days(MOST_DAYS));
    state.say("Asking the sources of changes.");
    cmds.push(Cmd::Fetch(Topic::Changes(id, from)));
}

/// The changes came.
pub fn came(state: &mut State, id: &IncidentId, changes: Vec<Change>) {
    if !state.is_shown(id) {
        return;
    }
    telling::learn(state, id, |known| known.changes.clone_from(&changes));
    state.detail.changes = changes.into_iter().map(entry).collect();
    if state.detail.weaves {
        let count = state.detail.changes.len();
        state.say(match count {
            0 => "No change is known since four hours before it.".to_owned(),
            1 => "One change is among the lines.".to_owned(),
            n => format!("{n} changes are among the lines."),
        });
    }
}

fn entry(change: Change) -> TimelineEntry {
    let about = [
        ("service", Some(change.service.as_str())),
        ("version", change.version.as_deref()),
        ("source", Some(change.source.as_str())),
        ("address", change.link.as_deref()),
    ];
    let known = about
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.filter(|v| !v.is_empty())?)));
    let body: Vec<String> = known.map(|(label, v)| format!("{label}: {v}")).collect();
    TimelineEntry {
        id: format!("{} {}", change.at.timestamp(), change.title),
        at: change.at,
        kind: EntryKind::Change,
        title: format!("{}: {}", change.class.label(), change.title),
        body: body.join("\n"),
        actor: change.author.unwrap_or_default(),
        written: Verbatim::default(),
    }
}
