//! A team: who is in it, which schedules are its own, what it owns and what is open there.

use crate::console::content::lines::Lines;
use crate::console::content::named::{incident_line, open_on, person, schedules_of};
use crate::console::link::LinkTarget;
use crate::console::state::State;
use crate::domain::{CatalogEntry, Shift};

/// A team that the catalog does not hold.
pub(super) fn say(out: &mut Lines, state: &State, name: &str) {
    people(out, state, name);
    let graph = &state.catalog.graph;
    let is_own = |e: &&CatalogEntry| graph.owner(e).eq_ignore_ascii_case(name);
    let owned: Vec<&CatalogEntry> = graph.entries.iter().filter(is_own).collect();
    out.section("Owns", &owned, "nothing", |out, entry| {
        out.leading(&entry.name, LinkTarget::Entry(entry.id.clone()));
    });
    let open: Vec<_> = owned.iter().flat_map(|e| open_on(state, e)).collect();
    out.section("Open incidents", &open, "none", |out, row| {
        out.leading(&incident_line(row), LinkTarget::Incident(row.id.clone()));
    });
}

/// Its members, and its schedules with who is on call.
pub(super) fn people(out: &mut Lines, state: &State, name: &str) {
    let mut teams = state.org.teams.iter();
    let team = teams.find(|team| team.name.eq_ignore_ascii_case(name));
    let members = team.map_or(&[][..], |team| &team.members);
    out.section("Members", members, "", |out, id| {
        let known = person(state, id).map_or("somebody unknown", |p| &p.name);
        out.leading(known, LinkTarget::Person(id.clone()));
    });
    let schedules = schedules_of(state, name);
    out.section("On call", &schedules, "", |out, schedule| {
        let words = format!("{}  {}", schedule.name, names(&schedule.now));
        out.leading(&words, LinkTarget::Schedule(schedule.id.clone()));
    });
}

/// Who is on, for a line.
fn names(shifts: &[Shift]) -> String {
    let people = shifts.iter().filter_map(|s| s.person.as_ref());
    let names: Vec<&str> = people.map(|p| &*p.name).collect();
    match names.is_empty() {
        true => "nobody".into(),
        false => names.join(", "),
    }
}
