//! What is copied: the reference, the query, the fingerprint or the name under the cursor, and the address of an incident's
//! page or of an issue.

use super::super::content::bridge;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::{Overlay, State, Text};
use super::{investigation, travel};
use crate::domain::IncidentId;

/// Copies the reference, or the text of the line.
pub fn copy_reference(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let Some(copied) = under_cursor(state) {
        state.say(format!("Copied {copied}."));
        cmds.push(Cmd::Copy(copied));
    }
}

fn under_cursor(state: &State) -> Option<String> {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => references(state),
        (Pane::Incidents, ListKind::Bridge) => bridge::fingerprint(state),
        (Pane::Incidents, kind) => Some(state.lists.get(&kind)?.current()?.title.clone()),
        (Pane::Detail, _) => query(state).or_else(|| references(state)),
        (Pane::OnCall, _) => {
            let schedules = state.oncall.shown();
            Some(schedules.get(state.oncall.cursor.at)?.name.clone())
        }
        (Pane::Catalog, _) => {
            let entries = state.catalog.shown();
            Some(entries.get(state.catalog.cursor.at)?.name.clone())
        }
    }
}

/// References of what an action would be about.
fn references(state: &State) -> Option<String> {
    let targets = state.targets();
    let all: Vec<&str> = targets
        .iter()
        .filter_map(|id| state.reference(id))
        .collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// The query behind the line of an investigation.
fn query(state: &State) -> Option<String> {
    (state.detail.tab == DetailTab::Investigation)
        .then(|| investigation::query_here(state))
        .flatten()
}

/// Copies the address of the incident's page.
pub fn copy_address(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some(address) = address(state) else {
        return state.say(UNKNOWN);
    };
    state.say(format!("Copied {address}."));
    cmds.push(Cmd::Copy(address));
}

/// Shows and copies the address. Over SSH no browser can be opened from here.
pub fn show_address(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some(address) = address(state) else {
        return state.say(UNKNOWN);
    };
    let hint = "Copied; paste it where there is a browser.";
    let lines = vec![address.clone(), String::new(), hint.into()];
    let title = state
        .target()
        .map_or_else(String::new, |id| state.heading(id, "Address"));
    let text = Text::new(title, lines);
    travel::show(state, Overlay::Text(text));
    cmds.push(Cmd::Copy(address));
}

const UNKNOWN: &str = "The address is not known yet.";

fn address(state: &State) -> Option<String> {
    if let Some(episode) = bridge::here(state).filter(|e| e.incident.is_none()) {
        let url = &episode.detection.url;
        return (!url.is_empty()).then(|| url.clone());
    }
    let target = state.target()?;
    let incident = state.detail.incident.as_ref();
    let known = incident.filter(|incident| &incident.row.id == target);
    known
        .and_then(|incident| incident.permalink.clone())
        .or_else(|| built(state, target))
}

/// The address that the number of an incident's reference leads to.
fn built(state: &State, id: &IncidentId) -> Option<String> {
    let dashboard = &state.org.identity.dashboard;
    let number = state.reference(id)?.rsplit('-').next()?;
    (!dashboard.is_empty()).then(|| format!("{dashboard}/incidents/{number}"))
}
