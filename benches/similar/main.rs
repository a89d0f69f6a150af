//! How often the report that people marked as the same is found: `cargo bench --bench similar -- FOLDER` with a `*_bugs.csv`
//! (Summary, Issue id, Created, Description) and a `*_duplicates.csv` (pairs of ids); a query is a report that has an
//! older one in its group, the corpus is what was there before it. Without a folder: what 100,000 incidents cost.

mod cost;

use hotseat::similar::{Index, Match, Neighbours, PairVerdicts, Search, Subject};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    match arguments.as_slice() {
        [] => cost::measured(),
        [word, index, asked] if word == cost::OPEN => cost::opened(index, asked),
        [folder, ..] => marked(&PathBuf::from(folder)),
    }
}

/// Those most like one, by nothing but what is written in them.
fn found(index: &Index, asked: &Subject, least: u8, most: usize) -> Vec<Match> {
    let search = Search {
        near: &Neighbours::new(),
        verdicts: &PairVerdicts::default(),
        since: None,
        least,
        most,
    };
    index.find(asked, &search).expect("an index that is whole")
}

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

fn marked(folder: &Path) {
    let (head, reports) = rows(&file(folder, "_bugs.csv"));
    let column = |names: &[&str]| {
        head.iter()
            .position(|h| names.iter().any(|n| h.trim().eq_ignore_ascii_case(n)))
    };
    let (id, name) = (
        column(&["Issue id", "Issue_id", "id"]).expect("ids"),
        column(&["Summary", "title"]).expect("summaries"),
    );
    let (text, at) = (
        column(&["Description"]).expect("descriptions"),
        column(&["Created", "created"]),
    );
    let mut subjects: Vec<Subject> = reports
        .iter()
        .map(|r| Subject {
            id: r[id].trim().to_owned(),
            reference: r[id].trim().to_owned(),
            name: r[name].to_owned(),
            text: r.get(text).unwrap_or_default().to_owned(),
            created: at.and_then(|c| r.get(c)).map_or(0, created),
            ..Subject::default()
        })
        .collect();
    subjects.sort_by(|a, b| (a.created, a.id.len(), &a.id).cmp(&(b.created, b.id.len(), &b.id)));
    let place: BTreeMap<String, usize> = subjects
        .iter()
        .enumerate()
        .map(|(n, s)| (s.id.clone(), n))
        .collect();
    let mut group: Vec<usize> = (0..subjects.len()).collect();
    let (_, pairs) = rows(&file(folder, "_duplicates.csv"));
    for pair in &pairs {
        for other in pair
            .iter()
            .skip(1)
            .flat_map(|c| c.split([',', ';', ' ']))
            .filter(|c| !c.is_empty())
        {
            if let (Some(&a), Some(&b)) = (
                place.get(pair[0].trim()),
                place.get(other.trim().trim_end_matches(".0")),
            ) {
                let (from, to) = (group[a], group[b]);
                group
                    .iter_mut()
                    .filter(|g| **g == from)
                    .for_each(|g| *g = to);
            }
        }
    }
    let mut index = Index::default();
    let (mut ranks, mut spent, mut sure): (Vec<usize>, f64, Vec<(f64, bool)>) =
        (Vec::new(), 0.0, Vec::new());
    for (n, subject) in subjects.iter().enumerate() {
        let wanted: BTreeSet<&str> = (0..n)
            .filter(|m| group[*m] == group[n])
            .map(|m| subjects[m].id.as_str())
            .collect();
        if !wanted.is_empty() {
            let started = Instant::now();
            let found = found(&index, subject, 0, 100);
            spent += started.elapsed().as_secs_f64() * 1000.0;
            ranks.push(
                found
                    .iter()
                    .position(|m| wanted.contains(m.id.as_str()))
                    .map_or(usize::MAX, |p| p + 1),
            );
            sure.extend(found.iter().take(5).map(|m| {
                (
                    f64::from(m.likeness) / 100.0,
                    wanted.contains(m.id.as_str()),
                )
            }));
        }
        index.put(subject.clone());
    }
    let share =
        |most: usize| ranks.iter().filter(|r| **r <= most).count() as f64 / ranks.len() as f64;
    let mrr = ranks
        .iter()
        .map(|r| {
            if *r == usize::MAX {
                0.0
            } else {
                1.0 / *r as f64
            }
        })
        .sum::<f64>()
        / ranks.len() as f64;
    println!(
        "{:<16} {:>7} {:>8} {:>8} {:>9} {:>9} {:>7} {:>10} {:>9}",
        "set", "reports", "queries", "recall@1", "recall@5", "recall@10", "MRR", "a query", "index"
    );
    println!(
        "{:<16} {:>7} {:>8} {:>8.3} {:>9.3} {:>9.3} {:>7.3} {:>7.1} ms {:>6.1} MB",
        folder.file_name().unwrap_or_default().to_string_lossy(),
        subjects.len(),
        ranks.len(),
        share(1),
        share(5),
        share(10),
        mrr,
        spent / ranks.len() as f64,
        index.bytes() as f64 / 1e6
    );
    for (from, to) in [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01)] {
        let of: Vec<_> = sure
            .iter()
            .filter(|(s, _)| (from..to).contains(s))
            .collect();
        let right = of.iter().filter(|(_, r)| *r).count();
        println!(
            "    said {:>3.0}-{:>3.0} %: {right} of {} were marked",
            from * 100.0,
            f64::min(to, 1.0) * 100.0,
            of.len()
        );
    }
}
