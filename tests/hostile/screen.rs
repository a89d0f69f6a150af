//! A console full of hostile words, on two terminals that disagree about widths: what is on the screen after an hour of
//! use is what a fresh drawing shows, and nothing but words reached the terminal.

use crate::clock;
use crate::session::Session;
use crate::simulated::Organisation;
use hotseat::sim;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Names that act, hide, flood, turn round, or are as wide as the terminal thinks.
const NAMES: [&str; 12] = [
    "\u{1b}]52;c;ZXZpbA==\u{7}Aclipboard \u{1b}[2J\u{1b}[HAcleared \u{9b}31mAred \u{1b}P1$r\u{1b}\\",
    "\u{202e}Bdesrever \u{2066}Bisolated\u{34f}\u{1d173}\u{e0041}",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 Cfamily 🏳\u{fe0f}\u{200d}🌈 ⚠\u{fe0f} ❤\u{fe0f}\u{200d}🔥 ",
    "°°°°°°°°°°°°°°°° Dambiguous ①②③④⑤⑥ Ωαβγ éèàüø ½±×÷ §¶ ",
    "🫨🫟🪿🫏🛜🩷🪽 Enewer 🫩🫆🪾🪉 ",
    "日本語の障害 Ｆｕｌｌ　ｗｉｄｔｈ Fwide 한국어 ㈱㍿ ",
    "ﷺﷺﷺ﷽﷽ Gligature ꧁꧂ 𒈙𒈙 ⸻⸻ ",
    "क्षत्रिय ปัญหาน้ำท่วม Hmarks မြန်မာ தமிழ் ",
    "🇩🇪🇫🇷🇬🇧🇺 Iflags 👍🏽👍🏿 1\u{fe0f}\u{20e3} ",
    "\u{2800}\u{3000}\u{3164}\u{115f}\u{a0} Jblank \u{e000}\u{e0b0}\u{f8ff}\u{10fffd} ",
    "line\u{2028}Kbreaks\u{2029}and\u{85}more\r\rthan\tone\u{b}here ",
    "Tschüß Größe Łódź Žluťoučký Lplain ",
];

/// An organisation whose incidents all have such names, long enough for every right edge.
fn hostile() -> Organisation {
    let org = Organisation::new("");
    let dir = tempfile::tempdir().expect("a folder");
    for (file, path) in [
        ("incidents", "/v2/incidents"),
        ("severities", "/v1/severities"),
        ("incident_statuses", "/v1/incident_statuses"),
        ("users", "/v2/users"),
    ] {
        let mut body = org.json(&["api", "GET", path, "--paginate"]);
        let incidents = body
            .get_mut("incidents")
            .and_then(|list| list.as_array_mut());
        for (at, incident) in incidents.into_iter().flatten().enumerate() {
            let flood = format!("z{}", "\u{301}\u{489}".repeat(60));
            let name = format!("{}{flood} ", NAMES[at % NAMES.len()]);
            incident["name"] = name.repeat(3).into();
            incident["summary"] = name.repeat(20).into();
        }
        let file = dir.path().join(format!("{file}.json"));
        std::fs::write(file, body.to_string()).expect("written");
    }
    Organisation::with(sim::Options {
        data: Some(dir.path().to_owned()),
        clock: clock::clock(),
        ..sim::Options::default()
    })
}

/// Keys that move, open, close, filter and enlarge, so that rows come to stand where others stood.
const STEPS: [&str; 10] = ["jjj", "G", "g", "\r", "jjjj", "\x1b", "+", "jj", "_", "kk"];

