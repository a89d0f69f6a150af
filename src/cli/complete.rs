//! Completions in the shell: commands and flags from the command line itself, and incidents, people and services from the
//! cache on this machine. A shell asks at every tab, so nothing here asks the network, waits or writes, and what goes wrong
//! offers nothing.

mod bash;

use super::{Cli, Global};
use crate::config;
use crate::session::{ApiError, Named, Offer, Offers, fault};
use bash::Bash;
use clap::builder::StyledStr;
use clap::{Arg, Command, FromArgMatches};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

/// Where a shell's script says for which shell it asks.
const ASKED: &str = "HOTSEAT_COMPLETE";
const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// What arguments name: under which command (any where it is empty), the argument, and what it is.
const NAMES: [(&str, &str, Named); 20] = [
    ("", "incident", Named::Incident),
    ("", "same", Named::Incident),
    ("", "not", Named::Incident),
    ("bridge", "about", Named::Incident),
    ("escalations", "page", Named::Incident),
    ("", "service", Named::Service),
    ("", "severity", Named::Severity),
    ("", "team", Named::Team),
    ("", "schedule", Named::Schedule),
    ("", "entry", Named::Entry),
    ("escalations", "people", Named::Person),
    ("", "assignee", Named::Person),
    ("oncall", "who", Named::Person),
    ("oncall", "shift", Named::Person),
    ("incidents role", "person", Named::Person),
    ("incidents role", "role", Named::Role),
    ("incidents declare", "status", Named::Status),
    ("incidents edit", "status", Named::Status),
    ("incidents update", "status", Named::Status),
    ("incidents close", "status", Named::Status),
];

/// Whether a shell asks what could come next, instead of a person who runs a command.
pub fn is_asked() -> bool {
    std::env::var_os(ASKED).is_some_and(|shell| !shell.is_empty())
}

/// Tells the shell what could come next; the exit code.
pub fn answer() -> u8 {
    let completer = CompleteEnv::with_factory(line).var(ASKED).shells(SHELLS);
    let folder = std::env::current_dir().ok();
    let told = completer.try_complete(std::env::args_os(), folder.as_deref());
    u8::from(told.is_err())
}

/// What a shell runs once, so that it asks from then on.
pub fn script(shell: Shell) -> Result<String, ApiError> {
    let mut script = Vec::new();
    let completer = SHELLS.completer(&shell.to_string()).ok_or_else(fault)?;
    let written = completer.write_registration(ASKED, "hotseat", "hotseat", "hotseat", &mut script);
    written.map_err(|_| fault())?;
    let script = String::from_utf8(script).map_err(|_| fault())?;
    Ok(match shell {
        Shell::Zsh => autoloaded(&script),
        _ => script,
    })
}

/// Zsh reads the script from its path when it is first needed, as the body of a function: then it has to answer at once,
/// and not only say who answers the next time.
fn autoloaded(script: &str) -> String {
    let register = "compdef _clap_dynamic_completer_hotseat hotseat";
    let both = format!(
        "if [ \"$funcstack[1]\" = \"_hotseat\" ]; then\n    _clap_dynamic_completer_hotseat \"$@\"\nelse\n    {register}\nfi"
    );
    script.replace(register, &both)
}

/// The command line with what its arguments may name.
fn line() -> Command {
    let offers = Arc::new(Known(std::env::args_os().collect()));
    named(Cli::whole(), "", &offers)
}

fn named(command: Command, path: &str, known: &Arc<Known>) -> Command {
    let command = command.mut_args(|arg| match what(path, &arg) {
        Some(named) => {
            let known = known.clone();
            let offered = move |typed: &OsStr| known.candidates(named, typed);
            arg.add(ArgValueCompleter::new(offered))
        }
        None => arg,
    });
    command.mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        named(sub, path.trim_start(), known)
    })
}

