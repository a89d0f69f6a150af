//! Which past incidents are like one: by words, services and their distance, alerts and time, with reasons that a reader
//! can check in both texts. Pure.

mod outcome;
mod period;
mod words;

pub use outcome::{Recalled, Seen, last_words, neighbours, subject_of};
pub use period::{Cluster, Counted, Facts, Followed, Period, Took, lasted, period};
pub use words::pattern;

use crate::domain::{IncidentId, Instant};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use words::{HEAD, MOST, Words};

/// What is known of an incident that can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its id; empty for one that does not exist yet.
    pub id: String,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Everything else that was written: summary, updates, post-mortem.
    pub text: String,
    /// Services it names.
    pub services: Vec<String>,
    /// Names of its alerts.
    pub alerts: Vec<String>,
    /// Its type.
    pub kind: Option<String>,
    /// Unix seconds of its declaration.
    pub created: i64,
}

/// Services and how far they are from one another: name to neighbours.
pub type Neighbours = BTreeMap<String, BTreeSet<String>>;

/// What people said of pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairVerdicts {
    /// Pairs that had the same cause.
    pub same: BTreeSet<(String, String)>,
    /// Pairs that are not alike.
    pub different: BTreeSet<(String, String)>,
}

impl PairVerdicts {
    /// The key of a pair, whichever way round.
    pub fn pair(a: &str, b: &str) -> (String, String) {
        if a <= b {
            (a.into(), b.into())
        } else {
            (b.into(), a.into())
        }
    }

    fn holds(pairs: &BTreeSet<(String, String)>, a: &str, b: &str) -> bool {
        !pairs.is_empty() && pairs.contains(&PairVerdicts::pair(a, b))
    }

    /// Whether people said that two had the same cause.
    pub fn is_same(&self, a: &str, b: &str) -> bool {
        PairVerdicts::holds(&self.same, a, b)
    }

    /// Whether people said that two are not alike.
    pub fn is_different(&self, a: &str, b: &str) -> bool {
        PairVerdicts::holds(&self.different, a, b)
    }
}

/// One incident that is like another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// Its id.
    pub id: IncidentId,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// How likely people would call the two the same thing, in percent.
    pub likeness: u8,
    /// Why, each reason checkable in both.
    pub reasons: Vec<String>,
    /// Further incidents of the same name but for numbers, which are not listed.
    pub alike: usize,
    /// When it was declared.
    pub at: Instant,
}

/// One posting: which document; and in one number how often in its name (counted twice) and the head of its text, from 0
/// for further down to 15, whether in the name, and how it was written there first. Millions of these are kept.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Posting {
    doc: u32,
    packed: u32,
}

impl Posting {
    fn new(doc: u32, head: u8, in_name: bool, surface: u32) -> Self {
        Self {
            doc,
            packed: (surface << 5) | (u32::from(in_name) << 4) | u32::from(head.min(15)),
        }
    }

    fn head(self) -> u8 {
        (self.packed & 15) as u8
    }

    fn in_name(self) -> bool {
        self.packed & 16 != 0
    }

    fn surface(self) -> usize {
        (self.packed >> 5) as usize
    }
}

/// A word of the asked incident: its place, its rarity, how often in name and head, whether in the name, how written.
type Term = (u32, f64, u8, bool, String);

/// Every incident that can be found.
#[derive(Default, Serialize, Deserialize)]
pub struct Index {
    subjects: Vec<Subject>,
    patterns: Vec<String>,
    known: HashMap<String, u32>,
    vocabulary: HashMap<String, u32>,
    surfaces: HashMap<String, u32>,
    written: Vec<String>,
    /// The length of each document's head, and the rarity of its name's words; empty while something was added since.
    #[serde(skip)]
    norms: Vec<(f32, f32)>,
    postings: Vec<Vec<Posting>>,
    #[serde(skip)]
    words: Words,
}

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
/// A word in more than this share of incidents is no reason.
const COMMON_REASON: f64 = 0.2;
/// A word in more than this share of incidents tells none apart, and is not looked up.
const COMMON: f64 = 0.3;

/// What a word weighs by how often name and head have it.
fn weight(head: u8) -> f64 {
    if head == 0 {
        0.0
    } else {
        1.0 + f64::from(head).ln()
    }
}

/// Log-odds as percent.
fn percent(odds: f64) -> f64 {
    100.0 / (1.0 + (-odds).exp())
}

