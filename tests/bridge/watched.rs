//! What the bridge tells of itself to whoever watches it.

use crate::running::Bridge;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What Prometheus's own tool says of a page of metrics.
fn checked(page: &str) -> String {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    let mut into = tool.stdin.take().expect("an input");
    into.write_all(page.as_bytes()).expect("written");
    drop(into);
    let out = tool.wait_with_output().expect("it ends");
    let says = [&out.stdout[..], &out.stderr[..]].concat();
    String::from_utf8_lossy(&says).into_owned()
}

/// Waits until a line stands in its metrics.
async fn is_told(bridge: &Bridge, line: &str) {
    let told = || async {
        let (_, page) = bridge.get("/metrics").await;
        page.lines().any(|l| l == line)
    };
    bridge.until(line, told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_it_sees_how_it_fares_and_nothing_of_what_it_is_about() {
    let (mut bridge, _) = Bridge::with_outage("every_seconds = 1\n").await;
    let ready = || async { bridge.get("/readyz").await.0 == 200 };
    bridge.until("that it is ready", ready).await;
    assert_eq!(bridge.get("/healthz").await.0, 200);
    for line in [
        "hotseat_bridge_issues{standing=\"burning\"} 1",
        "hotseat_bridge_declarations_total{how=\"single\"} 1",
        "hotseat_bridge_incidents{hands=\"bridge\"} 1",
        "hotseat_bridge_detector_up{detector=\"alertmanager\"} 1",
        "hotseat_bridge_incident_io_up 1",
    ] {
        is_told(&bridge, line).await;
    }
    let (_, page) = bridge.get("/metrics").await;
    assert_eq!(checked(&page), "");
    for word in ["checkout", "Slow", "INC-", "http"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    bridge.alertmanager.kill();
    let down = "hotseat_bridge_detector_up{detector=\"alertmanager\"} 0";
    is_told(&bridge, down).await;
}

/// Files of a folder and of those below it, by the end of their names.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let found = paths.flat_map(|path| match path.is_dir() {
        true => files(&path, end),
        false => vec![path],
    });
    found
        .filter(|p| p.to_string_lossy().ends_with(end))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_status_is_told_while_another_program_has_what_it_remembers_locked() {
    let (mut bridge, _) = Bridge::with_outage("every_seconds = 1\n").await;
    bridge.kill();
    let kept = files(bridge.home(), ".bridge.db");
    let other = rusqlite::Connection::open(&kept[0]).expect("it opens");
    let begun = other.execute_batch("BEGIN IMMEDIATE; DELETE FROM record;");
    begun.expect("it writes");
    assert_eq!(bridge.episodes()[0]["standing"], "burning");
    assert!(bridge.ask(&["bridge", "log"]).status.success());
}
