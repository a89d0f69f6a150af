//! A form: fields with their choices and rules, and the writes it becomes.

use super::{Subject, WriteKind};
use crate::domain::text;
use crate::domain::time::{Zone, parse_when};
use crate::domain::{FieldId, Guard, Guarded, Instant, Undo, Verification, Write, digest};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use std::fmt::Display;
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
        let value = value.into();
        self.value = if value.is_empty() {
            Vec::new()
        } else {
            vec![value]
        };
        self.was.clone_from(&self.value);
        self
    }

    /// The same with several values that count as unchanged.
    pub fn holding_all(mut self, values: Vec<String>) -> Self {
        self.was.clone_from(&values);
        self.value = values;
        self
    }

    /// The same with a value that counts as filled in.
    pub fn filled(mut self, value: impl Into<String>) -> Self {
        let value = value.into();
        self.value = if value.is_empty() {
            Vec::new()
        } else {
            vec![value]
        };
        self
    }

    /// Its one value; empty where there is none.
    pub fn text(&self) -> &str {
        self.value.first().map_or("", String::as_str)
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

    /// Fills it from words: for choices a name, an id, or the beginning of one that is the only such.
    pub fn set(&mut self, raw: &str) -> Result<(), String> {
        let Some(choices) = self.input.choices() else {
            self.value = if raw.is_empty() {
                Vec::new()
            } else {
                vec![raw.to_owned()]
            };
            return Ok(());
        };
        let several = matches!(self.input, Input::PickMany(_));
        let parts: Vec<&str> = if several {
            raw.split(',')
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .collect()
        } else {
            vec![raw.trim()]
        };
        let mut found = Vec::new();
        for part in parts.into_iter().filter(|p| !p.is_empty()) {
            let choice = choose(choices, part).map_err(|why| format!("{}: {why}", self.label))?;
            if let Some(why) = &choice.blocked {
                return Err(format!(
                    "{}: {} cannot be chosen: {why}",
                    self.label, choice.label
                ));
            }
            found.push(choice.id.clone());
        }
        self.value = found;
        Ok(())
    }
}

/// The choice some words mean.
fn choose<'a>(choices: &'a [Choice], words: &str) -> Result<&'a Choice, String> {
    let same = |text: &str| text.eq_ignore_ascii_case(words);
    if let Some(found) = choices.iter().find(|c| same(&c.id)).or_else(|| {
        choices
            .iter()
            .find(|c| same(&c.label) || same(&c.note) || same(&c.also))
    }) {
        return Ok(found);
    }
    let lower = words.to_lowercase();
    let near: Vec<&Choice> = choices
        .iter()
        .filter(|c| text::contains_folded(&c.label, &lower))
        .collect();
    let names = |all: &mut dyn Iterator<Item = &Choice>| {
        all.take(12)
            .map(|c| c.label.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match near[..] {
        [one] => Ok(one),
        [] => Err(format!(
            "\"{}\" is none of {}",
            text::clean_line(words),
            names(&mut choices.iter())
        )),
        _ => Err(format!(
            "\"{}\" could be {}",
            text::clean_line(words),
            names(&mut near.into_iter())
        )),
    }
}

/// A request before it has a key.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it does, in words, for the journal.
    pub what: String,
    /// What it is kept in order with.
    pub order_key: String,
    /// Method.
    pub method: &'static str,
    /// Path.
    pub path: String,
    /// Body; null for none.
    pub body: Value,
    /// Whether its body carries the key.
    pub keyed: bool,
    /// How it is found out whether it happened.
    pub verification: Verification,
    /// What it is made on.
    pub guard: Option<Guard>,
    /// The way back.
    pub undo: Undo,
    /// What it changes, line by line.
    pub says: Vec<String>,
}

impl Request {
    /// A request without a way back that may be repeated.
    pub fn new(
        what: impl Into<String>,
        order_key: impl Into<String>,
        method: &'static str,
        path: impl Into<String>,
        body: Value,
    ) -> Self {
        Self {
            what: what.into(),
            order_key: order_key.into(),
            method,
            path: path.into(),
            body,
            keyed: false,
            verification: Verification::Repeat,
            guard: None,
            undo: Undo::default(),
            says: Vec::new(),
        }
    }

    /// The same with a way back.
    pub fn back(
        self,
        what: impl Into<String>,
        method: &str,
        path: impl Into<String>,
        body: Value,
    ) -> Self {
        Self {
            undo: Undo::By {
                what: what.into(),
                method: method.into(),
                path: path.into(),
                body,
            },
            ..self
        }
    }

