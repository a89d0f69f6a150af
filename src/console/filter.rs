//! Narrowing a list: words, facets and scope. Pure, and quick enough for a hundred thousand rows a letter.

mod complete;
mod items;

pub use crate::domain::conditions::{self, Conditions, Facets, INCIDENTS, Known};
pub(crate) use complete::{Completion, Pool, complete, last, placed, unknown};
pub(crate) use items::{facets_of, holds_entry, holds_line, holds_schedule};

use super::list::Rows;
use super::place::Scope;
use crate::domain::{IncidentSummary, TeamId, UserId};
use conditions::{Test, has_role, is_of_teams, mentions};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::sync::Arc;

/// What a list of incidents is narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    conditions: Conditions,
    /// What was typed.
    pub typed: String,
    /// Only open incidents.
    pub open_only: bool,
    /// Whose.
    pub scope: Scope,
    /// Who the user is.
    pub me: Option<UserId>,
    /// The user's teams.
    pub teams: Vec<TeamId>,
    /// Priorities by severity name, for `sev:P1`.
    pub priorities: Vec<(String, &'static str)>,
}

impl Filter {
    /// Reads what was typed.
    pub fn parse(&mut self, typed: &str, known: &Known<'_>) {
        self.typed = typed.to_owned();
        self.conditions = Conditions::read(typed, INCIDENTS, known);
    }

    /// What is wrong with what was typed.
    pub fn told(&self) -> Option<&str> {
        self.conditions.told.as_deref()
    }

    /// Whether a row passes all but the plain words.
    fn admits(&self, row: &IncidentSummary) -> bool {
        (!self.open_only || row.category.is_open())
            && self.in_scope(row)
            && self.conditions.admit_but_words(|test| match test {
                Test::Mine(_) => self.is_mine(row),
                _ => conditions::holds(test, row, &self.priorities),
            })
    }

    fn in_scope(&self, row: &IncidentSummary) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Mine => self.is_mine(row),
            Scope::Team => is_of_teams(row, &self.teams) || self.is_mine(row),
        }
    }

    pub(super) fn is_mine(&self, row: &IncidentSummary) -> bool {
        let me = self.me.as_ref().map(std::slice::from_ref);
        me.is_some_and(|me| has_role(row, me))
    }
}

/// Whether the letters occur in order: what any fuzzy match needs, and much cheaper to tell.
pub fn is_subsequence(hay: &str, letters: &str) -> bool {
    let mut hay = hay.bytes();
    letters
        .bytes()
        .all(|wanted| hay.any(|byte| byte.eq_ignore_ascii_case(&wanted)))
}

/// The last answer: a longer query of plain words can only narrow it.
#[derive(Debug)]
pub struct Last {
    rows: Rows,
    filter: Filter,
    exact: Vec<u32>,
}

impl Last {
    /// Whether every row that passes `next` is among this answer's. Inverted words and facets may widen as they grow.
    fn holds(&self, rows: &Rows, next: &Filter) -> bool {
        let grown = next.typed.starts_with(&self.filter.typed) && !next.typed.contains(['!', ':']);
        let same = Filter {
            typed: next.typed.clone(),
            conditions: next.conditions.clone(),
            ..self.filter.clone()
        } == *next;
        Arc::ptr_eq(rows, &self.rows) && grown && same
    }
}

/// Indexes of the rows that pass, in the list's order. Only where no row holds every word are loose matches offered,
/// best first: whoever typed what is there does not want guesses between.
pub fn narrow(rows: &Rows, filter: &Filter, newest_first: bool) -> Vec<u32> {
    narrow_on(&mut None, rows, filter, newest_first)
}

/// The same, starting from the last answer where that holds all there is to find, and leaving this one in its place.
pub fn narrow_on(
    last: &mut Option<Last>,
    rows: &Rows,
    filter: &Filter,
    newest_first: bool,
) -> Vec<u32> {
    let words: Vec<&str> = filter.conditions.words().collect();
    let passes = |at: &u32| {
        let row = &rows[*at as usize];
        filter.admits(row) && words.iter().all(|word| mentions(row, word))
    };
    let everything = 0..u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let exact: Vec<u32> = match last.take().filter(|last| last.holds(rows, filter)) {
        Some(last) => last.exact.into_iter().filter(passes).collect(),
        None => everything.clone().filter(passes).collect(),
    };
    *last = Some(Last {
        rows: rows.clone(),
        filter: filter.clone(),
        exact: exact.clone(),
    });
    let letters: String = words.concat();
    if exact.is_empty() && letters.chars().count() >= 3 {
        let rest: Vec<u32> = everything
            .filter(|at| filter.admits(&rows[*at as usize]))
            .collect();
        return loose(rows, &rest, &letters);
    }
    let mut shown = exact;
    if newest_first {
        shown.sort_by_key(|at| std::cmp::Reverse(rows[*at as usize].created));
    }
    shown
}

