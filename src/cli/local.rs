//! Commands about this machine: the doctor, the configuration, purging, completions, the manual, the picture.

use super::output::{answer, say};
use super::progress::tell_waits;
use super::{Context, block_on, complete, glance, manual, start};
use crate::config;
use crate::console::action::{ACTIONS, ActionSpec};
use crate::console::keymap::Keymap;
use crate::console::terminal;
use crate::domain::table::Column;
use crate::session::{self, ApiError, Check, all_were_sent, kept_folders, remove_kept};
use clap::Subcommand;
use std::io::IsTerminal;
use std::path::Path;

#[derive(Subcommand)]
pub enum LocalCommand {
    /// Check each link from here to incident.io.
    Doctor,
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Remove the cache, the journal and the logs; the configuration and a key saved with it stay.
    Purge {
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
        /// Also where writes that were not sent are lost.
        #[arg(long)]
        lose_unsent: bool,
    },
    /// Completions for a shell: commands, flags, and what the cache knows of incidents, people and services.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write the pages of the manual, one for each command.
    Man(manual::Manual),
    /// Print a segment for tmux's status line, from what a console kept here; asks nobody.
    Tmux(glance::Tmux),
    /// Print a segment for a shell's prompt, from what a console kept here; asks nobody.
    Prompt(glance::Prompt),
    /// Draw the demo's screen as SVG or text, for documentation.
    #[command(hide = true)]
    Picture(start::Picture),
}

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Print every setting as it is in force.
    Show,
    /// Print where the configuration file is looked for.
    Path,
    /// Print every action with its keys.
    Keys,
}

/// Runs one of them.
pub fn run(context: &Context, command: LocalCommand) -> Result<(), ApiError> {
    match command {
        LocalCommand::Doctor => block_on(doctor(context)),
        LocalCommand::Config(ConfigCommand::Show) => config_show(context),
        LocalCommand::Config(ConfigCommand::Path) => config_path(context),
        LocalCommand::Config(ConfigCommand::Keys) => keys(context),
        LocalCommand::Purge { yes, lose_unsent } => purge(yes, lose_unsent),
        LocalCommand::Completions { shell } => say(&complete::script(shell)?),
        LocalCommand::Man(asked) => manual::write(context, &asked),
        LocalCommand::Tmux(_) => glance::tmux(context),
        LocalCommand::Prompt(asked) => glance::prompt(context, &asked),
        LocalCommand::Picture(asked) => start::picture(context, &asked),
    }
}

/// Checks everything from the key to the terminal; a broken link ends in exit code 1.
async fn doctor(context: &Context) -> Result<(), ApiError> {
    let mut checks = session::doctor(&context.config()?, context.profile(), tell_waits).await;
    checks.extend(terminal::checks());
    let lines: Vec<String> = checks.iter().map(Check::line).collect();
    context.printer().print(&checks, &lines)?;
    Check::verdict(&checks)
}

/// Where the configuration is looked for.
fn config_path(context: &Context) -> Result<(), ApiError> {
    let given = context.overrides.file.clone();
    let none = || ApiError::User("This user has no home folder; give --config.".into());
    let path = given.or_else(config::default_path).ok_or_else(none)?;
    say(&format!("{}\n", path.display()))
}

/// Every setting in force, but what lets somebody in: values of headers, passwords and tokens in addresses.
fn config_show(context: &Context) -> Result<(), ApiError> {
    let shown = config::shown(&*context.config()?)
        .map_err(|e| ApiError::User(format!("The configuration cannot be shown: {e}.")))?;
    say(&shown)
}

/// Every action with its keys.
fn keys(context: &Context) -> Result<(), ApiError> {
    let keymap = Keymap::new(&context.config()?.keys).map_err(ApiError::User)?;
    let json: Vec<serde_json::Value> = ACTIONS.iter().map(|row| serde_json::json!({"id": row.id, "keys": keymap.all(row.action).split_whitespace().collect::<Vec<_>>(), "context": format!("{:?}", row.context), "help": row.help})).collect();
    let columns: &[Column<ActionSpec, Keymap>] = &[
        ("action", |row, _| row.id.to_owned()),
        ("keys", |row, keymap| keymap.all(row.action)),
        ("where", |row, _| format!("{:?}", row.context)),
        ("what", |row, _| row.help.to_owned()),
    ];
    context
        .printer()
        .print_table((ACTIONS, &keymap, ""), columns, &json)
}

/// Removes cache, logs and state; the configuration stays, since the user wrote it.
fn purge(yes: bool, lose_unsent: bool) -> Result<(), ApiError> {
    let folders = kept_folders();
    if folders.is_empty() {
        return say("Nothing is kept on this machine.\n");
    }
    if !lose_unsent {
        all_were_sent()?;
    }
    let names: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
    let list = names.join(" and ");
    if !yes && !agreed(&list)? {
        return say("Nothing was removed.\n");
    }
    remove_kept(&folders)?;
    let path = config::default_path();
    let stays = path
        .as_deref()
        .and_then(Path::parent)
        .filter(|f| f.exists());
    let stays = stays.map_or(String::new(), |folder| {
        format!(
            "The configuration, and a key saved with it, stay in {}.\n",
            folder.display()
        )
    });
    say(&format!("Removed {list}.\n{stays}"))
}

fn agreed(list: &str) -> Result<bool, ApiError> {
    if !std::io::stdin().is_terminal() {
        let says = format!("This would remove {list}; add --yes.");
        return Err(ApiError::User(says));
    }
    say(&format!("Remove {list}? [y/N] "))?;
    Ok(answer().is_some_and(|said| said.eq_ignore_ascii_case("y")))
}
