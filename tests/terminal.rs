//! The binary in a real pseudo-terminal: it starts, is used, and leaves the terminal as it found it however it ends.

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    seen: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    before: String,
    hung_up: Arc<AtomicBool>,
    home: tempfile::TempDir,
}

/// The modes of a terminal that matter to whoever uses it next.
fn modes(master: &dyn MasterPty) -> String {
    let t = master.get_termios().expect("termios");
    format!("{:?} {:?} {:?}", t.input_flags, t.output_flags, t.local_flags)
}

impl Session {
    fn start(args: &[&str], cols: u16, rows: u16) -> Self {
        Self::start_with(args, cols, rows, &[])
    }

    fn start_with(args: &[&str], cols: u16, rows: u16, env: &[(&str, &str)]) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a pty");
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_hotseat"));
        command.args(args);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")] {
            command.env(name, value);
        }
        env.iter().for_each(|(name, value)| command.env(name, value));
        command.env("HOME", home.path());
        let before = modes(&*pty.master);
        let child = pty.slave.spawn_command(command).expect("it starts");
        drop(pty.slave);
        let seen = Arc::new(Mutex::new((vt100::Parser::new(rows, cols, 0), Vec::new())));
        let (mut reader, keeping) = (pty.master.try_clone_reader().expect("a reader"), seen.clone());
        let hung_up = Arc::new(AtomicBool::new(false));
        let hanging = hung_up.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                let mut seen = keeping.lock().expect("lock");
                seen.0.process(&chunk[..count]);
                seen.1.extend_from_slice(&chunk[..count]);
                if hanging.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let writer = pty.master.take_writer().expect("a writer");
        Self { master: Some(pty.master), writer: Some(writer), child, seen, before, hung_up, home }
    }

    fn demo() -> Self {
        Self::start(&["demo", "--speed", "5"], 120, 40)
    }

    fn screen(&self) -> String {
        self.seen.lock().expect("lock").0.screen().contents()
    }

    fn wait_for(&self, text: &str) {
        let patience = Instant::now() + Duration::from_secs(60);
        while !self.screen().contains(text) {
            assert!(Instant::now() < patience, "\"{text}\" never came:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("a writer");
        writer.write_all(keys.as_bytes()).expect("written");
        writer.flush().expect("flushed");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("a process").to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().expect("kill").success());
    }

    fn ended(&mut self) -> portable_pty::ExitStatus {
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                std::thread::sleep(Duration::from_millis(50));
                return status;
            }
            assert!(Instant::now() < patience, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Raw mode, alternate screen, cursor, paste mode: all as before.
    fn assert_as_found(&self, how: &str) {
        assert_eq!(modes(&**self.master.as_ref().expect("a master")), self.before, "{how}");
        let seen = self.seen.lock().expect("lock");
        let screen = seen.0.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "{how}");
        let text = String::from_utf8_lossy(&seen.1).into_owned();
        assert_eq!(
            text.matches("\x1b[?2026h").count(),
            text.matches("\x1b[?2026l").count() - text.matches("\x1b[?1049l").count(),
            "{how}: an update is left open"
        );
    }
}

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
    std::thread::sleep(Duration::from_millis(200));
    session.press("[[");
    session.wait_for("note     Root cause identified");
    session.press("_");
    session.press("\x10payment-gat");
    session.wait_for("catalog  payment-gateway");
    session.press("\r\r");
    session.wait_for("Needed by");
    session.press("\x1b");
    std::thread::sleep(Duration::from_millis(200));
    session.press("?");
    session.wait_for("Keys that work here");
    session.press("\x03");
    session.master.as_ref().expect("a master").resize(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).expect("resized");
    session.seen.lock().expect("lock").0.screen_mut().set_size(24, 80);
    session.wait_for(" 4  Catalog");
    session.press("qq");
    assert!(session.ended().success());
    session.assert_as_found("quit");
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
    let patience = Instant::now() + Duration::from_secs(10);
    while session.seen.lock().expect("lock").0.screen().alternate_screen() {
        assert!(Instant::now() < patience, "it does not suspend");
        std::thread::sleep(Duration::from_millis(10));
    }
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
    std::thread::sleep(Duration::from_millis(300));
    session.writer = None;
    session.master = None;
    session.ended();
}

#[test]
fn a_console_without_a_network_opens_and_says_what_is_wrong() {
    let mut session = Session::start(&["--base-url", "http://127.0.0.1:9", "--config", "/dev/null"], 100, 30);
    session.wait_for("no API key");
    session.press("q\n");
    assert!(session.ended().success());
    session.assert_as_found("wizard");
    assert!(std::fs::read_dir(session.home.path()).expect("home").next().is_none(), "nothing was written");
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
    for args in [vec!["doctor"], vec!["incidents", "list"], vec!["config", "show"], vec!["api", "GET", "/v1/identity"]] {
        let output = run(&args);
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&all).contains(key), "{args:?}");
    }
}
