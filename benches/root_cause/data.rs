//! Cases on disk: a folder with `graph.csv` (row calls column), `noissue/metrics.csv`, and folders with `metrics.csv` and
//! `target.json`. Three header rows name component, metric and statistic; the index is unix seconds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Component, metric, statistic.
pub type Column = (String, String, String);

/// A table of measures.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub times: Vec<i64>,
    pub columns: BTreeMap<Column, Vec<f64>>,
}

/// One case.
pub struct Case {
    pub name: String,
    pub metrics: Table,
    pub felt: String,
    pub metric: String,
    pub declared: i64,
    pub cause: String,
}

/// One recorded system: its graph, its normal operation, its cases.
pub struct System {
    pub name: String,
    pub calls: Vec<(String, String)>,
    pub names: Vec<String>,
    pub normal: Table,
    pub cases: Vec<Case>,
}

pub fn systems(root: &Path) -> Vec<System> {
    let mut folders = vec![];
    walk(root, &mut |folder| {
        if folder.join("graph.csv").exists() && folder.join("noissue").exists() {
            folders.push(folder.to_owned());
        }
    });
    folders.sort();
    folders.iter().map(|f| system(f)).collect()
}

fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    see(folder);
    let mut inner: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    inner.sort();
    inner.iter().for_each(|p| walk(p, see));
}

fn system(folder: &Path) -> System {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(folder.join("graph.csv"))
        .expect("graph.csv");
    let rows: Vec<csv::StringRecord> = reader
        .records()
        .map(|r| r.expect("a row of graph.csv"))
        .collect();
    let names: Vec<String> = rows[0].iter().skip(1).map(str::to_owned).collect();
    let mut calls = Vec::new();
    for row in &rows[1..] {
        for (to, cell) in names.iter().zip(row.iter().skip(1)) {
            if cell.parse::<f64>().is_ok_and(|v| v > 0.0) {
                calls.push((row[0].to_owned(), to.clone()));
            }
        }
    }
    let mut cases = Vec::new();
    walk(folder, &mut |inner| {
        let target = inner.join("target.json");
        if let Ok(raw) = std::fs::read_to_string(&target) {
            let json: serde_json::Value = serde_json::from_str(&raw).expect("target.json");
            let text = |a: &str, b: &str| json[a][b].as_str().unwrap_or_default().to_owned();
            cases.push(Case {
                name: inner
                    .strip_prefix(folder)
                    .unwrap_or(inner)
                    .display()
                    .to_string(),
                metrics: table(&inner.join("metrics.csv")),
                felt: text("target", "node"),
                metric: text("target", "metric"),
                declared: json["target"]["timestamp"].as_f64().unwrap_or_default() as i64,
                cause: text("root_cause", "node"),
            });
        }
    });
    System {
        name: folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        calls,
        names,
        normal: table(&folder.join("noissue/metrics.csv")),
        cases,
    }
}

fn table(path: &Path) -> Table {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    let data: Vec<&csv::StringRecord> = rows
        .iter()
        .skip(3)
        .filter(|r| r.get(0).is_some_and(|c| c.parse::<f64>().is_ok()))
        .collect();
    let mut table = Table {
        times: data
            .iter()
            .map(|r| r[0].parse::<f64>().expect("a time") as i64)
            .collect(),
        ..Table::default()
    };
    for (column, component) in rows[0].iter().enumerate().skip(1) {
        let name = (
            component.to_owned(),
            rows[1][column].to_owned(),
            rows[2][column].to_owned(),
        );
        let values = data
            .iter()
            .map(|r| {
                r.get(column)
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(f64::NAN)
            })
            .collect();
        table.columns.insert(name, values);
    }
    table
}

impl Table {
    /// Rows with other times.
    pub fn shifted(&self, by: i64) -> Table {
        Table {
            times: self.times.iter().map(|t| t + by).collect(),
            columns: self.columns.clone(),
        }
    }

    /// The first rows.
    pub fn first(&self, rows: usize) -> Table {
        self.rows(0, rows)
    }

    /// Some rows.
    pub fn rows(&self, from: usize, to: usize) -> Table {
        let to = to.min(self.times.len());
        let columns = self
            .columns
            .iter()
            .map(|(n, v)| (n.clone(), v[from..to].to_vec()))
            .collect();
        Table {
            times: self.times[from..to].to_vec(),
            columns,
        }
    }

    /// With a share of the cells gone.
    pub fn thinned(&self, share: f64, random: &mut fastrand::Rng) -> Table {
        let mut out = self.clone();
        for values in out.columns.values_mut() {
            values
                .iter_mut()
                .filter(|_| random.f64() < share)
                .for_each(|v| *v = f64::NAN);
        }
        out
    }
}
