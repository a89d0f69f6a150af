//! What a write in the journal came from, under the names that journals hold.

use super::WriteKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a write in the journal came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteOrigin {
    /// A form of this kind.
    Form(WriteKind),
    /// Taking another write back.
    Undo,
    /// A draft of an investigation.
    Draft,
    /// It is not said: a version before kinds wrote it, or one after this.
    #[default]
    Unnamed,
}

impl WriteOrigin {
    /// Its name in the journal.
    pub fn id(self) -> &'static str {
        match self {
            Self::Form(kind) => kind.id(),
            Self::Undo => "undo",
            Self::Draft => "draft",
            Self::Unnamed => "",
        }
    }

    /// Reads a name of the journal.
    pub fn parse(id: &str) -> Self {
        match id {
            "undo" => Self::Undo,
            "draft" => Self::Draft,
            _ => {
                let known = WriteKind::ALL.iter().find(|kind| kind.id() == id);
                known.map_or(Self::Unnamed, |kind| Self::Form(*kind))
            }
        }
    }

    /// Whether nothing is said.
    pub fn is_unnamed(&self) -> bool {
        *self == Self::Unnamed
    }

    /// The kind of its form.
    pub fn form(self) -> Option<WriteKind> {
        if let Self::Form(kind) = self {
            Some(kind)
        } else {
            None
        }
    }
}

impl From<WriteKind> for WriteOrigin {
    fn from(kind: WriteKind) -> Self {
        Self::Form(kind)
    }
}

impl Serialize for WriteOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for WriteOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}
