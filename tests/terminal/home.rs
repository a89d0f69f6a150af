//! At home in a terminal: a glance in tmux and in prompts, links, an incident's page, notices, and where one was.

use crate::clock;
use crate::progress::at_work;
use crate::session::Session;
use crate::simulated::Organisation;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that comes by itself.
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What is kept for a glance in a home folder.
fn glance_in(home: &Path) -> Option<PathBuf> {
    let all = std::fs::read_dir(home.join(".cache/hotseat")).ok()?;
    let paths = all.flatten().map(|entry| entry.path());
    let mut glances = paths.filter(|path| path.extension().is_some_and(|e| e == "glance"));
    glances.next()
}

fn written(session: &Session) -> String {
    let seen = session.seen.lock().expect("lock");
    String::from_utf8_lossy(&seen.1).into_owned()
}

/// Takes the home folder of a session that has ended.
fn home_of(session: &mut Session) -> tempfile::TempDir {
    std::mem::replace(&mut session.home, tempfile::tempdir().expect("a folder"))
}

#[test]
fn a_glance_tells_what_a_console_saw_and_asks_nobody() {
    let organisation = Organisation::new("");
    let mut session = at_work(&organisation, None, &[], &[]);
    session.wait_for("5 open");
    let file = wait("nothing is kept for a glance", || {
        glance_in(session.home.path())
    });
    session.press("q");
    assert!(session.ended().success());
    let mode = std::fs::metadata(&file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0);
    let home = home_of(&mut session);
    let running = organisation.running.as_ref().expect("running");
    let (url, now) = (running.url.clone(), running.now());
    drop(organisation);
    let tells = |args: &[&str], now: hotseat::domain::Instant| {
        let output = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .arg(clock::flag(now))
            .args(args)
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", home.path())
            .env("LANG", "C.UTF-8")
            .env("INCIDENT_IO_BASE_URL", &url)
            .output()
            .expect("it runs");
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
        String::from_utf8(output.stdout).expect("text")
    };
    let plain = ["tmux", "--color", "never"];
    let told = tells(&plain, now);
    assert_eq!(told, "1 Gale, 2 Breeze, 2 Ripple · INC-117: Hugo Abara\n");
    let later = tells(&plain, now + chrono::Duration::minutes(30));
    assert!(
        later.contains(" · 30m old") || later.contains(" · 29m old"),
        "{later}"
    );
    assert!(tells(&["tmux"], now).starts_with("#[fg=yellow]1 Gale"));
    assert_eq!(tells(&["prompt"], now), "1 Gale, 2 Breeze, 2 Ripple\n");
    let bash = tells(&["prompt", "--shell", "bash"], now);
    assert!(bash.starts_with("\x01\x1b[33m\x021 Gale"), "{bash:?}");
}

#[test]
fn tmux_draws_a_hostile_name_as_it_stands() {
    if Command::new("tmux").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tmux is missing");
        println!("skipped: this needs tmux");
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let cache = home.path().join(".cache/hotseat");
    std::fs::create_dir_all(&cache).expect("a folder");
    let trace = home.path().join("x");
    let name = format!("#[fg=red]#{{pane_id}}#(>{})", trace.display());
    let held = serde_json::json!({"reference": "INC-7", "name": name, "lead": "#{pid}\u{1b}[31m"});
    let glance = serde_json::json!({"at": clock::NOW, "open": [["#S", 1]], "pages": 1, "page": held, "gravest": null});
    std::fs::write(
        cache.join("default-api.incident.io-443.glance"),
        glance.to_string(),
    )
    .expect("written");
    let segment = format!(
        "#({} --now {} tmux --color never)",
        env!("CARGO_BIN_EXE_hotseat"),
        clock::NOW
    );
    let config = home.path().join("tmux.conf");
    let settings = format!(
        "set -g status-interval 1\nset -g status-left ''\nset -g status-right-length 90\nset -g window-status-current-format ''\nset -g status-right '{segment}'\n"
    );
    std::fs::write(&config, settings).expect("written");
    let (config, socket) = (
        config.display().to_string(),
        home.path().join("s").display().to_string(),
    );
    let args = [
        "-u",
        "-f",
        &config,
        "-S",
        &socket,
        "new-session",
        "sleep 60",
    ];
    let mut session = Session::start_program(("/usr/bin/tmux", &args), home, (100, 10), &[]);
    session.wait_for("1 #S · your page: #[fg=red]#{pane_id}");
    session.wait_for("INC-7: #{pid}");
    assert!(!trace.exists(), "nothing of a name is run");
    let end = Command::new("tmux")
        .args(["-S", &socket, "kill-server"])
        .status();
    assert!(end.expect("tmux runs").success());
    session.ended();
}