    /// The same without a way back, and why.
    pub fn never(self, why: &str) -> Self {
        Self {
            undo: Undo::Never(why.into()),
            ..self
        }
    }
}

/// A write with what it does in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The write.
    pub write: Write,
    /// What it changes, line by line.
    pub says: Vec<String>,
}

/// A form.
#[derive(Clone, Debug)]
pub struct Form {
    /// What kind of write.
    pub kind: WriteKind,
    /// Its heading.
    pub title: String,
    /// What it is about; several where one act is done on all of them.
    pub subjects: Vec<Subject>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// When it was opened, by the server's clock.
    pub opened: Instant,
    /// The zone its times are typed in.
    pub zone: Zone,
    /// Nothing of it may go to disk.
    pub private: bool,
    /// What was filled in when it was opened.
    pub given: Vec<(FieldId, Vec<String>)>,
}

impl Form {
    /// A field by its id.
    pub fn field<Id: ?Sized>(&self, id: &Id) -> Option<&Field>
    where
        FieldId: PartialEq<Id>,
    {
        self.fields.iter().find(|f| f.id == *id)
    }

    /// What is in a field; empty where it is not there or empty.
    pub fn text(&self, id: &str) -> &str {
        self.field(id).map_or("", Field::text)
    }

    /// What is in a field, in words.
    pub fn words(&self, id: &str) -> String {
        self.field(id).map(Field::shown).unwrap_or_default()
    }

    /// Whether a yes-or-no field says yes.
    pub fn yes(&self, id: &str) -> bool {
        self.text(id) == "yes"
    }

    /// Fills a field from words.
    pub fn set<Id: ?Sized + Display>(&mut self, id: &Id, raw: &str) -> Result<(), String>
    where
        FieldId: PartialEq<Id>,
    {
        if let Some(field) = self.fields.iter_mut().find(|f| f.id == *id) {
            return field.set(raw);
        }
        let names: Vec<String> = self.fields.iter().map(|f| f.id.to_string()).collect();
        Err(format!(
            "There is no field {id}; there are {}.",
            names.join(", ")
        ))
    }

    /// A time in a field; the field's name and what is wrong where it cannot be read.
    pub fn time(&self, id: &str, now: Instant) -> Result<Option<Instant>, Fault> {
        self.field(id)
            .map_or(Ok(None), |field| self.time_in(field, field.text(), now))
    }

