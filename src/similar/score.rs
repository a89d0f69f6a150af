//! How likely people would call two incidents the same thing, from words, services and their distance, alerts and time.

use super::bytes::key;
use super::columns::{Norm, Row};
use super::delta::{alert_keys, kind_key};
use super::index::Index;
use super::norms::weight;
use super::postings::Postings;
use super::words::{Words, pattern};
use super::{Neighbours, Search, Subject};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

/// Weights of what is compared. The likeness of the words of name and head (a cosine, 0 to 1) is the measure; the share
/// of the rarer words of each name that the other holds (0 to 2), and nearness in time, come on top of it.
const COVERAGE: f64 = 0.25;
const NEARNESS: f64 = 0.2;
/// Days after which nearness in time is down to a third: what returns, returns within weeks.
const DAYS: f64 = 90.0;
/// The same service, one call apart, two calls apart.
const SERVICE: [f64; 3] = [0.12, 0.06, 0.03];
const ALERT: f64 = 0.2;
/// The same name but for its numbers: alerts that come again. In a storm their words are too common to weigh anything.
const SAME_NAME: f64 = 0.6;
const SAME_KIND: f64 = 0.02;
const SAME_HOUR: f64 = 0.02;
/// From the sum to odds: at .75 they are even, and 0.14 more or less doubles or halves them twice.
const STEEP: f64 = 7.3;
const EVEN: f64 = 0.75;
/// The least odds of a pair that people said to be the same.
const SAID: f64 = 5.0;
/// A word in more than this share of incidents tells none apart, and is left out where there are enough to tell.
const COMMON: f64 = 0.3;
const ENOUGH: usize = 50;

/// Log-odds as percent.
pub(super) fn percent(odds: f64) -> f64 {
    100.0 / (1.0 + (-odds).exp())
}

/// The same weekday, within an hour of the clock.
fn same_hour(a: i64, b: i64) -> bool {
    let week = 7 * 86_400;
    let apart = a.saturating_sub(b).rem_euclid(week);
    apart.min(week - apart) <= 3_600
}

/// A word of the asked incident, with all who have it.
pub(super) struct Term {
    pub rare: f64,
    /// How rare it was when the lengths of the segment's incidents were measured.
    before: f64,
    head: u8,
    pub in_name: bool,
    /// How it was written first.
    pub written: String,
    pub postings: Postings,
}

/// What words have in common: the weights of shared words, and the rarity of those in the asked and in the other's name;
/// and what the length of the other (squared) and the rarity of its name are off by, since these words became less rare.
#[derive(Clone, Copy, Default)]
struct Shared {
    words: f32,
    asked_name: f32,
    other_name: f32,
    head_off: f32,
    name_off: f32,
}

/// An incident that was found: how sure, and how many more there are of its name.
pub(super) struct Candidate {
    pub odds: f64,
    pub number: u32,
    pub alike: usize,
}

/// What is asked, in the terms of an index.
pub(super) struct Query<'a> {
    index: &'a Index,
    pub asked: &'a Subject,
    search: &'a Search<'a>,
    pub terms: Vec<Term>,
    /// The length of its head, and the rarity of its name's words.
    head: f64,
    name: f64,
    pub pattern: u64,
    /// Whether its name has words enough for the same name to mean something.
    names_alike: bool,
    kind: u64,
    pub alerts: Vec<u64>,
    /// Services by how many calls away they are, in order of their keys.
    services: Vec<(u64, usize)>,
    /// Incidents that people said to be the same, and those that must not be found.
    same: BTreeSet<u32>,
    left_out: BTreeSet<u32>,
}

