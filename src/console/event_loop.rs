//! One loop: keys, news, time and signals in; a frame out where something changed.

use super::abilities::Abilities;
use super::backend::SlowLine;
use super::editor;
use super::keymap::Keymap;
use super::leads::Leads;
use super::msg::{Cmd, Msg};
use super::sequences::{clipboard, notice};
use super::state::State;
use super::terminal::{self, Terminal};
use super::theme::Theme;
use super::worker;
use super::{update, view};
use crate::config::Config;
use crate::domain::KeptPlace;
use crate::domain::time::Zone;
use crate::session::Opening;
use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::Size;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// What the console is started with.
pub struct Setup {
    /// Settings.
    pub config: Arc<Config>,
    /// Keys.
    pub keymap: Arc<Keymap>,
    /// How the organisation is reached; awaited behind the first frame.
    pub opening: Opening,
}

type Screen = ratatui::Terminal<SlowLine<Terminal>>;

/// Runs the console until the user quits.
pub fn run(setup: Setup) -> Result<(), String> {
    if let Some(obstacle) = terminal::obstacle() {
        return Err(obstacle);
    }
    let says = |e: std::io::Error| format!("Cannot use this terminal: {e}.");
    let terminal = Terminal::new(setup.config.mouse);
    terminal::install_panic_hook(&terminal);
    let (redraw, redraws) = mpsc::unbounded_channel();
    terminal::watch(&terminal, redraw).map_err(says)?;
    terminal.enter().map_err(says)?;
    let backend = terminal.backend().map_err(says)?;
    let size = crossterm::terminal::size().map_err(says)?;
    let outcome = console(setup, backend, size, redraws);
    terminal.leave();
    outcome.map_err(says)
}

fn console(
    setup: Setup,
    backend: SlowLine<Terminal>,
    size: (u16, u16),
    redraws: mpsc::UnboundedReceiver<()>,
) -> std::io::Result<()> {
    let theme = Theme::new(&setup.config);
    let mut state = State::new(
        setup.config.clone(),
        setup.keymap,
        setup.config.clock.now(),
        size,
        Zone::local(),
    );
    let mut screen = ratatui::Terminal::new(backend)?;
    // The first frame waits for nothing: no runtime, no disk, no network.
    draw(&mut screen, &state, &theme)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(turn(
        &mut screen,
        &mut state,
        &theme,
        setup.opening,
        redraws,
    ));
    runtime.shutdown_background();
    outcome
}

fn draw(screen: &mut Screen, state: &State, theme: &Theme) -> std::io::Result<()> {
    screen
        .draw(|frame| view::draw(frame, state, theme))
        .map(drop)
}

async fn turn(
    screen: &mut Screen,
    state: &mut State,
    theme: &Theme,
    opening: Opening,
    mut redraws: mpsc::UnboundedReceiver<()>,
) -> std::io::Result<()> {
    let clock = state.config.clock;
    let here = Abilities::here();
    let leads = here.takes_links(state.config.links);
    let mut kept: Option<KeptPlace> = None;
    let (cmds, mut replies) = worker::start(opening);
    // Lets a test see that a fault of our own leaves the terminal as it was found; not in what is released.
    assert!(
        !cfg!(debug_assertions) || std::env::var_os("HOTSEAT_PANIC").is_none(),
        "asked to panic"
    );
    let (mut keys, gate) = read_keys()?;
    let (texts, mut edited) = mpsc::unbounded_channel();
    for cmd in update::opening(state) {
        let _ = cmds.send(cmd);
    }
    loop {
        let wake = (state.wake_at() - clock.now()).to_std().unwrap_or_default();
        let first = tokio::select! {
            biased;
            event = keys.recv() => match event {
                Some(event) => message(event),
                // The terminal's input has ended.
                None => return Ok(()),
            },
            Some(given) = edited.recv() => Some(Msg::Edited(given)),
            reply = replies.recv() => reply.map(Msg::Worker),
            () = tokio::time::sleep(wake) => Some(Msg::Ticked),
            Some(()) = redraws.recv() => {
                clear(screen)?;
                Some(Msg::Ticked)
            }
        };
        // Everything that is waiting is taken in before one frame is drawn.
        let mut waiting = first.into_iter().collect::<Vec<_>>();
        while let Ok(event) = keys.try_recv() {
            waiting.extend(message(event));
        }
        while waiting.len() < 200
            && let Ok(reply) = replies.try_recv()
        {
            waiting.push(Msg::Worker(reply));
        }
        waiting.extend(unheard(state));
        for msg in waiting {
            if let Msg::Resized(width, height) = msg {
                screen.backend_mut().resize(Size::new(width, height));
                screen.resize(ratatui::layout::Rect::new(0, 0, width, height))?;
            }
            for cmd in update::update(state, clock.now(), msg) {
                if let Cmd::Editor(text, private) = cmd {
                    gate.shut();
                    let given = in_editor(screen, &text, private).await;
                    gate.open();
                    clear(screen)?;
                    let _ = texts.send(given);
                } else if carry_out(cmd, screen, (state, &here), &cmds)? {
                    leave_at(update::kept_place(state), &cmds).await;
                    return Ok(());
                }
            }
        }
        let place = update::kept_place(state);
        if place.is_some() && place != kept {
            let _ = cmds.send(Cmd::KeepPlace(Box::new(place.clone().unwrap_or_default())));
            kept = place;
        }
        if leads {
            screen.backend_mut().lead(Leads::of(state));
        }
        draw(screen, state, theme)?;
    }
}

