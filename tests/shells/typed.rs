//! A real shell in a pseudo-terminal, with the program's completions set up as its users do.

use crate::kept::Kept;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];
const PROMPT: &str = "READY>";
const DEADLINE: Duration = Duration::from_secs(60);

pub struct Shell {
    name: &'static str,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    _pty: Box<dyn MasterPty + Send>,
}

impl Shell {
    pub fn start(name: &'static str, kept: &Kept) -> Self {
        let home = kept.home.path();
        let at = |path: &str| {
            let path = home.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            path
        };
        let script = kept.run(&["completions", name], &[]);
        let args: &[&str] = match name {
            "bash" => {
                std::fs::write(at("hotseat.bash"), script).expect("written");
                let rc = format!(
                    "PS1='{PROMPT} '\nbind 'set show-all-if-ambiguous on'\n. ~/hotseat.bash\n"
                );
                std::fs::write(at("rc"), rc).expect("written");
                &["--noprofile", "--rcfile", "rc", "-i"]
            }
            "zsh" => {
                std::fs::write(at("functions/_hotseat"), script).expect("written");
                let rc = format!(
                    "PS1='{PROMPT} '\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\nunsetopt auto_menu\n"
                );
                std::fs::write(at(".zshrc"), rc).expect("written");
                &["-d", "-i"]
            }
            _ => {
                std::fs::write(at(".config/fish/completions/hotseat.fish"), script)
                    .expect("written");
                let rc = format!(
                    "function fish_prompt\necho -n '{PROMPT} '\nend\nset -g fish_autosuggestion_enabled 0\nset -g fish_greeting\n"
                );
                std::fs::write(at(".config/fish/config.fish"), rc).expect("written");
                &["-i"]
            }
        };
        let size = PtySize {
            rows: 40,
            cols: 160,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(name);
        command.args(args);
        command.cwd(home);
        command.env_clear();
        for (key, value) in kept.environment() {
            command.env(key, value);
        }
        let child = pty.slave.spawn_command(command);
        let child = child.unwrap_or_else(|e| panic!("{name} is needed for this test: {e}"));
        let screen = Arc::new(Mutex::new(vt100::Parser::new(size.rows, size.cols, 0)));
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let seen = screen.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                seen.lock().expect("a screen").process(&bytes[..count]);
            }
        });
        let mut shell = Self {
            name,
            child,
            writer: pty.master.take_writer().expect("a writer"),
            screen,
            _pty: pty.master,
        };
        shell.shows(PROMPT);
        shell
    }

    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("typed");
        self.writer.flush().expect("typed");
    }

    pub fn enter(&mut self) {
        self.keys("\r");
    }

    /// Waits until the screen has some words.
    pub fn shows(&mut self, words: &str) {
        self.until(words, |contents| contents.contains(words));
    }

    /// Types keys that end in a tab, and waits until the line has become that; then the line is taken away.
    pub fn line_becomes(&mut self, keys: &str, words: &str) {
        self.keys(keys);
        // What is drawn behind the last word cannot be seen; the cursor can.
        let trimmed = words.trim_end();
        self.until(words, |contents| contents.contains(trimmed));
        if words.ends_with(' ') {
            self.keys("#");
            let marked = format!("{trimmed} #");
            self.until(&marked, |contents| contents.contains(&marked));
        }
        if !keys.ends_with("\t\t") {
            self.clear();
        }
    }

    /// An empty line on an empty screen.
    pub fn clear(&mut self) {
        self.keys("\x15\x0c");
        self.until("an empty line", |contents| {
            let mut lines = contents
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty());
            lines.next() == Some(PROMPT) && lines.next().is_none()
        });
    }

    fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let until = Instant::now() + DEADLINE;
        loop {
            let contents = self.screen.lock().expect("a screen").screen().contents();
            if holds(&contents) {
                return;
            }
            assert!(
                Instant::now() < until,
                "{}: no {what} in:\n{contents}",
                self.name
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
