//! The same night without a screen: the program is read as a screen reader or a teletype would read it, a few bytes at a
//! time, and whatever is slow there holds nothing up here.

use crate::clock;
use crate::keyboard::{played, runtime, what_hangs_on_it, what_stands};
use crate::night::{Night, home, settings};
use crate::recorder::Exchange;
use crate::recorder::described::description;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that are taken at a time, and the pause behind them: a teletype of 300 baud, a hundred times as fast.
const BITE: usize = 10;
const PAUSE: Duration = Duration::from_micros(3_300);
/// What waits on the way to whoever reads: a line or two.
const ON_THE_WAY: usize = 2_048;
/// Lines that an action may take, at the 95th percentile.
const LINES: usize = 4;

/// The program, and what was heard of it.
struct Ear {
    child: Child,
    input: Option<ChildStdin>,
    line: Option<UnixStream>,
    heard: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
    /// What was typed, and how much had been heard then.
    typed: Vec<(String, usize)>,
    home: tempfile::TempDir,
}

impl Ear {
    /// Starts the program in a home folder; nobody listens yet.
    fn start(night: &Night, home: tempfile::TempDir) -> Self {
        let config = home.path().join("config.toml");
        let me = "me = \"ana.abara@larkfield.example\"\n";
        std::fs::write(&config, settings() + me).expect("written");
        let (line, far) = UnixStream::pair().expect("a line");
        socket2::SockRef::from(&far)
            .set_send_buffer_size(ON_THE_WAY)
            .expect("a small buffer");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .args(["--plain", "--config", &config.to_string_lossy()])
            .arg(clock::flag(night.now()))
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", home.path())
            .env("LANG", "C.UTF-8")
            .env("TZ", "Asia/Kathmandu")
            .env("INCIDENT_IO_BASE_URL", &night.url)
            .env("INCIDENT_IO_API_KEY", &night.running.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::from(OwnedFd::from(far)))
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        Self {
            input: child.stdin.take(),
            child,
            line: Some(line),
            heard: Arc::default(),
            listener: None,
            typed: Vec::new(),
            home,
        }
    }

    /// Somebody begins to listen: only ever adding at the end, a bite at a time.
    fn listen(&mut self) {
        let (mut line, heard) = (self.line.take().expect("a line"), self.heard.clone());
        self.listener = Some(std::thread::spawn(move || {
            let (mut bite, mut rest) = ([0; BITE], Vec::new());
            while let Ok(count @ 1..) = line.read(&mut bite) {
                rest.extend_from_slice(&bite[..count]);
                let whole = rest
                    .iter()
                    .rposition(|b| *b == b'\n')
                    .map_or(0, |at| at + 1);
                let words: Vec<u8> = rest.drain(..whole).collect();
                let words = String::from_utf8(words).expect("letters");
                heard.lock().expect("lock").push_str(&words);
                std::thread::sleep(PAUSE);
            }
        }));
    }

    fn heard(&self) -> String {
        self.heard.lock().expect("lock").clone()
    }

