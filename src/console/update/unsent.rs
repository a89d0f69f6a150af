//! What was begun and not sent: going on with it in the form it belongs to.

use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::state::{Overlay, State, Unsent};
use super::{form_opening, open_form};
use crate::domain::{IncidentId, Scope};
use crate::writes::{Subject, WriteKind};
use std::sync::Arc;

/// Opens the list of what was begun and not sent.
pub fn list(state: &mut State) {
    state.overlays.push(Overlay::Unsent(Unsent::default()));
}

/// Opens the form that a text was begun in, on what it is about, which is read first where no list holds it; false where
/// that may not be written.
pub fn go_on(state: &mut State, kind: WriteKind, ids: Vec<String>, cmds: &mut Vec<Cmd>) -> bool {
    if let Some(why) = state.obstacle(kind) {
        state.say(format!("{}: not here, since {why}.", kind.title()));
        return false;
    }
    if matches!(kind.spec().scope, Scope::Incident | Scope::IncidentIfAny) {
        let ids = ids.into_iter().map(IncidentId::from).collect();
        open_form::open_on(state, kind, ids, cmds);
        return true;
    }
    let found: Option<Vec<Subject>> = ids.iter().map(|id| known(state, kind, id)).collect();
    match found {
        Some(subjects) => open_form::open(state, kind, subjects, cmds),
        None => {
            form_opening::begin(state, kind, ids.clone());
            cmds.push(Cmd::Fetch(Topic::Things(kind, ids)));
        }
    }
    true
}

/// What has an id, from what the panes know.
fn known(state: &State, kind: WriteKind, id: &str) -> Option<Subject> {
    match kind.spec().scope {
        Scope::CatalogType => Some(Subject::Type(id.into())),
        Scope::CatalogEntry => {
            let mut entries = state.catalog.graph.entries.iter();
            let entry = entries.find(|entry| entry.id.as_str() == id)?;
            Some(Subject::Entry(Box::new((*entry).clone())))
        }
        Scope::Schedule => {
            let mut schedules = state.oncall.schedules.iter();
            let schedule = schedules.find(|schedule| schedule.id.as_str() == id)?;
            Some(open_form::with_coming(state, schedule))
        }
        Scope::Note => {
            let item = state.detail.timeline.iter().find(|item| item.id == id)?;
            Some(Subject::Note(state.detail.incident.clone()?, item.clone()))
        }
        _ => {
            let lists = state.lists.values().chain(state.detail.tabs.values());
            let mut subjects = lists
                .flat_map(|l| &l.items)
                .filter_map(|i| i.subject.clone());
            subjects.find(|s| s.id() == id).map(Arc::unwrap_or_clone)
        }
    }
}
