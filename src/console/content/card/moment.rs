//! A line of the timeline in full, and what it names.

use crate::console::content::lines::Lines;
use crate::console::content::named::{named_in, to_person};
use crate::console::content::timeline::entry_text;
use crate::console::link::LinkTarget;
use crate::console::state::State;
use crate::domain::{EntryKind, TimelineEntry};

/// What makes a line of the timeline the same one after a refresh.
pub(crate) fn identity(entry: &TimelineEntry) -> String {
    format!("{:?} {}", entry.kind, entry.id)
}

fn find<'a>(state: &'a State, id: &str) -> Option<&'a TimelineEntry> {
    let detail = &state.detail;
    let mut all = detail
        .timeline
        .iter()
        .chain(&detail.sent)
        .chain(&detail.changes);
    all.find(|entry| identity(entry) == id)
}

pub(super) fn title(state: &State, id: &str) -> String {
    let entry = find(state, id);
    entry.map_or_else(
        || "gone".into(),
        |entry| format!("{} {}", entry.kind.label(), state.zone.clock(entry.at)),
    )
}

pub(super) fn say(out: &mut Lines, state: &State, id: &str) {
    let Some(entry) = find(state, id) else {
        return out.unknown(state.detail.arrived);
    };
    for line in entry_text(state, entry) {
        out.plain(if line.is_empty() { " " } else { &line });
    }
    let sentence = format!("{}\n{}\n{}", entry.title, entry.body, entry.actor);
    let mut named: Vec<(String, LinkTarget)> = source(entry).into_iter().collect();
    let actor = (entry.actor.clone(), to_person(state, &entry.actor));
    named.extend(named_in(state, &sentence));
    if actor.1 != LinkTarget::Nowhere && !named.contains(&actor) {
        named.push(actor);
    }
    out.section("Leads to", &named, "", |out, (words, target)| {
        out.leading(words, target.clone());
    });
}

/// The page or the alert that a line tells of: its id stands before what happened to it.
fn source(entry: &TimelineEntry) -> Option<(String, LinkTarget)> {
    let (id, _) = entry.id.rsplit_once('-')?;
    match entry.kind {
        EntryKind::Escalation => Some(("the page".into(), LinkTarget::Page(id.into()))),
        EntryKind::Alert => Some(("the alert".into(), LinkTarget::Alert(id.into()))),
        _ => None,
    }
}
