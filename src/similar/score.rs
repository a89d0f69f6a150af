//! How likely people would call two incidents the same thing, from words, services and their distance, alerts and time.

use super::bytes::key;
use super::columns::{Norm, Row};
use super::delta::{alert_keys, kind_key};
use super::index::Index;
use super::norms::weight;
use super::pieces::pattern;
use super::shared::{Shared, Sums, Term, Weights};
use super::words::Words;
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
/// The same codes of errors, tickets, versions, and the same place in the code, by their rarity: each is one thing.
const CODES: f64 = 0.2;
const MOST_CODES: f64 = 2.0;
/// The same service, one call apart, two calls apart.
const SERVICE: [f64; 3] = [0.12, 0.06, 0.03];
const ALERT: f64 = 0.2;
/// The same name but for its numbers: alerts that come again. In a storm their words are too common to weigh anything.
const SAME_NAME: f64 = 0.6;
const SAME_KIND: f64 = 0.02;
const SAME_HOUR: f64 = 0.02;
/// From the sum to odds: by how much it stands above the next best, which is another thing; half of all incidents that
/// nothing is the same as have a next best of about .5. Fitted on halves of reports that people had marked, and checked
/// on the other halves.
const STEEP: f64 = 10.0;
const LEAD: f64 = 0.05;
const RIVAL: f64 = 0.5;
/// A text that is shorter than the asked one is measured by this share as if it was as long: a cosine favours a single
/// line that says two of the words (pivoted length normalisation; Singhal, Buckley, Mitra 1996).
const SHORTER: f64 = 0.25;
/// Texts that are shorter than this say nothing: what is left of them is rounding.
const LEAST_LENGTH: f64 = 0.01;
/// How many more than are asked for are looked at, since they may rival those.
const RIVALS: usize = 8;
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

/// An incident that was found: how alike, how sure, and how many more there are of its name.
pub(super) struct Candidate {
    sum: f64,
    pub odds: f64,
    pub number: u32,
    pub alike: usize,
}

/// What is measured of the asked incident: the length of its head (squared), and the rarity of its name's words.
#[derive(Clone, Copy, Default)]
struct Size {
    head: f64,
    name: f64,
}

impl Size {
    fn of<'t>(terms: impl Iterator<Item = &'t Term>) -> Self {
        terms.fold(Self::default(), |size, t| Self {
            head: size.head + (t.rare * weight(t.head)).powi(2),
            name: size.name + if t.in_name { t.rare } else { 0.0 },
        })
    }
}

