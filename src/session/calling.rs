//! A notice that reaches somebody by a program of their own: run without a shell, bounded, and without the key.

use super::Session;
use crate::config::without_keys;
use crate::domain::text::{clean_line, fit};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long it may take.
const LONGEST: Duration = Duration::from_secs(10);
/// Columns of a notice at most.
const WORDS: usize = 200;
/// What the notice is in its environment.
const VARIABLE: &str = "HOTSEAT_NOTICE";

impl Session {
    /// Whether somebody is called by a program.
    pub fn calls_somebody(&self) -> bool {
        !self.config.notify_command.is_empty()
    }

    /// Runs the configured program with a notice as its last argument; else why that failed, as a sentence.
    pub async fn call_somebody(&self, says: &str) -> Result<(), String> {
        let Some((program, arguments)) = self.config.notify_command.split_first() else {
            return Ok(());
        };
        let says = fit(&clean_line(says), WORDS);
        let mut command = Command::new(program);
        without_keys(command.as_std_mut());
        let ended = command
            .args(arguments)
            .arg(&says)
            .env(VARIABLE, &says)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .status();
        let why = match tokio::time::timeout(LONGEST, ended).await {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => format!("it ended with {status}"),
            Ok(Err(e)) => e.to_string(),
            Err(_) => format!("it took longer than {} seconds", LONGEST.as_secs()),
        };
        Err(format!("notify_command, {program}, does not work: {why}."))
    }
}
