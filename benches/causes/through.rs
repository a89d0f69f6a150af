//! The whole way: every case backfilled into a Prometheus server at a time of its own, a simulated organisation with the
//! components as catalog entries and one incident a case, and the command asked as a user would.

use super::data::{System, Table};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// A child that does not outlive this program.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The findings, as JSON, with the seconds each took.
pub fn ask(system: &System, cases: &[Asked], root: &Path) -> Vec<(Value, f64)> {
    let dir = root.join(&system.name);
    let (tsdb, data) = (dir.join("tsdb"), dir.join("organisation"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&data).expect("a folder");
    // Slots end a day before now, so that no answer is cut by the present.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs() as i64;
    let shifts: Vec<i64> = cases.iter().enumerate().map(|(n, c)| (now - 86_400 - (n as i64 + 1) * APART) / 300 * 300 - c.issue.times[0] / 300 * 300).collect();
    let mut metrics = BTreeSet::new();
    for (case, shift) in cases.iter().zip(&shifts) {
        let file = dir.join("case.om");
        std::fs::write(&file, openmetrics(case, *shift, &mut metrics)).expect("a file");
        let done = Command::new("promtool").args(["tsdb", "create-blocks-from", "openmetrics", "-q"]).arg(&file).arg(&tsdb).output();
        let done = done.expect("promtool; it comes with the package prometheus");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    organisation(system, cases, &shifts, &data);
    let (_prometheus, metrics_url) = prometheus(&dir, &tsdb);
    let config = dir.join("config.toml");
    std::fs::write(&config, configuration(&metrics_url, &metrics)).expect("a file");
    let binary = env!("CARGO_BIN_EXE_hotseat");
    let mut simulated = Command::new(binary).arg("simulate").arg("--data").arg(&data).stdout(Stdio::piped()).spawn().expect("the simulation");
    let mut line = String::new();
    BufReader::new(simulated.stdout.take().expect("its output")).read_line(&mut line).expect("its first line");
    let _simulated = Owned(simulated);
    let (url, key) = line.trim().split_once(' ').expect("a URL and a key");
    (0..cases.len())
        .map(|n| {
            let started = Instant::now();
            let out = Command::new(binary)
                .args(["--config", &config.display().to_string(), "--no-cache", "investigate", &format!("INC-{}", n + 1), "--json", "--no-model"])
                .envs([("INCIDENT_IO_BASE_URL", url), ("INCIDENT_IO_API_KEY", key)])
                .output()
                .expect("hotseat");
            let took = started.elapsed().as_secs_f64();
            let finding = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)));
            (finding, took)
        })
        .collect()
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
            let values = table.columns.get(&key).map(Vec::as_slice).unwrap_or_default();
            for (t, v) in table.times.iter().zip(values).filter(|(_, v)| v.is_finite()) {
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
    format!("{metric}_{statistic}").to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Calls are sums over five minutes, availability is a percentage; what is neither of these nor latency is a saturation.
fn configuration(url: &str, metrics: &BTreeSet<(String, String)>) -> String {
    let mut text = format!("[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{url}\"\npreset = \"none\"\n");
    for (metric, statistic) in metrics {
        let name = series_name(metric, statistic);
        let (signal, query) = match (metric.as_str(), statistic.as_str()) {
            ("latency", "Average") => ("latency", format!("{name}{{service=~\"$service\"}}")),
            ("latency", "p99") => ("tail", format!("{name}{{service=~\"$service\"}}")),
            ("availability", "Average") => ("errors", format!("1 - {name}{{service=~\"$service\"}} / 100")),
            ("requests", "Sum") => ("traffic", format!("{name}{{service=~\"$service\"}} / 300")),
            ("latency" | "availability" | "requests", _) => continue,
            _ => ("saturation", format!("{name}{{service=~\"$service\"}}")),
        };
        let _ = write!(text, "[[sources.prometheus.template]]\nsignal = \"{signal}\"\nname = \"{metric}\"\nquery = '{query}'\n");
    }
    text
}

fn organisation(system: &System, cases: &[Asked], shifts: &[i64], dir: &Path) {
    let id = |kind: &str, n: usize| format!("01{kind}{n:020}");
    let stamp = |t: i64| chrono::DateTime::from_timestamp(t, 0).expect("a time").to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let born = "2020-01-01T00:00:00Z";
    let kind = json!({"id": id("TYPE", 0), "name": "Component", "type_name": "Custom[\"Component\"]", "categories": ["service"], "annotations": {}, "color": "blue",
        "icon": "box", "description": "", "is_editable": true, "ranked": false, "schema": {"version": 1, "attributes": [
            {"id": "calls", "name": "Calls", "type": "Custom[\"Component\"]", "array": true, "mode": "manual"}]}, "created_at": born, "updated_at": born});
    let number = |name: &str| system.names.iter().position(|n| n == name).unwrap_or_default();
    let entries: Vec<Value> = system
        .names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let calls: Vec<Value> = system.calls.iter().filter(|(from, _)| from == name).map(|(_, to)| json!({"literal": id("ENTR", number(to)), "label": to})).collect();
            json!({"id": id("ENTR", n), "catalog_type_id": id("TYPE", 0), "name": name, "aliases": [], "rank": 0, "attribute_values": {"calls": {"array_value": calls}},
                "created_at": born, "updated_at": born})
        })
        .collect();
    let incidents: Vec<Value> = cases
        .iter()
        .zip(shifts)
        .enumerate()
        .map(|(n, (case, shift))| {
            let what = if case.metric == "latency" { "high latency" } else { "falling availability" };
            let at = stamp(case.declared + shift);
            json!({"id": id("INCI", n), "reference": format!("INC-{}", n + 1), "name": format!("{}: {what}", case.felt), "summary": "", "visibility": "public", "mode": "standard",
                "creator": {"alert": {"id": "a", "title": "alarm"}}, "incident_status": {"id": "s", "name": "Investigating", "category": "live", "rank": 1, "description": "", "created_at": born, "updated_at": born},
                "incident_role_assignments": [], "custom_field_entries": [], "team_ids": [], "created_at": at, "updated_at": at, "last_activity_at": at})
        })
        .collect();
    for (name, rows) in [("catalog_types", vec![kind]), ("catalog_entries", entries), ("incidents", incidents)] {
        std::fs::write(dir.join(format!("{name}.json")), json!({name: rows}).to_string()).expect("a file");
    }
}

fn prometheus(dir: &Path, tsdb: &Path) -> (Owned, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let config = dir.join("prometheus.yml");
    std::fs::write(&config, "scrape_configs: []\n").expect("a file");
    let server = Command::new("prometheus")
        .args([
            format!("--config.file={}", config.display()),
            format!("--storage.tsdb.path={}", tsdb.display()),
            "--storage.tsdb.retention.time=100y".into(),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--log.level=error".into(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus; it is the package of that name");
    let server = Owned(server);
    let url = format!("http://127.0.0.1:{port}");
    for _ in 0..300 {
        let ready = Command::new("curl").args(["-sf", &format!("{url}/-/ready")]).stdout(Stdio::null()).status();
        if ready.is_ok_and(|s| s.success()) {
            return (server, url);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("prometheus did not become ready");
}