/// The screen, its figures left out: ages go on.
fn words(screen: &str) -> String {
    let lines = screen
        .lines()
        .map(|line| line.replace(|c: char| c.is_ascii_digit(), "0"));
    lines
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// The screen once it no longer changes.
fn settled(look: &dyn Fn() -> String) -> String {
    let patience = Instant::now() + Duration::from_secs(60);
    let mut last = words(&look());
    loop {
        std::thread::sleep(Duration::from_millis(150));
        let now = words(&look());
        if now == last && !now.trim().is_empty() || Instant::now() > patience {
            return now;
        }
        last = now;
    }
}

/// Uses the console and asks after each step for a drawing anew: both are the same, but for what changed by itself
/// meanwhile, so a difference has to show time and again.
fn assert_drawn_as_anew(press: &mut dyn FnMut(&str), look: &dyn Fn() -> String) {
    for step in STEPS {
        press(step);
        let mut shown = settled(look);
        for attempt in 0.. {
            press("\x0c");
            let anew = settled(look);
            if anew == shown {
                break;
            }
            assert!(attempt < 3, "after {step:?}:\n{shown}\nanew:\n{anew}");
            shown = anew;
        }
    }
}

#[test]
fn hostile_names_leave_nothing_on_the_screen_that_a_fresh_drawing_does_not_show() {
    let org = hostile();
    let running = org.running.as_ref().expect("running");
    let env = [
        ("INCIDENT_IO_API_KEY", running.key.as_str()),
        ("INCIDENT_IO_BASE_URL", running.url.as_str()),
    ];
    let now = clock::flag(running.now());
    let mut session = Session::start_with(&[&now, "--config", "/dev/null"], 100, 30, &env);
    session.wait_for("Dambiguous");
    let seen = session.seen.clone();
    let look = || seen.lock().expect("lock").0.screen().contents();
    assert_drawn_as_anew(&mut |keys| session.press(keys), &look);
    session.press("qq");
    assert!(session.ended().success());
    session.assert_as_found("hostile names");
    let came = String::from_utf8_lossy(&seen.lock().expect("lock").1).into_owned();
    for foul in [
        "ZXZpbA",
        "\u{9b}",
        "\u{202e}",
        "\u{2066}",
        "\u{200d}",
        "\u{34f}",
        "\u{1d173}",
        "\u{b}",
    ] {
        assert!(!came.contains(foul), "{foul:?} reached the terminal");
    }
    assert!(
        !came.contains("\u{301}\u{489}\u{301}\u{489}"),
        "a flood reached the terminal"
    );
}

#[test]
fn arguments_that_cannot_be_understood_come_back_without_what_acts() {
    let flag = format!("--{}", crate::HOSTILE);
    let mut session = Session::start(&["incidents", "list", &flag], 100, 30);
    assert!(!session.ended().success());
    session.wait_for("unexpected argument");
    let came = session.seen.lock().expect("lock").1.clone();
    crate::assert_clean(&came, "on a terminal");
}

/// A tmux server of its own, which ends with the test.
struct Tmux<'a>(&'a Path);

impl Tmux<'_> {
    fn run(&self, args: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(self.0)
            .args(args)
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .output()
            .expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Tmux<'_> {
    /// The columns at which a word stands on the screen.
    fn columns_of(&self, word: &str) -> BTreeSet<String> {
        self.run(&["copy-mode"]);
        self.run(&["send-keys", "-X", "top-line"]);
        let found = (0..40).map(|_| {
            self.run(&["send-keys", "-X", "search-forward", word]);
            self.run(&["display-message", "-p", "#{copy_cursor_x}"])
        });
        let columns = found.collect();
        self.run(&["send-keys", "-X", "cancel"]);
        columns
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn tmux_shows_hostile_names_as_a_fresh_drawing_does() {
    if Command::new("tmux").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tmux is missing");
        println!("skipped: this needs tmux");
        return;
    }
    let org = hostile();
    let running = org.running.as_ref().expect("running");
    let socket = org.home.path().join("tmux");
    let tmux = Tmux(&socket);
    let moved: Vec<String> = clock::moved_date()
        .iter()
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    let command = format!(
        "env -i {} HOME={} TERM=screen-256color LANG=C.UTF-8 PATH=/usr/bin:/bin INCIDENT_IO_API_KEY={} INCIDENT_IO_BASE_URL={} {} {} --config /dev/null",
        moved.join(" "),
        org.home.path().display(),
        running.key,
        running.url,
        env!("CARGO_BIN_EXE_hotseat"),
        clock::flag(running.now()),
    );
    tmux.run(&["new-session", "-d", "-x", "100", "-y", "30", &command]);
    let look = || tmux.run(&["capture-pane", "-p"]);
    let patience = Instant::now() + Duration::from_secs(60);
    while !look().contains("Dambiguous") {
        assert!(Instant::now() < patience, "it never came:\n{}", look());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut press = |keys: &str| {
        for key in keys.bytes() {
            tmux.run(&["send-keys", "-H", &format!("{key:02x}")]);
        }
    };
    assert_drawn_as_anew(&mut press, &look);
    // Each row goes on at its own column after a name, as tmux itself reckons columns.
    let (head, rows) = (tmux.columns_of("status"), tmux.columns_of("Fixing"));
    assert!(
        rows.len() == 1 && rows == head,
        "{head:?}, {rows:?}:\n{}",
        look()
    );
}
