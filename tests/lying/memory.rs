//! Whatever a server says, the program stays small.

use crate::server::{
    Answer, KEY, Server, error, identity, measured, most_memory, packed, program, with,
};
use crate::session::Session;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::sync::Arc;

/// Kilobytes that the program may take beyond what it takes at rest, whatever a server says: it holds 48 MB as they were
/// written, which are some three times as much once they are read.
const MOST: u64 = 170_000;

/// A text of so many megabytes that begins, repeats and ends so, packed.
fn bomb(begins: &str, repeats: &str, ends: &str, megabytes: usize) -> Arc<[u8]> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    let chunk = repeats.repeat((1 << 20) / repeats.len());
    out.write_all(begins.as_bytes()).expect("written");
    for _ in 0..megabytes {
        out.write_all(chunk.as_bytes()).expect("written");
    }
    out.write_all(ends.as_bytes()).expect("written");
    out.finish().expect("packed").into()
}

/// Answers that are small on the line and large in memory, or large in either, for a list of this name.
fn bombs(list: &str) -> Vec<(&'static str, Arc<[u8]>)> {
    let of = |repeats: &str, last: &str, megabytes| {
        bomb(
            &format!("{{\"{list}\":["),
            repeats,
            &format!("{last}]}}"),
            megabytes,
        )
    };
    vec![
        ("numbers", of("0,", "0", 20)),
        ("lists", of("[],", "0", 10)),
        ("things", of("{\"id\":\"a\"},", "0", 10)),
        ("nested", of("[{\"a\":{}}],", "0", 10)),
        (
            "one item of lists",
            bomb(
                &format!("{{\"{list}\":[{{\"id\":\"a\",\"x\":["),
                "[],",
                "0]}]}",
                10,
            ),
        ),
        (
            "one long text",
            bomb(
                &format!("{{\"{list}\":[{{\"id\":\"a\",\"name\":\""),
                "words\\n",
                "\"}]}",
                24,
            ),
        ),
        (
            "many fields",
            bomb("{", "\"a\":{\"b\":{\"c\":{}}},", "\"x\":0}", 10),
        ),
        ("no end of bytes", bomb("", " ", "", 24)),
    ]
}

/// An empty list, as it is called at the end of its path.
fn empty(path: &str) -> Answer {
    let list = path.rsplit('/').next().unwrap_or_default();
    with(format!("{{\"{list}\":[]}}"))
}

/// What it takes where it asks nobody: an unoptimised build is itself a hundred megabytes, and some of them are in use.
fn at_rest() -> u64 {
    let home = tempfile::tempdir().expect("a folder");
    let nobody = program(home.path(), "http://127.0.0.1:9", &["incidents", "list"]);
    measured(nobody).1
}

fn check(what: &str, command: std::process::Command) -> String {
    let (output, peak) = measured(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code().is_some(),
        "{what}: {:?}: {said}",
        output.status
    );
    let taken = peak.saturating_sub(at_rest());
    assert!(taken < MOST, "{what}: {} MB: {said}", taken / 1_000);
    assert!(!said.contains("panicked"), "{what}: {said}");
    said
}

#[test]
fn no_answer_of_the_api_takes_more_memory_than_is_there() {
    let home = tempfile::tempdir().expect("a folder");
    for (args, list) in [
        (
            ["incidents", "list", "--limit", "100000"].as_slice(),
            "incidents",
        ),
        (&["api", "GET", "/v2/incidents"], "incidents"),
    ] {
        for (what, body) in bombs(list) {
            let server = Server::start(move |r| match r.path() {
                "/v1/identity" => identity(),
                // Once, everything that is asked beside it is as large.
                path if path == "/v2/incidents" || what == "nested" => packed(body.clone()),
                path => empty(path),
            });
            check(
                &format!("{args:?}: {what}"),
                program(home.path(), &server.url, args),
            );
        }
    }
}

#[test]
fn pages_without_end_take_no_more_memory_than_is_there() {
    let field = r#"{"custom_field":{"id":"f","name":"n"},"values":[{"value_text":"some words"}]}"#;
    let item = format!(
        r#"{{"id":"a","name":"x","summary":"{}","custom_field_entries":[{}]}}"#,
        "words ".repeat(4_000),
        vec![field; 50].join(",")
    );
    let page = vec![item; 250].join(",");
    let served = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |r| {
        let n = served.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match r.path() {
            "/v1/identity" => identity(),
            "/v2/incidents" => with(format!(
                r#"{{"incidents":[{page}],"pagination_meta":{{"after":"c{n}"}}}}"#
            )),
            path => empty(path),
        }
    });
    let home = tempfile::tempdir().expect("a folder");
    let args = ["incidents", "list", "--limit", "50000"];
    let said = check("pages", program(home.path(), &server.url, &args));
    assert!(said.contains("more than this program may hold"), "{said}");
}

