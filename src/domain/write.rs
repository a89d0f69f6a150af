//! A write: the exact request, how it may be repeated, what it stands on, and how it can be taken back.

use super::{FieldId, Guard, Instant, Thing, WriteKind, WriteOrigin};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteState {
    /// Recorded, not sent.
    Waiting,
    /// On its way; after a crash this means in doubt.
    Sent,
    /// Sent, and no answer came: it may have happened.
    InDoubt,
    /// Answered with yes.
    Confirmed,
    /// Answered with no.
    Refused,
    /// Somebody decided that it is not to be sent.
    GivenUp,
    /// Its row in the journal cannot be read: nobody here can say how far it is, and nothing can be sent of it.
    Damaged,
}

impl WriteState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Sent,
        Self::InDoubt,
        Self::Confirmed,
        Self::Refused,
        Self::GivenUp,
        Self::Damaged,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::InDoubt => "in doubt",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::GivenUp => "given up",
            Self::Damaged => "damaged",
        }
    }

    /// Whether nothing is left to be done: it is decided what became of it, or it cannot be read.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Waiting | Self::Sent | Self::InDoubt)
    }
}

/// How it is found out whether a write happened, where no answer came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Not needed: the server knows the key again, or the request sets a state. It is sent again.
    Repeat,
    /// It makes something new in a list: what is there with these values and was not there before is its own.
    New {
        /// Where the list is.
        path: String,
        /// Its query.
        query: Vec<(String, String)>,
        /// The list's name in the answer.
        list: String,
        /// JSON pointers with the values of what it makes.
        with: Vec<(String, Value)>,
        /// Ids of all that was in the list before it was sent; looked up right before the first sending.
        #[serde(default)]
        before: Option<Vec<String>>,
    },
    /// It brings one thing into one of these states.
    State {
        /// Where the thing is.
        path: String,
        /// A JSON pointer to its state.
        pointer: String,
        /// The states.
        any_of: Vec<String>,
    },
    /// Nothing can tell: a person has to look.
    #[default]
    Ask,
}

/// How a write can be taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Not at all, and why.
    Never(String),
    /// By another request; `{id}` in the path is the id of what was made.
    By {
        /// What it does, in words.
        what: String,
        /// `POST`, …
        method: String,
        /// The path.
        path: String,
        /// The body; null for none.
        body: Value,
    },
}

impl Default for Undo {
    fn default() -> Self {
        Self::Never("The API has no way back from this.".into())
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// The idempotency key; the same key is the same write.
    pub key: String,
    /// What it is kept in order with: the incident's id, or that of the thing it changes.
    #[serde(rename = "lane")]
    pub order_key: String,
    /// What it does, in words.
    pub what: String,
    /// `POST`, …
    pub method: String,
    /// The path, or [`Write::SLACK`].
    pub path: String,
    /// The exact body; null for none.
    pub body: Value,
    /// How far it is.
    pub state: WriteState,
    /// What was answered, where that was not yes.
    pub said: String,
    /// When it was recorded.
    pub recorded: Instant,
    /// What it came from.
    #[serde(default)]
    pub kind: WriteOrigin,
    /// What the write that it takes back came from.
    #[serde(default, skip_serializing_if = "WriteOrigin::is_unnamed")]
    pub undoes: WriteOrigin,
    /// The thing on the screen it changes, where that is not the incident.
    #[serde(default)]
    pub target: Option<String>,
    /// How it is found out whether it happened.
    #[serde(default, rename = "look")]
    pub verification: Verification,
    /// What it was made on.
    #[serde(default)]
    pub guard: Option<Guard>,
    /// How it can be taken back.
    #[serde(default)]
    pub undo: Undo,
    /// It belongs to a private incident: nothing of it goes to disk.
    #[serde(default)]
    pub private: bool,
    /// It waited so long that somebody must say whether it is still to be sent.
    #[serde(default, rename = "held")]
    pub on_hold: bool,
    /// The id of what it made.
    #[serde(default)]
    pub result: Option<String>,
    /// The server's id of the request, where it told.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The kept text it was made of, which is forgotten where this is recorded.
    #[serde(skip)]
    pub form: Option<String>,
    /// When it was sent last, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Instant>,
    /// The agent that proposed it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
}

impl Write {
    /// The path of a message to Slack.
    pub const SLACK: &str = "slack";

