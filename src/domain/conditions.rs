//! What was typed to narrow a list, made ready to be held against a hundred thousand rows: names became ids, times became
//! moments, and what means nothing in that list is told.

use crate::domain::query::{self, Facet};
use crate::domain::text::contains_folded;
use crate::domain::time::{Zone, parse_span, parse_when};
use crate::domain::{CatalogGraph, IncidentSummary, Instant, Mode, Org, Person, TeamId, UserId};

/// What is known to whoever reads a filter.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The organisation's words and people.
    pub org: &'a Org,
    /// The catalog.
    pub graph: &'a CatalogGraph,
    /// Who the user is.
    pub me: Option<&'a Person>,
    /// The clock.
    pub now: Instant,
    /// The zone times are typed in.
    pub zone: Zone,
}

/// What a thing may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// Somebody who leads.
    Lead,
    /// A service.
    Service,
    /// A team.
    Team,
    /// A severity.
    Severity,
    /// A type.
    Type,
    /// An incident it belongs to.
    Incident,
    /// Somebody whose task it is.
    Assignee,
}

impl Has {
    /// Its word.
    pub fn name(self) -> &'static str {
        [
            "lead", "service", "team", "severity", "type", "incident", "assignee",
        ][self as usize]
    }
}

/// Who may have which role for one to count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holder {
    /// Ids of the roles that fit.
    roles: Vec<String>,
    /// The people who fit.
    people: Vec<UserId>,
    /// Whether both must fit; else either will do.
    both: bool,
}

impl Holder {
    /// Reads `lead:ana`, or one word that is part of a role's name or of a person's.
    fn read(word: &str, org: &Org) -> Self {
        let (role, person) = match word.split_once(':') {
            Some((role, "")) => (Some(role), None),
            Some(("", person)) => (None, Some(person)),
            Some((role, person)) => (Some(role), Some(person)),
            None => (Some(word), Some(word)),
        };
        let fits = |name: &str, word: Option<&str>| word.is_some_and(|w| contains_folded(name, w));
        let roles = org.roles.iter().filter(|r| fits(&r.name, role));
        let people = org.people.iter().filter(|p| fits(&p.name, person));
        Self {
            roles: roles.map(|r| r.id.clone()).collect(),
            people: people.map(|p| p.id.clone()).collect(),
            both: word.contains(':') && role.is_some() && person.is_some(),
        }
    }

    fn holds(&self, row: &IncidentSummary) -> bool {
        row.holders().any(|(who, role)| {
            let in_role = self.roles.iter().any(|id| id == role);
            let is_one = self.people.iter().any(|id| id.as_str() == who);
            match self.both {
                true => in_role && is_one,
                false => in_role || is_one,
            }
        })
    }
}

/// What must hold of one thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It mentions a word.
    Word(String),
    /// What a facet names holds these letters.
    Text(Facet, String),
    /// One of these teams is on it.
    Teams(String, Vec<TeamId>),
    /// Somebody has a role on it.
    Role(Holder),
    /// It names one of these services.
    Services(Vec<String>),
    /// It is of this mode.
    Mode(Mode),
    /// It has this.
    Has(Has),
    /// It began at this time or later.
    Since(Instant),
    /// It is the user's.
    Mine(Option<(UserId, String)>),
}

/// What facets mean something in a list, and what its lines may have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facets {
    /// The facets.
    pub facets: &'static [Facet],
    /// The words of `has:`.
    pub has: &'static [Has],
}

/// Everything that must hold, and what could not be understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    tests: Vec<(Test, bool)>,
    /// What is wrong with what was typed.
    pub told: Option<String>,
}

/// What means something in a list of incidents.
pub const INCIDENTS: Facets = Facets {
    facets: &Facet::ALL,
    has: &[Has::Lead, Has::Service, Has::Team, Has::Severity, Has::Type],
};