#[test]
fn all_pages_are_printed_as_they_come() {
    let page = vec![format!(r#"{{"id":"a","words":"{}"}}"#, "x".repeat(10_000)); 100].join(",");
    let server = Server::start(move |r| {
        let at = r
            .line
            .split("after=")
            .nth(1)
            .and_then(|n| n.split([' ', '&']).next()?.parse().ok());
        let next = at.unwrap_or(0) + 1;
        let meta = if next < 100 {
            format!(r#"{{"after":"{next}"}}"#)
        } else {
            "{}".into()
        };
        with(format!(r#"{{"things":[{page}],"pagination_meta":{meta}}}"#))
    });
    let home = tempfile::tempdir().expect("a folder");
    let command = program(
        home.path(),
        &server.url,
        &["api", "GET", "/v2/things", "--paginate"],
    );
    let (output, peak) = measured(command);
    assert!(output.status.success());
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["things"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(told["pagination_meta"], serde_json::json!({}));
    assert!(
        peak < 80_000,
        "{} MB for {} MB",
        peak / 1_000,
        output.stdout.len() >> 20
    );
}

#[test]
fn no_source_of_evidence_takes_more_memory_than_is_there() {
    let home = tempfile::tempdir().expect("a folder");
    for (what, body) in bombs("data") {
        let server = Server::start(move |r| match r.path() {
            "/v1/identity" => identity(),
            "/v1/severities" => with(r#"{"severities":[]}"#),
            _ => packed(body.clone()),
        });
        let url = &server.url;
        let config = format!(
            "[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{url}\"\n[[sources.logs]]\nname = \"loki\"\nkind = \"loki\"\nurl = \"{url}\"\n\
             [[sources.changes]]\nname = \"feed\"\nkind = \"json\"\nurl = \"{url}/feed\"\nfields = {{ items = \"/data\", at = \"/at\", title = \"/title\" }}\n\
             [[sources.changes]]\nname = \"hub\"\nkind = \"github\"\nrepository = \"a/b\"\nurl = \"{url}\"\n\
             [model]\nprovider = \"openai\"\nname = \"gpt-test\"\nurl = \"{url}\"\n"
        );
        let file = home.path().join("config.toml");
        std::fs::write(&file, config).expect("written");
        let file = file.display().to_string();
        check(
            what,
            program(home.path(), url, &["--config", &file, "doctor"]),
        );
        assert!(server.count() > 6, "every source was asked");
    }
}

#[test]
fn the_console_outlives_every_answer() {
    let body = bomb(
        "{\"incidents\":[",
        "{\"id\":\"a\"},",
        "{\"id\":\"a\"}],\"pagination_meta\":{}}",
        24,
    );
    let text = bomb(
        "{\"schedules\":[{\"id\":\"a\",\"name\":\"",
        "words\\n",
        "\"}]}",
        24,
    );
    let server = Server::start(move |r| match r.path() {
        "/v1/identity" => identity(),
        "/v2/incidents" => packed(body.clone()),
        _ => packed(text.clone()),
    });
    let env = [
        ("INCIDENT_IO_BASE_URL", server.url.as_str()),
        ("INCIDENT_IO_API_KEY", KEY),
    ];
    let mut session = Session::start_with(&[], 120, 40, &env);
    session.wait_until("the console never asked", |_| server.count() > 12);
    session.wait_for("not readable");
    let pid = session.child.process_id().expect("a process");
    let peak = most_memory(pid).expect("it lives");
    assert!(peak < MOST, "{} MB", peak / 1_000);
    session.press("q");
    assert!(session.ended().success());
}

#[test]
fn what_is_too_large_is_told_in_a_sentence() {
    let body = bomb("{\"workflows\":[{\"id\":\"a\",\"x\":[", "[],", "0]}]}", 10);
    let server = Server::start(move |_| packed(body.clone()));
    let output = crate::server::run(&server.url, &["workflows"]);
    let told = error(&output);
    assert_eq!(
        (told["error"].as_str(), output.status.code()),
        (Some("unreadable_answer"), Some(2)),
        "{told}"
    );
    let large = Server::start(|_| Answer {
        headers: String::new(),
        ..with(vec![b' '; 20 << 20])
    });
    let output = crate::server::run(&large.url, &["workflows"]);
    let told = error(&output);
    assert!(told.to_string().contains("more than 12 MB"), "{told}");
    assert_eq!(output.status.code(), Some(2), "the API answered: {told}");
}
