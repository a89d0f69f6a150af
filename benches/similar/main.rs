//! How often the report that people marked as the same is found: `cargo bench --bench similar -- FOLDER` with a `*_bugs.csv`
//! (Summary, Issue id, Created, Description) and a `*_duplicates.csv` (pairs of ids); a query is a report that has an
//! older one in its group, the corpus is what was there before it. Without a folder: what 100,000 incidents cost.

mod cost;
mod marked;

use hotseat::similar::{Index, Match, Neighbours, PairVerdicts, Search, Subject};
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    match arguments.as_slice() {
        [] => cost::measured(),
        [word, index] if word == cost::BUILD => cost::built(index),
        [word, index, asked] if word == cost::OPEN => cost::opened(index, asked),
        [folder, ..] => marked::measured(Path::new(folder)),
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
