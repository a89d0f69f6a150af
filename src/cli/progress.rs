//! Long work shows itself in a line of a terminal's standard error, is quiet in pipes, and leaves the line clean.

use super::output::{columns, tell, tell_over, wipe};
use crate::console::terminal;
use crate::domain::Progress;
use crate::domain::time::Zone;
use crate::session::{ApiError, Change, Session};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Changes that may wait: nobody looks at them.
const BACKLOG: usize = 64;
/// How often the line is drawn anew.
const REDRAW: Duration = Duration::from_millis(250);
/// How often there is a line where it cannot be drawn over: one each time is read by ear, or stays in a log.
const LINES: Duration = Duration::from_secs(5);
/// What a shell says of a program that was interrupted: 128, and the number of the signal.
const INTERRUPTED: i32 = 130;

/// Does something that may take long, and shows how far it is. The line is gone before the answer is given.
pub async fn during<T>(session: &Session, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let line = Line::new(session.config().zone(Zone::local()));
    let showing = line.clone();
    let shown = tokio::spawn(session.each_progress(REDRAW, move |progress| {
        let line = showing.clone();
        async move { line.show(progress.as_ref()) }
    }));
    // It goes on for as long as the program does: who listened once is ended by nobody else.
    tokio::spawn(line.clone().until_interrupted());
    let done = Box::pin(work).await;
    shown.abort();
    // Who draws has ended before the line is cleared.
    let _ = shown.await;
    line.clear();
    done
}

/// Brings the cache up to date: what changed since it was filled, or the whole history where it was not.
pub async fn sync(session: &Session) -> Result<(), ApiError> {
    let (changes, mut arriving) = mpsc::channel(BACKLOG);
    let told = tokio::spawn(async move {
        while let Some(change) = arriving.recv().await {
            if let Change::Notice(says) = change {
                wipe();
                tell(&says);
            }
        }
    });
    let synced = session.sync(&changes).await;
    drop(changes);
    let _ = told.await;
    synced
}

/// Says what is waited for, as long as somebody asks something.
pub fn tell_waits(session: &Session) {
    let told = async |wait| {
        wipe();
        tell(&format!("{wait} --wait SECONDS bounds it."));
    };
    tokio::spawn(session.each_wait(told));
}

/// The line of the terminal in which long work shows itself.
#[derive(Clone)]
struct Line {
    zone: Zone,
    /// Something stands in it.
    drawn: Arc<AtomicBool>,
    /// When a line was told last where none is drawn over.
    told: Arc<std::sync::Mutex<Option<Instant>>>,
    draws: bool,
}

impl Line {
    fn new(zone: Zone) -> Self {
        Self {
            zone,
            drawn: Arc::default(),
            told: Arc::default(),
            draws: terminal::moves_its_cursor(),
        }
    }

    fn show(&self, progress: Option<&Progress>) {
        let Some(progress) = progress else {
            return self.clear();
        };
        if !self.draws {
            return self.tell_now_and_then(progress);
        }
        // The last column stays free: terminals differ in where the cursor is behind it.
        let words = progress.fitted(self.zone, columns().saturating_sub(1));
        if !words.is_empty() {
            self.drawn.store(true, Ordering::SeqCst);
            tell_over(&words);
        }
    }

    fn tell_now_and_then(&self, progress: &Progress) {
        let mut told = self.told.lock().unwrap_or_else(|e| e.into_inner());
        if told.is_none_or(|at| at.elapsed() >= LINES) {
            *told = Some(Instant::now());
            tell(&progress.sentence(self.zone));
        }
    }

    fn clear(&self) {
        if self.drawn.swap(false, Ordering::SeqCst) {
            wipe();
        }
    }

    /// Ends the program where somebody interrupts it: what it keeps is kept whole at every moment, and what was loaded is
    /// not asked for again.
    async fn until_interrupted(self) {
        let Ok(()) = tokio::signal::ctrl_c().await else {
            return;
        };
        self.clear();
        std::process::exit(INTERRUPTED);
    }
}
