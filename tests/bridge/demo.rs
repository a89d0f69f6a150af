//! The example of docs/bridge.md: one command, from a shop that falls sick to the incident that is resolved.

use crate::monitoring::Owned;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn one_command_plays_an_outage_from_its_first_failed_request_to_its_resolution() {
    let place = tempfile::tempdir().expect("a folder");
    let child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args(["bridge", "demo"])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", place.path())
        .env("TMPDIR", place.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("hotseat runs");
    let mut child = Owned(child);
    let told = BufReader::new(child.0.stdout.take().expect("its output"));
    let mut lines = told.lines().map_while(Result::ok);
    let mut said = Vec::new();
    let in_order = [
        "All is well",
        "a quarter of its requests fail",
        "declared: checkout-service",
        "its summary names a hypothesis",
        "It is rolled back",
        "resolved: everything that burnt is over",
    ];
    for wanted in in_order {
        let found = lines.any(|line| {
            said.push(line.clone());
            line.contains(wanted)
        });
        assert!(found, "\"{wanted}\" is not told: {said:#?}");
    }
    let declared = said.iter().filter(|line| line.contains(" declared: "));
    assert_eq!(declared.count(), 1, "{said:#?}");
    let pid = child.0.id().to_string();
    let told = Command::new("kill").args(["-s", "INT", &pid]).status();
    assert!(told.expect("kill").success());
    assert!(child.0.wait().expect("its end").success());
    let left = std::fs::read_dir(place.path()).expect("a folder");
    let left = left.flatten().filter(|of| {
        of.file_name()
            .to_string_lossy()
            .starts_with("hotseat-bridge")
    });
    assert_eq!(left.count(), 0, "its folder goes with it");
}
