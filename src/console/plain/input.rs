//! Lines of the standard input, one at a time and only when one is asked for: what another program needs of it is its own.

use std::io::BufRead;
use tokio::sync::mpsc;

/// The lines.
pub(super) struct Input {
    ask: mpsc::UnboundedSender<()>,
    lines: mpsc::UnboundedReceiver<Option<String>>,
    asked: bool,
}

impl Input {
    /// Reads on a thread of its own: what waits for a line must not wait where news is taken in.
    pub(super) fn start() -> std::io::Result<Self> {
        let (ask, mut asked) = mpsc::unbounded_channel();
        let (sender, lines) = mpsc::unbounded_channel();
        std::thread::Builder::new()
            .name("lines".into())
            .spawn(move || {
                let mut input = std::io::stdin().lock();
                while asked.blocking_recv().is_some() {
                    let mut bytes = Vec::new();
                    let count = input.read_until(b'\n', &mut bytes).unwrap_or(0);
                    let line = String::from_utf8_lossy(&bytes).into_owned();
                    if sender.send((count > 0).then_some(line)).is_err() || count == 0 {
                        return;
                    }
                }
            })?;
        Ok(Self {
            ask,
            lines,
            asked: false,
        })
    }

    /// The next line; nothing where there are no more. Asking again after giving up goes on waiting for the same line.
    pub(super) async fn next(&mut self) -> Option<String> {
        if !self.asked {
            let _ = self.ask.send(());
            self.asked = true;
        }
        let line = self.lines.recv().await.flatten();
        self.asked = false;
        line
    }
}