impl<'a> Query<'a> {
    pub(super) fn new(
        index: &'a Index,
        asked: &'a Subject,
        search: &'a Search<'a>,
    ) -> io::Result<Self> {
        let terms = terms(index, asked)?;
        let lengths = terms.iter().map(|t| (t.rare * weight(t.head)).powi(2));
        let named = terms.iter().filter(|t| t.in_name).map(|t| t.rare);
        let (head, name) = (lengths.sum::<f64>().sqrt(), named.sum());
        let name_pattern = pattern(&asked.name);
        let told = |pairs: &BTreeSet<(String, String)>| numbers(index, &asked.id, pairs);
        let mut left_out = told(&search.verdicts.different);
        left_out.extend(index.number(&asked.id));
        Ok(Self {
            index,
            asked,
            search,
            terms,
            head,
            name,
            pattern: key(&name_pattern),
            names_alike: name_pattern.split(' ').filter(|w| *w != "#").count() >= 2,
            kind: kind_key(asked.kind.as_deref()),
            alerts: alert_keys(&asked.alerts),
            services: within_two_calls(&asked.services, search.near),
            same: told(&search.verdicts.same),
            left_out,
        })
    }

    /// Whether people said that it is the same as one.
    pub(super) fn is_said_same(&self, number: u32) -> bool {
        self.same.contains(&number)
    }

    /// Calls between its services and those of another, up to two.
    pub(super) fn distance(&self, services: &[u64]) -> Option<usize> {
        let hops = services.iter().filter_map(|service| {
            let at = self.services.binary_search_by_key(service, |(key, _)| *key);
            at.ok().map(|at| self.services[at].1)
        });
        hops.min()
    }

    /// The best, each with how many more of its name: one storm of the same alert is one answer.
    pub(super) fn ranked(&self, norms: &[Norm]) -> Vec<Candidate> {
        let mut by_name: HashMap<u64, Candidate> = HashMap::new();
        for (number, shared) in self.shared().iter().enumerate() {
            let row = self.index.row(number as u32);
            let odds = self.odds(number as u32, &row, shared, norms[number]);
            let Some(odds) = odds.filter(|o| percent(*o) >= f64::from(self.search.least)) else {
                continue;
            };
            let found = Candidate {
                odds,
                number: number as u32,
                alike: 0,
            };
            match by_name.get_mut(&row.pattern) {
                Some(best) => self.join(best, found),
                None => drop(by_name.insert(row.pattern, found)),
            }
        }
        let mut all: Vec<Candidate> = by_name.into_values().collect();
        all.sort_by(|a, b| self.order(a, b));
        all.truncate(self.search.most);
        all
    }

    fn join(&self, best: &mut Candidate, mut found: Candidate) {
        if self.order(&found, best) == Ordering::Less {
            std::mem::swap(best, &mut found);
            best.alike = found.alike;
        }
        best.alike += 1;
    }

    /// The likelier one first, of equals the newer one.
    fn order(&self, a: &Candidate, b: &Candidate) -> Ordering {
        let rows = (self.index.row(a.number), self.index.row(b.number));
        let newer = rows.1.created.cmp(&rows.0.created);
        let by_id = || rows.0.id.cmp(rows.1.id);
        b.odds.total_cmp(&a.odds).then(newer).then_with(by_id)
    }

    /// What each incident's words have in common with the asked one's.
    fn shared(&self) -> Vec<Shared> {
        let mut sums = vec![Shared::default(); self.index.given_out()];
        let weights: [f64; 16] = std::array::from_fn(|head| weight(head as u8));
        let count = self.index.len();
        let most = if count > ENOUGH {
            COMMON * count as f64
        } else {
            f64::INFINITY
        };
        for term in &self.terms {
            let list = &term.postings.list;
            if list.len() as f64 > most {
                continue;
            }
            let (own, rare) = (term.rare * weight(term.head) * term.rare, term.rare as f32);
            let asked_name = if term.in_name { rare } else { 0.0 };
            for posting in list {
                let sum = &mut sums[posting.document as usize];
                sum.words += (own * weights[usize::from(posting.head())]) as f32;
                sum.asked_name += asked_name;
                sum.other_name += if posting.in_name() { rare } else { 0.0 };
            }
            self.make_up(term, &weights, &mut sums);
        }
        sums
    }

    /// Sums up what the lengths of the segment's incidents are off by: in a storm of something new, the one incident of
    /// the past that had its words would seem to be about more than it was.
    fn make_up(&self, term: &Term, weights: &[f64; 16], sums: &mut [Shared]) {
        if term.rare == term.before {
            return;
        }
        let (head, name) = (
            term.rare.powi(2) - term.before.powi(2),
            term.rare - term.before,
        );
        let sums = &mut sums[..self.index.written()];
        for posting in &term.postings.list {
            let Some(sum) = sums.get_mut(posting.document as usize) else {
                break;
            };
            sum.head_off += (head * weights[usize::from(posting.head())].powi(2)) as f32;
            sum.name_off += if posting.in_name() { name as f32 } else { 0.0 };
        }
    }

