//! A real Prometheus server with samples laid into it, and an organisation on disk to go with it.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A child that does not outlive the one who started it.
pub struct Owned(pub Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lays samples in the OpenMetrics text format into a folder of blocks.
pub fn backfill(openmetrics: &str, tsdb: &Path) {
    let file = tsdb.with_extension("om");
    std::fs::write(&file, openmetrics).expect("a file");
    let done = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", "openmetrics", "-q"])
        .arg(&file)
        .arg(tsdb)
        .output();
    let done = done.expect("promtool runs; it comes with the package prometheus");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Serves a folder of blocks; returns once it answers.
pub fn prometheus(tsdb: &Path) -> (Owned, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
        .port();
    let config = tsdb.with_extension("yml");
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
        .expect("prometheus runs; it is the package of that name");
    let server = Owned(server);
    for _ in 0..300 {
        if is_ready(port) {
            return (server, format!("http://127.0.0.1:{port}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("prometheus did not become ready");
}

fn is_ready(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut answer = String::new();
    let asked = stream
        .write_all(b"GET /-/ready HTTP/1.0\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut answer).map(drop));
    asked.is_ok() && answer.contains(" 200 ")
}

/// RFC 3339.
pub fn stamp(t: i64) -> String {
    chrono::DateTime::from_timestamp(t, 0)
        .expect("a time")
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// An incident of the organisation.
pub struct Called {
    pub name: String,
    pub summary: String,
    pub at: i64,
}

/// An organisation in the API's own shapes: components that call one another, and incidents INC-1, INC-2, …
pub fn organisation(
    names: &[String],
    calls: &[(String, String)],
    incidents: &[Called],
    dir: &Path,
) {
    std::fs::create_dir_all(dir).expect("a folder");
    let id = |kind: &str, n: usize| format!("01{kind}{n:020}");
    let born = "2020-01-01T00:00:00Z";
    let attribute = json!({"id": "calls", "name": "Calls", "type": "Custom[\"Component\"]", "array": true, "mode": "manual"});
    let kind = json!({"id": id("TYPE", 0), "name": "Component", "type_name": "Custom[\"Component\"]", "categories": ["service"], "annotations": {},
        "color": "blue", "icon": "box", "description": "", "is_editable": true, "ranked": false,
        "schema": {"version": 1, "attributes": [attribute]}, "created_at": born, "updated_at": born});
    let number = |name: &str| names.iter().position(|n| n == name).unwrap_or_default();
    let entry = |(n, name): (usize, &String)| {
        let called = calls
            .iter()
            .filter(|(from, _)| from == name)
            .map(|(_, to)| json!({"literal": id("ENTR", number(to)), "label": to}));
        json!({"id": id("ENTR", n), "catalog_type_id": id("TYPE", 0), "name": name, "aliases": [], "rank": 0,
            "attribute_values": {"calls": {"array_value": called.collect::<Vec<_>>()}}, "created_at": born, "updated_at": born})
    };
    let status = json!({"id": "s", "name": "Investigating", "category": "live", "rank": 1, "description": "", "created_at": born, "updated_at": born});
    let incident = |(n, called): (usize, &Called)| {
        let at = stamp(called.at);
        json!({"id": id("INCI", n), "reference": format!("INC-{}", n + 1), "name": called.name, "summary": called.summary, "visibility": "public",
            "mode": "standard", "creator": {"alert": {"id": "a", "title": "alarm"}}, "incident_status": status, "incident_role_assignments": [],
            "custom_field_entries": [], "team_ids": [], "created_at": at, "updated_at": at, "last_activity_at": at})
    };
    let rows: [(&str, Vec<Value>); 3] = [
        ("catalog_types", vec![kind]),
        (
            "catalog_entries",
            names.iter().enumerate().map(entry).collect(),
        ),
        (
            "incidents",
            incidents.iter().enumerate().map(incident).collect(),
        ),
    ];
    for (name, rows) in rows {
        std::fs::write(
            dir.join(format!("{name}.json")),
            json!({name: rows}).to_string(),
        )
        .expect("a file");
    }
}

/// Runs `hotseat simulate` and reads its URL and key.
pub fn simulate(binary: &str, arguments: &[&str]) -> (Owned, String, String) {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(binary)
        .arg("simulate")
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulation");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output"))
        .read_line(&mut line)
        .expect("its first line");
    let (url, key) = line.trim().split_once(' ').expect("a URL and a key");
    (Owned(child), url.to_owned(), key.to_owned())
}
