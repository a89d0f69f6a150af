//! The lines of the panes beside the incidents: who is on call, and what the catalog knows.

use super::body::{Named, Row, Rows};
use crate::console::content::{menu, nothing, on_call};
use crate::console::place::Pane;
use crate::console::state::State;
use crate::console::view::catalog as entries;
use crate::domain::Schedule;

/// Who is on call, a schedule a line.
pub(super) fn on_call(state: &State) -> Named<'_> {
    let shown = state.oncall.shown();
    let arrived = state.oncall.arrived;
    let typed = &state.oncall.typed;
    let nothing = match arrived {
        true => nothing::listing(state, Pane::OnCall, typed, "No schedules."),
        false => "Loading.".into(),
    };
    let ids: Vec<String> = shown.iter().map(|s| s.id.to_string()).collect();
    let rows = Rows {
        at: state.oncall.cursor.at,
        count: shown.len(),
        more: false,
        nothing,
        id: Box::new(move |at| ids.get(at).cloned().unwrap_or_default()),
        row: Box::new(move |at| {
            let schedule = shown.get(at);
            Row::of(schedule.map_or_else(String::new, |s| of_schedule(state, s)))
        }),
    };
    ("On call".into(), format!("on call {arrived}"), rows)
}

fn of_schedule(state: &State, schedule: &Schedule) -> String {
    let told = on_call::tell(state, schedule, on_call::WIDE);
    let others = told.others.iter().map(|(words, _)| words.as_str());
    let parts = [&*schedule.name, &told.who, &told.until, &told.next];
    let parts = parts.into_iter().chain(others);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// What the catalog knows, an entry a line.
pub(super) fn catalog(state: &State) -> Named<'_> {
    let known = &state.catalog;
    let shown = known.shown();
    let kinds = menu::tabs(state, Pane::Catalog);
    let kind = kinds.get(known.kind).map_or("", String::as_str);
    let ids: Vec<String> = shown.iter().map(|e| e.id.to_string()).collect();
    let nothing = match known.arrived {
        true => nothing::listing(state, Pane::Catalog, &known.typed, "No entries."),
        false => "Loading.".into(),
    };
    let rows = Rows {
        at: known.cursor.at,
        count: shown.len(),
        more: known.has_more(),
        nothing,
        id: Box::new(move |at| ids.get(at).cloned().unwrap_or_default()),
        row: Box::new(move |at| {
            let told = shown.get(at).map(|entry| {
                let name = std::iter::once(entry.name.clone());
                let parts = name.chain(entries::told(state, entry));
                parts.collect::<Vec<_>>().join(", ")
            });
            Row::of(told.unwrap_or_default())
        }),
    };
    let id = format!("catalog {kind} {}", known.arrived);
    (format!("Catalog, {kind}"), id, rows)
}