#[test]
fn a_prompt_holds_nothing_that_a_shell_reads() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = home.path().join(".cache/hotseat");
    std::fs::create_dir_all(&cache).expect("a folder");
    let name = "$(>x)`>x`\\w%~\u{1b}[2J";
    let glance = serde_json::json!({"at": clock::NOW, "open": [[name, 2]], "pages": 0, "page": null, "gravest": null});
    let file = cache.join("default-api.incident.io-443.glance");
    std::fs::write(file, glance.to_string()).expect("written");
    let prompt = |shell: &str| {
        let run = format!(
            "shopt -s promptvars; PS1=\"$({} --now {} prompt {shell})\"; echo \"${{PS1@P}}\"",
            env!("CARGO_BIN_EXE_hotseat"),
            clock::NOW
        );
        let output = Command::new("bash")
            .args(["-c", &run])
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", home.path())
            .env("LANG", "C.UTF-8")
            .current_dir(home.path())
            .output();
        String::from_utf8(output.expect("bash runs").stdout).expect("text")
    };
    assert_eq!(prompt("").trim(), "2 _(>x)_>x__w…");
    assert!(prompt("--shell zsh").contains("2 _(>x)_>x__w"));
    assert!(!home.path().join("x").exists(), "nothing of a name is run");
}

#[test]
fn the_pages_commands_are_taken_as_they_stand() {
    let page = include_str!("../../docs/terminal.md");
    let home = tempfile::tempdir().expect("a folder");
    let commands = page.lines().filter_map(|l| l.strip_prefix("    hotseat "));
    let commands: Vec<&str> = commands.collect();
    assert!(commands.len() > 4, "{commands:?}");
    for command in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .args(command.split(' '))
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", home.path())
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let understood = output.status.success() || said.contains("missing_api_key");
        assert!(understood, "{command}: {said}");
    }
}

#[test]
fn references_lead_to_incident_io_where_the_terminal_takes_that() {
    let organisation = Organisation::new("");
    let link = "\x1b]8;;https://app.incident.io/larkfield/incidents/120\x1b\\INC-120\x1b]8;;\x1b\\";
    let mut console = at_work(&organisation, None, &[], &[("TERM", "xterm-kitty")]);
    console.wait_for("5 open");
    wait("no link came", || {
        written(&console)
            .contains("/incidents/120\x1b\\")
            .then_some(())
    });
    console.press("q");
    assert!(console.ended().success());
    console.assert_as_found("quit");
    let begun = written(&console).matches("\x1b]8;;https://").count();
    let ended = written(&console).matches("\x1b]8;;\x1b\\").count();
    assert!(
        begun > 0 && ended >= begun / 2,
        "{begun} begun, {ended} ended"
    );
    let list = ["incidents", "list"];
    let mut home = home_of(&mut console);
    for (env, leads) in [
        (&[("TERM", "xterm-kitty")][..], true),
        (&[("TERM", "xterm-256color")], false),
        (&[("TERM", "dumb"), ("VTE_VERSION", "7600")], false),
    ] {
        let mut table = at_work(&organisation, Some(home), &list, env);
        assert!(table.ended().success());
        assert_eq!(written(&table).contains(link), leads, "{env:?}");
        assert_eq!(written(&table).contains("\x1b]8;"), leads, "{env:?}");
        home = home_of(&mut table);
    }
}

/// A program that writes what it was given, and the key where it was handed on.
fn recorder(folder: &Path, name: &str) -> PathBuf {
    let (path, given) = (folder.join(name), folder.join("given"));
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" \"${{HOTSEAT_NOTICE}}\" \"${{INCIDENT_IO_API_KEY}}\" > {0}.part\nmv {0}.part {0}\n",
        given.display()
    );
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    path
}

