//! The loop: lines, news, time and signals in; lines out where something is to be said.

use super::input::Input;
use super::output::Output;
use super::voice::Voice;
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

/// Seconds that what was typed may take to reach the disk before the program ends all the same.
const KEPT_WITHIN: Duration = Duration::from_secs(2);
/// What is said first.
const WELCOME: &str =
    "hotseat, one line at a time. ? tells the keys, an empty line tells where you are, q leaves.";

/// Runs the console without a screen until the user quits; gives the exit code.
pub fn run(setup: Setup) -> Result<u8, String> {
    let says = |e: std::io::Error| format!("Cannot use this terminal: {e}.");
    let signals = signals().map_err(says)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(says)?;
    let mut console = Console::start(&setup).map_err(says)?;
    let code = runtime.block_on(console.turn(setup.opening, signals));
    console.output.end();
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
            ended: false,
            typed: false,
        })
    }

    async fn turn(&mut self, opening: Opening, mut signals: mpsc::UnboundedReceiver<i32>) -> u8 {
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
            let ready = !self.ended && Voice::is_ready(&self.state);
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

    fn read(&mut self, line: &str) -> Vec<Msg> {
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
        let asks = asks && !std::io::stdin().is_terminal();
        Voice::is_ready(&self.state) && self.state.on_their_way() == 0 && !asks
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
