//! Servers that lie: answers that are no lists, that are larger than any memory, that never end, that lead elsewhere with
//! the key, that give it back.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "the rest is for other tests")]
mod clock;
mod memory;
mod secrets;
mod server;
#[path = "../common/session.rs"]
#[allow(dead_code, reason = "the rest is for other tests")]
mod session;

use server::{Answer, Organisation, Server, error, identity, program, run, with};
use std::process::Stdio;

/// Commands that read a list, with where it stands.
const LISTS: &[(&[&str], &str)] = &[
    (&["oncall"], "/v2/schedules"),
    (&["schedules"], "/v2/schedules"),
    (&["alerts"], "/v2/alerts"),
    (&["escalations"], "/v2/escalations"),
    (&["actions"], "/v3/actions"),
    (&["follow-ups"], "/v3/follow_ups"),
    (&["post-mortems"], "/v1/postmortem_documents"),
    (&["workflows"], "/v2/workflows"),
    (&["workflows", "--runs"], "/v2/workflow_runs"),
    (&["catalog", "types"], "/v3/catalog_types"),
    (&["incidents", "list"], "/v2/incidents"),
    (&["incidents", "list", "--severity", "P1"], "/v1/severities"),
];

#[test]
fn a_200_that_is_no_list_is_an_error_wherever_a_list_is_read() {
    let lies = [
        ("{}", "an object without a list"),
        ("[]", "a bare list"),
        ("null", "null"),
        ("\"x\"", "a text"),
        ("", "nothing"),
    ];
    for (body, says) in lies {
        let server = Server::start(move |r| match r.path() {
            "/v1/identity" => identity(),
            _ if body.is_empty() => Answer {
                status: "204 No Content",
                ..with("")
            },
            _ => with(body),
        });
        for (args, path) in LISTS {
            let output = run(&server.url, args);
            let told = error(&output);
            assert_eq!(
                (told["error"].as_str(), output.status.code()),
                (Some("unreadable_answer"), Some(2)),
                "{args:?} on {body:?}: {told}"
            );
            let message = told["message"].as_str().unwrap_or_default();
            assert!(
                message.contains(says) && message.contains(path),
                "{message}"
            );
            assert!(output.stdout.is_empty(), "{args:?} on {body:?}");
        }
    }
}

#[test]
fn a_page_of_which_nothing_can_be_read_is_an_error_and_one_bad_item_is_not() {
    for (items, fine) in [
        (r#"[1,{"x":2}]"#, false),
        (r#"[1,{"id":"01A"}]"#, true),
        ("[]", true),
    ] {
        let body = format!(r#"{{"workflows":{items}}}"#);
        let server = Server::start(move |_| with(&body));
        let output = run(&server.url, &["workflows"]);
        assert_eq!(output.status.success(), fine, "{items}");
    }
}

#[test]
fn a_later_page_that_is_no_list_is_an_error() {
    let server = Server::start(|r| {
        if r.line.contains("after=") {
            return with("{}");
        }
        with(r#"{"workflows":[{"id":"01A"}],"pagination_meta":{"after":"c"}}"#)
    });
    for args in [
        ["workflows"].as_slice(),
        &["api", "GET", "/v2/workflows", "--paginate"],
    ] {
        let output = run(&server.url, args);
        match args.len() {
            1 => assert_eq!(error(&output)["error"], "unreadable_answer"),
            // It ends where a page brings nothing, with what came before.
            _ => assert!(String::from_utf8_lossy(&output.stdout).contains("01A")),
        }
    }
}

#[test]
fn cursors_that_are_always_new_end_with_a_sentence() {
    let served = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let n = served.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        with(format!(
            r#"{{"workflows":[{{"id":"w{n}"}}],"pagination_meta":{{"after":"c{n}"}}}}"#
        ))
    });
    for args in [
        ["workflows"].as_slice(),
        &["api", "GET", "/v2/workflows", "--paginate"],
    ] {
        let output = run(&server.url, args);
        let told = error(&output);
        assert_eq!(told["error"], "unreadable_answer", "{told}");
        assert!(told.to_string().contains("ever new pages"), "{told}");
    }
}

#[test]
fn what_a_name_is_looked_up_in_must_have_been_read() {
    let home = tempfile::tempdir().expect("a folder");
    for (path, status, says) in [
        (
            "/v2/escalation_paths",
            500,
            "incident.io has a problem of its own (status 500)",
        ),
        ("/v2/escalation_paths", 403, "escalation_paths.view"),
    ] {
        let faults =
            format!("[[fault]]\npath = \"{path}\"\nkind = \"status\"\nstatus = {status}\n");
        let organisation = Organisation::with_faults(&faults);
        let args = [
            "escalations",
            "create",
            "--path",
            "Payments",
            "--title",
            "help",
            "--yes",
        ];
        let output = organisation
            .program(home.path(), &args)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains(says) && !said.contains("is none of"),
            "{said}"
        );
        assert_eq!(output.status.code(), Some(2), "{said}");
    }
}

fn stingy(limit: i64) -> Server {
    Server::start(move |r| Answer {
        headers: format!("x-ratelimit-limit: {limit}\r\nx-ratelimit-remaining: 0\r\n"),
        ..match r.path() {
            "/v1/identity" => identity(),
            "/v3/actions" if !r.line.contains("after=3") => {
                let next = r
                    .line
                    .split("after=")
                    .nth(1)
                    .and_then(|n| n[..1].parse::<u32>().ok());
                let next = next.unwrap_or(0) + 1;
                with(format!(
                    r#"{{"actions":[{{"id":"a{next}","incident_id":"i"}}],"pagination_meta":{{"after":"{next}"}}}}"#
                ))
            }
            _ => with(r#"{"actions":[]}"#),
        }
    })
}

#[test]
fn a_wait_for_the_rate_limit_is_told_and_bounded() {
    let server = stingy(1);
    let output = run(&server.url, &["--wait", "1", "actions"]);
    let told = error(&output);
    assert_eq!(told["error"], "http_429", "{told}");
    assert!(told["suggestion"].to_string().contains("--wait"), "{told}");
    let home = tempfile::tempdir().expect("a folder");
    let mut waiting = program(home.path(), &server.url, &["actions"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = String::new();
    let stderr = waiting.stderr.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stderr), &mut said).expect("a line");
    waiting.kill().expect("killed");
    waiting.wait().expect("it ends");
    assert!(
        said.starts_with("Waiting ") && said.contains("1 a minute"),
        "{said}"
    );
}

#[test]
fn a_rate_limit_of_nothing_is_nobodys() {
    let output = run(&stingy(0).url, &["--wait", "0", "actions"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
