//! A form on the screen: the mark is on a field, which takes what is typed, or on the line that sends.

use super::super::cursor::Cursor;
use super::super::editing::{line, wrapping};
use crate::domain::text::contains_folded;
use crate::domain::{FieldId, IncidentSummary, Instant};
use crate::writes::{Choice, Fault, Field, Form, Input, Planned, is_offered, overruled};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::sync::Arc;
use tui_textarea::TextArea;

/// How the field with the mark is filled.
#[derive(Debug)]
pub enum Filling {
    /// Words are typed.
    Words(Box<TextArea<'static>>),
    /// One of some is chosen.
    Choosing {
        /// What is typed to find it.
        typed: Box<TextArea<'static>>,
        /// Which of those found is to be taken. An empty field has none until somebody types or moves, so that going
        /// through a form chooses nothing.
        at: Option<usize>,
    },
}

/// A form on the screen.
#[derive(Debug)]
pub struct FormView {
    /// The form.
    pub form: Form,
    /// The field with the mark; after the last one stands the line that sends.
    pub at: usize,
    /// How that field is filled; nothing on the line that sends.
    pub filling: Option<Filling>,
    /// Whether the exact request is shown instead of what it changes.
    pub request: bool,
    /// What makes its writes its own: it stays the same however often it is sent.
    pub idempotency_seed: String,
    /// A word about it, such as what was restored or refused.
    pub note: Option<String>,
    /// What the last key did not do, and why.
    pub said: Option<String>,
    /// Dropping what was written was asked for once.
    pub drop_armed: bool,
    /// How far what stands below the fields is read.
    pub cursor: Cursor,
    /// How the incidents it is about stood when it was opened, and how they stand now.
    pub about: Vec<Meanwhile>,
    /// When the text was begun that it goes on with.
    pub begun: Option<Instant>,
    /// Since when the mark is on the line that sends: what was shown there is what is sent, to the second.
    pub asked: Option<Instant>,
}

/// An incident that a form is about, then and now.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    /// As the form was made on it.
    pub was: Arc<IncidentSummary>,
    /// The newest that is known of it.
    pub now: Arc<IncidentSummary>,
}

impl FormView {
    /// A form just opened, with the mark on what is to be filled in first.
    pub fn new(form: Form, idempotency_seed: String) -> Self {
        let mut view = Self {
            form,
            at: 0,
            filling: None,
            request: false,
            idempotency_seed,
            note: None,
            said: None,
            drop_armed: false,
            cursor: Cursor::default(),
            about: Vec::new(),
            begun: None,
            asked: None,
        };
        view.begin();
        view
    }

    /// Puts the mark on the field its kind begins with, or the first that is missing; where none is, on the line that
    /// sends.
    pub fn begin(&mut self) {
        let fields = &self.form.fields;
        // What is written already is not begun anew; what is chosen stands open, to be chosen otherwise.
        let opens = |f: &Field| match self.form.kind.spec().begins_with {
            Some(first) => f.id == first && (f.value.is_empty() || f.input.choices().is_some()),
            None => f.required && f.value.is_empty(),
        };
        let first = fields.iter().position(opens);
        let missing = || {
            let wrong = self.form.plan(self.form.opened, &self.idempotency_seed);
            let (id, _) = wrong.err()?.into_iter().next()?;
            self.form.fields.iter().position(|f| f.id == id)
        };
        self.go_to(first.or_else(missing).unwrap_or(fields.len()));
    }

    /// Puts the mark on a field, which takes what is typed from then on, or behind the last one on the line that sends.
    pub fn go_to(&mut self, at: usize) {
        self.at = at.min(self.form.fields.len());
        self.cursor = Cursor::default();
        self.filling = self
            .form
            .fields
            .get(self.at)
            .map(|field| match &field.input {
                Input::Pick(_) | Input::PickMany(_) => choosing(None),
                Input::Text => Filling::Words(wrapping(field.text())),
                _ => Filling::Words(wrapping(&field.text().replace('\n', " "))),
            });
        self.mark_value();
    }

    /// What was chosen of some is what Enter would take again.
    fn mark_value(&mut self) {
        if !matches!(self.input(), Some(Input::Pick(_))) {
            return;
        }
        let chosen = self.field().map(|field| field.text().to_owned());
        let chosen = chosen.unwrap_or_default();
        let place = self.found().iter().position(|choice| choice.id == chosen);
        if let Some(Filling::Choosing { at, .. }) = &mut self.filling {
            *at = place;
        }
    }

    /// What it sends: as it was asked first on the line that sends, elsewhere as it would be by now.
    pub fn plan(&self, now: Instant) -> Result<Vec<Planned>, Vec<Fault>> {
        let by = self.asked.unwrap_or(now);
        self.form.plan(by, &self.idempotency_seed)
    }

    /// Remembers since when it is asked whether it is to be sent; by keys elsewhere it is asked anew.
    pub fn ask(&mut self, now: Instant) {
        self.asked = match self.at < self.form.fields.len() {
            true => None,
            false => Some(self.asked.unwrap_or(now)),
        };
    }

    /// Puts the mark on the line that sends.
    pub fn go_to_send(&mut self) {
        self.go_to(self.form.fields.len());
    }

