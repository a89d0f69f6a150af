//! What is logged.

use crate::config;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that wait to be written at most; those that come on top of them are lost. Room for all of them is taken at once.
const WAITING: usize = 4_096;

/// Logs go to a file in the state folder that rolls daily, never to the screen.
pub fn start() -> Option<WorkerGuard> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let dir = config::state_dir()?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .ok()?;
    // What is made from here on, the file of the next day too, is its owner's alone; older files become so.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    for old in std::fs::read_dir(&dir).ok()?.flatten() {
        if old.path().extension().is_some_and(|e| e == "log") {
            let _ = std::fs::set_permissions(old.path(), PermissionsExt::from_mode(0o600));
        }
    }
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("hotseat")
        .filename_suffix("log")
        .max_log_files(7)
        .build(dir)
        .ok()?;
    let waiting = NonBlockingBuilder::default().buffered_lines_limit(WAITING);
    let (writer, guard) = waiting.finish(file);
    let asked = std::env::var("HOTSEAT_LOG").ok();
    let wanted = asked.and_then(|asked| asked.parse::<Targets>().ok());
    let usual = Targets::new().with_target("hotseat", tracing::Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer)
        .with_filter(wanted.unwrap_or(usual));
    tracing_subscriber::registry().with(lines).try_init().ok()?;
    Some(guard)
}
