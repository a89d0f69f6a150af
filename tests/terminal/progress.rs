//! Long work shows itself in a terminal, and whoever interrupts it leaves everything whole.

use crate::session::Session;
use crate::simulated::Organisation;
use hotseat::sim::{self, faults::Faults};

/// Past incidents of the organisation: enough for a history that is read in windows.
const PAST: usize = 3_000;

/// An organisation whose list of incidents is slow to read.
fn slow() -> Organisation {
    let faults = "[[fault]]\npath = \"/v2/incidents\"\nkind = \"slow\"\ndelay_ms = 700";
    let faults: Faults = toml::from_str(faults).expect("faults");
    Organisation::with(sim::Options {
        incidents: PAST,
        speed: 0.0,
        clock: crate::clock::clock(),
        faults,
        ..sim::Options::default()
    })
}

/// The program in a terminal, at work on an organisation, in a home of its own or of an earlier run.
pub fn at_work(
    organisation: &Organisation,
    home: Option<tempfile::TempDir>,
    args: &[&str],
    env: &[(&str, &str)],
) -> Session {
    let running = organisation.running.as_ref().expect("running");
    let now = crate::clock::flag(running.now());
    let args: Vec<&str> = [now.as_str()].iter().chain(args).copied().collect();
    let mut all = vec![
        ("INCIDENT_IO_BASE_URL", running.url.as_str()),
        ("INCIDENT_IO_API_KEY", running.key.as_str()),
    ];
    all.extend(env);
    let home = home.unwrap_or_else(|| tempfile::tempdir().expect("a folder"));
    Session::start_in(home, &args, 100, 30, &all)
}

/// How many were read, of how many, as the screen tells.
fn counts(screen: &str) -> Option<(usize, usize)> {
    let (_, told) = screen.split_once("Reading the history: ")?;
    let mut words = told.split_whitespace();
    let done = words.next()?.parse().ok()?;
    (words.next() == Some("of")).then_some(())?;
    Some((done, words.next()?.parse().ok()?))
}

fn wait_for_counts(session: &Session) -> (usize, usize) {
    let read = |screen: &str| counts(screen).is_some_and(|(done, _)| done > 0);
    session.wait_until("nothing is told of the history", read);
    counts(&session.screen()).expect("told")
}

fn written(session: &Session) -> String {
    let seen = session.seen.lock().expect("lock");
    String::from_utf8_lossy(&seen.1).into_owned()
}

#[test]
fn a_long_history_tells_how_far_it_is_and_leaves_its_line_clean() {
    let organisation = slow();
    let mut session = at_work(&organisation, None, &["analyze", "--since", "30d"], &[]);
    let (done, of) = wait_for_counts(&session);
    assert!((1..=of).contains(&done) && of >= PAST, "{done} of {of}");
    assert!(session.ended().success(), "{}", session.screen());
    let screen = session.screen();
    assert!(!screen.contains("Reading"), "{screen}");
    let written = written(&session);
    let (_, last) = written.rsplit_once("Reading the history: ").expect("told");
    let (_, answer) = last.split_once('\r').expect("its line ends");
    assert!(
        answer.contains("\r\x1b[K") && answer.contains("Open follow-ups"),
        "{written:?}"
    );
}

#[test]
fn whoever_interrupts_it_goes_on_where_it_was() {
    let organisation = slow();
    let analyze = ["analyze", "--since", "30d"];
    let mut session = at_work(&organisation, None, &analyze, &[]);
    let (first, _) = wait_for_counts(&session);
    let far = |screen: &str| counts(screen).is_some_and(|(done, _)| done > first + PAST / 8);
    session.wait_until("it does not get further", far);
    session.press("\x03");
    assert_eq!(session.ended().exit_code(), 130);
    let screen = session.screen();
    assert!(!screen.contains("Reading"), "{screen}");
    let home = std::mem::replace(&mut session.home, tempfile::tempdir().expect("a folder"));
    let again = at_work(&organisation, Some(home), &analyze, &[]);
    let (done, of) = wait_for_counts(&again);
    assert!(done > 250 && of >= PAST, "{done} of {of}");
    again.wait_for("Open follow-ups");
}

#[test]
fn a_terminal_that_moves_no_cursor_gets_lines() {
    let organisation = slow();
    let args = ["analyze", "--since", "30d"];
    let mut session = at_work(&organisation, None, &args, &[("TERM", "dumb")]);
    session.wait_for("Reading the history: ");
    assert!(session.ended().success());
    let written = written(&session);
    assert!(!written.contains('\x1b'), "{written:?}");
    assert!(!written.replace("\r\n", "\n").contains('\r'), "{written:?}");
}

#[test]
fn a_pipe_gets_nothing_of_it() {
    let output = slow().run(&["analyze", "--since", "30d"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn an_export_that_is_interrupted_leaves_no_file() {
    let organisation = slow();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("incidents.csv");
    let to = file.to_str().expect("a path");
    let args = ["export", "--since", "3650d", "--out", to];
    let mut session = at_work(&organisation, None, &args, &[]);
    session.wait_for("Reading incidents: ");
    session.press("\x03");
    assert_eq!(session.ended().exit_code(), 130);
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0);
    let mut whole = at_work(&organisation, None, &args, &[]);
    whole.wait_for("back to ");
    assert!(whole.ended().success(), "{}", whole.screen());
    let rows = csv::Reader::from_path(&file)
        .expect("a table")
        .records()
        .count();
    assert!(rows >= PAST, "{rows}");
    let mut again = at_work(&organisation, None, &args, &[]);
    assert_eq!(again.ended().exit_code(), 1, "{}", again.screen());
    let screen = again.screen();
    assert!(screen.contains("is there already and was left"), "{screen}");
}

#[test]
fn the_console_tells_how_far_the_history_is() {
    let organisation = slow();
    let mut session = at_work(&organisation, None, &[], &[]);
    let (done, of) = wait_for_counts(&session);
    assert!((1..=of).contains(&done) && of >= PAST, "{done} of {of}");
    session.wait_gone("Reading the history");
    session.press("q");
    assert!(session.ended().success());
    session.assert_as_found("quit");
}