impl Conditions {
    /// Reads what was typed for a list.
    pub fn read(typed: &str, list: Facets, known: &Known<'_>) -> Self {
        let query = query::parse(typed);
        let unknown = |name: &String| query::no_such(name, list.facets);
        let mut out = Self {
            tests: Vec::new(),
            told: query.unknown.as_ref().map(unknown),
        };
        for term in query.terms {
            let is_typed = !term.word.is_empty() || term.facet == Some(Facet::Mine);
            match test(term.facet, &term.word, list, known) {
                Ok(test) if is_typed => out.tests.push((test, term.inverted)),
                Err(says) => drop(out.told.get_or_insert(says)),
                Ok(_) => {}
            }
        }
        out
    }

    /// Whether all of it holds, of what `holds` tells test by test.
    pub fn admit(&self, holds: impl Fn(&Test) -> bool) -> bool {
        self.tests
            .iter()
            .all(|(test, inverted)| holds(test) != *inverted)
    }

    /// Whether all but the plain words holds.
    pub fn admit_but_words(&self, holds: impl Fn(&Test) -> bool) -> bool {
        let rest = self.tests.iter().filter(|test| !is_word(test));
        rest.into_iter()
            .all(|(test, inverted)| holds(test) != *inverted)
    }

    /// The plain words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|test| match test {
            (Test::Word(word), false) => Some(word.as_str()),
            _ => None,
        })
    }
}

fn is_word(test: &(Test, bool)) -> bool {
    matches!(test, (Test::Word(_), false))
}

/// What a word asks for; a sentence where it asks for nothing that is there.
fn test(facet: Option<Facet>, word: &str, list: Facets, known: &Known<'_>) -> Result<Test, String> {
    let Some(facet) = facet else {
        return Ok(Test::Word(word.to_owned()));
    };
    if !list.facets.contains(&facet) {
        return Err(foreign(facet, list));
    }
    let folded = |text: &str| text.to_lowercase().contains(word);
    Ok(match facet {
        Facet::Mine => Test::Mine(known.me.map(|me| (me.id.clone(), me.name.to_lowercase()))),
        Facet::Team => {
            let teams = known.org.teams.iter().filter(|t| folded(&t.name));
            Test::Teams(word.to_owned(), teams.map(|t| t.id.clone()).collect())
        }
        Facet::Role => Test::Role(Holder::read(word, known.org)),
        Facet::Service => services(word, known.graph),
        Facet::Mode if !word.is_empty() => Test::Mode(mode(word)?),
        Facet::Has if !word.is_empty() => Test::Has(has(word, list.has)?),
        Facet::Since if !word.is_empty() => Test::Since(since(word, known)?),
        text => Test::Text(text, word.to_owned()),
    })
}

/// A word that names a service means that one and none whose name only holds it; a team's means those it owns. Any
/// other word means names that hold it.
fn services(word: &str, graph: &CatalogGraph) -> Test {
    let meant = graph.services_meant(word);
    match meant.is_empty() {
        true => Test::Text(Facet::Service, word.to_owned()),
        false => Test::Services(meant.iter().map(|e| e.name.to_lowercase()).collect()),
    }
}

/// That a facet means nothing in a list, and which do.
fn foreign(facet: Facet, list: Facets) -> String {
    let name = facet.name();
    let names: Vec<String> = list
        .facets
        .iter()
        .map(|f| format!("{}:", f.name()))
        .collect();
    match names.join(" ") {
        none if none.is_empty() => {
            format!("{name}: means nothing here; plain words narrow this list.")
        }
        names => format!("{name}: means nothing here; there are {names}."),
    }
}

/// The modes, as they are typed.
pub const MODES: [(&str, Mode); 4] = [
    ("standard", Mode::Standard),
    ("retrospective", Mode::Retrospective),
    ("test", Mode::Test),
    ("tutorial", Mode::Tutorial),
];

fn mode(word: &str) -> Result<Mode, String> {
    let found = MODES.iter().find(|(name, _)| name.starts_with(word));
    found
        .map(|(_, mode)| *mode)
        .ok_or_else(|| "mode: is one of standard, retrospective, test and tutorial.".to_owned())
}

