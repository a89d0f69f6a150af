//! What a name on the screen leads to: people, services, teams, schedules and incidents by what they are called.

use crate::console::link::LinkTarget;
use crate::console::state::{Item, Listing, State};
use crate::domain::{CatalogEntry, IncidentSummary, Person, Schedule, Shift, UserId, text};
use crate::writes::Subject;

/// Letters below which a word in a sentence is no name.
const SHORTEST: usize = 3;

/// The person of an id, as the organisation or a schedule knows them.
pub(crate) fn person<'a>(state: &'a State, id: &UserId) -> Option<&'a Person> {
    let known = state.org.people.iter().find(|p| &p.id == id);
    known.or_else(|| scheduled(state).find(|p| &p.id == id))
}

/// Everybody who is on a schedule now or next.
fn scheduled(state: &State) -> impl Iterator<Item = &Person> {
    let all = state.oncall.schedules.iter();
    all.flat_map(|s| s.now.iter().chain(&s.next))
        .filter_map(|shift| shift.person.as_ref())
}

/// The person a name leads to.
pub(crate) fn to_person(state: &State, name: &str) -> LinkTarget {
    let known = state.org.people.iter().chain(scheduled(state));
    let mut named = known.filter(|p| p.name.eq_ignore_ascii_case(name));
    let found = named.next().map(|p| LinkTarget::Person(p.id.clone()));
    found.unwrap_or_default()
}

/// The person a shift leads to.
pub(crate) fn to_shift(shift: &Shift) -> LinkTarget {
    let person = shift.person.as_ref();
    person.map_or(LinkTarget::Nowhere, |p| LinkTarget::Person(p.id.clone()))
}

/// The service or whatever else of the catalog a name leads to; else the team, else the schedule of that name.
pub(crate) fn to_entry(state: &State, name: &str) -> LinkTarget {
    if let Some(entry) = state.catalog.graph.find(name) {
        return LinkTarget::Entry(entry.id.clone());
    }
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let mut teams = state.org.teams.iter();
    if let Some(team) = teams.find(|t| same(&t.name) || same(t.id.as_str())) {
        return LinkTarget::Team(team.id.clone());
    }
    let mut schedules = state.oncall.schedules.iter();
    let schedule = schedules.find(|s| same(&s.name) || same(s.id.as_str()));
    schedule.map_or(LinkTarget::Nowhere, |s| LinkTarget::Schedule(s.id.clone()))
}

/// The team a name leads to: as the catalog holds it, else as the organisation does.
pub(crate) fn to_team(state: &State, name: &str) -> LinkTarget {
    let graph = &state.catalog.graph;
    let is_it = |e: &&CatalogEntry| {
        let kind = graph.kind(e);
        e.name.eq_ignore_ascii_case(name)
            && kind.is_some_and(|kind| kind.categories.iter().any(|c| c == "team"))
    };
    if let Some(entry) = graph.entries.iter().find(is_it) {
        return LinkTarget::Entry(entry.id.clone());
    }
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let team = state.org.teams.iter().find(|team| same(&team.name));
    team.map_or(LinkTarget::Nowhere, |team| {
        LinkTarget::Team(team.id.clone())
    })
}

/// The incident of a reference, where the list holds it.
pub(crate) fn to_incident(state: &State, reference: &str) -> LinkTarget {
    let mut rows = state.incidents.rows.iter();
    let row = rows.find(|row| row.reference.eq_ignore_ascii_case(reference));
    row.map_or(LinkTarget::Nowhere, |row| {
        LinkTarget::Incident(row.id.clone())
    })
}

/// An incident on a line: what matters stands before the name, which may be cut.
pub(crate) fn incident_line(row: &IncidentSummary) -> String {
    let severity = row.severity.as_deref().unwrap_or("-");
    format!(
        "{}  {severity}  {}  {}",
        row.reference, row.status, row.name
    )
}

