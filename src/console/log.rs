//! What is logged.

use crate::config;

/// Logs go to a file in the state folder that rolls daily, never to the screen.
pub fn start() -> Option<tracing_appender::non_blocking::WorkerGuard> {
    use std::os::unix::fs::DirBuilderExt;
    let dir = config::state_dir()?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .ok()?;
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("hotseat")
        .filename_suffix("log")
        .max_log_files(7)
        .build(dir)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = tracing_subscriber::EnvFilter::try_from_env("HOTSEAT_LOG")
        .unwrap_or_else(|_| "hotseat=info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        .try_init()
        .ok()?;
    Some(guard)
}