fn has(word: &str, offered: &[Has]) -> Result<Has, String> {
    let found = offered.iter().find(|has| has.name().starts_with(word));
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = offered.iter().map(|has| has.name()).collect();
        format!("has: is one of {}.", names.join(", "))
    })
}

fn since(word: &str, known: &Known<'_>) -> Result<Instant, String> {
    parse_span(word)
        .and_then(|length| known.now.checked_sub_signed(length))
        .or_else(|| match word {
            "today" => Some(known.zone.midnight(known.now, 0)),
            "yesterday" => Some(known.zone.midnight(known.now, -1)),
            _ => known
                .zone
                .midnight_of(word)
                .or_else(|| parse_when(known.now, known.zone, word, false)),
        })
        .ok_or_else(|| "since: takes 2h, 7d, today, 14:30 or 2026-11-20.".to_owned())
}

/// Whether something holds of an incident; priorities are those of severities, by name.
pub fn holds(test: &Test, row: &IncidentSummary, priorities: &[(String, &'static str)]) -> bool {
    match test {
        Test::Word(word) => mentions(row, word),
        Test::Text(facet, word) => says(*facet, word, row, priorities),
        Test::Teams(_, teams) => is_of_teams(row, teams),
        Test::Role(holder) => holder.holds(row),
        Test::Services(names) => {
            let mut named = row.services();
            named.any(|name| names.contains(&name.to_lowercase()))
        }
        Test::Mode(mode) => row.mode == *mode,
        Test::Has(what) => has_any(row, *what),
        Test::Since(at) => row.created >= *at,
        Test::Mine(me) => me
            .as_ref()
            .is_some_and(|(id, _)| has_role(row, std::slice::from_ref(id))),
    }
}

/// Whether what a facet names holds a word.
fn says(
    facet: Facet,
    word: &str,
    row: &IncidentSummary,
    priorities: &[(String, &'static str)],
) -> bool {
    let within = |text: Option<&str>| text.is_some_and(|text| contains_folded(text, word));
    match facet {
        Facet::Severity => {
            within(row.severity.as_deref())
                || priorities.iter().any(|(name, p)| {
                    p.eq_ignore_ascii_case(word) && row.severity.as_deref() == Some(name)
                })
        }
        Facet::Status => within(Some(&row.status)) || within(Some(row.category.label())),
        Facet::Service => within(row.service.as_deref()),
        Facet::Lead => within(row.lead.as_deref()),
        Facet::Type => within(row.kind.as_deref()),
        _ => true,
    }
}

/// Whether one of these teams is on it.
pub fn is_of_teams(row: &IncidentSummary, teams: &[TeamId]) -> bool {
    let on = row.teams.as_deref().unwrap_or_default().split(' ');
    !teams.is_empty()
        && on
            .into_iter()
            .any(|id| teams.iter().any(|t| t.as_str() == id))
}

/// Whether one of these people has a role on it.
pub fn has_role(row: &IncidentSummary, people: &[UserId]) -> bool {
    let on = row.people.as_deref().unwrap_or_default().split(' ');
    !people.is_empty()
        && on
            .into_iter()
            .any(|id| people.iter().any(|p| p.as_str() == id))
}

fn has_any(row: &IncidentSummary, what: Has) -> bool {
    match what {
        Has::Lead => row.lead.is_some(),
        Has::Service => row.service.is_some(),
        Has::Team => row.teams.is_some(),
        Has::Severity => row.severity.is_some(),
        Has::Type => row.kind.is_some(),
        Has::Incident => true,
        Has::Assignee => row.people.is_some(),
    }
}

/// Whether a row mentions a word anywhere it shows.
pub fn mentions(row: &IncidentSummary, word: &str) -> bool {
    let shown = [
        row.severity.as_deref(),
        Some(&*row.status),
        row.service.as_deref(),
        row.lead.as_deref(),
    ];
    contains_folded(&row.name, word)
        || contains_folded(&row.reference, word)
        || shown
            .into_iter()
            .flatten()
            .any(|text| contains_folded(text, word))
}
