//! The loop: lines, news, time and signals in; lines out where something is to be said.

use super::input::Input;
use super::output::Output;
use super::voice::Voice;
use crate::config::Config;
use crate::console::editor;
use crate::console::event_loop::Setup;
use crate::console::job::JobSubject;
use crate::console::layout::HEARD;
use crate::console::msg::{Cmd, Msg};
use crate::console::reply::{Outcome, Reply};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::console::{update, worker};
use crate::domain::time::Zone;
use crate::session::Opening;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::IsTerminal;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long what was typed may take to reach the disk, and what was said to be heard, where the program is to end at once.
const KEPT_WITHIN: Duration = Duration::from_secs(2);
/// How long a line of a script waits for what the line before it asked for. Requests end by themselves before that.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// What is said first.
const WELCOME: &str =
    "hotseat, one line at a time. ? tells the keys, an empty line tells where you are, q leaves.";

/// Whether lines are asked for in the place of a screen: by the settings, by the variable that other programs go by too, or
/// by a terminal that can do no more.
pub fn is_asked_for(config: &Config) -> bool {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let accessible = !matches!(var("ACCESSIBLE").as_str(), "" | "0");
    config.plain || accessible || var("TERM") == "dumb"
}

/// Runs the console without a screen until the user quits; gives the exit code.
pub fn run(setup: Setup) -> Result<u8, String> {
    let says = |e: std::io::Error| format!("Cannot use this terminal: {e}.");
    let mut signals = signals().map_err(says)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(says)?;
    let mut console = Console::start(&setup).map_err(says)?;
    let code = runtime.block_on(console.turn(setup.opening, &mut signals));
    // Whoever reads slowly hears all of it; whoever wants it to end does not have to.
    let since = std::time::Instant::now();
    let is_late = || code != 0 && since.elapsed() > KEPT_WITHIN;
    console
        .output
        .end(|| is_late() || signals.try_recv().is_ok());
    runtime.shutdown_background();
    Ok(code)
}

/// Signals that end it, as they come.
fn signals() -> std::io::Result<mpsc::UnboundedReceiver<i32>> {
    let (sender, received) = mpsc::unbounded_channel();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                let _ = sender.send(signal);
            }
        })?;
    Ok(received)
}

struct Console {
    state: State,
    voice: Voice,
    input: Input,
    output: Output,
    /// Lines come from a person, who hears what has come and what has not.
    by_hand: bool,
    /// When the last line was read.
    read: std::time::Instant,
    /// There are no more lines.
    ended: bool,
    /// Something was typed that is to be on the disk.
    typed: bool,
}

/// Whether it goes on.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    On,
    Ends,
}

impl Console {
    fn start(setup: &Setup) -> std::io::Result<Self> {
        let ascii = Theme::new(&setup.config).ascii;
        let now = setup.config.clock.now();
        let keymap = setup.keymap.clone();
        let mut state = State::new(setup.config.clone(), keymap, now, HEARD, Zone::local());
        // A clock time stays true while it is read; an age does not.
        state.absolute = true;
        Ok(Self {
            state,
            voice: Voice::new(ascii),
            input: Input::start()?,
            output: Output::start()?,
            by_hand: std::io::stdin().is_terminal(),
            read: std::time::Instant::now(),
            ended: false,
            typed: false,
        })
    }

    async fn turn(&mut self, opening: Opening, signals: &mut mpsc::UnboundedReceiver<i32>) -> u8 {
        let clock = self.state.config.clock;
        let (cmds, mut replies) = worker::start(opening);
        self.output.say(WELCOME);
        for cmd in update::opening(&self.state) {
            let _ = cmds.send(cmd);
        }
        let code = loop {
            if self.ended && self.is_done() {
                break 0;
            }
            let wake = (self.state.wake_at() - clock.now()).to_std();
            let ready = !self.ended && Voice::is_ready(&self.state) && self.is_answered();
            let msgs = tokio::select! {
                biased;
                Some(signal) = signals.recv() => break 128 + signal.unsigned_abs() as u8,
                Some(reply) = replies.recv() => vec![Msg::Worker(reply)],
                line = self.input.next(), if ready => match line {
                    Some(line) => self.read(&line),
                    None => { self.ended = true; vec![] }
                },
                () = tokio::time::sleep(wake.unwrap_or_default()) => vec![Msg::Ticked],
            };
            if self.take(msgs, &cmds).await == Next::Ends {
                break 0;
            }
        };
        self.keep(cmds, &mut replies).await;
        code
    }

