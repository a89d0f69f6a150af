//! Tables for people, JSON for programs, and errors for both.

use crate::domain::table::table;
use crate::session::ApiError;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A table on a terminal, else JSON.
    #[default]
    #[value(skip)]
    Fitting,
    /// Columns.
    Table,
    /// JSON.
    Json,
}

impl Output {
    /// Whether standard output gets JSON.
    pub fn is_json(self) -> bool {
        match self {
            Self::Json => true,
            Self::Table => false,
            Self::Fitting => !std::io::stdout().is_terminal(),
        }
    }
}

/// A column: its head, and what stands in it of a thing.
pub type Column<'a, T> = (&'static str, &'a dyn Fn(&T) -> String);

/// Prints things as a table, or a value as JSON.
pub fn print_table<T>(
    output: Output,
    value: &impl Serialize,
    all: &[T],
    columns: &[Column<'_, T>],
) -> Result<(), ApiError> {
    if output.is_json() {
        return print_json(value);
    }
    let head: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let row = |thing: &T| columns.iter().map(|(_, cell)| cell(thing)).collect();
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    say(&table(&head, &rows, width()))
}

/// Prints a value as JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), ApiError> {
    say(&(serde_json::to_string_pretty(value).unwrap_or_default() + "\n"))
}

/// Prints lines, or what they were made of as JSON.
pub fn print_lines<T: Serialize>(
    output: Output,
    value: &T,
    lines: &[String],
) -> Result<(), ApiError> {
    if output.is_json() {
        print_json(value)
    } else {
        say(&(lines.join("\n") + "\n"))
    }
}

/// Writes to standard output; a reader that has gone away, as `head` does, is no error.
pub fn say(text: &str) -> Result<(), ApiError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            let says = format!("Cannot write the output: {e}.");
            Err(ApiError::machine(Path::new("standard output"), &e, says))
        }
        _ => Ok(()),
    }
}

/// Columns that a table may take.
fn width() -> usize {
    let on_terminal = std::io::stdout().is_terminal();
    crossterm::terminal::size()
        .ok()
        .filter(|_| on_terminal)
        .map_or(160, |(width, _)| usize::from(width))
        .max(60)
}

/// Prints an error: words on a terminal, JSON for a program.
pub fn print_error(error: &ApiError, output: Output) {
    let json = match output {
        Output::Json => true,
        Output::Table => false,
        Output::Fitting => !std::io::stderr().is_terminal(),
    };
    if json {
        eprintln!("{}", error.json());
        return;
    }
    eprintln!("{}", format!("{error} {}", error.suggestion()).trim_end());
    if let ApiError::Http {
        request_id: Some(id),
        ..
    } = error
    {
        eprintln!("Request {id}.");
    }
}
