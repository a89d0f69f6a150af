//! Lines to the standard output, in order and none lost, however slowly they are read there: nothing waits for it but its
//! own thread.

use std::io::Write;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// Where lines go.
pub(super) struct Output {
    lines: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Output {
    /// Writes on a thread of its own.
    pub(super) fn start() -> std::io::Result<Self> {
        let (lines, received) = channel::<String>();
        let thread = std::thread::Builder::new()
            .name("voice".into())
            .spawn(move || {
                for line in received {
                    let mut out = std::io::stdout().lock();
                    let written = out.write_all(line.as_bytes()).and_then(|()| out.flush());
                    if written.is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            lines: Some(lines),
            thread: Some(thread),
        })
    }

    /// Says a line; false where nobody listens any more.
    pub(super) fn say(&self, line: &str) -> bool {
        self.put(format!("{line}\n"))
    }

    /// Rings.
    pub(super) fn ring(&self) -> bool {
        self.put("\x07".into())
    }

    fn put(&self, words: String) -> bool {
        let lines = self.lines.as_ref();
        lines.is_some_and(|lines| lines.send(words).is_ok())
    }

    /// Waits until all of it is read.
    pub(super) fn end(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
