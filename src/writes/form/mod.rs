//! A form: fields with their choices and rules, and the writes it becomes.

mod field;
mod request;

pub use crate::domain::time::stamp;
pub use field::{Choice, Fault, Field, Input, one_value};
pub use request::{Planned, Request, Set, guard, moved, value_of};

use super::{Subject, WriteKind};
use crate::domain::time::{Zone, parse_when};
use crate::domain::{FieldId, Instant, text};
use std::fmt::Display;

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

    /// What is sent of a field of text; what stands around it unseen stays.
    pub fn sent(&self, id: &str) -> String {
        match self.field(id) {
            Some(field) if field.written.is_some() => field.sent().concat(),
            _ => self.text(id).trim().to_owned(),
        }
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

    /// Puts the moment in the place of words such as `10m ago`, by when they were typed: what happened does not move on
    /// with the clock. What looks ahead stays as it is, since it counts from when it is sent.
    pub fn settle(&mut self, at: usize, typed: Instant) {
        let Some(field) = self.fields.get(at).filter(|f| f.is_changed()) else {
            return;
        };
        let looks_back = matches!(field.input, Input::Time { ahead: false });
        // Like an empty field, it asks for when it is sent.
        let is_now = field.text().trim().eq_ignore_ascii_case("now");
        if looks_back
            && !is_now
            && let Ok(Some(moment)) = self.time_in(field, field.text(), typed)
        {
            self.fields[at].value = one_value(self.zone.typed(moment));
        }
    }

    /// What is wrong with what is in a field, by itself; an empty one may still be filled.
    pub fn fault_in(&self, field: &Field, now: Instant) -> Option<String> {
        if field.text().trim().is_empty() {
            return None;
        }
        field.fault().or_else(|| match field.input {
            Input::Time { .. } => Some(self.time_in(field, field.text(), now).err()?.1),
            _ => None,
        })
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

    /// Fields that differ from what was there.
    pub fn changed(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.is_changed())
    }

    /// Fields that differ, as a guard knows them.
    pub fn changes(&self, now: Instant) -> Vec<Set> {
        self.changed().map(|f| self.set_by(f, now)).collect()
    }

    /// What a field sets, as a guard knows it.
    pub fn set_by(&self, field: &Field, now: Instant) -> Set {
        let time = match field.input {
            Input::Time { .. } => self.time_in(field, field.text(), now).ok().flatten(),
            _ => None,
        };
        // Seconds are as fine as the API keeps them.
        let time = time.and_then(|at| crate::domain::time::parse(&stamp(at)));
        let typed = field.value.join(", ");
        // It is read as all that others wrote: cleaned.
        let mut wanted = vec![text::clean_text(&typed), text::clean_line(&typed)];
        wanted.extend([typed, field.shown()]);
        wanted.dedup();
        wanted.extend(time.map(|at| at.to_rfc3339()));
        Set {
            wanted,
            ..Set::new(field.id.clone(), field.label.clone(), "")
        }
    }

    /// What differs, each from what to what, in words.
    pub fn moves(&self) -> Vec<String> {
        self.changed()
            .map(|f| moved(&f.label, &f.words(&f.was), &f.shown()))
            .collect()
    }

    /// The exact writes, or what is wrong by field. The keys follow from the kind, the subject, what was typed and a seed:
    /// the same seed and the same words are the same write.
    pub fn plan(&self, now: Instant, idempotency_seed: &str) -> Result<Vec<Planned>, Vec<Fault>> {
        self.check(now)?;
        let nothing = [Subject::Nothing];
        let subjects = if self.subjects.is_empty() {
            &nothing
        } else {
            &self.subjects[..]
        };
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for subject in subjects {
            match super::request(self, subject, now) {
                Ok(request) => all.push(self.sealed(request, subject, idempotency_seed, now)),
                Err(fault) => wrong.push(fault),
            }
        }
        if wrong.is_empty() {
            Ok(all)
        } else {
            Err(wrong)
        }
    }

    /// What is wrong with fields by themselves; times are read where nothing else is wrong.
    fn check(&self, now: Instant) -> Result<(), Vec<Fault>> {
        let alone = self
            .fields
            .iter()
            .filter_map(|f| Some((f.id.clone(), f.fault()?)));
        let mut wrong: Vec<Fault> = alone.collect();
        if wrong.is_empty() {
            let times = self
                .fields
                .iter()
                .filter(|f| matches!(f.input, Input::Time { .. }));
            wrong.extend(times.filter_map(|f| self.time_in(f, f.text(), now).err()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
