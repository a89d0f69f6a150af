//! What can be typed next in the filter's field, from what exists: facets, and what they may name.

use super::conditions::{Facets, MODES};
use crate::console::list::Rows;
use crate::domain::query::{Facet, parse, parts, quoted, tokens};
use crate::domain::text::contains_folded;
use crate::domain::{CatalogEntry, CatalogGraph, EntryKind, Org};
use std::collections::HashSet;

/// Choices that are shown at most: what fits a line, and what is worth walking through.
const MOST: usize = 40;
/// Rows whose words are offered: those at the top, which are the open ones.
const ROWS: usize = 1_000;

/// What exists, to choose from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool<'a> {
    /// What means something in the list.
    pub(crate) list: Facets,
    /// The organisation's words.
    pub(crate) org: &'a Org,
    /// Its services.
    pub(crate) graph: &'a CatalogGraph,
    /// The incidents.
    pub(crate) rows: &'a Rows,
    /// Statuses of the list's own lines, where those are not incidents.
    pub(crate) marks: &'a [String],
}

/// One thing that can be typed next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Completion {
    /// As it is shown.
    pub(crate) shown: String,
    /// The whole word that takes the place of the one that is being typed.
    pub(crate) word: String,
}

/// What can take the place of the word before the cursor.
pub(crate) fn complete(before: &str, pool: &Pool<'_>) -> Vec<Completion> {
    let raw = last(before);
    let (inverted, name, rest) = parts(raw);
    let sign = if inverted { "!" } else { "" };
    let Some(name) = name else {
        return facets(sign, rest, pool);
    };
    let Some(facet) = pool.list.facets.iter().find(|f| f.name() == name) else {
        return Vec::new();
    };
    // Behind a role stands who has it.
    let (role, rest) = match rest.rsplit_once(':').filter(|_| *facet == Facet::Role) {
        Some((role, rest)) => (format!("{role}:"), rest),
        None => (String::new(), rest),
    };
    let letters = rest.replace('"', "").to_lowercase();
    let mut values = match role.is_empty() {
        true => self::values(*facet, pool),
        false => self::values(Facet::Lead, pool),
    };
    values.sort_by_key(|value| !value.to_lowercase().starts_with(&letters));
    values.dedup();
    let found = values
        .into_iter()
        .filter(|value| value.to_lowercase().contains(&letters));
    let completion = |value: String| Completion {
        word: format!("{sign}{name}:{role}{} ", quoted(&value)),
        shown: value,
    };
    found.map(completion).take(MOST).collect()
}

/// What was typed before the cursor with the last word replaced, as it is to stand before the cursor.
pub(crate) fn placed(before: &str, word: &str) -> String {
    let kept = before.len() - last(before).len();
    format!("{}{word}", &before[..kept])
}

/// The word that is being typed; empty after a space.
pub(crate) fn last(before: &str) -> &str {
    tokens(before)
        .last()
        .filter(|token| token.start + token.raw.len() == before.len())
        .map_or("", |token| token.raw)
}

/// Facets that begin with what was typed; none for what is clearly a word.
fn facets(sign: &str, typed: &str, pool: &Pool<'_>) -> Vec<Completion> {
    let typed = typed.to_lowercase();
    let names = pool.list.facets.iter().map(|facet| facet.name());
    names
        .filter(|name| name.starts_with(&typed))
        .map(|name| Completion {
            shown: format!("{name}:"),
            word: format!("{sign}{name}:"),
        })
        .collect()
}

/// What a facet may name.
fn values(facet: Facet, pool: &Pool<'_>) -> Vec<String> {
    let org = pool.org;
    match facet {
        Facet::Severity => {
            let mut all: Vec<_> = org.severities.iter().collect();
            all.sort_by_key(|severity| std::cmp::Reverse(severity.rank));
            let priorities = ["P0", "P1", "P2", "P3"].map(str::to_owned);
            let names = all.into_iter().map(|s| s.name.to_string());
            names.chain(priorities).collect()
        }
        Facet::Status if !pool.marks.is_empty() => sorted(pool.marks.iter().cloned()),
        Facet::Status => org.statuses.iter().map(|s| s.name.to_string()).collect(),
        Facet::Service => services(pool),
        Facet::Team => sorted(org.teams.iter().map(|team| team.name.clone())),
        Facet::Lead => sorted(org.people.iter().map(|p| p.name.to_string())),
        Facet::Role => {
            let roles = org.roles.iter().map(|role| role.name.clone());
            roles.chain(values(Facet::Lead, pool)).collect()
        }
        Facet::Type if pool.list.has.is_empty() => {
            EntryKind::ALL.map(|kind| kind.label().to_owned()).to_vec()
        }
        Facet::Type => org.types.iter().map(|kind| kind.name.clone()).collect(),
        Facet::Mode => MODES.map(|(name, _)| name.to_owned()).to_vec(),
        Facet::Has => pool.list.has.iter().map(|h| h.name().to_owned()).collect(),
        Facet::Since => ["1h", "8h", "today", "yesterday", "7d", "30d"]
            .map(str::to_owned)
            .to_vec(),
        Facet::Mine => Vec::new(),
    }
}

/// Names that are listed where one is not among them: more would not be read.
const NAMED: usize = 8;

/// What was typed of a facet that nothing is called; nothing where all of it may be found.
pub(crate) fn unknown(typed: &str, pool: &Pool<'_>) -> Option<String> {
    let terms = parse(typed).terms;
    let named = terms
        .iter()
        .filter(|term| !term.inverted && !term.word.is_empty());
    named
        .filter_map(|term| unknown_name(term.facet?, &term.word, pool))
        .next()
}

fn unknown_name(facet: Facet, word: &str, pool: &Pool<'_>) -> Option<String> {
    let what = match facet {
        Facet::Severity => "severity",
        Facet::Lead => "person",
        Facet::Role if word.contains(':') => return None,
        Facet::Role => "role or person",
        Facet::Status | Facet::Service | Facet::Team | Facet::Type => facet.name(),
        Facet::Mode | Facet::Has | Facet::Since | Facet::Mine => return None,
    };
    let all = values(facet, pool);
    let statuses = pool.org.statuses.iter().filter(|_| facet == Facet::Status);
    let mut others = statuses.map(|status| status.category.label());
    let is_so = |name: &str| contains_folded(name, word);
    if all.is_empty() || all.iter().any(|name| is_so(name)) || others.any(is_so) {
        return None;
    }
    let there = match all.len() <= NAMED {
        true => format!("; there are {}", all.join(", ")),
        false => String::new(),
    };
    Some(format!("There is no {what} \"{word}\"{there}"))
}

/// Services that the topmost incidents name, in their order, then those of the catalog.
fn services(pool: &Pool<'_>) -> Vec<String> {
    let graph = pool.graph;
    let is_service = |e: &&CatalogEntry| graph.kind(e).is_some_and(|kind| kind.is_service());
    let listed = graph.entries.iter().filter(is_service);
    let listed = sorted(listed.map(|e| e.name.clone()));
    let rows = pool.rows.iter().take(ROWS);
    let named = rows.flat_map(|row| row.services().map(str::to_owned).collect::<Vec<_>>());
    let mut known = HashSet::new();
    let mut all: Vec<String> = named.chain(listed).collect();
    all.retain(|name| known.insert(name.clone()));
    all
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}