#[test]
fn a_page_is_opened_here_and_printed_and_copied_from_afar() {
    let organisation = Organisation::new("");
    let address = "https://app.incident.io/larkfield/incidents/120";
    let folder = tempfile::tempdir().expect("a folder");
    recorder(folder.path(), "xdg-open");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let env = [("PATH", path.as_str()), ("DISPLAY", ":0")];
    let open = ["open", "INC-120"];
    let given = folder.path().join("given");
    let mut here = at_work(&organisation, None, &open, &env);
    assert!(here.ended().success());
    assert_eq!(
        std::fs::read_to_string(&given).expect("it was opened"),
        format!("1\n{address}\n\n\n")
    );
    assert!(here.screen().contains(address) && !written(&here).contains("\x1b]52"));
    std::fs::remove_file(&given).expect("removed");
    let afar = [env[0], env[1], ("SSH_CONNECTION", "1 2 3 4"), ("TMUX", "x")];
    let mut far = at_work(&organisation, None, &open, &afar);
    assert!(far.ended().success());
    let copied = hotseat::console::sequences::clipboard(address, true);
    assert!(far.screen().contains(address) && written(&far).contains(&copied));
    let mut printed = at_work(&organisation, None, &["open", "120", "--print"], &afar);
    assert!(printed.ended().success());
    assert_eq!(printed.screen().trim(), address);
    assert!(!written(&printed).contains('\x1b') && !given.exists());
}

/// The demo at thirty times its speed: somebody is paged within seconds.
fn storm(config: &str) -> [&str; 7] {
    [
        "demo",
        "--speed",
        "30",
        "--now",
        clock::NOW,
        "--config",
        config,
    ]
}

#[test]
fn a_notice_reaches_the_terminal_and_a_program_of_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = recorder(folder.path(), "call");
    let config = folder.path().join("config.toml");
    let settings = format!("notify_command = [\"{}\", \"oncall\"]\n", program.display());
    std::fs::write(&config, settings).expect("written");
    let config = config.display().to_string();
    let args = storm(&config);
    let env = [("TERM", "foot"), ("INCIDENT_IO_API_KEY", "inc_secret")];
    let mut session = Session::start_with(&args, 120, 40, &env);
    let given = wait("nobody was called", || {
        std::fs::read_to_string(folder.path().join("given")).ok()
    });
    let lines: Vec<&str> = given.lines().collect();
    assert_eq!(
        (lines[0], lines[1], lines[4]),
        ("2", "oncall", ""),
        "{given}"
    );
    assert!(!lines[2].is_empty() && lines[2] == lines[3], "{given}");
    wait("the terminal was told nothing", || {
        written(&session)
            .contains("\x1b]777;notify;hotseat;")
            .then_some(())
    });
    session.press("q");
    session.ended();
}

#[test]
fn a_program_that_calls_nobody_is_told_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "notify_command = [\"/nowhere/call\"]\n").expect("written");
    let config = config.display().to_string();
    let args = storm(&config);
    let session = Session::start_with(&args, 160, 40, &[]);
    session.wait_for("notify_command, /nowhere/call, does not work");
}

#[test]
fn a_session_begins_where_the_last_one_ended() {
    let organisation = Organisation::new("");
    let mut session = at_work(&organisation, None, &[], &[]);
    session.wait_for("5 open");
    session.press("/disk\r");
    session.wait_for("/disk");
    session.press("2");
    session.press("]");
    session.wait_for("Last activity");
    // It is killed, as by a line that drops: what was kept by then counts.
    let kept = || {
        let home = session.home.path().join(".cache/hotseat");
        let files = std::fs::read_dir(home).ok()?.flatten();
        let mut texts = files.filter_map(|f| std::fs::read(f.path()).ok());
        texts
            .any(|text| String::from_utf8_lossy(&text).contains("\"tab\":\"Overview\""))
            .then_some(())
    };
    wait("nothing is kept", kept);
    let again = at_work(&organisation, Some(session.killed()), &[], &[]);
    again.wait_for("/disk");
    again.wait_for("Last activity");
}