    /// The log-odds of an incident; nothing where it has nothing in common, or must not be found.
    fn odds(&self, number: u32, row: &Row<'_>, shared: &Shared, norm: Norm) -> Option<f64> {
        let around = self.around(row);
        let same = self.is_said_same(number);
        let nothing = shared.words <= 0.0 && around <= 0.0 && !same;
        let too_old = self.search.since.is_some_and(|since| row.created < since);
        if nothing || too_old || self.left_out.contains(&number) || self.index.is_hidden(number) {
            return None;
        }
        let squared = f64::from(norm.head).powi(2) + f64::from(shared.head_off);
        let (other_head, other_name) = (squared.max(0.0).sqrt(), norm.name + shared.name_off);
        let cosine = f64::from(shared.words)
            / self.head.max(f64::MIN_POSITIVE)
            / other_head.max(f64::from(1e-9_f32));
        let coverage = f64::from(shared.asked_name) / self.name.max(1e-9)
            + f64::from(shared.other_name) / f64::from(other_name).max(1e-9);
        let days = self.asked.created.abs_diff(row.created) as f64 / 86_400.0;
        let near = (-days / DAYS).exp();
        let sum = cosine + COVERAGE * coverage + NEARNESS * near + around;
        let odds = STEEP * (sum - EVEN);
        Some(if same { odds.max(SAID) } else { odds })
    }

    /// What the two have in common besides the words of their texts.
    fn around(&self, row: &Row<'_>) -> f64 {
        let mut sum = self.distance(row.services).map_or(0.0, |d| SERVICE[d]);
        if row.alerts.iter().any(|a| self.alerts.contains(a)) {
            sum += ALERT;
        }
        // Type and hour say something only where there is more: each holds for many incidents by chance.
        if sum > 0.0 {
            if self.kind != 0 && self.kind == row.kind {
                sum += SAME_KIND;
            }
            if same_hour(self.asked.created, row.created) {
                sum += SAME_HOUR;
            }
        }
        if self.names_alike && row.pattern == self.pattern {
            sum += SAME_NAME;
        }
        sum
    }
}

/// The words of the asked incident, in order. Those that nobody else has belong to its length all the same.
fn terms(index: &Index, asked: &Subject) -> io::Result<Vec<Term>> {
    let mut words = Words::default();
    let mut counts = words.counted(&asked.name, &asked.text);
    let text = |number: u32| &words.all()[number as usize];
    counts.sort_by(|a, b| text(a.token.word).text.cmp(&text(b.token.word).text));
    let term = |count: &super::words::Count| {
        let word = text(count.token.word);
        let (postings, before) = index.postings(&word.text)?;
        Ok(Term {
            before,
            rare: index.rarity(postings.list.len()),
            head: count.head,
            in_name: count.in_name,
            written: word.forms[count.token.form as usize].clone(),
            postings,
        })
    };
    counts.iter().map(term).collect()
}

/// The incidents that people said something about together with one.
fn numbers(index: &Index, id: &str, pairs: &BTreeSet<(String, String)>) -> BTreeSet<u32> {
    let others = pairs.iter().filter_map(|(a, b)| match (a == id, b == id) {
        (true, _) => Some(b),
        (_, true) => Some(a),
        _ => None,
    });
    others.filter_map(|other| index.number(other)).collect()
}

/// Services, their neighbours and the neighbours of these, each with its distance.
fn within_two_calls(services: &[String], near: &Neighbours) -> Vec<(u64, usize)> {
    let mut all: BTreeMap<u64, usize> = BTreeMap::new();
    let mut at: BTreeSet<&String> = services.iter().collect();
    for hops in 0..SERVICE.len() {
        for service in &at {
            all.entry(key(service)).or_insert(hops);
        }
        at = at
            .into_iter()
            .filter_map(|s| near.get(s))
            .flatten()
            .collect();
    }
    all.into_iter().collect()
}