fn loose(rows: &Rows, rest: &[u32], letters: &str) -> Vec<u32> {
    let matcher = SkimMatcherV2::default();
    // A loose match must be a good one: at least 14 points a letter of the 16 a run of hits gives, else any long
    // name matches any short word.
    let least = 14 * i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let mut scored: Vec<(i64, u32)> = rest
        .iter()
        .filter(|at| is_subsequence(&rows[**at as usize].name, letters))
        .filter_map(|at| {
            matcher
                .fuzzy_match(&rows[*at as usize].name, letters)
                .filter(|score| *score >= least)
                .map(|score| (score, *at))
        })
        .collect();
    scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
    scored.into_iter().take(200).map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::row as sample_row;
    use crate::domain::time::Zone;
    use crate::domain::{Instant, Mode, Org, Person, Role, Team};

    fn org() -> Org {
        let team = |id: &str, name: &str| Team {
            id: id.into(),
            name: name.into(),
            members: vec![],
        };
        let role = |id: &str, name: &str| Role {
            id: id.into(),
            name: name.into(),
            kind: "custom".into(),
        };
        let person = |id: &str, name: &str| Person {
            id: id.into(),
            name: name.into(),
            email: None,
        };
        Org {
            teams: vec![team("T1", "Payments"), team("T2", "Search and Find")],
            people: vec![person("U1", "Ana Abara"), person("U2", "Bram Brandt")],
            roles: vec![role("R1", "Incident Lead"), role("R2", "Reporter")],
            ..Org::default()
        }
    }

    fn known(org: &Org) -> Known<'_> {
        Known {
            org,
            graph: Box::leak(Box::default()),
            me: None,
            now: crate::domain::time::parse("2026-11-20T15:00:00Z").expect("a time"),
            zone: Zone::UTC,
        }
    }

    fn rows() -> Rows {
        Arc::new(
            [
                (
                    "1",
                    "Checkout timing out on payment-gateway",
                    "Storm",
                    "Fixing",
                    "checkout-service",
                    "Ana Abara",
                ),
                (
                    "2",
                    "Search results stale",
                    "Breeze",
                    "Investigating",
                    "search-indexer",
                    "Bram Brandt",
                ),
                (
                    "3",
                    "Payments doubled",
                    "Gale",
                    "Closed",
                    "ledger",
                    "Ana Abara",
                ),
            ]
            .map(|(id, name, sev, status, service, lead)| {
                let mut row = sample_row(id, name, sev, status, service, lead);
                row.kind = (id != "2").then(|| "Production".into());
                if id == "3" {
                    (row.mode, row.created) = (Mode::Test, Instant::default());
                }
                Arc::new(row)
            })
            .to_vec(),
        )
    }

    fn found(typed: &str, change: impl FnOnce(&mut Filter)) -> Vec<u32> {
        let mut filter = Filter {
            priorities: vec![("Storm".into(), "P0")],
            ..Filter::default()
        };
        filter.parse(typed, &known(&org()));
        change(&mut filter);
        narrow(&rows(), &filter, false)
    }

    #[test]
    fn words_and_facets_narrow_and_invert() {
        for (typed, ids) in [
            ("", vec![0, 1, 2]),
            ("payment", vec![0, 2]),
            ("PAYMENT checkout", vec![0]),
            ("sev:storm", vec![0]),
            ("sev:p0", vec![0]),
            ("!sev:storm", vec![1, 2]),
            ("status:closed", vec![2]),
            ("service:search", vec![1]),
            ("lead:ana !status:closed", vec![0]),
            ("!payment", vec![1]),
            ("me:", vec![0]),
            ("inc-2", vec![1]),
            ("zzz", vec![]),
            ("!", vec![0, 1, 2]),
            ("sev:", vec![0, 1, 2]),
            ("team:find", vec![1]),
            ("team:\"search and find\"", vec![1]),
            ("!team:payments", vec![1, 2]),
            ("role:bram", vec![1]),
            ("role:lead", vec![0, 1, 2]),
            ("role:lead:bram", vec![1]),
            ("role:reporter", vec![]),
            ("role:reporter:bram", vec![]),
            ("!role:lead:", vec![]),
            ("type:prod", vec![0, 2]),
            ("!has:type", vec![1]),
            ("mode:test", vec![2]),
            ("since:2h", vec![0, 1]),
            ("!since:2h", vec![2]),
            ("\"out on\"", vec![0]),
            ("lead:\"ana abara\" since:today", vec![0]),
        ] {
            assert_eq!(found(typed, |f| f.me = Some("U1".into())), ids, "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told_and_narrows_nothing() {
        for (typed, says, ids) in [
            ("since:soon", "since: takes 2h", vec![0, 1, 2]),
            ("has:wings", "has: is one of lead", vec![0, 1, 2]),
            ("mode:x", "mode: is one of standard", vec![0, 1, 2]),
            ("foo:disk", "No facet foo:; there are sev: status:", vec![]),
        ] {
            let mut filter = Filter::default();
            filter.parse(typed, &known(&org()));
            assert!(
                filter.told().is_some_and(|told| told.contains(says)),
                "{typed}: {:?}",
                filter.told()
            );
            assert_eq!(narrow(&rows(), &filter, false), ids, "{typed}");
        }
    }

    #[test]
    fn scope_and_openness_hold_beside_words() {
        assert_eq!(found("", |f| f.open_only = true), [0, 1]);
        assert_eq!(
            found("", |f| {
                f.scope = Scope::Mine;
                f.me = Some("U1".into());
            }),
            [0]
        );
        assert_eq!(
            found("", |f| {
                f.scope = Scope::Team;
                f.teams = vec!["T2".into()];
            }),
            [1]
        );
    }

    #[test]
    fn growing_a_query_letter_by_letter_finds_what_typing_it_at_once_finds() {
        for query in [
            "payment gate",
            "s s",
            "sev:p0 chec",
            "!pay !s",
            "srchstale",
            "lead:ana pay",
            "inc-1",
        ] {
            let (rows, mut last) = (rows(), None);
            for end in 1..=query.len() {
                let mut filter = Filter {
                    priorities: vec![("Storm".into(), "P0")],
                    ..Filter::default()
                };
                filter.parse(&query[..end], &known(&org()));
                assert_eq!(
                    narrow_on(&mut last, &rows, &filter, false),
                    narrow(&rows, &filter, false),
                    "{}",
                    &query[..end]
                );
            }
        }
    }

    #[test]
    fn a_slip_of_the_finger_still_finds() {
        assert_eq!(found("srchstale", |_| ()), [1]);
    }
}