/// How long leaving waits until it is kept where one was.
const LEAVING: std::time::Duration = std::time::Duration::from_millis(250);

/// Keeps where one was for the next session.
async fn leave_at(place: Option<KeptPlace>, cmds: &mpsc::UnboundedSender<Cmd>) {
    if let Some(place) = place {
        let (kept, told) = oneshot::channel();
        let _ = cmds.send(Cmd::LeaveAt(Box::new(place), kept));
        let _ = tokio::time::timeout(LEAVING, told).await;
    }
}

/// Keeps the thread that reads keys from taking those that are for another program.
#[derive(Clone, Default)]
struct Gate {
    shut: Arc<AtomicBool>,
    parked: Arc<AtomicBool>,
}

impl Gate {
    /// Waits until nothing reads keys any more. A change of the window's size is what ends a read that waits.
    fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
        for _ in 0..50 {
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGWINCH);
            std::thread::sleep(std::time::Duration::from_millis(10));
            if self.parked.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    /// Lets keys be read again.
    fn open(&self) {
        self.shut.store(false, Ordering::SeqCst);
    }

    fn pass(&self) {
        while self.shut.load(Ordering::SeqCst) {
            self.parked.store(true, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.parked.store(false, Ordering::SeqCst);
    }
}

/// Reads keys on a thread of its own: what waits for a terminal must not wait where the screen is drawn.
fn read_keys() -> std::io::Result<(mpsc::UnboundedReceiver<Event>, Gate)> {
    let (keys, received) = mpsc::unbounded_channel();
    let gate = Gate::default();
    let passing = gate.clone();
    std::thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            while let Ok(event) = crossterm::event::read() {
                if keys.send(event).is_err() {
                    return;
                }
                passing.pass();
            }
        })?;
    Ok((received, gate))
}

/// Lets the user's editor have the terminal and a text; gives what it left, or why not.
async fn in_editor(screen: &mut Screen, text: &str, private: bool) -> Result<String, String> {
    let terminal = screen.backend().inner().clone();
    editor::edit(text, private, || terminal.leave(), || terminal.enter()).await
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(key)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Clicked(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Msg::Scrolled(mouse.column, mouse.row, true)),
            MouseEventKind::ScrollUp => Some(Msg::Scrolled(mouse.column, mouse.row, false)),
            _ => None,
        },
        Event::Paste(text) => Some(Msg::Pasted(text)),
        Event::Resize(width, height) => Some(Msg::Resized(width, height)),
        _ => None,
    }
}

/// A size of the window that no event told: while the rest of a key is waited for that came in part, none is handed on.
fn unheard(state: &State) -> Option<Msg> {
    let (width, height) = crossterm::terminal::size().ok()?;
    let is_new = (width, height) != state.size && width > 0 && height > 0;
    is_new.then_some(Msg::Resized(width, height))
}

fn clear(screen: &mut Screen) -> std::io::Result<()> {
    if let Ok((width, height)) = crossterm::terminal::size() {
        screen.backend_mut().resize(Size::new(width, height));
    }
    screen.clear()
}

/// Does what the terminal can do itself; everything else goes to the worker. True where the console ends.
fn carry_out(
    cmd: Cmd,
    screen: &mut Screen,
    (state, here): (&State, &Abilities),
    cmds: &mpsc::UnboundedSender<Cmd>,
) -> std::io::Result<bool> {
    match cmd {
        Cmd::Quit => return Ok(true),
        Cmd::Redraw => clear(screen)?,
        Cmd::Suspend => {
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
        }
        Cmd::Copy(copied) => screen.backend_mut().say(&clipboard(&copied, here.in_tmux)),
        Cmd::Notify(says) => {
            if state.config.bell {
                screen.backend_mut().say("\x07");
            }
            let kind = here.gives(state.config.notify);
            screen.backend_mut().say(&notice(&says, kind, here.in_tmux));
            drop(cmds.send(Cmd::Notify(says)));
        }
        other => drop(cmds.send(other)),
    }
    Ok(false)
}