/// Open incidents that name an entry as a service.
pub(crate) fn open_on<'a>(state: &'a State, entry: &CatalogEntry) -> Vec<&'a IncidentSummary> {
    let services = state.catalog.graph.services_of(entry);
    let is_named = |name: &str| services.iter().any(|service| service.name == name);
    state
        .incidents
        .open()
        .filter(|row| row.services().any(is_named))
        .map(std::convert::AsRef::as_ref)
        .collect()
}

/// Schedules that a team's name stands in.
pub(crate) fn schedules_of<'a>(state: &'a State, team: &str) -> Vec<&'a Schedule> {
    let word = team.to_lowercase();
    let all = state.oncall.schedules.iter();
    all.filter(|s| !word.is_empty() && text::contains_folded(&s.name, &word))
        .collect()
}

/// What a sentence names, in this order: incidents, people, entries of the catalog; each once.
pub(crate) fn named_in(state: &State, sentence: &str) -> Vec<(String, LinkTarget)> {
    let mut out: Vec<(String, LinkTarget)> = Vec::new();
    let mut add = |name: &str, target: LinkTarget| {
        if target != LinkTarget::Nowhere && !out.iter().any(|(_, known)| *known == target) {
            out.push((name.to_owned(), target));
        }
    };
    let is_of_word = |c: char| c.is_alphanumeric() || c == '-';
    let words = sentence.split(|c| !is_of_word(c));
    let references = words.filter(|w| w.contains('-') && w.ends_with(|c: char| c.is_ascii_digit()));
    for reference in references.take(20) {
        add(reference, to_incident(state, reference));
    }
    for person in &state.org.people {
        if holds(sentence, &person.name) {
            add(&person.name, LinkTarget::Person(person.id.clone()));
        }
    }
    for entry in &state.catalog.graph.entries {
        if holds(sentence, &entry.name) {
            add(&entry.name, LinkTarget::Entry(entry.id.clone()));
        }
    }
    out
}

/// Whether a name stands in a sentence as a word of its own.
fn holds(sentence: &str, name: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    name.len() >= SHORTEST
        && sentence.match_indices(name).any(|(at, _)| {
            let before = sentence[..at].chars().next_back();
            let after = sentence[at + name.len()..].chars().next();
            !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
        })
}

/// What an id stands for, where something known has it.
pub(crate) fn of_id(state: &State, id: &str) -> Option<String> {
    let org = &state.org;
    let entry = || Some(state.catalog.graph.entry(&id.into())?.name.clone());
    let severity = || org.severities.iter().find(|s| &*s.id == id);
    let person = || org.people.iter().find(|p| p.id.as_str() == id);
    let team = || org.teams.iter().find(|t| t.id.as_str() == id);
    let kind = || org.types.iter().find(|k| k.id == id);
    entry()
        .or_else(|| Some(severity()?.name.to_string()))
        .or_else(|| Some(person()?.name.to_string()))
        .or_else(|| Some(team()?.name.clone()))
        .or_else(|| Some(kind()?.name.clone()))
}

/// The line of a list that tells of something, in whichever list holds it.
pub(crate) fn item<'a>(state: &'a State, target: &LinkTarget) -> Option<&'a Item> {
    let listings = state.detail.tabs.values().chain(state.lists.values());
    let mut items = listings.flat_map(|listing: &Listing| &listing.items);
    items.find(|item| item.target() == *target)
}

impl Item {
    /// What Enter on it leads to.
    pub(crate) fn target(&self) -> LinkTarget {
        if let Some(known) = &self.leads_to {
            return known.clone();
        }
        match self.subject.as_deref() {
            Some(Subject::Alert(alert)) => LinkTarget::Alert(alert.id.clone()),
            Some(Subject::Page(page)) => LinkTarget::Page(page.id.clone()),
            Some(Subject::Document(document)) => {
                LinkTarget::Document(document.id.clone(), document.title.clone())
            }
            Some(Subject::Action(_) | Subject::FollowUp(_)) => LinkTarget::Line(self.id.clone()),
            _ => match &self.incident {
                Some(incident) => LinkTarget::Incident(incident.clone()),
                None => LinkTarget::Line(self.id.clone()),
            },
        }
    }
}
