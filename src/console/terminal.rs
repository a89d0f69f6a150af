//! The terminal: taken over on the way in, left as it was found on every way out. Quit, panic and signals all go
//! through the one `leave`, which does its work once.

use super::abilities::Abilities;
use super::backend::SlowLine;
use crate::config::Notify;
use crate::session::{Check, Mark};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Alternate screen, bracketed paste, hidden cursor, clean.
const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[m\x1b[2J\x1b[H";
/// Clicks and the wheel, with columns beyond 223.
const WITH_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
/// All of it back: an open synchronized update, attributes, the scroll region and the mouse too.
const LEAVE: &str = "\x1b[?1006l\x1b[?1000l\x1b[?2026l\x1b[r\x1b[m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The terminal's output, shared by the screen and the ways out. Once left, nothing more is written.
#[derive(Clone, Default)]
pub struct Terminal {
    entered: Arc<Mutex<bool>>,
    mouse: bool,
}

impl Terminal {
    /// The terminal, which tells of the mouse where that is asked for.
    pub fn new(mouse: bool) -> Self {
        Self {
            mouse,
            ..Self::default()
        }
    }

    /// Takes the terminal over.
    pub fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        let mut entered = self
            .entered
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *entered = true;
        raw_write(ENTER.as_bytes())?;
        if self.mouse {
            raw_write(WITH_MOUSE.as_bytes())?;
        }
        Ok(())
    }

    /// Gives it back. A terminal that no longer takes output is not waited for.
    pub fn leave(&self) {
        for _ in 0..20 {
            if let Ok(mut entered) = self.entered.try_lock() {
                if std::mem::replace(&mut *entered, false) {
                    let _ = raw_write(LEAVE.as_bytes());
                    let _ = disable_raw_mode();
                }
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = disable_raw_mode();
    }

    /// A backend that draws on it.
    pub fn backend(&self) -> io::Result<SlowLine<Self>> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(SlowLine::new(self.clone(), Size::new(width, height)))
    }
}

/// One write call a frame: each may become a packet of its own.
fn raw_write(mut bytes: &[u8]) -> io::Result<()> {
    let out = rustix::stdio::stdout();
    while !bytes.is_empty() {
        match rustix::io::write(out, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&out, PollFlags::OUT)], None);
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let entered = self
            .entered
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if *entered {
            raw_write(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What stands in the way of a full-screen program here, in a sentence.
pub fn obstacle() -> Option<String> {
    let ends = [
        (io::stdin().is_terminal(), "input"),
        (io::stdout().is_terminal(), "output"),
    ];
    let missing = ends.iter().find(|(there, _)| !there)?;
    Some(format!(
        "The console needs a terminal, and its {} is not one. Run it in a terminal, or use a command such as hotseat incidents list.",
        missing.1
    ))
}

/// Leaves the terminal when the screen's own thread panics; other threads' panics become failed jobs.
pub fn install_panic_hook(terminal: &Terminal) {
    let terminal = terminal.clone();
    let usual = std::panic::take_hook();
    let screen = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen {
            terminal.leave();
            usual(info);
            let _ = writeln!(
                io::stderr(),
                "hotseat stopped because of a fault of its own. What was written is in the journal (hotseat journal list). Please report the lines above."
            );
        } else {
            tracing::error!("a job panicked: {info}");
        }
    }));
}

/// A file that may not grow is told as an error, as a full disk is; the signal that goes with it would end the program
/// without a word.
pub fn outlive_file_limit() {
    let signal = rustix::process::Signal::XFSZ.as_raw();
    let _ = signal_hook::flag::register(signal, Arc::default());
}

/// Watches for signals and for the terminal going away. A terminal that is gone without a signal makes reading from it
/// return at once for ever, so its end is watched for beside the reading.
pub fn watch(terminal: &Terminal, redraw: UnboundedSender<()>) -> io::Result<()> {
    let mut signals =
        signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    let leaving = terminal.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in &mut signals {
                match signal {
                    SIGTSTP => {
                        leaving.leave();
                        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                    }
                    SIGCONT => {
                        let _ = leaving.enter();
                        let _ = redraw.send(());
                    }
                    signal => {
                        leaving.leave();
                        std::process::exit(128 + signal);
                    }
                }
            }
        })?;
    let leaving = terminal.clone();
    std::thread::Builder::new()
        .name("hangup".into())
        .spawn(move || {
            let input = rustix::stdio::stdin();
            loop {
                let mut watched = [PollFd::new(&input, PollFlags::empty())];
                match poll(&mut watched, None) {
                    Err(rustix::io::Errno::INTR) => {}
                    Ok(_) if watched[0].revents().is_empty() => {}
                    _ => break,
                }
            }
            leaving.leave();
            std::process::exit(128 + SIGHUP);
        })?;
    Ok(())
}

/// Whether the terminal takes sequences that move its cursor, as far as its name tells.
pub fn moves_its_cursor() -> bool {
    Abilities::here().moves_cursor
}

/// What the terminal is known to take beside text.
fn taken() -> Check {
    let here = Abilities::here();
    let notice = match here.notice {
        Notify::Osc9 => "notices by OSC 9",
        Notify::Osc777 => "notices by OSC 777",
        Notify::Osc99 => "notices by OSC 99",
        Notify::Auto | Notify::None => "no notices of its own, so the bell rings",
    };
    let links = match here.links {
        true => "links",
        false => "no links",
    };
    let says = format!(
        "Known to take {links} and {notice}; links and notify in the config say otherwise."
    );
    Check::new("terminal takes", Mark::Good, says)
}

/// Whether the terminal carries what the console draws.
pub fn checks() -> Vec<Check> {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let mut checks = Vec::new();
    match crossterm::terminal::size() {
        Ok((w, h)) if io::stdout().is_terminal() => checks.push(Check::new(
            "terminal",
            if w < 80 || h < 24 {
                Mark::Note
            } else {
                Mark::Good
            },
            format!(
                "{w}x{h}, TERM={}, COLORTERM={}.",
                var("TERM"),
                var("COLORTERM")
            ),
        )),
        _ => checks.push(Check::new(
            "terminal",
            Mark::Note,
            "The output is not a terminal, so the console cannot open here; commands can.",
        )),
    }
    let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .map(|n| var(n))
        .find(|v| !v.is_empty())
        .unwrap_or_default();
    if !utf8.to_uppercase().replace('-', "").contains("UTF8") {
        checks.push(Check::new(
            "locale",
            Mark::Note,
            format!("\"{utf8}\" is not UTF-8; where lines look broken, use --ascii."),
        ));
    }
    if !var("TMUX").is_empty() {
        checks.push(Check::new(
            "tmux",
            Mark::Note,
            "Inside tmux; copying needs set -g set-clipboard on, or allow-passthrough on; notices need allow-passthrough on.",
        ));
    }
    if io::stdout().is_terminal() {
        checks.push(taken());
    }
    checks
}