    /// Whether what was asked for has come, as far as somebody who typed all lines at once has to wait for it.
    fn is_answered(&self) -> bool {
        self.by_hand || Voice::is_answered(&self.state) || self.read.elapsed() >= ANSWERED_WITHIN
    }

    fn read(&mut self, line: &str) -> Vec<Msg> {
        self.read = std::time::Instant::now();
        let reading = self.voice.read(&self.state, line);
        for says in &reading.says {
            self.output.say(says);
        }
        reading.msgs
    }

    /// Takes in what happened, says what is to be said of it.
    async fn take(&mut self, msgs: Vec<Msg>, cmds: &mpsc::UnboundedSender<Cmd>) -> Next {
        let clock = self.state.config.clock;
        let mut copied = None;
        let mut waiting: std::collections::VecDeque<Msg> = msgs.into();
        while let Some(msg) = waiting.pop_front() {
            for cmd in update::update(&mut self.state, clock.now(), msg) {
                match cmd {
                    Cmd::Quit => return Next::Ends,
                    Cmd::Copy(text) => copied = Some(text),
                    Cmd::Notify(says) => self.notify(&says),
                    Cmd::Redraw => {
                        let says = self.voice.read(&self.state, "").says;
                        for says in &says {
                            self.output.say(says);
                        }
                    }
                    Cmd::Suspend => {
                        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
                    }
                    Cmd::Editor(text, private) => {
                        waiting.push_back(Msg::Edited(in_editor(&text, private).await));
                    }
                    other => {
                        self.typed |= matches!(other, Cmd::SaveForm(..));
                        let _ = cmds.send(other);
                    }
                }
            }
        }
        self.speak(copied)
    }

    fn speak(&mut self, copied: Option<String>) -> Next {
        let lines = match copied {
            Some(text) => self.voice.hear_copied(&self.state, &text),
            None => self.voice.hear(&self.state),
        };
        match lines.iter().all(|line| self.output.say(line)) {
            true => Next::On,
            false => Next::Ends,
        }
    }

    fn notify(&mut self, says: &str) {
        if self.state.config.bell {
            self.output.ring();
        }
        let says = self.voice.attention(says);
        self.output.say(&says);
    }

    /// Whether nothing is under way any more that somebody who typed all lines at once wants to hear of.
    fn is_done(&self) -> bool {
        let asks = self.state.investigations.values().any(|i| i.running);
        let waits = asks && !self.by_hand;
        let ready = Voice::is_ready(&self.state) && self.is_answered();
        ready && self.state.on_their_way() == 0 && !waits
    }

    /// What was typed is on the disk before the program ends.
    async fn keep(&self, cmds: mpsc::UnboundedSender<Cmd>, replies: &mut mpsc::Receiver<Reply>) {
        drop(cmds);
        let kept = async {
            while let Some(Reply { job, outcome }) = replies.recv().await {
                let is_kept = matches!(outcome, Outcome::Done(_));
                if is_kept && job.subject == JobSubject::SavedForm {
                    return;
                }
            }
        };
        if self.typed {
            let _ = tokio::time::timeout(KEPT_WITHIN, kept).await;
        }
    }
}

/// The user's editor has the terminal meanwhile.
async fn in_editor(text: &str, private: bool) -> Result<String, String> {
    if !std::io::stdin().is_terminal() {
        return Err("An editor needs a terminal; type the lines here.".into());
    }
    editor::edit(text, private, || {}, || Ok(())).await
}
