//! The binary in a real pseudo-terminal: it starts, is used, and leaves the terminal as it found it however it ends.

#[path = "common/clock.rs"]
#[allow(
    dead_code,
    reason = "the rest is for tests with an organisation of their own"
)]
mod clock;
#[path = "common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod session;
#[path = "common/simulated.rs"]
#[allow(dead_code, reason = "the rest is for the tests of commands")]
mod simulated;

#[path = "terminal/home.rs"]
mod home;
#[path = "terminal/progress.rs"]
mod progress;

use session::Session;
use std::sync::atomic::Ordering;

#[test]
fn the_demo_is_alive_and_can_be_used() {
    let mut session = Session::demo();
    session.wait_for("Incidents");
    session.wait_for("checkout-service");
    session.wait_for("High error rate");
    session.press("/high error\r");
    session.wait_for("/high error");
    session.press("\r");
    session.wait_for("Fired: HighErrorRate");
    session.press("i+");
    session.wait_for("rolling payment-gateway back");
    session.press("d]y");
    session.wait_for("Sent: Root cause identified: payment-gateway");
    session.press("\x1b");
    // Keys that follow at once would be taken for the rest of an escape sequence.
    session.wait_gone("Draft ");
    session.press("[[");
    session.wait_for("note     Root cause identified");
    session.press("_");
    session.press("\x10payment-gat");
    session.wait_for("catalog  payment-gateway");
    session.press("\r");
    session.wait_for("Needed by");
    session.press("\x1b");
    session.wait_gone("Needed by");
    session.press("?");
    session.wait_for("Keys that work here");
    session.press("\x03");
    session.wait_gone("Keys that work here");
    session.press("4");
    session.resize(80, 24);
    session.wait_for("4  Catalog");
    session.press("qq");
    assert!(session.ended().success());
    session.assert_as_found("quit");
}

#[test]
fn a_size_that_changes_as_a_key_comes_is_not_missed() {
    let mut session = Session::demo();
    session.wait_for(".5 Follow-ups");
    for _ in 0..40 {
        session.press("j");
        session.resize(80, 24);
        session.wait_gone(".5 Follow-ups");
        session.press("k");
        session.resize(120, 40);
        session.wait_for(".5 Follow-ups");
    }
}

#[test]
fn a_key_that_comes_as_the_size_changes_is_not_kept_back() {
    let mut session = Session::demo();
    session.wait_for(".5 Follow-ups");
    for _ in 0..40 {
        session.resize(80, 24);
        session.press("?");
        session.wait_for("Keys that work here");
        session.resize(120, 40);
        session.press("\x03");
        session.wait_gone("Keys that work here");
    }
}

#[test]
fn signals_end_it_with_the_terminal_as_found() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut session = Session::demo();
        session.wait_for("Incidents");
        session.signal(signal);
        assert_eq!(session.ended().exit_code(), code, "{signal}");
        session.assert_as_found(signal);
    }
}

#[test]
fn a_fault_of_its_own_leaves_the_terminal_as_found_and_says_so() {
    let mut session = Session::start_with(&["demo"], 120, 40, &[("HOTSEAT_PANIC", "1")]);
    assert!(!session.ended().success());
    session.wait_for("because of a fault of its own");
    session.assert_as_found("panic");
}

#[test]
fn suspending_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::demo();
    session.wait_for("checkout-service");
    session.press("\x1a");
    // A shell continues what it saw stop: a signal to go on that comes sooner would be lost before the stop.
    session.wait_until("it does not suspend", |_| session.has_stopped());
    session.wait_until("the terminal is not given back", |_| {
        let seen = session.seen.lock().expect("lock");
        !seen.0.screen().alternate_screen()
    });
    session.assert_as_found("suspend");
    session.signal("CONT");
    session.wait_for("Incidents");
    session.press("qq");
    assert!(session.ended().success());
    session.assert_as_found("quit after suspend");
}

#[test]
fn a_terminal_that_goes_away_takes_the_program_with_it() {
    let mut session = Session::demo();
    session.wait_for("Incidents");
    // The reader lets go of its end at the next bytes; then nobody holds the terminal any more.
    session.hung_up.store(true, Ordering::Relaxed);
    session.press("?");
    session.read_to_the_end();
    session.writer = None;
    session.master = None;
    session.ended();
}

#[test]
fn a_console_without_a_network_opens_and_says_what_is_wrong() {
    let mut session = Session::start(
        &["--base-url", "http://127.0.0.1:9", "--config", "/dev/null"],
        100,
        30,
    );
    session.wait_for("no API key");
    session.press("q\n");
    assert!(session.ended().success());
    session.assert_as_found("wizard");
    assert!(
        std::fs::read_dir(session.home.path())
            .expect("home")
            .next()
            .is_none(),
        "nothing was written"
    );
}

#[test]
fn the_clients_key_never_reaches_screen_log_or_disk() {
    let key = "inc_secret_0123456789";
    let home = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        std::process::Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .args(args)
            .env("HOME", home.path())
            .env("INCIDENT_IO_API_KEY", key)
            .env("INCIDENT_IO_BASE_URL", "http://127.0.0.1:9")
            .env("HOTSEAT_LOG", "trace")
            .output()
            .expect("it runs")
    };
    for args in [
        vec!["doctor"],
        vec!["incidents", "list"],
        vec!["config", "show"],
        vec!["api", "GET", "/v1/identity"],
    ] {
        let output = run(&args);
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&all).contains(key), "{args:?}");
    }
}
