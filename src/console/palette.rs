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
    /// Look back over what these words say.
    Analysis(String),
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

/// A hit with its score and, of the same score, its order.
type Scored = (i64, usize, Hit);

/// Where kinds of things stand among those of the same score: actions first.
const SCHEDULES: usize = 1_000;
const CATALOG: usize = 1_001;
const PEOPLE: usize = 1_002;

/// Finds things, best first: actions before things of the same score.
pub fn find(pool: &Pool, query: &str) -> Vec<Hit> {
    let words = query.trim().strip_prefix("analyze ").map(str::trim);
    if let Some(words) = words.filter(|words| pool.actions_only && !words.is_empty()) {
        return vec![analysis(words)];
    }
    let query = query.trim().to_lowercase();
    let matcher = SkimMatcherV2::default();
    let letters = query.replace(' ', "");
    let mut scored: Vec<Scored> = Vec::new();
    let score = |text: &str| {
        if query.is_empty() {
            return Some(0);
        }
        is_subsequence(text, &letters)
            .then(|| matcher.fuzzy_match(text, &query))
            .flatten()
    };
    actions(pool, &query, &score, &mut scored);
    if !pool.actions_only {
        things(pool, &score, &mut scored);
        incidents(pool, &query, &matcher, &mut scored);
    }
    scored.sort_by(|a, b| (b.0, a.1, &a.2.label).cmp(&(a.0, b.1, &b.2.label)));
    scored.truncate(MOST);
    scored.into_iter().map(|(_, _, hit)| hit).collect()
}

/// The command that takes words, with those that were typed.
fn analysis(words: &str) -> Hit {
    Hit {
        kind: "action",
        label: format!("analyze {words} — Look back over these incidents."),
        note: String::new(),
        target: Target::Analysis(words.to_owned()),
    }
}

/// Actions that mean something in a pane: the palette lies over one. What cannot be done here says why.
fn actions(
    pool: &Pool,
    query: &str,
    score: &dyn Fn(&str) -> Option<i64>,
    scored: &mut Vec<Scored>,
) {
    let rows = ACTIONS.iter().enumerate();
    for (order, row) in rows.filter(|(_, row)| row.context.is_pane()) {
        let words = format!("{} {} {}", row.title, row.id, row.aliases().join(" "));
        let Some(score) = score(&words) else {
            continue;
        };
        // What goes by that very word stands before what merely has its letters.
        let score = score + if row.is_called(query) { 1_000 } else { 0 };
        let mut blocked = pool.blocked.iter();
        let why = blocked.find(|(action, _)| *action == row.action);
        let says = why.map_or(row.help, |(_, why)| why);
        let hit = Hit {
            kind: if why.is_some() { "not here" } else { "action" },
            label: format!("{} — {says}", row.title),
            note: pool.keymap.key(row.action).to_owned(),
            target: Target::Action(row.action),
        };
        scored.push((score, order, hit));
    }
}

/// Schedules, catalog entries and people.
fn things(pool: &Pool, score: &dyn Fn(&str) -> Option<i64>, scored: &mut Vec<Scored>) {
    let mut offer =
        |order, kind, name: &str, note: &dyn Fn() -> String, target: &dyn Fn() -> Target| {
            if let Some(score) = score(name) {
                let hit = Hit {
                    kind,
                    label: name.to_owned(),
                    note: note(),
                    target: target(),
                };
                scored.push((score, order, hit));
            }
        };
    for schedule in pool.schedules.iter() {
        let target = || Target::Schedule(schedule.id.clone());
        offer(SCHEDULES, "schedule", &schedule.name, &String::new, &target);
    }
    for entry in &pool.graph.entries {
        let kind = || pool.graph.kind(entry).map(|k| k.name.to_lowercase());
        let target = || Target::Entry(entry.id.clone());
        let note = || kind().unwrap_or_default();
        offer(CATALOG, "catalog", &entry.name, &note, &target);
    }
    for person in &pool.org.people {
        let target = || Target::Person(person.name.to_string());
        offer(PEOPLE, "person", &person.name, &String::new, &target);
    }
}

/// Incidents that hold every word, in the list's order; loosely matching ones only where there are none.
fn incidents(pool: &Pool, query: &str, matcher: &SkimMatcherV2, scored: &mut Vec<Scored>) {
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
