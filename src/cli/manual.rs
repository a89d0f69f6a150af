//! The pages of the manual, one for each command, written from what the command line understands.

use super::examples;
use super::output::say;
use super::{Cli, Context};
use crate::session::ApiError;
use chrono::{DateTime, Utc};
use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Inline, Roff, bold, roman};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Where the pages go.
#[derive(Args)]
pub struct Manual {
    /// The folder that they are written into; it is made.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Bytes of a line of a page's source at most.
const LINE: usize = 79;

/// Exit codes as the pages tell them.
const EXIT: [(&str, &str); 5] = [
    ("0", "It was done."),
    (
        "1",
        "A mistake in what was asked: arguments, the configuration, a key that is missing.",
    ),
    (
        "2",
        "What the API answered: refused, not found, its rate limit, an answer that is none.",
    ),
    (
        "3",
        "The network: no connection, no name, no certificate that is trusted.",
    ),
    (
        "4",
        "This machine, such as a full disk or a missing right, or a fault of hotseat.",
    ),
];

/// Variables of the environment that count for every command.
const ENVIRONMENT: [(&str, &str); 6] = [
    (
        "INCIDENT_IO_API_KEY",
        "The API key; also INCIDENT_API_KEY and INCIDENT_IO_API_TOKEN, in this order.",
    ),
    ("INCIDENT_IO_BASE_URL", "Where the API is, like --base-url."),
    (
        "XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME",
        "Where the files below lie, if not under the home folder.",
    ),
    (
        "HTTPS_PROXY, NO_PROXY",
        "The proxy on the way to incident.io, and where none is used.",
    ),
    ("NO_COLOR", "Draw without colours."),
    ("EDITOR", "What longer texts are edited in."),
];

/// What is kept on this machine.
const FILES: [(&str, &str); 3] = [
    (
        "~/.config/hotseat/config.toml",
        "The configuration; every setting with its default is in the sample that comes with the program, config.toml.",
    ),
    (
        "~/.cache/hotseat/",
        "What is known of the organisation. Never a private incident.",
    ),
    (
        "~/.local/state/hotseat/",
        "The journal of writes, texts that were begun, and the logs. hotseat purge removes both.",
    ),
];

/// Writes every page.
pub fn write(context: &Context, asked: &Manual) -> Result<(), ApiError> {
    let failed = |path: &Path, e: io::Error| {
        ApiError::machine(path, &e, format!("Cannot write {}: {e}.", path.display()))
    };
    std::fs::create_dir_all(&asked.out).map_err(|e| failed(&asked.out, e))?;
    let date = date(context);
    let pages = pages(&date).map_err(|e| failed(&asked.out, e))?;
    for (name, text) in &pages {
        let path = asked.out.join(name);
        std::fs::write(&path, text).map_err(|e| failed(&path, e))?;
    }
    say(&format!(
        "{} pages in {}.\n",
        pages.len(),
        asked.out.display()
    ))
}

/// The day the pages carry: that of the source where a build names it, so that the same source gives the same bytes.
fn date(context: &Context) -> String {
    let named = std::env::var("SOURCE_DATE_EPOCH").ok();
    let named = named.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds.parse().ok()?, 0));
    let day = named.unwrap_or_else(|| context.overrides.clock.now());
    day.format("%Y-%m-%d").to_string()
}

/// Every page with its file's name.
fn pages(date: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut whole = Cli::whole().disable_help_subcommand(true);
    whole.build();
    let mut pages = Vec::new();
    gather(&whole, &whole, "", date, &mut pages)?;
    Ok(pages)
}

fn gather(
    whole: &Command,
    command: &Command,
    path: &str,
    date: &str,
    pages: &mut Vec<(String, Vec<u8>)>,
) -> io::Result<()> {
    let name = format!("hotseat {path}").trim_end().replace(' ', "-");
    pages.push((format!("{name}.1"), page(whole, command, path, date)?));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{path} {}", sub.get_name());
        gather(whole, sub, path.trim_start(), date, pages)?;
    }
    Ok(())
}

/// One page.
fn page(whole: &Command, command: &Command, path: &str, date: &str) -> io::Result<Vec<u8>> {
    let name = format!("hotseat {path}").trim_end().replace(' ', "-");
    let version = whole.get_version().unwrap_or_default();
    // What every command takes stands on the first page alone.
    let own = match path {
        "" => command.clone(),
        _ => command.clone().mut_args(|arg| {
            let is_global = arg.is_global_set();
            arg.hide(is_global)
        }),
    };
    let man = Man::new(own)
        .title(name.to_uppercase())
        .date(date)
        .source(format!("hotseat {version}"))
        .manual("hotseat");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command
        .get_arguments()
        .any(|a| path.is_empty() || !a.is_global_set())
    {
        man.render_options_section(&mut text)?;
    }
    if command.get_subcommands().any(|sub| !sub.is_hide_set()) {
        man.render_subcommands_section(&mut text)?;
    }
    ours(command, path).to_writer(&mut text)?;
    Ok(tidied(&text).into_iter().flat_map(short).collect())
}

/// The lines that count: each section brings the same beginning, and empty lines where a paragraph breaks twice.
fn tidied(text: &[u8]) -> Vec<&[u8]> {
    let mut begun = BTreeSet::new();
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let is_beginning = |line: &[u8]| line.starts_with(b".ie") || line.starts_with(b".el");
    let mut kept: Vec<&[u8]> = lines
        .filter(|line| !is_beginning(line) || begun.insert(*line))
        .collect();
    kept.dedup_by(|next, line| next == line && *line == b".br");
    kept
}

/// A line of a page, cut where it is long: formatters join what ends in a backslash, and ask for lines of 80 bytes.
fn short(line: &[u8]) -> Vec<u8> {
    let line = line.trim_ascii_end();
    let mut cut = Vec::new();
    let mut width = 0;
    for word in line.split_inclusive(|byte| *byte == b' ') {
        if width > 0 && width + word.len() >= LINE {
            cut.extend(b"\\\n");
            width = 0;
        }
        width += word.len();
        cut.extend(word);
    }
    cut.push(b'\n');
    cut
}

/// What the arguments do not tell: examples, exit codes, the environment, files, other pages.
fn ours(command: &Command, path: &str) -> Roff {
    let mut roff = Roff::default();
    let examples = examples::of(path, command);
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    for example in examples {
        let line = format!("hotseat {}", example.words);
        entry(
            &mut roff,
            vec![roman(line.trim_end())],
            &format!("{}.", example.says),
        );
    }
    table(&mut roff, "EXIT STATUS", &EXIT);
    table(&mut roff, "ENVIRONMENT", &ENVIRONMENT);
    table(&mut roff, "FILES", &FILES);
    let others = others(command, path);
    if !others.is_empty() {
        roff.control("SH", ["SEE ALSO"]);
        roff.text([roman(others.join(", "))]);
    }
    roff
}

fn table(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, says) in rows {
        entry(roff, vec![bold(*term)], says);
    }
}

fn entry(roff: &mut Roff, term: Vec<Inline>, says: &str) {
    roff.control("TP", []);
    roff.text(term);
    roff.text([roman(says)]);
}

/// The pages above and below one.
fn others(command: &Command, path: &str) -> Vec<String> {
    let mut words: Vec<&str> = path.split_whitespace().collect();
    words.insert(0, "hotseat");
    let mut others: Vec<String> = (1..words.len())
        .map(|n| format!("{}(1)", words[..n].join("-")))
        .collect();
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    others.extend(shown.map(|sub| format!("{}-{}(1)", words.join("-"), sub.get_name())));
    others
}
