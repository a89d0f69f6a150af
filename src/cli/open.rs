//! `open`: an incident's page in a browser where there is one here, else its address, printed and copied.

use super::Front;
use super::output::{say_to_terminal, tell};
use crate::config::without_keys;
use crate::console::abilities::Abilities;
use crate::console::sequences::clipboard;
use crate::session::{ApiError, plain_id};
use clap::Args;
use serde_json::json;
use std::io::IsTerminal;
use std::process::{Command, Stdio};

/// An incident's page.
#[derive(Args)]
pub struct Open {
    /// INC-123, 123 or an id.
    incident: String,
    /// Only print the address.
    #[arg(long)]
    print: bool,
}

/// Opens an incident's page, or tells where it is.
pub async fn run(front: &Front, asked: &Open) -> Result<(), ApiError> {
    let address = front.session.address(plain_id(&asked.incident)?).await?;
    let lines = [address.clone()];
    front.output.print(&json!({ "address": address }), &lines)?;
    if asked.print || opens_here(&address) {
        return Ok(());
    }
    copy(&address);
    Ok(())
}

/// What opens an address on this machine, where somebody sits before a display of it.
fn browser() -> Option<&'static str> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let far = ["SSH_CONNECTION", "SSH_TTY"].iter().any(&is_set);
    let near = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set);
    match cfg!(target_os = "macos") {
        _ if far => None,
        true => Some("open"),
        false => near.then_some("xdg-open"),
    }
}

/// Opens the address, which is one argument and no shell reads it; false where that cannot be done here.
fn opens_here(address: &str) -> bool {
    let Some(program) = browser() else {
        return false;
    };
    let mut command = Command::new(program);
    let ended = without_keys(&mut command)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match ended {
        Ok(status) if status.success() => true,
        Ok(status) => {
            tell(&format!("{program} ended with {status}."));
            false
        }
        Err(e) => {
            tell(&format!("{program} cannot be started: {e}."));
            false
        }
    }
}

/// Puts the address on the clipboard of the terminal that somebody sits before.
fn copy(address: &str) {
    let here = Abilities::here();
    if !here.moves_cursor || !std::io::stderr().is_terminal() {
        return;
    }
    say_to_terminal(&clipboard(address, here.in_tmux));
    tell("Copied, where the terminal takes that; paste it where there is a browser.");
}
