//! A form on the screen: the field with the cursor, and how it is being filled.

use super::super::cursor::Cursor;
use crate::domain::text::contains_folded;
use crate::writes::{Choice, Field, Form, Input};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::style::Style;
use tui_textarea::{CursorMove, TextArea};

/// How a field is being filled.
#[derive(Debug)]
pub enum Filling {
    /// Words are typed.
    Words(Box<TextArea<'static>>),
    /// One of some is chosen.
    Choosing {
        /// What is typed to find it.
        typed: String,
        /// Which of those found.
        at: usize,
    },
}

/// A form on the screen.
#[derive(Debug)]
pub struct FormView {
    /// The form.
    pub form: Form,
    /// The field with the cursor.
    pub at: usize,
    /// How it is being filled, while it is.
    pub filling: Option<Filling>,
    /// Whether the exact request is shown instead of what it changes.
    pub request: bool,
    /// What makes its writes its own: it stays the same however often it is sent.
    pub idempotency_seed: String,
    /// A word about it, such as what was restored or refused.
    pub note: Option<String>,
    /// How far what stands below the fields is read.
    pub cursor: Cursor,
}

/// A place where words are typed, with the cursor at their end.
pub fn words(text: &str) -> Box<TextArea<'static>> {
    let mut input = Box::new(TextArea::from(text.split('\n')));
    input.set_cursor_line_style(Style::new());
    input.move_cursor(CursorMove::Bottom);
    input.move_cursor(CursorMove::End);
    input
}

impl FormView {
    /// A form just opened; what must be typed first is typed at once.
    pub fn new(form: Form, idempotency_seed: String) -> Self {
        let mut view = Self {
            form,
            at: 0,
            filling: None,
            request: false,
            idempotency_seed,
            note: None,
            cursor: Cursor::default(),
        };
        view.begin();
        view
    }

    /// Begins filling the first field that has to be filled, where that is words; of an update the message.
    pub fn begin(&mut self) {
        let fields = &self.form.fields;
        // What is written already is not begun anew; what is chosen stands open, to be chosen otherwise.
        let opens = |f: &Field| match self.form.kind.spec().begins_with {
            Some(first) => f.id == first && (f.value.is_empty() || f.input.choices().is_some()),
            None => f.required && f.value.is_empty(),
        };
        let Some(first) = fields.iter().position(opens) else {
            return;
        };
        self.at = first;
        if matches!(
            fields[first].input,
            Input::Line | Input::Text | Input::Pick(_)
        ) {
            self.fill();
        }
    }

    /// How the field with the cursor is filled.
    pub fn input(&self) -> Option<&Input> {
        self.form.fields.get(self.at).map(|field| &field.input)
    }

    /// Begins filling the field with the cursor.
    pub fn fill(&mut self) {
        let Some(field) = self.form.fields.get(self.at) else {
            return;
        };
        self.filling = Some(match &field.input {
            Input::Pick(all) | Input::PickMany(all) => {
                let at = all
                    .iter()
                    .position(|c| field.value.first() == Some(&c.id))
                    .unwrap_or(0);
                Filling::Choosing {
                    typed: String::new(),
                    at,
                }
            }
            _ => Filling::Words(words(field.text())),
        });
    }

    /// Choices that fit what is typed: those that begin with it first.
    pub fn found(&self) -> Vec<&Choice> {
        let all = self.input().and_then(Input::choices).unwrap_or_default();
        let Some(Filling::Choosing { typed, .. }) = &self.filling else {
            return Vec::new();
        };
        let lower = typed.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let has = |c: &Choice, word: &str| {
            [&c.label, &c.note, &c.also]
                .iter()
                .any(|text| contains_folded(text, word))
        };
        let fits = |c: &&Choice| words.iter().all(|word| has(c, word));
        let mut found: Vec<&Choice> = all.iter().filter(fits).collect();
        if found.is_empty() {
            return nearest(all, typed);
        }
        found.sort_by_key(|c| !typed.is_empty() && !c.label.to_lowercase().starts_with(&lower));
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

/// Nothing has the words: the letters in order will do, the nearest first.
fn nearest<'a>(all: &'a [Choice], typed: &str) -> Vec<&'a Choice> {
    let (matcher, letters) = (SkimMatcherV2::default(), typed.replace(' ', ""));
    let mut near: Vec<(i64, &Choice)> = all
        .iter()
        .filter_map(|c| Some((matcher.fuzzy_match(&c.label, &letters)?, c)))
        .collect();
    near.sort_by_key(|(score, c)| (std::cmp::Reverse(*score), c.label.len()));
    near.into_iter().map(|(_, c)| c).collect()
}
