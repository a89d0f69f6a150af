//! `tmux` and `prompt`: a glance at what is open, from what lies on this machine alone, in no time.

use super::Context;
use super::output::say_as_it_is;
use crate::config::Colour;
use crate::domain::text::{fit, printable};
use crate::domain::{GlancePiece, GlanceTone};
use crate::session::{self, ApiError};
use clap::Args;

/// Columns of a prompt's segment at most.
const PROMPT: usize = 60;

/// A segment for tmux's status line, from what a console kept here; asks nobody.
#[derive(Args)]
pub struct Tmux {}

/// A segment for a shell's prompt, from what a console kept here; asks nobody.
#[derive(Args)]
pub struct Prompt {
    /// Colours and what the shell would read are written as this shell has it; without it the words are plain.
    #[arg(long, value_enum)]
    shell: Option<Shell>,
}

/// Whose prompt it is.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// PS1 of bash.
    Bash,
    /// PROMPT of zsh.
    Zsh,
    /// fish_prompt of fish.
    Fish,
}

/// Prints the segment for tmux; nothing where no console has looked.
pub fn tmux(context: &Context) -> Result<(), ApiError> {
    let config = context.config()?;
    let Some(glance) = session::glance(&config, context.profile()) else {
        return Ok(());
    };
    let pieces = glance.pieces(config.clock.now());
    let dot = if config.ascii { " | " } else { " · " };
    let coloured = is_coloured(config.color);
    let piece = |(words, tone): &GlancePiece| {
        // Two of them stand for one, so that nothing of the words is a format.
        let words = words.replace('#', "##");
        match tone {
            GlanceTone::Hot if coloured => format!("#[fg=red,bold]{words}#[default]"),
            GlanceTone::Warn if coloured => format!("#[fg=yellow]{words}#[default]"),
            GlanceTone::Quiet if coloured => format!("#[dim]{words}#[default]"),
            _ => words,
        }
    };
    let pieces: Vec<String> = pieces.iter().map(piece).collect();
    say_as_it_is(&(printable(&pieces.join(dot)) + "\n"))
}

/// Prints the segment for a prompt; nothing where nothing is open and nothing waits.
pub fn prompt(context: &Context, asked: &Prompt) -> Result<(), ApiError> {
    let config = context.config()?;
    let Some(glance) = session::glance(&config, context.profile()) else {
        return Ok(());
    };
    let pieces = glance.brief(config.clock.now());
    let hot = pieces.iter().any(|(_, tone)| *tone == GlanceTone::Hot);
    let words: Vec<&str> = pieces.iter().map(|(words, _)| words.as_str()).collect();
    let words = fit(&printable(&words.join("; ")), PROMPT);
    if words.is_empty() {
        return Ok(());
    }
    let shell = asked.shell.filter(|_| is_coloured(config.color));
    let colour = if hot { "\x1b[31m" } else { "\x1b[33m" };
    let (begin, end) = match shell {
        None => return say_as_it_is(&(unread(&words) + "\n")),
        Some(Shell::Bash) => ("\x01", "\x02"),
        Some(Shell::Zsh) => ("%{", "%}"),
        Some(Shell::Fish) => ("", ""),
    };
    let words = match shell {
        Some(Shell::Zsh) => unread(&words).replace('%', "%%"),
        _ => unread(&words),
    };
    say_as_it_is(&format!("{begin}{colour}{end}{words}{begin}\x1b[m{end}\n"))
}

/// The words without what a shell would read where its prompt is expanded once more.
fn unread(words: &str) -> String {
    words.replace(['$', '`', '\\', '!'], "_")
}

fn is_coloured(configured: Colour) -> bool {
    let none = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    configured != Colour::Never && !none
}
