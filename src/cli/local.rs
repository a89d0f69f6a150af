//! Commands about this machine: the doctor, the configuration, purging.

use super::Context;
use super::output::{Table, print_lines, say};
use super::progress::tell_waits;
use crate::config::{self, Overrides};
use crate::console::action::ACTIONS;
use crate::console::keymap::Keymap;
use crate::console::terminal;
use crate::session::{self, ApiError, Mark, Session, unsent_writes};
use std::io::{IsTerminal, Write};

/// Checks everything from the key to the terminal; a broken link ends in exit code 1.
pub async fn doctor(context: &Context) -> Result<(), ApiError> {
    let profile = context.overrides.profile.as_deref();
    let opened = |session: &Session| drop(tokio::spawn(tell_waits(session.waits())));
    let mut checks = session::doctor(&context.config, profile, opened).await;
    checks.extend(terminal::checks());
    let lines: Vec<String> = checks
        .iter()
        .map(|c| {
            let mark = match c.mark {
                Mark::Good => "ok",
                Mark::Note => "note",
                Mark::Bad => "BAD",
            };
            format!("{mark:<5} {:<9} {}", c.name, c.says)
        })
        .collect();
    print_lines(context.output, &checks, &lines)?;
    let broken: Vec<&str> = checks
        .iter()
        .filter(|c| c.mark == Mark::Bad)
        .map(|c| c.name.as_str())
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(ApiError::User(format!(
            "Something is broken: {}.",
            broken.join(", ")
        )))
    }
}

/// Where the configuration is looked for.
pub fn config_path(overrides: &Overrides) -> Result<(), ApiError> {
    let path = overrides
        .file
        .clone()
        .or_else(config::default_path)
        .ok_or_else(|| ApiError::User("This user has no home folder; give --config.".into()))?;
    say(&format!("{}\n", path.display()))
}

/// Every setting in force, but what lets somebody in: values of headers, passwords and tokens in addresses.
pub fn config_show(context: &Context) -> Result<(), ApiError> {
    let shown = config::shown(&context.config)
        .map_err(|e| ApiError::User(format!("The configuration cannot be shown: {e}.")))?;
    say(&shown)
}

/// Every action with its keys.
pub fn keys(context: &Context) -> Result<(), ApiError> {
    let keymap = Keymap::new(&context.config.keys).map_err(ApiError::User)?;
    let json: Vec<serde_json::Value> = ACTIONS.iter().map(|row| serde_json::json!({"id": row.id, "keys": keymap.all(row.action).split_whitespace().collect::<Vec<_>>(), "context": format!("{:?}", row.context), "help": row.help})).collect();
    Table::of(context.output, ACTIONS)
        .column("action", |row| row.id.to_owned())
        .column("keys", |row| keymap.all(row.action))
        .column("where", |row| format!("{:?}", row.context))
        .column("what", |row| row.help.to_owned())
        .print_as(&json)
}

/// Removes cache, logs and state; the configuration stays, since the user wrote it.
pub fn purge(yes: bool, lose_unsent: bool) -> Result<(), ApiError> {
    let mut dirs: Vec<_> = [config::cache_dir(), config::state_dir()]
        .into_iter()
        .flatten()
        .filter(|dir| dir.exists())
        .collect();
    dirs.dedup();
    if dirs.is_empty() {
        return say("Nothing is kept on this machine.\n");
    }
    let list = dirs
        .iter()
        .map(|d| d.display().to_string())
        .collect::<Vec<_>>()
        .join(" and ");
    let unsent = unsent_writes();
    if unsent > 0 && !lose_unsent {
        let writes = if unsent == 1 {
            "1 write was".to_owned()
        } else {
            format!("{unsent} writes were")
        };
        return Err(ApiError::User(format!(
            "{writes} not sent and would be lost; see hotseat journal list, or add --lose-unsent."
        )));
    }
    if !yes {
        if !std::io::stdin().is_terminal() {
            return Err(ApiError::User(format!(
                "This would remove {list}; add --yes."
            )));
        }
        print!("Remove {list}? [y/N] ");
        let _ = std::io::stdout().flush();
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        if !answer.trim().eq_ignore_ascii_case("y") {
            return say("Nothing was removed.\n");
        }
    }
    for dir in &dirs {
        std::fs::remove_dir_all(dir).map_err(|e| {
            ApiError::machine(dir, &e, format!("Cannot remove {}: {e}.", dir.display()))
        })?;
    }
    let kept = config::default_path()
        .and_then(|path| path.parent().map(std::path::Path::to_owned))
        .filter(|dir| dir.exists());
    let kept = kept.map_or(String::new(), |dir| {
        format!(
            "The configuration, and a key saved with it, stay in {}.\n",
            dir.display()
        )
    });
    say(&format!("Removed {list}.\n{kept}"))
}
