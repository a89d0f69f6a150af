//! What an argument of the command line may be completed with: what the cache of this machine holds. It is read as it lies
//! there, never made, brought up to date or waited for, and nobody is asked.

use super::cache::catalog;
use crate::config::{self, Config};
use crate::domain::text::clean_line;
use crate::domain::{CatalogGraph, IncidentSummary, Org, Schedule};
use crate::store::Store;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Incidents that are offered beside the open ones: those that were kept last.
const RECENT: usize = 200;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// An incident, by its reference.
    Incident,
    /// A person.
    Person,
    /// A service of the catalog, or one that an open incident names.
    Service,
    /// Anything in the catalog.
    Entry,
    /// A severity.
    Severity,
    /// A status of incidents.
    Status,
    /// A role.
    Role,
    /// A team.
    Team,
    /// A schedule.
    Schedule,
}

/// A word that can stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The word.
    pub word: String,
    /// What it stands for; empty where the word says it.
    pub says: String,
}

impl Offer {
    fn new(word: &str, says: &str) -> Self {
        Self {
            word: clean_line(word),
            says: clean_line(says),
        }
    }

    fn plain(word: &str) -> Self {
        Self::new(word, "")
    }
}

/// The cache of one organisation, opened for reading when something is asked of it.
pub struct Offers {
    config: Arc<Config>,
    profile: Option<String>,
    store: OnceCell<Option<Store>>,
}

impl Offers {
    /// Those of the configured organisation.
    pub fn new(config: Arc<Config>, profile: Option<&str>) -> Self {
        Self {
            config,
            profile: profile.map(str::to_owned),
            store: OnceCell::new(),
        }
    }

    /// What an argument can be, what matters most first. Empty where nothing is known here.
    pub fn of(&self, named: Named) -> Vec<Offer> {
        let mut offers = self.known(named).unwrap_or_default();
        let mut seen = BTreeSet::new();
        // What looks like an option would be read as one.
        offers.retain(|offer| {
            let is_word = !offer.word.is_empty() && !offer.word.starts_with('-');
            is_word && seen.insert(offer.word.clone())
        });
        offers
    }

    fn known(&self, named: Named) -> Option<Vec<Offer>> {
        match named {
            Named::Incident => Some(incidents(self.store()?)),
            Named::Service => Some(self.services()?),
            Named::Entry => Some(entries(&catalog(self.store()?)?, false)),
            Named::Schedule => {
                let (all, _) = self.store()?.blob::<Vec<Schedule>>("schedules").ok()??;
                Some(all.iter().map(|s| Offer::plain(&s.name)).collect())
            }
            of_the_organisation => Some(words(&self.org()?, of_the_organisation)),
        }
    }

    fn services(&self) -> Option<Vec<Offer>> {
        let store = self.store()?;
        let mut all = catalog(store).map_or_else(Vec::new, |graph| entries(&graph, true));
        let open = store.rows(true).unwrap_or_default();
        let named = open.iter().filter_map(|row| row.service.as_deref());
        all.extend(named.flat_map(|all| all.split(", ").map(Offer::plain)));
        Some(all)
    }

    fn org(&self) -> Option<Org> {
        Some(self.store()?.blob::<Org>("org").ok()??.0)
    }

    fn store(&self) -> Option<&Store> {
        let open = || {
            let path = config::cache_path(&self.config, self.profile.as_deref())?;
            Store::read_only(&path)
        };
        self.store.get_or_init(open).as_ref()
    }
}

/// The open ones as a list has them, then those that were kept last.
fn incidents(store: &Store) -> Vec<Offer> {
    let mut rows = store.rows(true).unwrap_or_default();
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    rows.extend(store.recent_rows(RECENT).unwrap_or_default());
    let offer = |row: &Arc<IncidentSummary>| {
        let severity = row.severity.as_deref().unwrap_or_default();
        let says = [severity, &*row.status, &*row.name];
        let says: Vec<&str> = says.into_iter().filter(|word| !word.is_empty()).collect();
        Offer::new(&row.reference, &says.join(" "))
    };
    rows.iter().map(offer).collect()
}

fn entries(graph: &CatalogGraph, services_only: bool) -> Vec<Offer> {
    let kind = |entry| graph.kind(entry);
    let wanted = graph
        .entries
        .iter()
        .filter(|e| !services_only || kind(e).is_some_and(|kind| kind.is_service()));
    wanted
        .map(|e| Offer::new(&e.name, kind(e).map_or("", |kind| &kind.name)))
        .collect()
}

/// The organisation's own words.
fn words(org: &Org, named: Named) -> Vec<Offer> {
    let of = |names: Vec<&str>| names.into_iter().map(Offer::plain).collect();
    match named {
        Named::Person => org.people.iter().map(|p| Offer::plain(&p.name)).collect(),
        Named::Severity => of(org.severities.iter().map(|s| &*s.name).collect()),
        Named::Status => of(org.statuses.iter().map(|s| &*s.name).collect()),
        Named::Role => of(org.roles.iter().map(|r| &*r.name).collect()),
        Named::Team => of(org.teams.iter().map(|t| &*t.name).collect()),
        _ => Vec::new(),
    }
}
