//! Running a program with fixed arguments, without a shell, bounded in time and output.

use super::http::SourceError;
use crate::config::without_keys;
use crate::domain::text::clean_line;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Bytes of output that are kept.
pub const LARGEST: u64 = 8 << 20;

/// What a program printed, and how it ended.
pub struct Printed {
    /// Its output, cut where it is too long.
    pub output: String,
    /// The beginning of what it said beside its output.
    pub errors: String,
    /// How it ended.
    pub status: std::process::ExitStatus,
}

/// Runs it; its output, cut where it is too long. A program that fails without output is an error with its first words.
pub async fn run(
    program: &str,
    arguments: &[String],
    timeout: Duration,
) -> Result<String, SourceError> {
    let printed = run_in_full(program, arguments, timeout).await?;
    if !printed.status.success() && printed.output.is_empty() {
        let said = clean_line(printed.errors.lines().next().unwrap_or_default());
        return Err(SourceError(format!(
            "{program} ended with {}: {said}",
            printed.status
        )));
    }
    Ok(printed.output)
}

/// Runs it; whatever it printed, however it ended.
pub async fn run_in_full(
    program: &str,
    arguments: &[String],
    timeout: Duration,
) -> Result<Printed, SourceError> {
    let mut command = Command::new(program);
    without_keys(command.as_std_mut());
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| SourceError(format!("Cannot run {program}: {e}.")))?;
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(SourceError(format!("{program} cannot be read.")));
    };
    let read = async {
        let (mut told, mut said) = (Vec::new(), Vec::new());
        let mut out = out.take(LARGEST);
        let mut err = err.take(4096);
        let (a, b) = tokio::join!(out.read_to_end(&mut told), err.read_to_end(&mut said));
        a.and(b)
            .map_err(|e| SourceError(format!("{program} broke off: {e}.")))?;
        if told.len() as u64 >= LARGEST {
            let _ = child.start_kill();
        }
        let status = child
            .wait()
            .await
            .map_err(|e| SourceError(format!("{program}: {e}.")))?;
        Ok(Printed {
            output: as_text(told),
            errors: as_text(said),
            status,
        })
    };
    tokio::time::timeout(timeout, read).await.map_err(|_| {
        SourceError(format!(
            "{program} took longer than {} seconds.",
            timeout.as_secs()
        ))
    })?
}

/// Bytes as text, no longer than they are: what is no text is a question mark.
pub fn as_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| {
        let mut text = String::with_capacity(e.as_bytes().len());
        for chunk in e.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend((!chunk.invalid().is_empty()).then_some('?'));
        }
        text
    })
}

/// A service's name as an argument or a part of a path: nothing that could be read as an option or lead elsewhere.
pub fn argument(service: &str) -> Result<&str, SourceError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
    if service.is_empty() || service.starts_with(['-', '.']) || !service.chars().all(fine) {
        return Err(SourceError(format!(
            "\"{service}\" cannot be given to a command or a path as it stands."
        )));
    }
    Ok(service)
}
