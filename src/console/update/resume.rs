//! A session begins where the last one ended: the place comes with the cache, behind the first frame, and nothing of it is
//! taken up where somebody has pressed a key by then.

use super::super::cursor::Cursor;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane, Scope};
use super::super::state::{Detail, IncidentsPlace, Place, State};
use super::show::show_incident;
use super::travel;
use crate::domain::{IncidentId, IncidentSummary, KeptPlace, Visibility};

/// Letters from which what was typed is looked for in the names of private incidents.
const LETTERS: usize = 3;

/// Whose incidents, by name.
const SCOPES: [(Scope, &str); 3] = [
    (Scope::All, "all"),
    (Scope::Team, "team"),
    (Scope::Mine, "mine"),
];

/// The panes, by name.
const PANES: [(Pane, &str); 4] = [
    (Pane::Incidents, "list"),
    (Pane::Detail, "incident"),
    (Pane::OnCall, "on call"),
    (Pane::Catalog, "catalog"),
];

/// Where one is now, to be kept; nothing before a key was pressed, for until then it is where one was.
pub fn kept_place(state: &State) -> Option<KeptPlace> {
    if !state.touched || !state.config.restore {
        return None;
    }
    let incidents = &state.incidents;
    let is_public = |id: &&IncidentId| {
        let row = state.row(id);
        row.is_some_and(|row| row.visibility == Visibility::Public)
    };
    Some(KeptPlace {
        pane: name(&PANES, state.focus).to_owned(),
        zoomed: state.zoomed,
        list: state.list.label().to_owned(),
        tab: state.detail.tab.label().to_owned(),
        typed: told(state, &incidents.filter.typed).to_owned(),
        everything: !incidents.filter.open_only,
        whose: name(&SCOPES, incidents.filter.scope).to_owned(),
        newest_first: incidents.newest_first,
        incident: state.detail.id.as_ref().filter(is_public).cloned(),
        line: incidents.cursor.at,
    })
}

/// What was typed, where it names no private incident.
fn told<'a>(state: &State, typed: &'a str) -> &'a str {
    let folded = typed.to_lowercase();
    let names = |row: &IncidentSummary| {
        let (name, reference) = (row.name.to_lowercase(), row.reference.to_lowercase());
        let mut words = folded.split(|c: char| !c.is_alphanumeric() && c != '-');
        words.any(|word| {
            word == reference || (word.chars().count() >= LETTERS && name.contains(word))
        })
    };
    let private = |row: &&std::sync::Arc<IncidentSummary>| row.visibility == Visibility::Private;
    let mut rows = state.incidents.rows.iter().filter(private);
    match folded.is_empty() || !rows.any(|row| names(row)) {
        true => typed,
        false => "",
    }
}

/// Goes where the last session ended.
pub(super) fn resume(state: &mut State, kept: KeptPlace, cmds: &mut Vec<Cmd>) {
    if state.touched || !state.config.restore {
        return;
    }
    let list = ListKind::ALL.into_iter().find(|k| k.label() == kept.list);
    let list = list.unwrap_or_default();
    let tab = DetailTab::ALL.into_iter().find(|t| t.label() == kept.tab);
    let cursor = Cursor {
        at: kept.line,
        ..Cursor::default()
    };
    if list != ListKind::Incidents {
        super::motion::show_list(state, list, cmds);
    }
    let place = Place {
        name: String::new(),
        focus: named(&PANES, &kept.pane),
        zoomed: kept.zoomed,
        list: (list, String::new(), Cursor::default()),
        incidents: IncidentsPlace {
            typed: kept.typed,
            open_only: !kept.everything,
            scope: named(&SCOPES, &kept.whose),
            newest_first: kept.newest_first,
            cursor,
        },
        detail: Detail::default(),
        investigation: None,
        oncall: Default::default(),
        catalog: Default::default(),
        overlays: Vec::new(),
        trail: 0,
        arrived: Default::default(),
    };
    travel::restore(state, place, cmds);
    state.detail.tab = tab.unwrap_or_default();
    state.resuming = kept.incident;
    find(state, cmds);
}

/// The rows were narrowed: the incident of the last session is shown as soon as it is among them, and the cursor is on it
/// where the list holds it. One that is gone is waited for until the next key.
pub(super) fn find(state: &mut State, cmds: &mut Vec<Cmd>) {
    let known = |id: &IncidentId| state.incidents.rows.iter().any(|row| row.id == *id);
    let Some(id) = state.resuming.take_if(|id| known(id)) else {
        return;
    };
    if let Some(place) = state.incidents.place_of(&id) {
        let cursor = &mut state.incidents.cursor;
        (cursor.at, cursor.id) = (place, Some(id.to_string()));
    }
    state.follow_at = None;
    show_incident(state, id, cmds);
}

fn name<T: PartialEq>(all: &[(T, &'static str)], of: T) -> &'static str {
    let found = all.iter().find(|(thing, _)| *thing == of);
    found.map_or("", |(_, name)| name)
}

fn named<T: Copy + Default>(all: &[(T, &str)], wanted: &str) -> T {
    let found = all.iter().find(|(_, name)| *name == wanted);
    found.map(|(thing, _)| *thing).unwrap_or_default()
}
