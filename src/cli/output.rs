//! Tables for people, JSON for programs, and errors for both: the one place that prints. Whatever a text holds, from the
//! API or from the command line, nothing leaves here that a terminal would act on.

use crate::domain::table::table;
use crate::domain::text::{escaped, printable};
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
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    say(&(escaped(&json) + "\n"))
}

/// Prints values as JSON, one a line.
pub fn print_json_lines<V: Serialize>(values: &[V]) -> Result<(), ApiError> {
    let line = |value| serde_json::to_string(value).unwrap_or_default() + "\n";
    say(&escaped(&values.iter().map(line).collect::<String>()))
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
    let mut out = std::io::stdout();
    match out
        .write_all(printable(text).as_bytes())
        .and_then(|()| out.flush())
    {
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

/// Writes a line to standard error.
pub fn tell(line: &str) {
    ask(&format!("{line}\n"));
}

/// Writes to standard error and stays on the line, for an answer. Where nothing can be written there is nobody to tell
/// of it, and what was asked for goes on.
pub fn ask(question: &str) {
    let _ = std::io::stderr().write_all(printable(question).as_bytes());
}

/// Writes over the line of standard error before it.
pub fn tell_progress(line: &str) {
    let _ = write!(std::io::stderr(), "\r{}", printable(line));
}

/// Tells what could not be asked.
pub fn tell_missing(missing: &[String]) {
    missing
        .iter()
        .for_each(|says| tell(&format!("Not all of it: {says}")));
}

/// Prints an error: words on a terminal, JSON for a program.
pub fn print_error(error: &ApiError, output: Output) {
    let json = match output {
        Output::Json => true,
        Output::Table => false,
        Output::Fitting => !std::io::stderr().is_terminal(),
    };
    if json {
        tell(&escaped(&error.json().to_string()));
        return;
    }
    tell(format!("{error} {}", error.suggestion()).trim_end());
    if let ApiError::Http {
        request_id: Some(id),
        ..
    } = error
    {
        tell(&format!("Request {id}."));
    }
}