/// What two have in common besides their words; the alerts of the first as patterns.
fn around(a: &Subject, alerts: &[String], b: &Subject, near: &Neighbours) -> f64 {
    let hops = distance(&a.services, &b.services, near).map_or(0.0, |d| SERVICE[d]);
    let alert = if !alerts.is_empty() && b.alerts.iter().any(|y| alerts.contains(&pattern(y))) {
        ALERT
    } else {
        0.0
    };
    let kind = if hops + alert > 0.0 && a.kind.is_some() && a.kind == b.kind {
        SAME_KIND
    } else {
        0.0
    };
    let hour = if hops + alert > 0.0 && same_hour(a.created, b.created) {
        SAME_HOUR
    } else {
        0.0
    };
    hops + alert + kind + hour
}

impl Index {
    /// How many incidents it holds.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The id of the first incident that was added.
    pub fn first(&self) -> Option<String> {
        self.subjects.first().map(|s| s.id.clone())
    }

    /// An incident by id or reference.
    pub fn subject(&self, id: &str) -> Option<&Subject> {
        self.subjects
            .iter()
            .find(|s| s.id == id || s.reference.eq_ignore_ascii_case(id))
    }

    /// Bytes it takes, about: postings, names and texts.
    pub fn bytes(&self) -> usize {
        let postings: usize = self
            .postings
            .iter()
            .map(|p| p.capacity() * std::mem::size_of::<Posting>() + 24)
            .sum();
        let words: usize = self.vocabulary.keys().map(|w| w.len() + 40).sum();
        let subjects: usize = self
            .subjects
            .iter()
            .map(|s| s.name.len() + s.text.len() + 200)
            .sum();
        postings + words + subjects
    }

    /// Adds an incident; one that is known is left as it was. The text is not kept beyond its first words.
    pub fn add(&mut self, mut subject: Subject) {
        if subject.id.is_empty() || self.known.contains_key(&subject.id) {
            return;
        }
        let doc = self.subjects.len() as u32;
        self.known.insert(subject.id.clone(), doc);
        for (word, (head, in_name, surface)) in self.counted(&subject) {
            let surface = self.surface(surface);
            let next = self.vocabulary.len() as u32;
            let at = match self.vocabulary.get(&word) {
                Some(at) => *at as usize,
                None => {
                    self.vocabulary.insert(word, next);
                    self.postings.push(Vec::new());
                    next as usize
                }
            };
            self.postings[at].push(Posting::new(doc, head, in_name, surface));
        }
        self.norms.clear();
        self.patterns.push(pattern(&subject.name));
        subject.text = String::new();
        subject.name.shrink_to_fit();
        self.subjects.push(subject);
    }

    fn surface(&mut self, written: String) -> u32 {
        let next = self.written.len() as u32;
        match self.surfaces.get(&written) {
            Some(at) => *at,
            None => {
                self.written.push(written.clone());
                self.surfaces.insert(written, next);
                next
            }
        }
    }

    /// Words of a subject: how often in name and head, whether in the name, and how written.
    fn counted(&mut self, subject: &Subject) -> BTreeMap<String, (u8, bool, String)> {
        let mut counts: BTreeMap<String, (u8, bool, String)> = BTreeMap::new();
        for (word, written) in self.words.of(&subject.name, MOST) {
            let entry = counts.entry(word).or_insert((0, false, written));
            (entry.0, entry.1) = (entry.0.saturating_add(2), true);
        }
        for (at, (word, written)) in self.words.of(&subject.text, MOST).into_iter().enumerate() {
            let entry = counts.entry(word).or_insert((0, false, written));
            entry.0 = entry.0.saturating_add(u8::from(at < HEAD));
        }
        counts
    }

    fn rarity(&self, word: u32) -> f64 {
        ((self.subjects.len() as f64 + 1.0) / (self.postings[word as usize].len() as f64 + 0.5))
            .ln()
            .max(0.0)
    }