/// What is asked, in the terms of an index.
pub(super) struct Query<'a> {
    index: &'a Index,
    pub asked: &'a Subject,
    search: &'a Search<'a>,
    pub terms: Vec<Term>,
    size: Size,
    /// What of it is the names of its services.
    service_size: Size,
    /// About how rare a word is that two incidents have.
    rarest: f64,
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
        words: &mut Words,
        asked: &'a Subject,
        search: &'a Search<'a>,
    ) -> io::Result<Self> {
        let terms = terms(index, words, asked)?;
        let name_pattern = pattern(&asked.name);
        let told = |pairs: &BTreeSet<(String, String)>| numbers(index, &asked.id, pairs);
        let mut left_out = told(&search.verdicts.different);
        left_out.extend(index.number(&asked.id));
        Ok(Self {
            index,
            asked,
            search,
            size: Size::of(terms.iter()),
            service_size: Size::of(terms.iter().filter(|t| t.of_service)),
            rarest: ((index.len() + 2) as f64).ln(),
            terms,
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
        let mut all = self.candidates(norms);
        let odds: Vec<f64> = all.iter().map(|c| self.odds(c, &all)).collect();
        for (one, odds) in all.iter_mut().zip(odds) {
            one.odds = odds;
        }
        let least = f64::from(self.search.least);
        all.retain(|c| percent(c.odds) >= least);
        all.sort_by(|a, b| b.odds.total_cmp(&a.odds).then_with(|| self.order(a, b)));
        all.truncate(self.search.most);
        all
    }

    /// One of each name, the likest first: as many as are asked for, and their rivals.
    fn candidates(&self, norms: &[Norm]) -> Vec<Candidate> {
        let mut by_name: HashMap<u64, Candidate> = HashMap::new();
        let least = self.least_sum();
        let shared = self.shared();
        for (number, norm) in norms.iter().enumerate() {
            let row = self.index.row(number as u32);
            let sum = self.sum(number as u32, &row, &shared.of(number), (*norm, least));
            let Some(sum) = sum.filter(|s| *s >= least || self.is_said_same(number as u32)) else {
                continue;
            };
            let found = Candidate {
                sum,
                odds: 0.0,
                number: number as u32,
                alike: 0,
            };
            match by_name.get_mut(&row.pattern) {
                Some(best) => self.join(best, found),
                None => drop(by_name.insert(row.pattern, found)),
            }
        }
        let mut all: Vec<Candidate> = by_name.into_values().collect();
        let said = |c: &Candidate| self.is_said_same(c.number);
        all.sort_by(|a, b| said(b).cmp(&said(a)).then_with(|| self.order(a, b)));
        all.truncate(self.search.most.saturating_add(RIVALS));
        all
    }

    /// The sum below which nobody is sure enough to be found, nor rivals one that is.
    fn least_sum(&self) -> f64 {
        let share = f64::from(self.search.least) / 100.0;
        let odds = (share / (1.0 - share)).ln();
        RIVAL + (odds / STEEP + LEAD).min(0.0)
    }

    /// The log-odds of an incident among all that were found: by how much it is liker than the likest of another kind.
    fn odds(&self, one: &Candidate, all: &[Candidate]) -> f64 {
        let mut rival = RIVAL;
        for other in all {
            // The liker ones come first: of most it is known by that alone that they change nothing.
            if other.sum > rival && self.is_rival(one, other) {
                rival = other.sum;
            }
        }
        let odds = STEEP * (one.sum - rival - LEAD);
        if self.is_said_same(one.number) {
            odds.max(SAID)
        } else {
            odds
        }
    }

    /// Whether of two only one can be what the asked one is. What came again is many incidents and one thing.
    fn is_rival(&self, one: &Candidate, other: &Candidate) -> bool {
        let rows = (self.index.row(one.number), self.index.row(other.number));
        one.number != other.number
            && !self.is_said_same(other.number)
            && !rows.0.alerts.iter().any(|a| rows.1.alerts.contains(a))
    }

    fn join(&self, best: &mut Candidate, mut found: Candidate) {
        if self.order(&found, best) == Ordering::Less {
            std::mem::swap(best, &mut found);
            best.alike = found.alike;
        }
        best.alike += 1;
    }

    /// The liker one first, of equals the newer one.
    fn order(&self, a: &Candidate, b: &Candidate) -> Ordering {
        b.sum.total_cmp(&a.sum).then_with(|| {
            let (a, b) = (self.index.row(a.number), self.index.row(b.number));
            b.created.cmp(&a.created).then_with(|| a.id.cmp(b.id))
        })
    }

    /// What each incident's words have in common with the asked one's.
    fn shared(&self) -> Sums {
        let mut sums = Sums::new(self.index.given_out());
        let weights: [f64; 16] = std::array::from_fn(|head| weight(head as u8));
        let count = self.index.len();
        let most = if count > ENOUGH {
            COMMON * count as f64
        } else {
            f64::INFINITY
        };
        let told = self.terms.iter();
        for term in told.filter(|t| t.postings.list.len() as f64 <= most) {
            sums.add(term, &weights);
            sums.make_up(term, &weights, self.index.written());
        }
        sums
    }

    /// How alike an incident is; nothing where it has nothing in common, must not be found, or is less alike than the least.
    fn sum(
        &self,
        number: u32,
        row: &Row<'_>,
        shared: &Shared,
        (norm, least): (Norm, f64),
    ) -> Option<f64> {
        let around = self.around(row);
        let written = shared.all.words + shared.codes + shared.frame;
        let nothing = written <= 0.0 && around <= 0.0 && !self.is_said_same(number);
        let too_old = self.search.since.is_some_and(|since| row.created < since);
        if nothing || too_old || self.left_out.contains(&number) || self.index.is_hidden(number) {
            return None;
        }
        // A service that both are on counts as that, and its name not as words once more.
        let both = self.distance(row.services) == Some(0);
        let (less, own) = match both {
            true => (shared.service, self.service_size),
            false => (Weights::default(), Size::default()),
        };
        let squared = f64::from(norm.head).powi(2) + f64::from(shared.head_off - less.head);
        let other_name = norm.name + shared.name_off - less.other_name;
        let asked_head = (self.size.head - own.head).max(0.0).sqrt();
        let other_head = squared.max(0.0).sqrt();
        let other_head = other_head + SHORTER * (asked_head - other_head).max(0.0);
        let words = f64::from(shared.all.words - less.words);
        let cosine = words.max(0.0) / (asked_head * other_head).max(LEAST_LENGTH);
        let coverage = share(
            shared.all.asked_name - less.asked_name,
            self.size.name - own.name,
        ) + share(
            shared.all.other_name - less.other_name,
            f64::from(other_name),
        );
        let codes = f64::from(shared.codes + shared.frame) / self.rarest;
        let sum = |near: f64| {
            cosine.min(1.0)
                + COVERAGE * coverage
                + NEARNESS * near
                + CODES * codes.min(MOST_CODES)
                + around
        };
        // Most are too little alike however near they are, and nearness takes longest.
        if sum(1.0) < least && !self.is_said_same(number) {
            return None;
        }
        let days = self.asked.created.abs_diff(row.created) as f64 / 86_400.0;
        Some(sum((-days / DAYS).exp()))
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

/// A part of a whole, 0 to 1; of nothing, nothing.
fn share(part: f32, whole: f64) -> f64 {
    if whole > 1e-6 {
        (f64::from(part) / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The words of the asked incident, in order. Those that nobody else has belong to its length all the same.
fn terms(index: &Index, words: &mut Words, asked: &Subject) -> io::Result<Vec<Term>> {
    let services = words.counted(&asked.services.join(" "), "");
    let mut counts = words.counted(&asked.name, &asked.text);
    let names: BTreeSet<u32> = services.iter().map(|c| c.token.word).collect();
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
            is_code: count.is_code,
            is_frame: count.is_frame,
            of_service: names.contains(&count.token.word),
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
