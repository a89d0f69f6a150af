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

/// Things as a table, or as JSON.
pub struct Table<'a, T> {
    output: Output,
    all: &'a [T],
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl<'a, T> Table<'a, T> {
    /// A table without columns.
    pub fn of(output: Output, all: &'a [T]) -> Self {
        Self {
            output,
            all,
            head: Vec::new(),
            rows: vec![Vec::new(); all.len()],
        }
    }

    /// One more column: its head, and what stands in it of a thing.
    pub fn column(mut self, head: &'static str, cell: impl Fn(&T) -> String) -> Self {
        self.head.push(head);
        for (row, thing) in self.rows.iter_mut().zip(self.all) {
            row.push(cell(thing));
        }
        self
    }

    /// Prints it.
    pub fn print(self) -> Result<(), ApiError>
    where
        T: Serialize,
    {
        let all = self.all;
        self.print_as(all)
    }

    /// Prints it; as JSON, what is given here.
    pub fn print_as<V: Serialize + ?Sized>(self, json: &V) -> Result<(), ApiError> {
        if self.output.is_json() {
            return print_json(json);
        }
        say(&table(&self.head, &self.rows, width()))
    }
}

/// Prints a value as JSON.
pub fn print_json<V: Serialize + ?Sized>(value: &V) -> Result<(), ApiError> {
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
