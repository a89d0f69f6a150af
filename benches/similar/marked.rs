//! Reports that people marked as duplicates: how early in the list the marked one stands, and how sure that was said.

use crate::found;
use hotseat::similar::{Index, Match, Subject};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn file(folder: &Path, end: &str) -> PathBuf {
    let mut all = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|e| e.path());
    all.find(|p| p.to_string_lossy().ends_with(end))
        .unwrap_or_else(|| panic!("no file *{end}"))
}

fn rows(path: &Path) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .expect("a CSV file");
    let head = reader.headers().expect("a header").clone();
    (head, reader.records().map(|r| r.expect("a row")).collect())
}

fn created(raw: &str) -> i64 {
    let formats = [
        "%d/%b/%y %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M",
    ];
    let plain = formats
        .iter()
        .find_map(|f| chrono::NaiveDateTime::parse_from_str(raw.trim(), f).ok())
        .map(|t| t.and_utc().timestamp());
    plain
        .or_else(|| {
            chrono::DateTime::parse_from_rfc3339(raw.trim())
                .ok()
                .map(|t| t.timestamp())
        })
        .unwrap_or_default()
}

/// Reports of a folder, oldest first.
fn reports(folder: &Path) -> Vec<Subject> {
    let (head, reports) = rows(&file(folder, "_bugs.csv"));
    let column = |names: &[&str]| {
        head.iter()
            .position(|h| names.iter().any(|n| h.trim().eq_ignore_ascii_case(n)))
    };
    let id = column(&["Issue id", "Issue_id", "id"]).expect("ids");
    let name = column(&["Summary", "title"]).expect("summaries");
    let text = column(&["Description"]).expect("descriptions");
    let at = column(&["Created", "created"]);
    let subject = |r: &csv::StringRecord| Subject {
        id: r[id].trim().to_owned(),
        reference: r[id].trim().to_owned(),
        name: r[name].to_owned(),
        text: r.get(text).unwrap_or_default().to_owned(),
        created: at.and_then(|c| r.get(c)).map_or(0, created),
        ..Subject::default()
    };
    let mut subjects: Vec<Subject> = reports.iter().map(subject).collect();
    subjects.sort_by(|a, b| (a.created, a.id.len(), &a.id).cmp(&(b.created, b.id.len(), &b.id)));
    subjects
}

/// The group of each report: those that were marked as the same, by way of others too.
fn groups(folder: &Path, subjects: &[Subject]) -> Vec<usize> {
    let numbered = subjects.iter().enumerate();
    let place: BTreeMap<&str, usize> = numbered.map(|(n, s)| (s.id.as_str(), n)).collect();
    let mut group: Vec<usize> = (0..subjects.len()).collect();
    let (_, pairs) = rows(&file(folder, "_duplicates.csv"));
    for pair in &pairs {
        let others = pair.iter().skip(1).flat_map(|c| c.split([',', ';', ' ']));
        for other in others.filter(|c| !c.is_empty()) {
            let one = place.get(pair[0].trim());
            let other = place.get(other.trim().trim_end_matches(".0"));
            if let (Some(&one), Some(&other)) = (one, other) {
                join(&mut group, one, other);
            }
        }
    }
    group
}

fn join(group: &mut [usize], one: usize, other: usize) {
    let (from, to) = (group[one], group[other]);
    let members = group.iter_mut().filter(|g| **g == from);
    members.for_each(|g| *g = to);
}

/// What came of all queries.
#[derive(Default)]
struct Outcome {
    /// Where the first marked one stood, from 1.
    ranks: Vec<Option<usize>>,
    /// How sure the first few were said to be, and whether they were marked.
    sure: Vec<(f64, bool)>,
    /// Milliseconds.
    spent: f64,
}

impl Outcome {
    fn note(&mut self, found: &[Match], wanted: &BTreeSet<&str>) {
        let is_wanted = |m: &Match| wanted.contains(m.id.as_str());
        let first = found.iter().position(is_wanted);
        self.ranks.push(first.map(|at| at + 1));
        let sure = found.iter().take(5);
        self.sure
            .extend(sure.map(|m| (f64::from(m.likeness) / 100.0, is_wanted(m))));
    }

    fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        let sum: f64 = self.ranks.iter().flatten().map(|rank| of(*rank)).sum();
        sum / self.ranks.len() as f64
    }

    fn recall(&self, most: usize) -> f64 {
        self.mean(|rank| f64::from(u8::from(rank <= most)))
    }

    /// How often the marked one stood first among the earlier and among the later queries: a change that helps one half
    /// alone was made for this set.
    fn print_halves(&self) {
        let halves = self.ranks.split_at(self.ranks.len() / 2);
        let [early, late] = [halves.0, halves.1].map(|ranks| {
            let first = ranks.iter().filter(|rank| **rank == Some(1));
            format!("{} of the {}", first.count(), ranks.len())
        });
        println!("    first: {early} earlier, {late} later queries");
    }

    fn print_sure(&self) {
        for (from, to) in [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01)] {
            let of = self.sure.iter().filter(|(s, _)| (from..to).contains(s));
            let of: Vec<bool> = of.map(|(_, right)| *right).collect();
            let right = of.iter().filter(|right| **right).count();
            println!(
                "    said {:>3.0}-{:>3.0} %: {right} of {} were marked",
                from * 100.0,
                f64::min(to, 1.0) * 100.0,
                of.len()
            );
        }
    }
}

/// Asks for each report that has an older one in its group, among those that were there before it.
pub fn measured(folder: &Path) {
    let subjects = reports(folder);
    let group = groups(folder, &subjects);
    let (mut index, mut outcome) = (Index::default(), Outcome::default());
    for (n, subject) in subjects.iter().enumerate() {
        let older = (0..n).filter(|m| group[*m] == group[n]);
        let wanted: BTreeSet<&str> = older.map(|m| subjects[m].id.as_str()).collect();
        if !wanted.is_empty() {
            let started = Instant::now();
            let found = found(&index, subject, 0, 100);
            outcome.spent += started.elapsed().as_secs_f64() * 1000.0;
            outcome.note(&found, &wanted);
        }
        index.put(subject.clone());
    }
    println!(
        "{:<16} {:>7} {:>8} {:>8} {:>9} {:>9} {:>7} {:>10} {:>9}",
        "set", "reports", "queries", "recall@1", "recall@5", "recall@10", "MRR", "a query", "index"
    );
    println!(
        "{:<16} {:>7} {:>8} {:>8.3} {:>9.3} {:>9.3} {:>7.3} {:>7.1} ms {:>6.1} MB",
        folder.file_name().unwrap_or_default().to_string_lossy(),
        subjects.len(),
        outcome.ranks.len(),
        outcome.recall(1),
        outcome.recall(5),
        outcome.recall(10),
        outcome.mean(|rank| 1.0 / rank as f64),
        outcome.spent / outcome.ranks.len() as f64,
        index.bytes() as f64 / 1e6
    );
    outcome.print_halves();
    outcome.print_sure();
}
