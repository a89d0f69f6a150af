//! What a field of a form is: one every organisation has, or one that this organisation made.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Fields that an organisation makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldGroup {
    /// Custom fields of incidents.
    Custom,
    /// Roles of incidents.
    Role,
    /// Timestamps of incidents.
    Timestamp,
    /// Attributes of catalog entries.
    Attribute,
}

impl FieldGroup {
    const ALL: [Self; 4] = [Self::Custom, Self::Role, Self::Timestamp, Self::Attribute];

    /// What its fields are kept under on disk, before their id; kept texts and guards of old journals have it.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Custom => "field ",
            Self::Role => "role ",
            Self::Timestamp => "stamp ",
            Self::Attribute => "attribute ",
        }
    }

    /// Its field with an id.
    pub fn field(self, id: impl Into<String>) -> FieldId {
        let id = id.into();
        match self {
            Self::Custom => FieldId::Custom(id),
            Self::Role => FieldId::Role(id),
            Self::Timestamp => FieldId::Timestamp(id),
            Self::Attribute => FieldId::Attribute(id),
        }
    }
}

/// A field of a form. It is written and read as one text, here alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// A field that every organisation has, by its name.
    Plain(Cow<'static, str>),
    /// A custom field.
    Custom(String),
    /// A role.
    Role(String),
    /// A timestamp.
    Timestamp(String),
    /// An attribute of a catalog entry.
    Attribute(String),
}

impl FieldId {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Self {
        let found = FieldGroup::ALL
            .iter()
            .find_map(|group| Some(group.field(text.strip_prefix(group.prefix())?)));
        found.unwrap_or_else(|| Self::Plain(text.to_owned().into()))
    }

    /// The group it belongs to; none where every organisation has it.
    pub fn group(&self) -> Option<FieldGroup> {
        match self {
            Self::Plain(_) => None,
            Self::Custom(_) => Some(FieldGroup::Custom),
            Self::Role(_) => Some(FieldGroup::Role),
            Self::Timestamp(_) => Some(FieldGroup::Timestamp),
            Self::Attribute(_) => Some(FieldGroup::Attribute),
        }
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.group().map_or("", FieldGroup::prefix))?;
        match self {
            Self::Plain(id) => f.write_str(id),
            Self::Custom(id) | Self::Role(id) | Self::Timestamp(id) | Self::Attribute(id) => {
                f.write_str(id)
            }
        }
    }
}

impl From<&'static str> for FieldId {
    fn from(name: &'static str) -> Self {
        Self::Plain(name.into())
    }
}

impl PartialEq<str> for FieldId {
    fn eq(&self, name: &str) -> bool {
        matches!(self, Self::Plain(plain) if plain == name)
    }
}

impl PartialEq<&str> for FieldId {
    fn eq(&self, name: &&str) -> bool {
        self == *name
    }
}

impl Serialize for FieldId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_texts_and_guards_of_every_version_name_fields_by_the_same_words() {
        // Literal, as they stand on disks.
        let cases = [
            ("message", FieldId::from("message")),
            ("field 01FIELD", FieldId::Custom("01FIELD".into())),
            ("role 01ROLE", FieldId::Role("01ROLE".into())),
            ("stamp 01STAMP", FieldId::Timestamp("01STAMP".into())),
            ("attribute 01ATTR", FieldId::Attribute("01ATTR".into())),
        ];
        for (text, id) in cases {
            assert_eq!(FieldId::parse(text), id);
            assert_eq!(id.to_string(), text);
            let json = serde_json::to_string(&id).expect("a text");
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<FieldId>(&json).expect("read"), id);
        }
    }

    #[test]
    fn a_field_of_the_organisation_is_never_taken_for_one_that_all_have() {
        assert!(FieldId::Custom("message".into()) != *"message");
        assert!(FieldId::from("role").group().is_none());
    }
}
