//! What is to be known of a state, and what is said where it became another: pure, and nothing is said twice.

use super::form;
use super::place::{Body, Place, Rows, place};
use super::words::sense;
use crate::console::overlay::heard::without_colour;
use crate::console::state::{Notice, Overlay, State};
use crate::console::view::status;

/// A state as it is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// What makes where one is another place.
    place: String,
    title: String,
    count: usize,
    row: Option<TheRow>,
    /// Text to read.
    text: Vec<String>,
    /// What a field asks for, or a question.
    asks: Vec<String>,
    /// What is wrong, or was not done.
    said: Vec<String>,
    chosen: Vec<(String, String)>,
    notice: Option<Notice>,
    /// How the API is reached, and what waits for somebody.
    link: String,
    waiting: Vec<String>,
    standing: Vec<String>,
}

/// The line of the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
struct TheRow {
    id: String,
    words: String,
    when: String,
    /// From one.
    number: usize,
    is_silent: bool,
}

/// What is said of a change.
#[derive(Debug, Default, PartialEq)]
pub struct Spoken {
    /// Lines, each of which stands alone.
    pub lines: Vec<String>,
    /// A text that is read in pages.
    pub text: Vec<String>,
    /// Whether the line of the cursor is among them.
    pub tells_row: bool,
    /// The line that tells what waits for somebody since.
    pub waits: Option<String>,
}

impl Told {
    /// What is to be known of a state.
    pub fn of(state: &State) -> Self {
        let Place { id, title, body } = place(state);
        let mut told = Self {
            place: id,
            title,
            ..Self::default()
        }
        .with_standing_of(state);
        match body {
            Body::Rows(rows) => told.take_rows(&rows),
            Body::Text(lines) => told.text = lines,
            Body::Question(lines) => {
                told.asks = lines;
                told.asks.push("Send? y or n:".into());
            }
            Body::Field(lines) => told.asks = lines,
        }
        if let Some(Overlay::Form(view)) = state.overlays.last() {
            told.said = form::said(view);
            told.chosen = form::chosen(view);
        }
        told
    }

    fn take_rows(&mut self, rows: &Rows<'_>) {
        self.count = rows.count;
        let row = match rows.count {
            0 => TheRow {
                words: rows.nothing.clone(),
                ..TheRow::default()
            },
            _ => {
                let row = (rows.row)(rows.at);
                TheRow {
                    id: (rows.id)(rows.at),
                    words: row.words,
                    when: row.when,
                    number: rows.at + 1,
                    is_silent: row.is_silent,
                }
            }
        };
        self.row = Some(row);
    }

    /// The number of the line of the cursor and what it is known by, where there is one.
    pub(super) fn number(&self) -> Option<(usize, &str)> {
        let row = self.row.as_ref().filter(|row| row.number > 0)?;
        Some((row.number, &row.id))
    }

    /// Whether what its line says is said otherwise.
    pub(super) fn is_silent(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.is_silent)
    }

    /// What the place is called.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether another state is at the same place.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        self.place == other.place
    }

    /// The notice that stands there, in words.
    pub(super) fn notice(&self) -> Option<&String> {
        self.notice.as_ref().map(|notice| &notice.words)
    }

    /// The same place, with what stands by now of the organisation.
    pub(super) fn with_standing_of(self, state: &State) -> Self {
        let standing = status::in_words(state, &without_colour());
        Self {
            notice: state.notice.clone(),
            link: standing.link,
            waiting: standing.waiting,
            standing: standing.standing,
            ..self
        }
    }

    /// Leaves a notice out, as if it had been told.
    pub(super) fn without_notice_of(self, other: &Self) -> Self {
        let notice = other.notice.clone();
        Self { notice, ..self }
    }

    /// Where one is, from the whole to the line: what is told where somebody asks.
    pub(super) fn all(&self) -> Vec<String> {
        let notes = [&self.link].into_iter().chain(&self.waiting);
        let notes: Vec<&str> = notes.chain(&self.standing).map(String::as_str).collect();
        let mut lines = vec![format!("{}.", notes.join(", "))];
        let mut spoken = Spoken::default();
        self.arrive(&mut spoken);
        lines.extend(spoken.lines);
        lines.extend(spoken.text);
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// Somebody came to this place.
    fn arrive(&self, out: &mut Spoken) {
        out.lines.push(self.title.clone());
        out.lines.extend(self.said.iter().cloned());
        out.lines.extend(self.row());
        out.tells_row = true;
        out.lines.extend(self.asks.iter().cloned());
        out.text.clone_from(&self.text);
    }

    /// The line of the cursor: what it is, which of how many, and its time.
    pub(super) fn row(&self) -> Option<String> {
        let row = self.row.as_ref().filter(|row| !row.is_silent)?;
        let place = (row.number > 0).then(|| format!("{} of {}", row.number, self.count));
        let when = Some(row.when.clone()).filter(|when| !when.is_empty());
        let words = match place {
            Some(_) => row.words.trim_end_matches('.'),
            None => &row.words,
        };
        let parts = [Some(words.to_owned()), place, when];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Some(parts.join(", "))
    }

    /// Whether the line of the cursor is the same, and says the same.
    pub(super) fn is_same_row(&self, other: &Self) -> bool {
        let known = |told: &Self| {
            let row = told.row.as_ref();
            row.map(|row| (row.id.clone(), sense(&row.words)))
        };
        known(self) == known(other)
    }
}