    /// Waits for words behind what was heard so far, for all of them where a bar stands between.
    fn wait_for(&self, from: usize, words: &str) {
        let patience = Instant::now() + PATIENCE;
        let is_said = |heard: &str| words.split('|').all(|words| heard[from..].contains(words));
        while !is_said(&self.heard()) {
            let heard = self.heard();
            assert!(
                Instant::now() < patience,
                "\"{words}\" was never said to {:?}:\n{}\n--- of all\n{heard}",
                self.typed.last(),
                &heard[from..]
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an input");
        writeln!(input, "{line}").expect("written");
        input.flush().expect("flushed");
    }

    /// A line is typed, and answered.
    fn say(&mut self, line: &str, says: &str) {
        let from = self.heard().len();
        self.typed.push((line.to_owned(), from));
        self.write(line);
        self.wait_for(from, says);
    }

    fn all(&mut self, script: &[(&str, &str)]) {
        for (line, says) in script {
            self.say(line, says);
        }
    }

    /// No more lines come: it ends by itself, and all of it is heard.
    fn end(&mut self) -> std::process::ExitStatus {
        self.input = None;
        let status = self.child.wait().expect("it ends");
        if let Some(listener) = self.listener.take() {
            listener.join().expect("all is heard");
        }
        status
    }

    /// Lines that were said to each line.
    fn counts(&self) -> Vec<(usize, String)> {
        let heard = self.heard();
        let ends = self.typed.iter().skip(1).map(|(_, at)| *at);
        let ends = ends.chain([heard.len()]);
        self.typed
            .iter()
            .zip(ends)
            .map(|((line, from), to)| (heard[*from..to].lines().count(), line.clone()))
            .collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A key, a name and a severity: the incident is declared, and found in the list.
const DECLARED: &[(&str, &str)] = &[
    ("D", "Declare an incident|Name, needed"),
    ("Checkout is down", "1 Storm, P0|4 Ripple"),
    ("stor", "Severity: Storm.|Summary"),
    (
        "esc",
        "Declares a standard incident with the severity Storm|Send? y or n:",
    ),
    (
        "y",
        "Declared INC-41|P0 Storm, Investigating, no lead, 1 of 6",
    ),
    ("/", "Filter"),
    ("checkout is", "1 of 41|1 of 1, "),
    ("enter", "INC-41 Timeline"),
];

/// Who leads it, how bad it is, what is said of it, and what happened twenty minutes ago.
const LED: &[(&str, &str)] = &[
    ("L", "Incident Lead: none to Ana Abara|Send? y or n:"),
    ("y", "Done: INC-41: Incident Lead"),
    ("S", "Gale, P1|4 Ripple"),
    ("gale", "Severity: Gale.|Message"),
    (":send", "Done: INC-41: Severity: Storm to Gale"),
    ("u", "a dot alone ends them:"),
    ("Rolling back v2.1.0", ""),
    (".", "Status|and 1 more"),
    ("esc", "Send? y or n:"),
    ("y", "Done: INC-41: update Rolling back v2.1.0"),
];

const NOTED: &[(&str, &str)] = &[
    ("n", "What happened, needed"),
    ("Bad deploy", "empty is now"),
    ("20m ago", ":"),
    (":send", "Done: INC-41: note Bad deploy"),
];

/// Cover, what is left to do, the end of it and its post-mortem.
const ENDED: &[(&str, &str)] = &[
    ("on call", "On call, |1 of 8"),
    ("v", "Cover a shift: Checkout on-call|Send? y or n:"),
    (
        "y",
        "Done: Ana Abara covers Checkout on-call|Primary Ana Abara (you)",
    ),
    ("detail", "INC-41 Timeline"),
    ("add follow-up", "What to do later, needed"),
    ("Add a canary", ":"),
    ("esc", "Adds the follow-up|Send? y or n:"),
    ("y", "Done: INC-41: follow-up \"Add a canary\""),
    (
        "C",
        "Investigating to Writing up|Send? y or n:|Still open, and not closed with it",
    ),
    ("y", "Done: INC-41: Status: Investigating to Writing up"),
    ("P", "INC-41: Checkout is down, from incident"),
    ("I", "Imports a post-mortem of|Send? y or n:"),
    ("y", "Done: INC-41: import the post-mortem"),
    ("J", "Journal: 0 open|1 of 11"),
];

/// What was written, without what is each run's own: keys, times and what was made up there.
fn written(night: &Night) -> Vec<(String, String, Value)> {
    let log = night.recorder.log.lock().expect("lock");
    let writes: Vec<&Exchange> = log.iter().filter(|e| e.method != "get").collect();
    let made: BTreeSet<&str> = writes.iter().filter_map(|e| made_there(&e.path)).collect();
    let told = |e: &&Exchange| {
        let (mut path, mut body) = (e.path.clone(), e.body.to_string());
        for id in &made {
            path = path.replace(id, "made in this night");
            body = body.replace(id, "made in this night");
        }
        let mut body = serde_json::from_str(&body).expect("what it was");
        without_own(&mut body);
        (e.method.clone(), path, body)
    };
    writes.iter().map(told).collect()
}

/// The id of the incident or the page that a path acts on: both were made in the night, and drawn then.
fn made_there(path: &str) -> Option<&str> {
    let of = ["/v2/incidents/", "/v2/escalations/"];
    let rest = of.iter().find_map(|of| path.strip_prefix(of))?;
    rest.split_once('/').map(|(id, _)| id)
}

fn without_own(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let own = |name: &str| name.ends_with("_at") || name == "idempotency_key";
            for (name, value) in fields {
                match own(name) {
                    true => *value = Value::Null,
                    false => without_own(value),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(without_own),
        Value::String(words) if words.contains("2026-") => *words = "a text with its times".into(),
        _ => {}
    }
}

#[test]
fn a_night_is_played_by_ear_and_writes_what_the_screen_would_have_written() {
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let called = runtime.block_on(night.on_call("Payments on-call"));
    let mut ear = Ear::start(&night, home());
    ear.listen();
    ear.wait_for(0, "Incidents, ");
    ear.wait_for(0, "live");
    ear.all(DECLARED);
    ear.say("e", &format!("1 Payments, pages {called} now"));
    ear.say("payments", "Path: Payments.|and 141 more");
    ear.say("esc", "Pages the path Payments|Send? y or n:");
    ear.say("y", &format!("Done: Page|Paged {called}|Page: INC-41"));
    ear.say("a", &format!("{called}'s page: take it?|Send? y or n:"));
    ear.say("y", "Done: Acknowledge \"INC-41: Checkout is down\"");
    ear.all(LED);
    let before = night.now();
    ear.all(NOTED);
    let noted = before..night.now();
    ear.all(ENDED);
    assert!(ear.end().success());
    let heard = ear.heard();
    assert!(!heard.contains("refused"), "{heard}");
    assert_plain(&heard);
    runtime.block_on(what_stands(&night));
    runtime.block_on(what_hangs_on_it(&night, noted));
    if let Some(spec) = description() {
        let wrong = night.recorder.wrong(&spec);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    let mut counts = ear.counts();
    counts.sort();
    let at = (counts.len() * 95).div_ceil(100) - 1;
    assert!(
        counts[at].0 <= LINES,
        "more than {LINES} lines an action: {:?}\n{heard}",
        &counts[at..]
    );
    let by_ear = written(&night);
    let other = runtime.block_on(Night::new());
    let (play, _) = played(&runtime, &other, home());
    drop(play.session.killed());
    assert_eq!(by_ear, written(&other));
}

/// Letters, ends of lines and the bell; nothing drawn, nothing twice in a row.
fn assert_plain(heard: &str) {
    for line in heard.lines() {
        let words = line.trim_start_matches('\u{7}');
        let foul = |c: char| c.is_control() || ('\u{2500}'..='\u{259f}').contains(&c);
        assert!(!words.chars().any(foul), "{line:?}");
        assert!(!words.contains("  "), "{line:?}");
    }
}

#[test]
fn a_reader_that_reads_nothing_holds_nothing_up_and_loses_nothing() {
    const TIMES: usize = 200;
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let mut ear = Ear::start(&night, home());
    for n in 0..TIMES {
        ear.write(if n % 2 == 0 { "j" } else { "k" });
    }
    for line in ["n", "Nobody listens", "", ":send"] {
        ear.write(line);
    }
    let is_sent = || {
        let log = night.recorder.log.lock().expect("lock");
        log.iter()
            .any(|e| e.body.to_string().contains("Nobody listens"))
    };
    let patience = Instant::now() + PATIENCE;
    while !is_sent() {
        assert!(Instant::now() < patience, "whoever reads holds it up");
        std::thread::sleep(Duration::from_millis(5));
    }
    ear.listen();
    assert!(ear.end().success());
    let heard = ear.heard();
    let place = |line: &str| {
        [", 1 of ", ", 2 of "]
            .into_iter()
            .find(|place| line.contains(place))
    };
    let mut rows: Vec<&str> = heard.lines().filter_map(place).collect();
    // A line that changes meanwhile is told once more.
    rows.dedup();
    assert_eq!(rows.len(), TIMES + 1, "{heard}");
    assert!(heard.contains("note Nobody listens"), "{heard}");
}

#[test]
fn what_was_begun_is_there_after_ctrl_c() {
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let mut ear = Ear::start(&night, home());
    ear.listen();
    ear.wait_for(0, "live");
    ear.say("u", "a dot alone ends them:");
    ear.write("Half a thought");
    // A line that is taken in behind it: then the words are in their field.
    ear.say("?", "A line is what the field becomes");
    let pid = ear.child.id().to_string();
    let sent = Command::new("kill").args(["-s", "INT", &pid]).status();
    assert!(sent.expect("kill").success());
    assert_eq!(ear.child.wait().expect("it ends").code(), Some(130));
    let home = std::mem::replace(&mut ear.home, tempfile::tempdir().expect("a folder"));
    let mut ear = Ear::start(&night, home);
    ear.listen();
    ear.wait_for(0, "1 draft not sent");
    ear.say("K", "Half a thought");
}
