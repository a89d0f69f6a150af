//! Texts of a thing as they were written, where less of them is shown.

use super::FieldId;

/// Texts as they were written, by the field that holds them: only those of which less is shown. Never for the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verbatim(Vec<(FieldId, String)>);

impl Verbatim {
    /// Keeps what was `written` in a field, where that is not what is `shown` of it.
    pub fn keep(&mut self, field: impl Into<FieldId>, written: &str, shown: &str) {
        if written != shown {
            self.0.push((field.into(), written.to_owned()));
        }
    }

    /// The same, with it kept.
    pub fn with(mut self, field: impl Into<FieldId>, written: &str, shown: &str) -> Self {
        self.keep(field, written, shown);
        self
    }

    /// What was written in a field; nothing where all of it is shown.
    pub fn of<Id: ?Sized>(&self, field: &Id) -> Option<&str>
    where
        FieldId: PartialEq<Id>,
    {
        let found = self.0.iter().find(|(known, _)| known == field);
        found.map(|(_, written)| written.as_str())
    }

    /// The same for a field of several texts: all of them, where less of one is shown.
    pub fn with_all(mut self, field: &'static str, written: &[&str], shown: &[String]) -> Self {
        if written.iter().zip(shown).any(|(one, shown)| one != shown) {
            let all = written.iter().map(|one| (field.into(), (*one).to_owned()));
            self.0.extend(all);
        }
        self
    }

    /// What was written in a field of several texts, in their order; nothing where all of them are shown.
    pub fn all_of(&self, field: &'static str) -> Option<Vec<&str>> {
        let of_it = self.0.iter().filter(|(known, _)| *known == *field);
        let all: Vec<&str> = of_it.map(|(_, written)| written.as_str()).collect();
        (!all.is_empty()).then_some(all)
    }

    /// What was written in a field of which `shown` is shown.
    pub fn or<'a, Id: ?Sized>(&'a self, field: &Id, shown: &'a str) -> &'a str
    where
        FieldId: PartialEq<Id>,
    {
        self.of(field).unwrap_or(shown)
    }
}