/// What an argument of a command names, where it is one of those that are known.
fn what(path: &str, arg: &Arg) -> Option<Named> {
    let is_under = |above: &str| {
        let rest = path.strip_prefix(above);
        rest.is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with(' '))
    };
    let id = arg.get_id().as_str();
    let row = NAMES
        .iter()
        .find(|(above, name, _)| *name == id && is_under(above));
    let (_, _, named) = row.filter(|_| arg.get_action().takes_values())?;
    // A pair, such as ROLE=PERSON, is none of its halves.
    let is_pair = arg
        .get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.contains('=')));
    (!is_pair).then_some(*named)
}

/// The words so far: they may name another configuration, profile or address.
struct Known(Vec<OsString>);

impl Known {
    fn candidates(&self, named: Named, typed: &OsStr) -> Vec<CompletionCandidate> {
        let typed = typed.to_string_lossy().to_lowercase();
        let all = self.offers(named).unwrap_or_default().into_iter();
        all.filter_map(|offer| Some((as_typed(named, &offer.word, &typed)?, offer.says)))
            .enumerate()
            .map(|(at, (word, says))| {
                let says = (!says.is_empty()).then(|| StyledStr::from(says));
                let candidate = CompletionCandidate::new(word).help(says);
                candidate.display_order(Some(at))
            })
            .collect()
    }

    fn offers(&self, named: Named) -> Option<Vec<Offer>> {
        let words = self.0.iter().skip_while(|word| *word != "--").skip(1);
        let matches = Cli::whole().ignore_errors(true).try_get_matches_from(words);
        let global = Global::from_arg_matches(&matches.ok()?).ok()?;
        let config = config::load(&global.overrides).ok()?;
        let profile = global.overrides.profile.as_deref();
        Some(Offers::new(Arc::new(config), profile).of(named))
    }
}

/// A word as what was typed begins it; an incident's number alone means it, too.
fn as_typed(named: Named, word: &str, typed: &str) -> Option<String> {
    let begins = |word: &str| word.to_lowercase().starts_with(typed);
    let number = word.rsplit('-').next().filter(|_| named == Named::Incident);
    let by_number = number.filter(|number| !typed.is_empty() && begins(number));
    let meant = begins(word).then_some(word).or(by_number);
    meant.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_begins_with_what_was_typed() {
        for (named, word, typed, offered) in [
            (Named::Incident, "INC-412", "", Some("INC-412")),
            (Named::Incident, "INC-412", "inc-4", Some("INC-412")),
            (Named::Incident, "INC-412", "41", Some("412")),
            (Named::Incident, "INC-412", "12", None),
            (Named::Service, "eu-west", "we", None),
            (Named::Service, "Checkout", "che", Some("Checkout")),
        ] {
            let found = as_typed(named, word, typed);
            assert_eq!(found.as_deref(), offered, "{typed} of {word}");
        }
    }

    /// Every argument of every command, with where it stands.
    fn arguments(command: &Command, path: &str, into: &mut Vec<(String, Arg)>) {
        into.extend(
            command
                .get_arguments()
                .map(|arg| (path.to_owned(), arg.clone())),
        );
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            arguments(sub, path.trim_start(), into);
        }
    }

    #[test]
    fn every_argument_that_names_an_incident_is_completed_and_every_row_means_one() {
        let mut all = Vec::new();
        arguments(&Cli::whole(), "", &mut all);
        for (path, arg) in &all {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if help.contains("INC-123") {
                assert_eq!(
                    what(path, arg),
                    Some(Named::Incident),
                    "{path} {}",
                    arg.get_id()
                );
            }
        }
        for (above, id, named) in NAMES {
            let is_it = |(path, arg): &&(String, Arg)| {
                path.starts_with(above) && arg.get_id() == id && what(path, arg) == Some(named)
            };
            assert!(all.iter().any(|one| is_it(&one)), "{above} {id}");
        }
    }

    #[test]
    fn words_of_the_organisation_reach_a_shell_as_one_word() {
        let script = script(Shell::Bash).expect("a script");
        assert!(script.contains("printf -v"), "{script}");
        let zsh = super::script(Shell::Zsh).expect("a script");
        assert!(
            zsh.contains("$funcstack[1]"),
            "the line that registers has changed: {zsh}"
        );
    }
}
