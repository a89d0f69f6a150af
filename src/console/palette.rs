//! The palette: any action and any thing, found by a few letters. The search is pure; the worker runs it.

use super::action::{ACTIONS, Action};
use super::filter::is_subsequence;
use super::keymap::Keymap;
use super::link::LinkTarget;
use super::list::{Item, Rows};
use crate::domain::text::contains_folded;
use crate::domain::{CatalogGraph, Org, Schedule};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::sync::Arc;

/// Hits shown: what fits a tall screen.
const MOST: usize = 60;

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
    pub target: LinkTarget,
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
    /// Pages, alerts and changes that are known.
    pub items: Vec<Arc<Item>>,
    /// Keys, to show beside actions.
    pub keymap: Arc<Keymap>,
    /// Only actions, as `:` asks for.
    pub actions_only: bool,
    /// Actions that cannot be done here, with why.
    pub blocked: Vec<(Action, String)>,
}

/// A hit with its score and, of the same score, its order.
type Scored = (i64, usize, Hit);

/// Where kinds of things stand among those of the same score: what is open, then actions, then the rest.
const SCHEDULES: usize = 1_000;
const CATALOG: usize = 1_001;
const PEOPLE: usize = 1_002;
const ITEMS: usize = 1_003;
/// Incidents that stand before everything while nothing is typed.
const FIRST: usize = 6;

/// What is looked for.
struct Query {
    /// As it was typed, in small letters.
    words: String,
    /// Without spaces.
    letters: String,
    matcher: SkimMatcherV2,
}

impl Query {
    fn new(typed: &str) -> Self {
        let words = typed.trim().to_lowercase();
        Self {
            letters: words.replace(' ', ""),
            words,
            matcher: SkimMatcherV2::default(),
        }
    }

    /// How well a text fits; nothing where it does not. Words may stand without the space between them.
    fn score(&self, text: &str) -> Option<i64> {
        if self.words.is_empty() {
            return Some(0);
        }
        let fits = is_subsequence(text, &self.letters);
        fits.then(|| {
            let whole = self.matcher.fuzzy_match(text, &self.words);
            whole.or_else(|| self.matcher.fuzzy_match(text, &self.letters))
        })
        .flatten()
    }
}

/// Finds things, best first: actions before things of the same score. While nothing is typed, what is open comes first,
/// then what can be done about it.
pub fn find(pool: &Pool, typed: &str) -> Vec<Hit> {
    let words = typed.trim().strip_prefix("analyze ").map(str::trim);
    if let Some(words) = words.filter(|words| pool.actions_only && !words.is_empty()) {
        return vec![analysis(words)];
    }
    let query = Query::new(typed);
    let mut scored: Vec<Scored> = Vec::new();
    actions(pool, &query, &mut scored);
    if !pool.actions_only {
        things(pool, &query, &mut scored);
        incidents(pool, &query, &mut scored);
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
        target: LinkTarget::Analysis(words.to_owned()),
    }
}

/// Where an action stands among those of the same score: moving about by the palette is for nobody.
fn order(action: Action, place: usize) -> usize {
    match action as usize >= Action::Investigate as usize {
        true => place,
        false => place + ACTIONS.len(),
    }
}

/// Actions that mean something in a pane: the palette lies over one. What cannot be done here says why.
fn actions(pool: &Pool, query: &Query, scored: &mut Vec<Scored>) {
    let rows = ACTIONS.iter().enumerate();
    for (place, row) in rows.filter(|(_, row)| row.context.is_pane()) {
        let words = format!("{} {} {}", row.title, row.id, row.aliases().join(" "));
        let Some(score) = query.score(&words) else {
            continue;
        };
        // What goes by that very word stands before what merely has its letters.
        let score = score
            + if row.is_called(&query.words) {
                1_000
            } else {
                0
            };
        let mut blocked = pool.blocked.iter();
        let why = blocked.find(|(action, _)| *action == row.action);
        let says = why.map_or(row.help, |(_, why)| why);
        let hit = Hit {
            kind: if why.is_some() { "not here" } else { "action" },
            label: format!("{} — {says}", row.title),
            note: pool.keymap.key(row.action).to_owned(),
            target: LinkTarget::Do(row.action),
        };
        scored.push((score, order(row.action, place), hit));
    }
}

/// Schedules, teams, catalog entries, people, pages and alerts.
fn things(pool: &Pool, query: &Query, scored: &mut Vec<Scored>) {
    let mut offer = |order, kind, name: &str, note: String, target: LinkTarget| {
        if let Some(score) = query.score(name) {
            let label = name.to_owned();
            scored.push((
                score,
                order,
                Hit {
                    kind,
                    label,
                    note,
                    target,
                },
            ));
        }
    };
    for schedule in pool.schedules.iter() {
        let target = LinkTarget::Schedule(schedule.id.clone());
        offer(SCHEDULES, "schedule", &schedule.name, String::new(), target);
    }
    for entry in &pool.graph.entries {
        let kind = pool.graph.kind(entry).map(|k| k.name.to_lowercase());
        let target = LinkTarget::Entry(entry.id.clone());
        let note = kind.unwrap_or_default();
        offer(CATALOG, "catalog", &entry.name, note, target);
    }
    let in_catalog = |name: &str| {
        let mut entries = pool.graph.entries.iter();
        entries.any(|e| e.name == name)
    };
    for team in pool.org.teams.iter().filter(|t| !in_catalog(&t.name)) {
        let target = LinkTarget::Team(team.id.clone());
        offer(CATALOG, "team", &team.name, String::new(), target);
    }
    for person in &pool.org.people {
        let on_call = pool.schedules.iter().any(|s| s.has_now(&person.id));
        let note = if on_call { "on call" } else { "" };
        let target = LinkTarget::Person(person.id.clone());
        offer(PEOPLE, "person", &person.name, note.into(), target);
    }
    for item in &pool.items {
        let target = item.target();
        let kind = match target {
            LinkTarget::Page(_) => "page",
            LinkTarget::Alert(_) => "alert",
            LinkTarget::Route(_) => "route",
            _ => "change",
        };
        offer(ITEMS, kind, &item.title, item.mark.clone(), target);
    }
}

/// Incidents that hold every word, in the list's order; loosely matching ones only where there are none.
fn incidents(pool: &Pool, query: &Query, scored: &mut Vec<Scored>) {
    let words: Vec<&str> = query.words.split_whitespace().collect();
    let hit = |row: &crate::domain::IncidentSummary| Hit {
        kind: "incident",
        label: format!("{} {}", row.reference, row.name),
        note: row.status.to_string(),
        target: LinkTarget::Incident(row.id.clone()),
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
        let named = row.reference.eq_ignore_ascii_case(&query.words)
            || row.reference.rsplit('-').next() == Some(&*query.words);
        let worth = match query.words.is_empty() {
            true if count <= FIRST && row.category.is_open() => 1,
            true => -1,
            false => {
                let found = query.matcher.fuzzy_match(&row.name, &query.words);
                let alike = found.unwrap_or(16 * query.words.len() as i64);
                alike + if named { 1_000 } else { 0 }
            }
        };
        scored.push((worth, 2_000 + count, hit(row)));
    }
    if count == 0 && query.words.len() >= 3 {
        let rows = pool.rows.iter();
        let loose = rows.filter(|row| is_subsequence(&row.name, &query.letters) && !exact(row));
        for row in loose {
            if let Some(score) = query.matcher.fuzzy_match(&row.name, &query.letters) {
                scored.push((score, 9_000, hit(row)));
            }
        }
    }
}