    /// The field with the mark; nothing on the line that sends.
    pub fn field(&self) -> Option<&Field> {
        self.form.fields.get(self.at)
    }

    /// How the field with the mark is filled.
    pub fn input(&self) -> Option<&Input> {
        self.field().map(|field| &field.input)
    }

    /// The choice that Enter would take.
    pub fn offered(&self) -> Option<&Choice> {
        match &self.filling {
            Some(Filling::Choosing { at: Some(at), .. }) => self.found().get(*at).copied(),
            _ => None,
        }
    }

    /// What is typed to find a choice.
    pub fn typed(&self) -> &str {
        match &self.filling {
            Some(Filling::Choosing { typed, .. }) => {
                typed.lines().first().map_or("", String::as_str)
            }
            _ => "",
        }
    }

    /// The form stands on what is known by now; the mark stays on its field.
    pub fn renew(&mut self, form: Form) {
        let marked: Option<FieldId> = self.field().map(|field| field.id.clone());
        let was_empty = self.field().is_some_and(|field| field.value.is_empty());
        let untouched =
            matches!(self.filling, Some(Filling::Choosing { .. })) && self.typed().is_empty();
        self.form = form;
        let Some(marked) = marked else {
            return self.go_to_send();
        };
        let Some(at) = self.form.fields.iter().position(|f| f.id == marked) else {
            return self.begin();
        };
        self.at = at;
        let is_filled = self.field().is_some_and(|field| !field.value.is_empty());
        match (untouched, was_empty && is_filled) {
            // What is the only choice filled itself in: then the next thing is asked for.
            (true, true) => self.begin(),
            (true, false) => self.go_to(at),
            _ => {}
        }
    }

    /// Choices that fit what is typed: those that begin with it first, then those that are named so; what stands beside a
    /// name counts from the beginning of a word, so that nobody is paged for the middle of somebody's name.
    pub fn found(&self) -> Vec<&Choice> {
        self.found_by(self.typed())
    }

    /// Choices that would fit if this were typed.
    pub fn found_by(&self, typed: &str) -> Vec<&Choice> {
        let Some(field) = self.field() else {
            return Vec::new();
        };
        let all = field.input.choices().unwrap_or_default().iter();
        let all: Vec<&Choice> = all.filter(|c| is_offered(&self.form, field, c)).collect();
        let is_settled = overruled(&self.form, field).is_some();
        if !matches!(self.filling, Some(Filling::Choosing { .. })) || is_settled {
            return Vec::new();
        }
        let lower = typed.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let has = |c: &Choice, word: &str| {
            let named = [&c.label, &c.also].iter().any(|t| contains_folded(t, word));
            named || begins_word(&c.note, word)
        };
        let fits = |c: &&Choice| words.iter().all(|word| has(c, word));
        let mut found: Vec<&Choice> = all.iter().copied().filter(fits).collect();
        if found.is_empty() {
            return nearest(&all, typed);
        }
        let is_named = |c: &Choice| words.iter().all(|word| contains_folded(&c.label, word));
        found.sort_by_key(|c| match c.label.to_lowercase().starts_with(&lower) {
            true => 0,
            false if is_named(c) => 1,
            false => 2,
        });
        found
    }

    /// The word with an `@` before it that is being typed, without the sign.
    pub fn mention(&self) -> Option<String> {
        let Some(Filling::Words(input)) = &self.filling else {
            return None;
        };
        let (row, column) = (input.cursor().0, input.cursor().1);
        let before: String = input.lines().get(row)?.chars().take(column).collect();
        let (head, word) = before.rsplit_once('@')?;
        let fresh = head.is_empty() || head.ends_with(|c: char| c.is_whitespace() || c == '(');
        (fresh
            && word.chars().count() <= 30
            && word.split(' ').count() <= 2
            && !word.ends_with(' '))
        .then(|| word.to_owned())
    }
}

/// Whether one of a text's words begins so.
fn begins_word(text: &str, folded: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word.starts_with(folded))
}

fn choosing(at: Option<usize>) -> Filling {
    let typed = line("");
    Filling::Choosing { typed, at }
}

/// Nothing has the words: the letters in order will do, the nearest first.
fn nearest<'a>(all: &[&'a Choice], typed: &str) -> Vec<&'a Choice> {
    let (matcher, letters) = (SkimMatcherV2::default(), typed.replace(' ', ""));
    let mut near: Vec<(i64, &'a Choice)> = all
        .iter()
        .filter_map(|c| Some((matcher.fuzzy_match(&c.label, &letters)?, *c)))
        .collect();
    near.sort_by_key(|(score, c)| (std::cmp::Reverse(*score), c.label.len()));
    near.into_iter().map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_name_counts_from_the_beginning_of_a_word() {
        for (note, typed, counts) in [
            ("pages Ana Abara now", "ana", true),
            ("pages Greta Tanaka now", "ana", false),
            ("pages Greta Tanaka now", "tana", true),
            ("ana@example.com", "example", true),
            ("", "ana", false),
        ] {
            assert_eq!(begins_word(note, typed), counts, "{note}: {typed}");
        }
    }
}
