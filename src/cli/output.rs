//! Tables for people, JSON for programs, and errors for both: the one place that prints. Whatever a text holds, from the
//! API or from the command line, nothing leaves here that a terminal would act on.

use crate::console::sequences::{LINK_ENDS, link_begins};
use crate::console::terminal;
use crate::domain::Links;
use crate::domain::table::{Column, table};
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
    /// Whether what is written there is JSON.
    fn is_json_on(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Json => true,
            Self::Table => false,
            Self::Fitting => !stream.is_terminal(),
        }
    }

    /// Whether standard output gets JSON.
    fn is_json(self) -> bool {
        self.is_json_on(&std::io::stdout())
    }
}

/// Prints answers, and knows where words in them lead.
#[derive(Clone, Debug)]
pub struct Printer {
    output: Output,
    links: Option<Links>,
}

impl Printer {
    /// One whose words lead nowhere.
    pub fn new(output: Output) -> Self {
        Self {
            output,
            links: None,
        }
    }

    /// One whose words lead to incidents, where it is known how these are addressed.
    pub fn leading(self, links: Option<Links>) -> Self {
        Self { links, ..self }
    }

    /// Whether standard output gets JSON.
    pub fn is_json(&self) -> bool {
        self.output.is_json()
    }

    /// JSON where it is asked for by another flag too.
    pub fn or_json(&self, asked: bool) -> Self {
        let mut printer = self.clone();
        if asked {
            printer.output = Output::Json;
        }
        printer
    }

    /// Prints a value as JSON, or else the text that says the same.
    pub fn print_text<V: Serialize>(&self, value: &V, text: &str) -> Result<(), ApiError> {
        if self.is_json() {
            return print_json(value);
        }
        self.say(text)
    }

    /// Prints a text whose words lead to incidents.
    fn say(&self, text: &str) -> Result<(), ApiError> {
        let Some(links) = &self.links else {
            return say(text);
        };
        let clean = printable(text);
        let led = clean.split_inclusive('\n').map(|line| led(line, links));
        say_as_it_is(&led.collect::<String>())
    }

    /// The same with lines.
    pub fn print<V: Serialize>(&self, value: &V, lines: &[String]) -> Result<(), ApiError> {
        self.print_text(value, &(lines.join("\n") + "\n"))
    }

    /// Prints things in columns, their times in the zone of that name, or what is given of them as JSON.
    pub fn print_table<T, C, V: Serialize + ?Sized>(
        &self,
        (all, by, zone): (&[T], &C, &str),
        columns: &[Column<T, C>],
        json: &V,
    ) -> Result<(), ApiError> {
        if self.is_json() {
            return print_json(json);
        }
        self.say(&table(all, (by, zone), columns, width()))
    }
}

/// A clean line with links around what leads anywhere.
fn led(line: &str, links: &Links) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (range, address) in links.all(line) {
        if range.start >= at {
            out.push_str(&line[at..range.start]);
            out.push_str(&link_begins(&address, ""));
            out.push_str(&line[range.clone()]);
            out.push_str(LINK_ENDS);
            at = range.end;
        }
    }
    out + &line[at..]
}

/// A value as JSON, with nothing hidden in it.
pub fn json_text<V: Serialize + ?Sized>(value: &V) -> String {
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// Prints a value as JSON.
pub fn print_json<V: Serialize + ?Sized>(value: &V) -> Result<(), ApiError> {
    say(&(json_text(value) + "\n"))
}

/// Values as JSON, one a line.
pub fn json_lines<V: Serialize>(values: &[V]) -> String {
    let line = |value| serde_json::to_string(value).unwrap_or_default() + "\n";
    escaped(&values.iter().map(line).collect::<String>())
}

/// Writes to standard output; a reader that has gone away, as `head` does, is no error.
pub fn say(text: &str) -> Result<(), ApiError> {
    say_as_it_is(&printable(text))
}

/// Writes what is clean to standard output, with the sequences that were put into it here.
pub fn say_as_it_is(text: &str) -> Result<(), ApiError> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            let says = format!("Cannot write the output: {e}.");
            Err(ApiError::machine(Path::new("standard output"), &e, says))
        }
        _ => Ok(()),
    }
}

/// The line with which a person answers a question; none where standard input is at its end.
pub fn answer() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).unwrap_or(0);
    (read > 0).then(|| line.trim().to_owned())
}

/// Columns that a table may take.
pub fn width() -> usize {
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

/// Writes a line of standard error over the one before it, and goes back to its beginning.
pub fn tell_over(line: &str) {
    let _ = write!(std::io::stderr(), "\r{}\x1b[K\r", printable(line));
}

/// Writes a sequence that draws nothing to the terminal of standard error.
pub fn say_to_terminal(sequence: &str) {
    let _ = std::io::stderr().write_all(sequence.as_bytes());
}

/// Clears the line of standard error that was written over, where that is a terminal that can.
pub fn wipe() {
    if std::io::stderr().is_terminal() && terminal::moves_its_cursor() {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// Columns of the terminal; 80 where nobody knows.
pub fn columns() -> usize {
    crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width))
}

/// Says where a list that was asked for ends before there are no more.
pub fn tell_more(more: bool, listed: usize) {
    if more {
        tell(&format!(
            "These are the first {listed}, and there are more: --limit says how many are listed."
        ));
    }
}

/// Tells what could not be asked.
pub fn tell_missing(missing: &[String]) {
    missing
        .iter()
        .for_each(|says| tell(&format!("Not all of it: {says}")));
}

/// Prints an error: words on a terminal, JSON for a program.
pub fn print_error(error: &ApiError, output: Output) {
    if output.is_json_on(&std::io::stderr()) {
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
