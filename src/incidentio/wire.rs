//! Reading a wire value field by field. Text is cleaned here, once, so nothing past this point can hold an escape but what
//! is kept for requests alone.

use crate::domain::{Instant, Person, text, time};
use serde_json::Value;
use std::sync::Arc;

/// A thing, and when the platform says that it was changed last.
pub type AsChanged<T> = (T, Option<Instant>);

/// Reads a thing together with the time of its last change.
pub fn as_changed<T>(v: Wire<'_>, read: fn(Wire<'_>) -> Option<T>) -> Option<AsChanged<T>> {
    Some((read(v)?, v.time("updated_at")))
}

/// A value of unknown quality.
#[derive(Clone, Copy)]
pub struct Wire<'a>(pub &'a Value);

impl<'a> Wire<'a> {
    /// A field; null where there is none.
    pub fn at(self, field: &str) -> Wire<'a> {
        const NULL: &Value = &Value::Null;
        Wire(self.0.get(field).unwrap_or(NULL))
    }

    /// Whether there is something.
    pub fn is_some(self) -> bool {
        !self.0.is_null()
    }

    /// A field's string as it stands; empty where it is not one. Not for the screen: ids and enum words only.
    pub fn raw(self, field: &str) -> &'a str {
        self.0
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// An id: a non-empty string without anything that could not stand in a URL path or on the screen.
    pub fn id(self, field: &str) -> Option<&'a str> {
        let id = self.raw(field);
        let plain = id.len() <= 200
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
        (!id.is_empty() && plain).then_some(id)
    }

    /// A field's text on one line, cleaned.
    pub fn line(self, field: &str) -> String {
        text::clean_line(self.raw(field))
    }

    /// The same, absent where it is empty.
    pub fn some_line(self, field: &str) -> Option<String> {
        Some(self.line(field)).filter(|line| !line.is_empty())
    }

    /// A field's text of several lines, cleaned.
    pub fn text(self, field: &str) -> String {
        text::clean_text(self.raw(field))
    }

    /// A time.
    pub fn time(self, field: &str) -> Option<Instant> {
        time::parse(self.raw(field))
    }

    /// A whole number, also where it came as text.
    pub fn number(self, field: &str) -> Option<i64> {
        let value = self.0.get(field)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// The items of a list; none where it is not one.
    pub fn list(self, field: &str) -> impl Iterator<Item = Wire<'a>> + use<'a> {
        self.0
            .get(field)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(Wire)
    }

    /// The strings of a list, each cleaned.
    pub fn lines(self, field: &str) -> Vec<String> {
        self.list(field)
            .filter_map(|v| v.0.as_str())
            .map(text::clean_line)
            .collect()
    }

    /// The strings of a list as they stand. Not for the screen.
    pub fn raw_list(self, field: &str) -> Vec<&'a str> {
        self.list(field).filter_map(|v| v.0.as_str()).collect()
    }

    /// The person here; without a name, their address or id stands for it.
    pub fn person(self) -> Option<Person> {
        let id = self.id("id")?;
        let email = self.some_line("email").map(Arc::from);
        let name = self
            .some_line("name")
            .map_or_else(|| email.clone().unwrap_or_else(|| Arc::from(id)), Arc::from);
        Some(Person {
            id: id.into(),
            name,
            email,
        })
    }

    /// Who did something: a user, a key, a workflow or an alert; empty where the API does not say.
    pub fn actor(self) -> String {
        let named = ["user", "api_key", "workflow"]
            .iter()
            .find_map(|kind| self.at(kind).some_line("name"));
        named
            .or_else(|| self.at("alert").some_line("title"))
            .unwrap_or_default()
    }
}
