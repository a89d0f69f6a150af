//! Which facets mean something in which list, and what holds of the lines of every list but the incidents'.

use super::INCIDENTS;
use super::conditions::{Conditions, Facets, Has, Test};
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::domain::query::Facet;
use crate::domain::text::contains_folded;
use crate::domain::{CatalogEntry, CatalogGraph, Schedule, TimelineEntry};

const ALERTS: Facets = Facets {
    facets: &[Facet::Status, Facet::Service, Facet::Has, Facet::Since],
    has: &[Has::Incident, Has::Service],
};
const PAGES: Facets = Facets {
    facets: &[Facet::Status, Facet::Has, Facet::Since, Facet::Mine],
    has: &[Has::Incident],
};
const TASKS: Facets = Facets {
    facets: &[Facet::Status, Facet::Has, Facet::Since, Facet::Mine],
    has: &[Has::Assignee, Has::Incident],
};
const DATED: Facets = Facets {
    facets: &[Facet::Status, Facet::Since],
    has: &[],
};
const TIMELINE: Facets = Facets {
    facets: &[Facet::Type, Facet::Since, Facet::Mine],
    has: &[],
};
const SCHEDULES: Facets = Facets {
    facets: &[Facet::Mine],
    has: &[],
};
const ENTRIES: Facets = Facets {
    facets: &[Facet::Team],
    has: &[],
};

/// What means something where somebody is; nothing where no list stands.
pub(crate) fn facets_of(pane: Pane, list: ListKind, tab: DetailTab) -> Option<Facets> {
    Some(match (pane, list, tab) {
        (Pane::Incidents, ListKind::Incidents, _) => INCIDENTS,
        (Pane::Incidents, ListKind::Alerts, _) | (Pane::Detail, _, DetailTab::Alerts) => ALERTS,
        (Pane::Incidents, ListKind::Pages, _) | (Pane::Detail, _, DetailTab::Pages) => PAGES,
        (Pane::Incidents, ListKind::Actions | ListKind::FollowUps, _)
        | (Pane::Detail, _, DetailTab::Tasks) => TASKS,
        (Pane::Incidents, ..) => DATED,
        (Pane::Detail, _, DetailTab::Timeline) => TIMELINE,
        (Pane::Detail, _, DetailTab::Overview | DetailTab::Investigation) => return None,
        (Pane::Detail, ..) => DATED,
        (Pane::OnCall, ..) => SCHEDULES,
        (Pane::Catalog, ..) => ENTRIES,
    })
}

/// Whether a line of a timeline passes.
pub(crate) fn holds_line(conditions: &Conditions, line: &TimelineEntry) -> bool {
    conditions.admit(|test| match test {
        Test::Word(word) => [&line.title, &line.body, &line.actor]
            .iter()
            .any(|text| contains_folded(text, word)),
        Test::Text(_, word) => contains_folded(line.kind.label(), word),
        Test::Since(at) => line.at >= *at,
        Test::Mine(me) => me
            .as_ref()
            .is_some_and(|(_, name)| contains_folded(&line.actor, name)),
        _ => true,
    })
}

/// Whether a schedule passes.
pub(crate) fn holds_schedule(conditions: &Conditions, schedule: &Schedule) -> bool {
    let on_call = || {
        schedule
            .now
            .iter()
            .filter_map(|shift| shift.person.as_ref())
    };
    conditions.admit(|test| match test {
        Test::Word(word) => {
            contains_folded(&schedule.name, word)
                || on_call().any(|person| contains_folded(&person.name, word))
        }
        Test::Mine(me) => me.as_ref().is_some_and(|(id, _)| schedule.has_now(id)),
        _ => true,
    })
}

/// Whether an entry of the catalog passes.
pub(crate) fn holds_entry(
    conditions: &Conditions,
    graph: &CatalogGraph,
    entry: &CatalogEntry,
) -> bool {
    conditions.admit(|test| match test {
        Test::Word(word) => entry.mentions(std::slice::from_ref(word)),
        Test::Teams(word, _) => contains_folded(&graph.owner(entry), word),
        _ => true,
    })
}