    /// A write that is not sent yet: everything else at its default.
    pub fn new(
        key: String,
        order_key: &str,
        what: String,
        method: &str,
        path: String,
        body: Value,
        recorded: Instant,
    ) -> Self {
        Self {
            key,
            order_key: order_key.into(),
            what,
            method: method.into(),
            path,
            body,
            state: WriteState::Waiting,
            said: String::new(),
            recorded,
            kind: WriteOrigin::Unnamed,
            undoes: WriteOrigin::Unnamed,
            target: None,
            verification: Verification::Ask,
            guard: None,
            undo: Undo::default(),
            private: false,
            on_hold: false,
            result: None,
            request_id: None,
            form: None,
            sent_at: None,
            proposed_by: None,
        }
    }

    /// Gives it another key, in its body too where that carries it.
    pub fn rekey(&mut self, key: &str) {
        if let Some(carried) = self.body.get_mut("idempotency_key") {
            *carried = Value::from(key);
        }
        // A write that is in order with nothing else stands under its own key.
        if self.order_key == self.key {
            self.order_key = key.into();
        }
        self.key = key.into();
    }

    /// Why it cannot be taken back; nothing where it can.
    pub fn no_way_back(&self) -> Option<&str> {
        match &self.undo {
            Undo::Never(why) => Some(why),
            Undo::By { .. } => None,
        }
    }

    /// The write that takes this one back, where there is one and this one happened.
    pub fn undone(&self, key: String, now: Instant) -> Result<Self, String> {
        match &self.undo {
            _ if self.state != WriteState::Confirmed => Err(format!(
                "\"{}\" is not confirmed, so there is nothing to undo.",
                self.what
            )),
            Undo::Never(why) => Err(format!("This cannot be undone: {why}")),
            Undo::By {
                what,
                method,
                path,
                body,
            } => {
                let path = path.replace("{id}", self.result.as_deref().unwrap_or_default());
                let write = Self::new(
                    key,
                    &self.order_key,
                    what.clone(),
                    method,
                    path,
                    body.clone(),
                    now,
                );
                let never = Undo::Never("it took another write back; make that one again.".into());
                Ok(Self {
                    kind: WriteOrigin::Undo,
                    undoes: self.kind,
                    target: self.target.clone(),
                    verification: Verification::Repeat,
                    guard: self.guard.as_ref().and_then(Guard::turned),
                    undo: never,
                    private: self.private,
                    ..write
                })
            }
        }
    }

    /// The kind of what it does, or of what it takes back, where that is known.
    pub fn of_kind(&self) -> Option<WriteKind> {
        self.kind.form().or_else(|| self.undoes.form())
    }

    /// Whether it is kept on this machine: no request can be made of it yet.
    pub fn is_local(&self) -> bool {
        self.kind.form().is_some_and(WriteKind::is_local)
    }

    /// How it stands, in words: its state, and whether it is held for somebody.
    pub(crate) fn standing(&self) -> String {
        let word = self.state.word();
        match self.on_hold && !self.state.is_settled() {
            true if self.is_local() => "kept here".into(),
            true => format!("{word}, held"),
            false => word.into(),
        }
    }

    /// What shows something else once it happened.
    pub fn refreshes(&self) -> &'static [Thing] {
        self.of_kind()
            .map_or(&[Thing::Incident], |kind| kind.spec().refreshes)
    }

    /// The request as it is sent, for reading.
    pub fn request(&self) -> String {
        let path = if self.path == Self::SLACK {
            "chat.postMessage"
        } else {
            &self.path
        };
        let body = if self.body.is_null() {
            String::new()
        } else {
            super::text::shown(&self.body)
        };
        format!("{} {path}\n{body}", self.method)
            .trim_end()
            .to_owned()
    }
}

/// A text that was begun and not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedForm {
    /// What it is of: the form and its subject.
    pub key: String,
    /// Values by field.
    pub values: Vec<(FieldId, Vec<String>)>,
    /// When it was last touched.
    pub at: Instant,
}

/// A key that follows from its parts: the same parts are the same write, whoever sends it and however often.
pub fn digest(parts: &[&str]) -> String {
    let ended: Vec<u8> = parts
        .iter()
        .flat_map(|p| [p.as_bytes(), &[0]])
        .flatten()
        .copied()
        .collect();
    format!("hotseat-{}", &sha256(&ended)[..32])
}

/// The SHA-256 of some bytes: 64 hexadecimal letters.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_write_says_that_it_is_held_until_it_is_settled() {
        let mut write = Write::new(
            "key".into(),
            "I",
            "Edit".into(),
            "POST",
            "/v2".into(),
            json!({}),
            Instant::UNIX_EPOCH,
        );
        write.state = WriteState::Waiting;
        assert_eq!(write.standing(), "waiting");
        write.on_hold = true;
        assert_eq!(write.standing(), "waiting, held");
        write.kind = WriteKind::LocalNote.into();
        assert_eq!(write.standing(), "kept here");
        write.state = WriteState::GivenUp;
        assert_eq!(write.standing(), "given up");
    }
}