/// What is said where one state became another. Nothing is said of what stayed as it was, and nothing of what goes on by
/// itself as time passes.
pub fn spoken(before: &Told, after: &Told) -> Spoken {
    let mut out = Spoken::default();
    if let Some(notice) = after
        .notice
        .as_ref()
        .filter(|n| before.notice.as_ref() != Some(*n))
    {
        out.lines.push(notice.words.clone());
    }
    let link = sense(&after.link);
    if link != sense(&before.link) {
        out.lines.push(format!("{}.", after.link));
    }
    let known: Vec<String> = before.waiting.iter().map(|words| sense(words)).collect();
    let is_new = |words: &&String| !known.contains(&sense(words));
    let fresh: Vec<&str> = after
        .waiting
        .iter()
        .filter(is_new)
        .map(String::as_str)
        .collect();
    if !fresh.is_empty() {
        let waits = format!("{}.", fresh.join(", "));
        out.lines.push(waits.clone());
        out.waits = Some(waits);
    }
    if before.place != after.place {
        after.arrive(&mut out);
    } else {
        here(before, after, &mut out);
    }
    out.lines.retain(|line| !line.trim_matches('.').is_empty());
    out
}

/// What is said of a place where one was already.
fn here(before: &Told, after: &Told, out: &mut Spoken) {
    out.lines.extend(taken(before, after));
    let said = after
        .said
        .iter()
        .filter(|words| !before.said.contains(words));
    out.lines.extend(said.cloned());
    let is_none = after.row.as_ref().is_some_and(|row| row.number == 0);
    if !before.is_same_row(after) && !(before.is_silent() && is_none) {
        out.lines.extend(after.row());
        out.tells_row = true;
    }
    let asked: Vec<String> = before.asks.iter().map(|words| sense(words)).collect();
    let is_new = |words: &&String| !asked.contains(&sense(words));
    out.lines.extend(after.asks.iter().filter(is_new).cloned());
    let same =
        |a: &[String], b: &[String]| a.iter().map(|l| sense(l)).eq(b.iter().map(|l| sense(l)));
    if !same(&before.text, &after.text) {
        let went_on = after.text.len() > before.text.len()
            && same(&before.text, &after.text[..before.text.len()]);
        let from = if went_on { before.text.len() } else { 0 };
        out.text = after.text[from..].to_vec();
    }
}

/// What was chosen in a form since.
fn taken(before: &Told, after: &Told) -> Option<String> {
    let is_new = |one: &&(String, String)| {
        let was = before.chosen.iter().find(|(label, _)| *label == one.0);
        was.is_some_and(|was| was.1 != one.1)
    };
    let say = |(label, value): &(String, String)| match value.as_str() {
        "" => format!("{label} empty"),
        value => format!("{label}: {value}"),
    };
    let all: Vec<String> = after.chosen.iter().filter(is_new).map(say).collect();
    (!all.is_empty()).then(|| format!("{}.", all.join(", ")))
}
