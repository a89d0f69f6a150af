//! The palette: any action and any thing, found by a few letters. The search is pure; the worker runs it.

use super::action::{ACTIONS, Action};
use super::filter::is_subsequence;
use super::keymap::Keymap;
use super::list::Rows;
use crate::domain::text::contains_folded;
use crate::domain::{CatalogGraph, EntryId, IncidentId, Org, Schedule, ScheduleId};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::sync::Arc;

/// Hits shown: what fits a tall screen.
const MOST: usize = 60;
/// What a hit leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Do it.
    Action(Action),
    /// Go to an incident.
    Incident(IncidentId),
    /// Go to a catalog entry.
    Entry(EntryId),
    /// Filter the incidents by a person.
    Person(String),
    /// Go to a schedule.
    Schedule(ScheduleId),
}

/// One thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What kind of thing, in a word.
    pub kind: &'static str,
    /// What is shown.
    pub label: String,
    /// Beside it: a key, a status.
    pub note: String,
    /// Where it leads.
    pub target: Target,
}

/// Everything that can be found.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Incidents.
    pub rows: Rows,
    /// The catalog.
    pub graph: Arc<CatalogGraph>,
    /// People.
    pub org: Arc<Org>,
    /// Schedules.
    pub schedules: Arc<Vec<Schedule>>,
    /// Keys, to show beside actions.
    pub keymap: Arc<Keymap>,
    /// Only actions, as `:` asks for.
    pub actions_only: bool,
    /// Actions that cannot be done here, with why.
    pub blocked: Vec<(Action, String)>,
}

/// Finds things, best first: actions before things of the same score.
pub fn find(pool: &Pool, query: &str) -> Vec<Hit> {
    let query = query.trim().to_lowercase();
    let matcher = SkimMatcherV2::default();
    let mut scored: Vec<(i64, usize, Hit)> = Vec::new();
    let mut offer = |order: usize, text: &str, hit: &dyn Fn() -> Hit| {
        let score = if query.is_empty() {
            Some(0)
        } else {
            is_subsequence(text, &query.replace(' ', ""))
                .then(|| matcher.fuzzy_match(text, &query))
                .flatten()
        };
        if let Some(score) = score {
            scored.push((score, order, hit()));
        }
    };
    let here = ACTIONS.iter().enumerate();
    for (at, row) in here.filter(|(_, row)| row.context.is_pane()) {
        let why = pool
            .blocked
            .iter()
            .find(|(action, _)| *action == row.action)
            .map(|(_, why)| why);
        offer(at, &format!("{} {}", row.title, row.id), &|| Hit {
            kind: if why.is_some() { "not here" } else { "action" },
            label: format!("{} — {}", row.title, why.map_or(row.help, String::as_str)),
            note: pool.keymap.key(row.action).to_owned(),
            target: Target::Action(row.action),
        });
    }
    if !pool.actions_only {
        for schedule in pool.schedules.iter() {
            offer(1_000, &schedule.name, &|| Hit {
                kind: "schedule",
                label: schedule.name.clone(),
                note: String::new(),
                target: Target::Schedule(schedule.id.clone()),
            });
        }
        for entry in &pool.graph.entries {
            let kind = pool
                .graph
                .kind(entry)
                .map_or(String::new(), |k| k.name.to_lowercase());
            offer(1_001, &entry.name, &|| Hit {
                kind: "catalog",
                label: entry.name.clone(),
                note: kind.clone(),
                target: Target::Entry(entry.id.clone()),
            });
        }
        for person in &pool.org.people {
            offer(1_002, &person.name, &|| Hit {
                kind: "person",
                label: person.name.to_string(),
                note: String::new(),
                target: Target::Person(person.name.to_string()),
            });
        }
        incidents(pool, &query, &matcher, &mut scored);
    }
    scored.sort_by(|a, b| (b.0, a.1, &a.2.label).cmp(&(a.0, b.1, &b.2.label)));
    scored.truncate(MOST);
    scored.into_iter().map(|(_, _, hit)| hit).collect()
}

/// Incidents that hold every word, in the list's order; loosely matching ones only where there are none.
fn incidents(
    pool: &Pool,
    query: &str,
    matcher: &SkimMatcherV2,
    scored: &mut Vec<(i64, usize, Hit)>,
) {
    let words: Vec<&str> = query.split_whitespace().collect();
    let hit = |row: &crate::domain::IncidentSummary| Hit {
        kind: "incident",
        label: format!("{} {}", row.reference, row.name),
        note: row.status.to_string(),
        target: Target::Incident(row.id.clone()),
    };
    let exact = |row: &&Arc<crate::domain::IncidentSummary>| {
        words
            .iter()
            .all(|w| contains_folded(&row.name, w) || contains_folded(&row.reference, w))
    };
    let mut count = 0;
    for row in pool.rows.iter().filter(exact).take(MOST) {
        count += 1;
        // An exact hit is worth what a run of hits of that length scores.
        let named = row.reference.eq_ignore_ascii_case(query)
            || row.reference.rsplit('-').next() == Some(query);
        let worth = matcher
            .fuzzy_match(&row.name, query)
            .unwrap_or(16 * query.len() as i64)
            + if named { 1_000 } else { 0 };
        scored.push((
            if query.is_empty() { -1 } else { worth },
            2_000 + count,
            hit(row),
        ));
    }
    if count == 0 && query.len() >= 3 {
        let letters = query.replace(' ', "");
        for row in pool
            .rows
            .iter()
            .filter(|row| is_subsequence(&row.name, &letters) && !exact(row))
        {
            if let Some(score) = matcher.fuzzy_match(&row.name, &letters) {
                scored.push((score, 9_000, hit(row)));
            }
        }
    }
}
