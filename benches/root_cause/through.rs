//! The whole way: every case backfilled into a Prometheus server at a time of its own, a simulated organisation with the
//! components as catalog entries and one incident a case, and the command asked as a user would.

use super::data::{System, Table};
use super::monitoring::{self, Called};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// One incident to be investigated.
pub struct Asked {
    pub normal: Table,
    pub issue: Table,
    pub felt: String,
    pub metric: String,
    pub declared: i64,
}

/// Seconds between the times of two cases: longer than any case looks back and ahead.
const APART: i64 = 5 * 86_400;

/// The findings, as JSON, with the seconds each took.
pub fn ask(system: &System, cases: &[Asked], root: &Path) -> Vec<(Value, f64)> {
    let dir = root.join(&system.name);
    let (tsdb, data) = (dir.join("tsdb"), dir.join("organisation"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&data).expect("a folder");
    // Slots end a day before now, so that no answer is cut by the present.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock")
        .as_secs() as i64;
    let shifts: Vec<i64> = cases
        .iter()
        .enumerate()
        .map(|(n, c)| {
            (now - 86_400 - (n as i64 + 1) * APART) / 300 * 300 - c.issue.times[0] / 300 * 300
        })
        .collect();
    let mut metrics = BTreeSet::new();
    for (case, shift) in cases.iter().zip(&shifts) {
        monitoring::backfill(&openmetrics(case, *shift, &mut metrics), &tsdb);
    }
    let called: Vec<Called> = cases
        .iter()
        .zip(&shifts)
        .map(|(case, shift)| {
            let what = if case.metric == "latency" {
                "high latency"
            } else {
                "falling availability"
            };
            Called {
                name: format!("{}: {what}", case.felt),
                summary: String::new(),
                at: case.declared + shift,
            }
        })
        .collect();
    monitoring::organisation(&system.names, &system.calls, &called, &data);
    let (_prometheus, metrics_url) = monitoring::prometheus(&tsdb);
    let config = dir.join("config.toml");
    std::fs::write(&config, configuration(&metrics_url, &metrics)).expect("a file");
    let binary = env!("CARGO_BIN_EXE_hotseat");
    let (_simulated, url, key) =
        monitoring::simulate(binary, &["--data", &data.display().to_string()]);
    (0..cases.len())
        .map(|n| investigate(&config, &url, &key, &format!("INC-{}", n + 1)))
        .collect()
}

/// The command's finding on an incident, as JSON, and the seconds it took.
pub fn investigate(config: &Path, url: &str, key: &str, incident: &str) -> (Value, f64) {
    let started = Instant::now();
    let out = Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args([
            "--config",
            &config.display().to_string(),
            "--no-cache",
            "investigate",
            incident,
            "--json",
            "--no-model",
        ])
        .envs([("INCIDENT_IO_BASE_URL", url), ("INCIDENT_IO_API_KEY", key)])
        .output()
        .expect("hotseat");
    let took = started.elapsed().as_secs_f64();
    let finding = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)));
    (finding, took)
}

/// Samples in the OpenMetrics text format, by metric, then by component, then by time.
fn openmetrics(case: &Asked, shift: i64, metrics: &mut BTreeSet<(String, String)>) -> String {
    let mut by: BTreeMap<String, String> = BTreeMap::new();
    for (component, metric, statistic) in case.issue.columns.keys() {
        let name = series_name(metric, statistic);
        metrics.insert((metric.clone(), statistic.clone()));
        let text = by.entry(name.clone()).or_default();
        let label = component.replace('\\', "\\\\").replace('"', "\\\"");
        let key = (component.clone(), metric.clone(), statistic.clone());
        for table in [&case.normal, &case.issue] {
            let values = table
                .columns
                .get(&key)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for (t, v) in table
                .times
                .iter()
                .zip(values)
                .filter(|(_, v)| v.is_finite())
            {
                let _ = writeln!(text, "{name}{{service=\"{label}\"}} {v} {}", t + shift);
            }
        }
    }
    let mut out = String::new();
    for (name, text) in by {
        let _ = write!(out, "# TYPE {name} gauge\n{text}");
    }
    out + "# EOF\n"
}

fn series_name(metric: &str, statistic: &str) -> String {
    format!("{metric}_{statistic}")
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// Calls are sums over five minutes, availability is a percentage; what is neither of these nor latency is a saturation.
fn configuration(url: &str, metrics: &BTreeSet<(String, String)>) -> String {
    let mut text =
        format!("[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{url}\"\npreset = \"none\"\n");
    for (metric, statistic) in metrics {
        let name = series_name(metric, statistic);
        let (signal, query) = match (metric.as_str(), statistic.as_str()) {
            ("latency", "Average") => ("latency", format!("{name}{{service=~\"$service\"}}")),
            ("latency", "p99") => ("tail", format!("{name}{{service=~\"$service\"}}")),
            ("availability", "Average") => (
                "errors",
                format!("1 - {name}{{service=~\"$service\"}} / 100"),
            ),
            ("requests", "Sum") => ("traffic", format!("{name}{{service=~\"$service\"}} / 300")),
            ("latency" | "availability" | "requests", _) => continue,
            _ => ("saturation", format!("{name}{{service=~\"$service\"}}")),
        };
        let _ = write!(
            text,
            "[[sources.prometheus.template]]\nsignal = \"{signal}\"\nname = \"{metric}\"\nquery = '{query}'\n"
        );
    }
    text
}
