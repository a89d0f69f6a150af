//! One field of a form: what it offers, what is in it, and what is wrong with that.

use crate::domain::{FieldId, text};
use std::sync::Arc;

/// One of what a field offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// What is sent.
    pub id: String,
    /// What is shown.
    pub label: String,
    /// Beside it.
    pub note: String,
    /// Why it cannot be chosen.
    pub blocked: Option<String>,
    /// Another word it goes by, such as an address.
    pub also: String,
    /// Nothing that names it may go to disk.
    pub private: bool,
}

impl Choice {
    /// A choice of an id and its words.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            ..Self::default()
        }
    }

    /// The same with something beside it.
    pub fn with(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }
}

/// How a field is filled.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A line.
    Line,
    /// Markdown.
    Text,
    /// A time; a bare clock time means the next one where it looks ahead, else the last one.
    Time {
        /// Whether it looks ahead.
        ahead: bool,
    },
    /// A number.
    Number,
    /// An address.
    Link,
    /// One of some.
    Pick(Arc<Vec<Choice>>),
    /// Any of some.
    PickMany(Arc<Vec<Choice>>),
}

impl Input {
    /// What it offers, where it offers something.
    pub fn choices(&self) -> Option<&[Choice]> {
        match self {
            Self::Pick(all) | Self::PickMany(all) => Some(all),
            _ => None,
        }
    }
}

/// What is wrong, beside the field it belongs to; a name that is no field's belongs to the whole form.
pub type Fault = (FieldId, String);

/// A field of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Which one it is.
    pub id: FieldId,
    /// Its name for a person.
    pub label: String,
    /// How it is filled.
    pub input: Input,
    /// Whether it must be filled.
    pub required: bool,
    /// What is in it: words, or ids of choices.
    pub value: Vec<String>,
    /// What was in it when it was opened.
    pub was: Vec<String>,
    /// What was in it when it was opened, as it was written, where less than that is shown.
    pub written: Option<String>,
    /// What to fill in.
    pub hint: String,
    /// The key its value goes under, for custom fields.
    pub wire: &'static str,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// An empty field.
    pub fn new(id: impl Into<FieldId>, label: impl Into<String>, input: Input) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            input,
            required: false,
            value: Vec::new(),
            was: Vec::new(),
            written: None,
            hint: String::new(),
            wire: "",
            error: None,
        }
    }

    /// One of some choices.
    pub fn pick(id: impl Into<FieldId>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(id, label, Input::Pick(Arc::new(choices)))
    }

    /// Yes or no, no by default.
    pub fn yes_no(id: &'static str, label: &str, hint: &str) -> Self {
        Self {
            hint: hint.into(),
            ..Self::pick(
                id,
                label,
                vec![Choice::new("no", "no"), Choice::new("yes", "yes")],
            )
            .holding("no")
        }
    }

    /// The same, required.
    pub fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same with a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..self
        }
    }

    /// The same with a value that counts as unchanged.
    pub fn holding(mut self, value: impl Into<String>) -> Self {
        self.value = one_value(value);
        self.was.clone_from(&self.value);
        self
    }

    /// The same with what it holds as it was written, where less than that is shown.
    pub fn written(self, written: Option<&str>) -> Self {
        Self {
            written: written.map(str::to_owned),
            ..self
        }
    }

    /// The same with several values that count as unchanged.
    pub fn holding_all(mut self, values: Vec<String>) -> Self {
        self.was.clone_from(&values);
        self.value = values;
        self
    }

    /// The same with a value that counts as filled in.
    pub fn filled(mut self, value: impl Into<String>) -> Self {
        self.value = one_value(value);
        self
    }

    /// Its one value; empty where there is none.
    pub fn text(&self) -> &str {
        self.value.first().map_or("", String::as_str)
    }

    /// What is sent of it: what is in it, and what stands in it unseen.
    pub fn sent(&self) -> Vec<String> {
        match (&self.written, &self.was[..], &self.value[..]) {
            (Some(written), [was], [now]) => vec![text::edited(written, was, now)],
            _ => self.value.clone(),
        }
    }

    /// What was there, as a request sets it again.
    pub fn sent_back(&self) -> Vec<String> {
        self.written
            .clone()
            .map_or_else(|| self.was.clone(), |all| vec![all])
    }

    /// Whether it differs from what was there.
    pub fn is_changed(&self) -> bool {
        self.value != self.was
    }

    /// A value in words.
    pub fn words(&self, values: &[String]) -> String {
        let Some(choices) = self.input.choices() else {
            return values.join(" ");
        };
        let word = |id: &String| {
            choices
                .iter()
                .find(|c| c.id == *id)
                .map_or_else(|| id.clone(), |c| c.label.clone())
        };
        values.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// What is in it, in words.
    pub fn shown(&self) -> String {
        self.words(&self.value)
    }

    /// The choice that is taken.
    pub fn choice(&self) -> Option<&Choice> {
        let chosen = self.text();
        self.input
            .choices()?
            .iter()
            .find(|choice| choice.id == chosen)
    }

    /// Fills it from words: for choices a name, an id, or the beginning of one that is the only such.
    pub fn set(&mut self, raw: &str) -> Result<(), String> {
        let Some(choices) = self.input.choices() else {
            self.value = one_value(raw);
            return Ok(());
        };
        let several = matches!(self.input, Input::PickMany(_));
        let parts: Vec<&str> = if several {
            raw.split(',').collect()
        } else {
            vec![raw]
        };
        let parts = parts
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let found: Result<Vec<String>, String> = parts
            .map(|part| Ok(choose(choices, part)?.id.clone()))
            .collect();
        self.value = found.map_err(|why| format!("{}: {why}", self.label))?;
        Ok(())
    }

    /// What is wrong with it by itself.
    pub(super) fn fault(&self) -> Option<String> {
        let text = self.text().trim();
        if text.is_empty() {
            return self.required.then(|| format!("{} is needed", self.label));
        }
        match &self.input {
            Input::Number if text.parse::<f64>().is_err() => {
                Some(format!("\"{text}\" is not a number"))
            }
            Input::Link if !is_address(text) => {
                Some(format!("\"{text}\" is not an address; write https://…"))
            }
            // What was there before it was opened is not held against whoever changes something else.
            Input::Pick(all) | Input::PickMany(all) if self.is_changed() => {
                self.value.iter().find_map(|id| refusal(all, id))
            }
            _ => None,
        }
    }
}

fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Why a choice cannot be sent.
fn refusal(choices: &[Choice], id: &str) -> Option<String> {
    let Some(choice) = choices.iter().find(|c| c.id == *id) else {
        return Some(format!("\"{id}\" is no longer offered"));
    };
    choice
        .blocked
        .as_ref()
        .map(|why| format!("{}: {why}", choice.label))
}

/// What one text is as a value: nothing where it is empty.
pub fn one_value(text: impl Into<String>) -> Vec<String> {
    let text = text.into();
    if text.is_empty() {
        Vec::new()
    } else {
        vec![text]
    }
}

/// The choice some words mean.
fn choose<'a>(choices: &'a [Choice], words: &str) -> Result<&'a Choice, String> {
    let found = meant(choices, words)?;
    match &found.blocked {
        Some(why) => Err(format!("{} cannot be chosen: {why}", found.label)),
        None => Ok(found),
    }
}

fn meant<'a>(choices: &'a [Choice], words: &str) -> Result<&'a Choice, String> {
    let same = |text: &str| text.eq_ignore_ascii_case(words);
    let by_id = choices.iter().find(|c| same(&c.id));
    let by_word = || {
        choices
            .iter()
            .find(|c| same(&c.label) || same(&c.note) || same(&c.also))
    };
    if let Some(found) = by_id.or_else(by_word) {
        return Ok(found);
    }
    let lower = words.to_lowercase();
    let near: Vec<&Choice> = choices
        .iter()
        .filter(|c| text::contains_folded(&c.label, &lower))
        .collect();
    let words = text::clean_line(words);
    match near[..] {
        [one] => Ok(one),
        [] => Err(format!("\"{words}\" is none of {}", labels(choices.iter()))),
        _ => Err(format!("\"{words}\" could be {}", labels(near.into_iter()))),
    }
}

/// The first labels of some choices: more would not be read.
fn labels<'a>(choices: impl Iterator<Item = &'a Choice>) -> String {
    let first: Vec<&str> = choices.take(12).map(|c| c.label.as_str()).collect();
    first.join(", ")
}
