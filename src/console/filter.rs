//! Narrowing a list: words, facets and scope. Pure, and quick enough for a hundred thousand rows a letter.

use super::list::Rows;
use super::place::Scope;
use crate::domain::text::contains_folded;
use crate::domain::{IncidentSummary, TeamId, UserId};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::sync::Arc;

/// One condition.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    facet: Option<Facet>,
    word: String,
    inverted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Facet {
    Severity,
    Status,
    Service,
    Lead,
    Mine,
}

/// What a list of incidents is narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
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
    pub fn parse(&mut self, typed: &str) {
        self.typed = typed.to_owned();
        self.terms = typed
            .to_lowercase()
            .split_whitespace()
            .map(term)
            .filter(|t| !t.word.is_empty() || t.facet == Some(Facet::Mine))
            .collect();
    }

    /// Whether a row passes all but the plain words.
    fn admits(&self, row: &IncidentSummary) -> bool {
        (!self.open_only || row.category.is_open())
            && self.in_scope(row)
            && self
                .terms
                .iter()
                .filter(|t| t.facet.is_some() || t.inverted)
                .all(|t| self.holds(t, row) != t.inverted)
    }

    fn in_scope(&self, row: &IncidentSummary) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Mine => self.is_mine(row),
            Scope::Team => {
                row.teams.as_deref().is_some_and(|teams| {
                    teams
                        .split(' ')
                        .any(|id| self.teams.iter().any(|t| t.as_str() == id))
                }) || self.is_mine(row)
            }
        }
    }

    fn is_mine(&self, row: &IncidentSummary) -> bool {
        self.me.as_ref().is_some_and(|me| {
            row.people
                .as_deref()
                .is_some_and(|people| people.split(' ').any(|id| id == me.as_str()))
        })
    }

    fn holds(&self, term: &Term, row: &IncidentSummary) -> bool {
        let within =
            |text: Option<&str>| text.is_some_and(|text| contains_folded(text, &term.word));
        match term.facet {
            None => mentions(row, &term.word),
            Some(Facet::Severity) => {
                within(row.severity.as_deref())
                    || self.priorities.iter().any(|(name, p)| {
                        p.eq_ignore_ascii_case(&term.word) && row.severity.as_deref() == Some(name)
                    })
            }
            Some(Facet::Status) => within(Some(&row.status)) || within(Some(row.category.label())),
            Some(Facet::Service) => within(row.service.as_deref()),
            Some(Facet::Lead) => within(row.lead.as_deref()),
            Some(Facet::Mine) => self.is_mine(row),
        }
    }
}

fn term(word: &str) -> Term {
    let (inverted, rest) = word
        .strip_prefix('!')
        .map_or((false, word), |rest| (true, rest));
    let facets = [
        ("sev:", Facet::Severity),
        ("severity:", Facet::Severity),
        ("status:", Facet::Status),
        ("service:", Facet::Service),
        ("lead:", Facet::Lead),
        ("me:", Facet::Mine),
    ];
    let found = facets
        .iter()
        .find_map(|(prefix, facet)| rest.strip_prefix(prefix).map(|word| (*facet, word)));
    Term {
        facet: found.map(|(f, _)| f),
        word: found.map_or(rest, |(_, w)| w).to_owned(),
        inverted,
    }
}

/// Whether a row mentions a word anywhere it shows.
fn mentions(row: &IncidentSummary, word: &str) -> bool {
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
            terms: next.terms.clone(),
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
    let words: Vec<&str> = filter
        .terms
        .iter()
        .filter(|t| t.facet.is_none() && !t.inverted)
        .map(|t| t.word.as_str())
        .collect();
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
                Arc::new(sample_row(id, name, sev, status, service, lead))
            })
            .to_vec(),
        )
    }

    fn found(typed: &str, change: impl FnOnce(&mut Filter)) -> Vec<u32> {
        let mut filter = Filter {
            priorities: vec![("Storm".into(), "P0")],
            ..Filter::default()
        };
        filter.parse(typed);
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
        ] {
            assert_eq!(found(typed, |f| f.me = Some("U1".into())), ids, "{typed}");
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
                filter.parse(&query[..end]);
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
