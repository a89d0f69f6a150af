//! The program without a screen: it begins where somebody asks for it, in terminals and in pipes, and writes nothing that a
//! terminal acts on but the bell.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the screen")]
mod session;
#[path = "common/simulated.rs"]
#[allow(dead_code, reason = "the rest is for the tests of commands")]
mod simulated;

use session::Session;
use simulated::Organisation;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const DEMO: [&str; 5] = ["demo", "--speed", "5", "--now", clock::NOW];
const WELCOME: &str = "hotseat, one line at a time.";

/// The program on an organisation, with these lines from a pipe.
fn piped(lines: &str, env: &[(&str, &str)]) -> Output {
    piped_to(&Organisation::new(""), lines, env)
}

fn piped_to(org: &Organisation, lines: &str, env: &[(&str, &str)]) -> Output {
    let running = org.running.as_ref().expect("running");
    let mut child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args(["--plain", &clock::flag(running.now())])
        .env_clear()
        .envs(clock::moved_date())
        .env("HOME", org.home.path())
        .env("INCIDENT_IO_BASE_URL", &running.url)
        .env("INCIDENT_IO_API_KEY", &running.key)
        .env("LANG", "C.UTF-8")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("an input");
    input.write_all(lines.as_bytes()).expect("written");
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn seen(session: &Session) -> String {
    let seen = session.seen.lock().expect("lock");
    String::from_utf8_lossy(&seen.1).into_owned()
}

fn wait_for(session: &Session, words: &str) {
    session.wait_until(&format!("\"{words}\" was never said"), |_| {
        seen(session).contains(words)
    });
}

#[test]
fn it_begins_where_it_is_asked_for_and_leaves_the_terminal_alone() {
    let dumb: &[(&str, &str)] = &[("TERM", "dumb")];
    let accessible: &[(&str, &str)] = &[("ACCESSIBLE", "1")];
    let flag = [&DEMO[..], &["--plain"]].concat();
    for (args, env) in [(&DEMO[..], dumb), (&DEMO[..], accessible), (&flag[..], &[])] {
        let mut session = Session::start_with(args, 80, 24, env);
        wait_for(&session, WELCOME);
        wait_for(&session, "1 of ");
        session.press("j\n");
        wait_for(&session, "2 of ");
        session.press("\x03");
        assert_eq!(session.ended().exit_code(), 130, "{args:?} {env:?}");
        session.assert_as_found("ctrl-c");
        let seen = seen(&session);
        assert!(!seen.contains('\x1b'), "{args:?} {env:?}: {seen:?}");
    }
}

#[test]
fn a_screen_opens_where_nobody_asked_for_lines() {
    let mut session = Session::start_with(&DEMO, 120, 40, &[("ACCESSIBLE", "0")]);
    session.wait_for("Incidents");
    assert!(seen(&session).contains("\x1b[?1049h"));
    session.press("q");
    assert!(session.ended().success());
}

#[test]
fn a_pipe_is_answered_to_its_end() {
    let done = piped("j\nlist\non call\n?\nall\nq\nq\n", &[]);
    let said = String::from_utf8(done.stdout).expect("letters");
    assert!(done.status.success(), "{said}");
    assert!(
        done.stderr.is_empty(),
        "{:?}",
        String::from_utf8_lossy(&done.stderr)
    );
    for words in [
        WELCOME,
        "Incidents, ",
        "2 of ",
        "\n2 INC-",
        "On call, ",
        "cover, v.",
    ] {
        assert!(said.contains(words), "\"{words}\" not in\n{said}");
    }
    let foul = |c: char| c.is_control() && c != '\n' && c != '\u{7}';
    assert!(!said.contains(foul), "{said:?}");
}

#[test]
fn what_was_asked_for_in_a_pipe_is_waited_for() {
    let done = piped("i\n", &[]);
    let said = String::from_utf8(done.stdout).expect("letters");
    assert!(done.status.success(), "{said}");
    assert!(said.contains("What's going on"), "{said}");
}

#[test]
fn a_line_of_a_pipe_acts_on_what_the_line_before_it_asked_for_however_late_that_comes() {
    let slow = "[[fault]]\npath = \"/v2/schedules\"\nkind = \"slow\"\ndelay_ms = 1500\n";
    let org = Organisation::new(slow);
    for lines in ["on call\nlist\n", "on call\n"] {
        let said = String::from_utf8(piped_to(&org, lines, &[]).stdout).expect("letters");
        let (_, after) = said.split_once("\nOn call, ").expect(&said);
        assert!(after.contains("1 of ") || after.contains("\n1 "), "{said}");
        assert!(after.contains(" until "), "{said}");
    }
    let said = piped_to(&org, "i\nlist\nanalyze\nlist\nback\nhandover\nlist\n", &[]).stdout;
    let said = String::from_utf8(said).expect("letters");
    for listed in [
        "\n1 What's going on",
        "\n1 117 incidents from ",
        "\n9 From Fri 20 Nov ",
    ] {
        assert!(said.contains(listed), "{listed} not in\n{said}");
    }
}

#[test]
fn without_a_locale_it_is_ascii() {
    let done = piped("list\nbottom\ndetail\nlist\n", &[("LANG", "C")]);
    assert!(done.status.success());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.is_ascii() && said.contains("1 of "), "{said}");
}