    /// What a text means in a field of times; nothing where it is empty.
    pub fn time_in(
        &self,
        field: &Field,
        typed: &str,
        now: Instant,
    ) -> Result<Option<Instant>, Fault> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let ahead = matches!(field.input, Input::Time { ahead: true });
        let wrong = || {
            (
                field.id.clone(),
                format!(
                    "\"{typed}\" is not a time; write 14:30, 10m ago, +2h, or 2026-11-20 14:30"
                ),
            )
        };
        parse_when(now, self.zone, typed, ahead)
            .map(Some)
            .ok_or_else(wrong)
    }

    /// What stands in its fields, to be kept until it is sent.
    pub fn values(&self) -> Vec<(FieldId, Vec<String>)> {
        self.fields
            .iter()
            .filter(|f| f.is_changed())
            .map(|f| (f.id.clone(), f.value.clone()))
            .collect()
    }

    /// Whether somebody filled something in.
    pub fn is_typed(&self) -> bool {
        let as_given = |f: &Field| {
            self.given
                .iter()
                .find(|(id, _)| *id == f.id)
                .map_or(&f.was, |(_, value)| value)
                == &f.value
        };
        self.fields.iter().any(|f| !as_given(f))
    }

    /// Puts back what was kept.
    pub fn restore(&mut self, values: &[(FieldId, Vec<String>)]) {
        for field in &mut self.fields {
            if let Some((_, value)) = values.iter().find(|(id, _)| *id == field.id) {
                field.value.clone_from(value);
            }
        }
    }

    /// What its kept text is kept under.
    pub fn draft_key(&self) -> String {
        let ids: Vec<String> = self.subjects.iter().map(Subject::id).collect();
        format!("{} {}", self.kind.id(), ids.join(" "))
            .trim()
            .to_owned()
    }

    /// The same form on what is known by now, with what was filled in kept.
    pub fn renewed(
        &self,
        subjects: Vec<Subject>,
        facts: &super::FormContext<'_>,
    ) -> Result<Self, String> {
        let mut fresh = super::open(self.kind, subjects, facts)?;
        fresh.restore(&self.values());
        fresh.opened = self.opened;
        Ok(fresh)
    }

    /// The exact writes, or what is wrong by field. The keys follow from the kind, the subject, what was typed and an idempotency seed:
    /// the same seed and the same words are the same write.
    pub fn plan(&self, now: Instant, idempotency_seed: &str) -> Result<Vec<Planned>, Vec<Fault>> {
        let mut wrong: Vec<Fault> = self
            .fields
            .iter()
            .filter_map(|f| Some((f.id.clone(), fault(f)?)))
            .collect();
        if wrong.is_empty() {
            wrong.extend(
                self.fields
                    .iter()
                    .filter(|f| matches!(f.input, Input::Time { .. }))
                    .filter_map(|f| self.time_in(f, f.text(), now).err()),
            );
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let nothing = [Subject::Nothing];
        let subjects: &[Subject] = if self.subjects.is_empty() {
            &nothing
        } else {
            &self.subjects
        };
        let filled = self.fields.iter().filter(|f| f.is_changed());
        let typed: Vec<String> = filled
            .map(|f| format!("{}={}", f.id, f.value.join("\u{1f}")))
            .collect();
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for subject in subjects {
            match super::request(self, subject, now) {
                Ok(request) => {
                    all.push(self.sealed(request, subject, idempotency_seed, &typed, now))
                }
                Err(fault) => wrong.push(fault),
            }
        }
        if wrong.is_empty() {
            Ok(all)
        } else {
            Err(wrong)
        }
    }

    /// Whether what is chosen is private: a visibility, or an incident.
    fn names_private(&self) -> bool {
        let chosen = |f: &Field| {
            f.input
                .choices()
                .is_some_and(|all| all.iter().any(|c| c.private && f.value.contains(&c.id)))
        };
        self.fields.iter().any(chosen)
    }

    fn sealed(
        &self,
        request: Request,
        subject: &Subject,
        idempotency_seed: &str,
        typed: &[String],
        now: Instant,
    ) -> Planned {
        let about = subject.id();
        let mut parts = vec![self.kind.id(), about.as_str(), idempotency_seed];
        parts.extend(typed.iter().map(String::as_str));
        let key = digest(&parts);
        let mut body = request.body;
        if request.keyed {
            body["idempotency_key"] = json!(key);
        }
        let order_key = if request.order_key.is_empty() {
            key.clone()
        } else {
            request.order_key
        };
        let what = text::clean_line(&request.what);
        let write = Write::new(
            key,
            &order_key,
            what,
            request.method,
            request.path,
            body,
            now,
        );
        let write = Write {
            kind: self.kind.into(),
            target: Some(about).filter(|id| !id.is_empty()),
            verification: request.verification,
            guard: request.guard,
            undo: request.undo,
            private: self.private || self.names_private(),
            ..write
        };
        Planned {
            write,
            says: request
                .says
                .iter()
                .map(|line| text::clean_line(line))
                .collect(),
        }
    }
}

/// What is wrong with a field by itself.
fn fault(field: &Field) -> Option<String> {
    let text = field.text().trim();
    if text.is_empty() {
        return field.required.then(|| format!("{} is needed", field.label));
    }
    match &field.input {
        Input::Number if text.parse::<f64>().is_err() => {
            Some(format!("\"{text}\" is not a number"))
        }
        Input::Link
            if !url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https")) =>
        {
            Some(format!("\"{text}\" is not an address; write https://…"))
        }
        Input::Pick(all) | Input::PickMany(all) => {
            let bad = field
                .value
                .iter()
                .find_map(|id| match all.iter().find(|c| c.id == *id) {
                    Some(choice) => choice
                        .blocked
                        .as_ref()
                        .map(|why| format!("{}: {why}", choice.label)),
                    None => Some(format!("\"{id}\" is no longer offered")),
                });
            // What was there before it was opened is not held against whoever changes something else.
            bad.filter(|_| field.is_changed())
        }
        _ => None,
    }
}

/// A time as the API takes it.
pub fn stamp(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A guard on the values that are about to be changed, as they stood.
pub fn guard(
    of: Guarded,
    id: impl Into<String>,
    standing: &[(FieldId, String)],
    changed: &[(FieldId, String)],
) -> Option<Guard> {
    let expects = changed
        .iter()
        .map(|(key, label)| crate::domain::Expected {
            key: key.clone(),
            label: label.clone(),
            value: standing
                .iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
                .unwrap_or_default(),
        })
        .collect::<Vec<_>>();
    (!expects.is_empty()).then(|| Guard {
        of,
        id: id.into(),
        expects,
    })
}

/// `from → to`, with a word for nothing.
pub fn moved(label: &str, from: &str, to: &str) -> String {
    let name = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            text::fit(&text.replace('\n', " "), 60)
        }
    };
    format!("{label}: {} → {}", name(from), name(to))
}
