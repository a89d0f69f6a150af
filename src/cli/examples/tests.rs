use super::*;
use crate::cli::Cli;
use std::collections::BTreeSet;
use std::path::Path;

/// Words as a shell makes them of a line.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut begun) = (false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            ' ' if !quoted => {
                if begun {
                    words.push(String::new());
                }
                begun = false;
            }
            c => {
                words.last_mut().expect("one at least").push(c);
                begun = true;
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Why a line is not understood; an abbreviation in prose may leave out what must be given.
fn misread(line: &str, in_prose: bool) -> Option<String> {
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, InvalidValue,
        MissingRequiredArgument, MissingSubcommand,
    };
    let all = std::iter::once("hotseat".to_owned()).chain(words(line));
    let e = Cli::whole().try_get_matches_from(all).err()?;
    let short = [
        MissingRequiredArgument,
        MissingSubcommand,
        DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    match e.kind() {
        DisplayHelp | DisplayVersion => None,
        kind if in_prose && short.contains(&kind) => None,
        // A flag that is only named.
        InvalidValue if in_prose && e.to_string().contains("none was supplied") => None,
        _ => Some(e.to_string()),
    }
}

#[test]
fn every_example_is_understood_and_every_command_has_one() {
    for example in EXAMPLES {
        assert_eq!(misread(example.words, false), None, "{}", example.words);
    }
    let mut without = Vec::new();
    fn look(command: &Command, path: &str, without: &mut Vec<String>) {
        let own = EXAMPLES.iter().any(|e| example_of(e, path, command));
        if !own && command.get_subcommands().next().is_none() {
            without.push(path.to_owned());
        }
        for sub in command.get_subcommands().filter(|c| !c.is_hide_set()) {
            look(
                sub,
                format!("{path} {}", sub.get_name()).trim_start(),
                without,
            );
        }
    }
    look(&Cli::whole(), "", &mut without);
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn the_page_of_commands_has_every_example() {
    let page = include_str!("../../../docs/commands.md");
    let listed: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("    hotseat "))
        .collect();
    let examples: BTreeSet<&str> = EXAMPLES.iter().map(|e| e.words).collect();
    // What opens the console, serves until it is ended or asks the network stands in words.
    let stays = |words: &&str| {
        ["demo", "doctor", "simulate", "purge", "bridge demo"]
            .iter()
            .any(|stay| begins(words, stay))
    };
    let examples = examples
        .into_iter()
        .filter(|words| !words.is_empty() && !stays(words));
    assert_eq!(listed, examples.collect());
}

#[test]
fn help_shows_examples_of_the_command_and_of_none_below_it() {
    let help = |path: &[&str]| {
        let mut command = Cli::whole();
        command.build();
        let found = path.iter().fold(&mut command, |at, name| {
            at.find_subcommand_mut(name).expect("there")
        });
        found.render_help().to_string()
    };
    assert!(help(&["timeline"]).contains("hotseat timeline INC-123\n"));
    assert!(!help(&["timeline"]).contains("timeline add"));
    assert!(
        help(&["timeline", "add"]).contains("timeline add INC-123 \"Bad deploy found\" --at 14:29")
    );
    assert!(
        help(&["journal"]).contains("hotseat journal list"),
        "a group shows those below it"
    );
}

/// What stands between backticks on the pages and calls the program, one line for each of its alternatives `a|b`.
fn in_prose(text: &str) -> Vec<String> {
    let pieces = text.split('`').skip(1).step_by(2);
    let called = pieces.filter_map(|piece| {
        let piece = piece
            .strip_prefix("cargo run --release -- ")
            .or(piece.strip_prefix("hotseat "))?;
        Some(
            piece
                .split(" > ")
                .next()
                .unwrap_or_default()
                .replace(" … ", " ")
                .replace('…', ""),
        )
    });
    called.flat_map(|line| alternatives(&line)).collect()
}

fn alternatives(line: &str) -> Vec<String> {
    let Some(word) = line.split(' ').find(|word| word.contains('|')) else {
        return vec![line.to_owned()];
    };
    word.split('|')
        .map(|one| line.replacen(word, one, 1))
        .collect()
}

#[test]
fn every_command_in_the_prose_of_the_pages_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(root.join("docs"))
        .expect("pages")
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.extend(
        ["README.md", "SECURITY.md", "CONTRIBUTING.md"]
            .map(|name| root.join(name))
            .into_iter()
            .filter(|p| p.exists()),
    );
    let (mut count, mut wrong) = (0, Vec::new());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a page");
        // Blocks are run as they stand by another test; a fence is three backticks, and no piece of prose.
        let prose: String = text.split("```").step_by(2).collect();
        for line in in_prose(&prose) {
            count += 1;
            let why = misread(&line, true);
            wrong.extend(why.map(|why| format!("{}: hotseat {line}: {why}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 50, "{count}");
}
