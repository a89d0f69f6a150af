//! The binary in a real pseudo-terminal, with the screen it draws.

use crate::clock;
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program in a pseudo-terminal.
pub struct Session {
    pub master: Option<Box<dyn MasterPty + Send>>,
    pub writer: Option<Box<dyn Write + Send>>,
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    pub seen: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    pub before: String,
    pub hung_up: Arc<AtomicBool>,
    /// Reads what the program writes, until it ends or the terminal is to go away.
    pub reader: Option<JoinHandle<()>>,
    pub home: tempfile::TempDir,
}

/// The modes of a terminal that matter to whoever uses it next.
fn modes(master: &dyn MasterPty) -> String {
    let t = master.get_termios().expect("termios");
    format!(
        "{:?} {:?} {:?}",
        t.input_flags, t.output_flags, t.local_flags
    )
}

impl Session {
    pub fn start(args: &[&str], cols: u16, rows: u16) -> Self {
        Self::start_with(args, cols, rows, &[])
    }

    pub fn start_with(args: &[&str], cols: u16, rows: u16, env: &[(&str, &str)]) -> Self {
        Self::start_in(
            tempfile::tempdir().expect("a folder"),
            args,
            cols,
            rows,
            env,
        )
    }

    /// Starts in a home folder, as after an earlier session in it.
    pub fn start_in(
        home: tempfile::TempDir,
        args: &[&str],
        cols: u16,
        rows: u16,
        env: &[(&str, &str)],
    ) -> Self {
        let hotseat = env!("CARGO_BIN_EXE_hotseat");
        Self::start_program((hotseat, args), home, (cols, rows), env)
    }

    /// Starts another program than the binary in the same way.
    pub fn start_program(
        (program, args): (&str, &[&str]),
        home: tempfile::TempDir,
        (cols, rows): (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        let pty = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .expect("a pty");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
        ] {
            command.env(name, value);
        }
        for (name, value) in clock::moved_date() {
            command.env(name, value);
        }
        env.iter()
            .for_each(|(name, value)| command.env(name, value));
        command.env("HOME", home.path());
        let before = modes(&*pty.master);
        let child = pty.slave.spawn_command(command).expect("it starts");
        drop(pty.slave);
        let seen = Arc::new(Mutex::new((vt100::Parser::new(rows, cols, 0), Vec::new())));
        let (mut reader, keeping) = (
            pty.master.try_clone_reader().expect("a reader"),
            seen.clone(),
        );
        let hung_up = Arc::new(AtomicBool::new(false));
        let hanging = hung_up.clone();
        let reading = std::thread::spawn(move || {
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
        Self {
            master: Some(pty.master),
            writer: Some(writer),
            child,
            seen,
            before,
            hung_up,
            reader: Some(reading),
            home,
        }
    }

    pub fn demo() -> Self {
        Self::start(&["demo", "--speed", "5", "--now", clock::NOW], 120, 40)
    }

    /// Kills the program and gives its home folder.
    pub fn killed(mut self) -> tempfile::TempDir {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ends");
        self.home
    }

    pub fn screen(&self) -> String {
        self.seen.lock().expect("lock").0.screen().contents()
    }

    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("\"{text}\" never came"), |screen| {
            screen.contains(text)
        });
    }

    /// Waits until a text is no longer on the screen.
    pub fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("\"{text}\" never went"), |screen| {
            !screen.contains(text)
        });
    }

    /// Waits until the screen, or whatever else is looked at, is as it should be.
    pub fn wait_until(&self, otherwise: &str, is_so: impl Fn(&str) -> bool) {
        let patience = Instant::now() + PATIENCE;
        while !is_so(&self.screen()) {
            assert!(Instant::now() < patience, "{otherwise}:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until what the program wrote has been read to its end.
    pub fn read_to_the_end(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("what it wrote is read");
        }
    }

    pub fn press(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("a writer");
        writer.write_all(keys.as_bytes()).expect("written");
        writer.flush().expect("flushed");
    }

    /// Makes the window as wide and as high.
    pub fn resize(&self, cols: u16, rows: u16) {
        let master = self.master.as_ref().expect("a master");
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.seen
            .lock()
            .expect("lock")
            .0
            .screen_mut()
            .set_size(rows, cols);
        master.resize(size).expect("resized");
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("a process").to_string();
        assert!(
            std::process::Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .expect("kill")
                .success()
        );
    }

    /// Whether the program is stopped, as its shell would see it.
    pub fn has_stopped(&self) -> bool {
        let pid = self.child.process_id().expect("a process");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is there");
        // The state follows the name, which stands in brackets.
        let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
        state.is_some_and(|state| state.starts_with('T'))
    }

    pub fn ended(&mut self) -> portable_pty::ExitStatus {
        let patience = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                self.read_to_the_end();
                return status;
            }
            assert!(
                Instant::now() < patience,
                "it does not end:\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Raw mode, alternate screen, cursor, paste mode: all as before.
    pub fn assert_as_found(&self, how: &str) {
        assert_eq!(
            modes(&**self.master.as_ref().expect("a master")),
            self.before,
            "{how}"
        );
        let seen = self.seen.lock().expect("lock");
        let screen = seen.0.screen();
        assert!(
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(),
            "{how}"
        );
        let text = String::from_utf8_lossy(&seen.1).into_owned();
        assert_eq!(
            text.matches("\x1b[?2026h").count(),
            text.matches("\x1b[?2026l").count() - text.matches("\x1b[?1049l").count(),
            "{how}: an update is left open"
        );
    }
}