    /// The most alike, best first: those before `asked` in time or all, with at least some likeness in percent.
    pub fn find(
        &mut self,
        asked: &Subject,
        near: &Neighbours,
        told: &PairVerdicts,
        since: Option<i64>,
        least: u8,
        most: usize,
    ) -> Vec<Match> {
        let counted = self.counted(asked);
        let terms: Vec<Term> = counted
            .iter()
            .filter_map(|(word, (head, in_name, written))| {
                self.vocabulary
                    .get(word)
                    .map(|w| (*w, self.rarity(*w), *head, *in_name, written.clone()))
            })
            .collect();
        let count = self.subjects.len();
        // Words of the asked one that nobody else has belong to its length all the same.
        let unknown = ((count as f64 + 1.0) / 0.5).ln();
        let length = |items: &mut dyn Iterator<Item = (f64, u8)>| {
            items
                .map(|(rare, head)| (rare * weight(head)).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let own: Vec<(f64, u8)> = counted
            .iter()
            .map(|(w, (head, ..))| {
                (
                    self.vocabulary.get(w).map_or(unknown, |v| self.rarity(*v)),
                    *head,
                )
            })
            .collect();
        let norm = length(&mut own.into_iter()).max(f64::MIN_POSITIVE);
        let named: f64 = counted
            .iter()
            .filter(|(_, (_, n, _))| *n)
            .map(|(w, _)| self.vocabulary.get(w).map_or(unknown, |v| self.rarity(*v)))
            .sum();
        let mut sums = vec![(0f32, 0f32, 0f32); count];
        for (word, rare, head, in_name, _) in &terms {
            let (rare, head, in_name) = (*rare, *head, *in_name);
            let postings = &self.postings[*word as usize];
            if count > 50 && postings.len() as f64 > COMMON * count as f64 {
                continue;
            }
            for p in postings {
                let sum = &mut sums[p.doc as usize];
                sum.0 += (rare * weight(head) * rare * weight(p.head())) as f32;
                sum.1 += if in_name { rare as f32 } else { 0.0 };
                sum.2 += if p.in_name() { rare as f32 } else { 0.0 };
            }
        }
        if self.norms.is_empty() {
            self.norms = self.measured();
        }
        let norms = &self.norms;
        let asked_pattern = pattern(&asked.name);
        let asked_alerts: Vec<String> = asked.alerts.iter().map(|a| pattern(a)).collect();
        let names_alike = asked_pattern.split(' ').filter(|w| *w != "#").count() >= 2;
        let mut found: Vec<(f64, usize)> = Vec::new();
        for (doc, sum) in sums.iter().enumerate() {
            let other = &self.subjects[doc];
            let again = names_alike && self.patterns[doc] == asked_pattern;
            let same = told.is_same(&asked.id, &other.id);
            let shares =
                around(asked, &asked_alerts, other, near) + if again { SAME_NAME } else { 0.0 };
            if other.id == asked.id
                || since.is_some_and(|s| other.created < s)
                || told.is_different(&asked.id, &other.id)
                || (sum.0 <= 0.0 && shares <= 0.0 && !same)
            {
                continue;
            }
            let cosine = f64::from(sum.0) / norm / f64::from(norms[doc].0.max(1e-9));
            let coverage = f64::from(sum.1) / named.max(1e-9)
                + f64::from(sum.2) / f64::from(norms[doc].1).max(1e-9);
            let days = (asked.created - other.created).abs() as f64 / 86_400.0;
            let mut odds = STEEP
                * (cosine + COVERAGE * coverage + NEARNESS * (-days / DAYS).exp() + shares - EVEN);
            if same {
                odds = odds.max(5.0);
            }
            found.push((odds, doc));
        }
        found.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| self.subjects[b.1].created.cmp(&self.subjects[a.1].created))
                .then_with(|| self.subjects[a.1].id.cmp(&self.subjects[b.1].id))
        });
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut kept: Vec<(f64, usize, usize)> = Vec::new();
        for (odds, doc) in found {
            if percent(odds) < f64::from(least) {
                break;
            }
            // One storm of the same alert is one answer.
            match seen.get(self.patterns[doc].as_str()) {
                Some(&at) => kept[at].2 += 1,
                None if kept.len() < most => {
                    seen.insert(&self.patterns[doc], kept.len());
                    kept.push((odds, doc, 0));
                }
                None => {}
            }
        }
        kept.into_iter()
            .map(|(odds, doc, alike)| self.matched(asked, &terms, odds, doc, alike, near, told))
            .collect()
    }

    fn measured(&self) -> Vec<(f32, f32)> {
        let mut norms = vec![(0f32, 0f32); self.subjects.len()];
        for (word, postings) in self.postings.iter().enumerate() {
            let rare = self.rarity(word as u32);
            for p in postings {
                let norm = &mut norms[p.doc as usize];
                norm.0 += (rare * weight(p.head())).powi(2) as f32;
                norm.1 += if p.in_name() { rare as f32 } else { 0.0 };
            }
        }
        norms.iter_mut().for_each(|n| n.0 = n.0.sqrt());
        norms
    }

    #[allow(clippy::too_many_arguments)]
    fn matched(
        &self,
        asked: &Subject,
        terms: &[Term],
        odds: f64,
        doc: usize,
        alike: usize,
        near: &Neighbours,
        told: &PairVerdicts,
    ) -> Match {
        let other = &self.subjects[doc];
        // A reason must be found in both texts as it stands: the word itself, or what two forms of it begin with.
        let told_least = (self.subjects.len() as f64 * COMMON_REASON).max(2.0);
        let mut shared: Vec<(f64, String)> = terms
            .iter()
            .filter(|(word, ..)| self.postings[*word as usize].len() as f64 <= told_least)
            .filter_map(|(word, rare, _, in_name, written)| {
                let postings = &self.postings[*word as usize];
                let posting = postings
                    .binary_search_by_key(&(doc as u32), |p| p.doc)
                    .ok()
                    .map(|at| postings[at])?;
                let both = common(written, &self.written[posting.surface()]);
                let worth = rare
                    * (1.0
                        + f64::from(u8::from(*in_name))
                        + f64::from(u8::from(posting.in_name())));
                is_telling(both).then(|| (worth, both.to_owned()))
            })
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut reasons = Vec::new();
        if told.is_same(&asked.id, &other.id) {
            reasons.push("said to belong together".to_owned());
        }
        let mut told_words: Vec<String> = Vec::new();
        for (_, word) in shared {
            // Of a word and one that holds it, the longer one says more.
            if let Some(shorter) = told_words.iter_mut().find(|t| word.contains(t.as_str())) {
                *shorter = word;
            } else if told_words.len() < 6 && !told_words.iter().any(|t| t.contains(&word)) {
                told_words.push(word);
            }
        }
        if !told_words.is_empty() {
            reasons.push(format!(
                "both say {}",
                told_words
                    .iter()
                    .map(|w| format!("`{w}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        if pattern(&asked.name) == self.patterns[doc] {
            reasons.push("the same name but for numbers".to_owned());
        }
        if let Some(alert) = asked
            .alerts
            .iter()
            .find(|x| other.alerts.iter().any(|y| pattern(x) == pattern(y)))
        {
            reasons.push(format!("same alert \"{alert}\""));
        }
        match distance(&asked.services, &other.services, near) {
            Some(0) => {
                let both: Vec<&str> = asked
                    .services
                    .iter()
                    .filter(|s| other.services.contains(s))
                    .map(String::as_str)
                    .collect();
                reasons.push(format!("both on {}", both.join(", ")));
            }
            Some(hops) => reasons.push(format!(
                "{} and {} are {} apart",
                asked.services.join(", "),
                other.services.join(", "),
                if hops == 1 { "one call" } else { "two calls" }
            )),
            None => {}
        }
        let days = (asked.created - other.created).abs() / 86_400;
        reasons.push(match days {
            0 => "within a day".into(),
            1 => "a day apart".into(),
            days => format!("{days} days apart"),
        });
        Match {
            id: other.id.as_str().into(),
            reference: other.reference.clone(),
            name: other.name.clone(),
            likeness: percent(odds).round() as u8,
            reasons,
            alike,
            at: Instant::from_timestamp(other.created, 0).unwrap_or_default(),
        }
    }
}

/// What two ways to write a word begin with.
fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a
        .char_indices()
        .zip(b.chars())
        .take_while(|((_, x), y)| x == y)
        .last();
    same.map_or("", |((at, c), _)| &a[..at + c.len_utf8()])
}

/// Whether a word says something to a reader: not a bare number, unless it is an error code, and not a stump.
fn is_telling(word: &str) -> bool {
    let code = word.len() == 3 && word.parse::<u16>().is_ok_and(|n| (400..600).contains(&n));
    code || (word.chars().any(char::is_alphabetic)
        && (word.chars().count() >= 3 || !word.is_ascii()))
}

/// Calls between the nearest two services of two incidents, up to two.
fn distance(a: &[String], b: &[String], near: &Neighbours) -> Option<usize> {
    if a.iter().any(|s| b.contains(s)) {
        return Some(0);
    }
    let next: BTreeSet<&String> = a.iter().filter_map(|s| near.get(s)).flatten().collect();
    if b.iter().any(|s| next.contains(s)) {
        return Some(1);
    }
    let further = next
        .iter()
        .filter_map(|s| near.get(*s))
        .flatten()
        .any(|s| b.contains(s));
    further.then_some(2)
}

/// The same weekday, within an hour of the clock.
fn same_hour(a: i64, b: i64) -> bool {
    let week = 7 * 86_400;
    let apart = (a - b).rem_euclid(week);
    apart.min(week - apart) <= 3_600
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(id: &str, name: &str, text: &str, service: &str, alert: &str, day: i64) -> Subject {
        Subject {
            id: id.into(),
            reference: format!("INC-{id}"),
            name: name.into(),
            text: text.into(),
            services: if service.is_empty() {
                vec![]
            } else {
                vec![service.into()]
            },
            alerts: if alert.is_empty() {
                vec![]
            } else {
                vec![alert.into()]
            },
            kind: None,
            created: day * 86_400,
        }
    }

    fn filled() -> Index {
        let mut index = Index::default();
        for (n, (name, text, service, alert)) in [
            (
                "payment-gateway times out",
                "Calls wait 30 s. ConnectionPoolExhausted in the log.",
                "payment-gateway",
                "HighLatency: payment-gateway",
            ),
            (
                "Disk full on orders-db",
                "WAL grows since the replica is gone.",
                "orders-db",
                "DiskFull: orders-db",
            ),
            (
                "Search results are stale",
                "The indexer is stuck on one message.",
                "search-indexer",
                "QueueDepth: search-indexer",
            ),
            ("Certificate of mfa expired", "Renewal failed.", "mfa", ""),
            (
                "Zahlungen doppelt gebucht",
                "Ein Zeitlimit in ledger",
                "ledger",
                "",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            index.add(subject(
                &n.to_string(),
                name,
                text,
                service,
                alert,
                n as i64,
            ));
        }
        for n in 0..200 {
            index.add(subject(
                &format!("s{n}"),
                &format!("HighErrorRate on cart-{n} at 0{}:00", n % 9),
                "storm of alerts",
                "cart",
                "HighErrorRate",
                10,
            ));
        }
        index
    }

    #[test]
    fn what_is_like_it_is_found_with_reasons_that_stand_in_both() {
        let mut index = filled();
        let asked = subject(
            "new",
            "Timeouts calling payment-gateway",
            "log says ConnectionPoolExhausted again",
            "checkout",
            "",
            20,
        );
        let near = Neighbours::from([(
            "checkout".to_owned(),
            BTreeSet::from(["payment-gateway".to_owned()]),
        )]);
        let found = index.find(&asked, &near, &PairVerdicts::default(), None, 20, 5);
        assert_eq!(found[0].id.as_str(), "0", "{found:#?}");
        let (mine, theirs) = (
            format!("{} {}", asked.name, asked.text).to_lowercase(),
            "payment-gateway times out calls wait 30 s. connectionpoolexhausted in the log.",
        );
        let said = found[0]
            .reasons
            .iter()
            .find(|r| r.starts_with("both say"))
            .expect("words");
        for word in said.split('`').skip(1).step_by(2) {
            assert!(
                mine.contains(word) && theirs.contains(word),
                "`{word}` is not in both"
            );
        }
        assert!(
            found[0]
                .reasons
                .iter()
                .any(|r| r.contains("one call apart")),
            "{:?}",
            found[0].reasons
        );
    }

    #[test]
    fn a_storm_is_one_answer_and_what_people_said_counts() {
        let mut index = filled();
        let asked = subject(
            "new",
            "HighErrorRate on cart-999 at 03:00",
            "storm of alerts",
            "cart",
            "HighErrorRate",
            11,
        );
        let found = index.find(
            &asked,
            &Neighbours::new(),
            &PairVerdicts::default(),
            None,
            20,
            5,
        );
        assert_eq!(
            found
                .iter()
                .filter(|m| m.name.starts_with("HighErrorRate"))
                .count(),
            1
        );
        assert_eq!(found[0].alike, 199);
        let mut told = PairVerdicts::default();
        told.same.insert(PairVerdicts::pair("new", "3"));
        told.different.insert(PairVerdicts::pair("new", "s0"));
        let found = index.find(&asked, &Neighbours::new(), &told, None, 20, 500);
        assert!(
            found
                .iter()
                .any(|m| m.id.as_str() == "3" && m.likeness >= 90)
                && !found.iter().any(|m| m.id.as_str() == "s0")
        );
    }

    #[test]
    fn odd_incidents_find_little_and_break_nothing() {
        let mut index = filled();
        let huge = "word ".repeat(2_000_000);
        for (name, text) in [
            ("", ""),
            ("down", ""),
            ("12345678 0xdeadbeef01", ""),
            ("Zahlung doppelt", "ledger Zeitlimit"),
            ("x", huge.as_str()),
        ] {
            let asked = subject("new", name, text, "", "", 20);
            let found = index.find(
                &asked,
                &Neighbours::new(),
                &PairVerdicts::default(),
                None,
                50,
                5,
            );
            assert_eq!(
                found.first().map(|m| m.id.to_string()),
                (name == "Zahlung doppelt").then(|| "4".to_owned()),
                "{name}"
            );
        }
        assert!(
            Index::default()
                .find(
                    &subject("n", "a", "b", "", "", 1),
                    &Neighbours::new(),
                    &PairVerdicts::default(),
                    None,
                    0,
                    5
                )
                .is_empty()
        );
    }
}
