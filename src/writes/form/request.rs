//! A request before it has a key, and the write it becomes.

use super::{Form, Subject};
use crate::domain::{
    Expected, FieldId, Guard, Guarded, Instant, Inverse, Undo, Verification, Write, WriteKind,
    digest, text,
};
use serde_json::{Value, json};

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
    /// The way back, where that does not follow from its kind.
    pub undo: Option<Undo>,
    /// What it changes, line by line.
    pub says: Vec<String>,
}

impl Request {
    /// A request that may be repeated.
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
            undo: None,
            says: Vec::new(),
        }
    }

    /// The same, said in these lines.
    pub fn saying(self, says: Vec<String>) -> Self {
        Self { says, ..self }
    }

    /// The same with the key in its body: the server knows it again.
    pub fn keyed(self) -> Self {
        Self {
            keyed: true,
            ..self
        }
    }

    /// The same, with how it is found out whether it happened.
    pub fn verified(self, verification: Verification) -> Self {
        Self {
            verification,
            ..self
        }
    }

    /// The same, made on values that must still stand.
    pub fn on(self, guard: Option<Guard>) -> Self {
        Self { guard, ..self }
    }

    /// The same with a way back.
    pub fn back(
        self,
        what: impl Into<String>,
        method: &str,
        path: impl Into<String>,
        body: Value,
    ) -> Self {
        let undo = Undo::By {
            what: what.into(),
            method: method.into(),
            path: path.into(),
            body,
        };
        Self {
            undo: Some(undo),
            ..self
        }
    }

    /// The same without a way back, and why.
    pub fn never(self, why: &str) -> Self {
        Self {
            undo: Some(Undo::Never(why.into())),
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

impl Form {
    /// The write of a request: its key follows from the kind, the subject, the seed and what was typed.
    pub(super) fn sealed(
        &self,
        request: Request,
        subject: &Subject,
        idempotency_seed: &str,
        now: Instant,
    ) -> Planned {
        let about = subject.id();
        let key = self.key(&about, idempotency_seed);
        let mut body = request.body;
        if request.keyed {
            body["idempotency_key"] = json!(key);
        }
        // What is in order with nothing else stands under its own key.
        let order_key = if request.order_key.is_empty() {
            key.clone()
        } else {
            request.order_key
        };
        let what = text::clean_line(&request.what);
        let write = Write {
            kind: self.kind.into(),
            target: Some(about).filter(|id| !id.is_empty()),
            verification: request.verification,
            guard: request.guard,
            undo: request.undo.unwrap_or_else(|| way_back(self.kind)),
            private: self.private || self.names_private(),
            ..Write::new(
                key,
                &order_key,
                what,
                request.method,
                request.path,
                body,
                now,
            )
        };
        let says = request
            .says
            .iter()
            .map(|line| text::clean_line(line))
            .collect();
        Planned { write, says }
    }

    fn key(&self, about: &str, idempotency_seed: &str) -> String {
        let typed: Vec<String> = self
            .changed()
            .map(|f| format!("{}={}", f.id, f.value.join("\u{1f}")))
            .collect();
        let mut parts = vec![self.kind.id(), about, idempotency_seed];
        parts.extend(typed.iter().map(String::as_str));
        digest(&parts)
    }

    /// Whether what is chosen is private: a visibility, or an incident.
    fn names_private(&self) -> bool {
        let chosen = |choices: &[super::Choice], value: &[String]| {
            choices.iter().any(|c| c.private && value.contains(&c.id))
        };
        self.fields
            .iter()
            .any(|f| f.input.choices().is_some_and(|all| chosen(all, &f.value)))
    }
}

/// The way back as the table has it, where a request brings none of its own.
fn way_back(kind: WriteKind) -> Undo {
    match kind.spec().inverse {
        Inverse::Never(why) => Undo::Never(why.into()),
        Inverse::Request | Inverse::Depends => Undo::default(),
    }
}

/// A value that a request sets, as a guard knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// Its key.
    pub key: FieldId,
    /// Its name for a person.
    pub label: String,
    /// What it is set to, in each spelling that it may have where it is read: an id, a name, a time.
    pub wanted: Vec<String>,
}

impl Set {
    /// A value that is spelt in one way.
    pub fn new(key: impl Into<FieldId>, label: impl Into<String>, wanted: &str) -> Self {
        Self {
            key: key.into(),
            label: label.into(),
            wanted: vec![wanted.to_owned()],
        }
    }
}

/// A guard on the values that are about to be set, as they stood.
pub fn guard(
    of: Guarded,
    id: impl Into<String>,
    standing: &[(FieldId, String)],
    sets: &[Set],
) -> Option<Guard> {
    let expects: Vec<Expected> = sets
        .iter()
        .map(|set| Expected {
            key: set.key.clone(),
            label: set.label.clone(),
            value: value_of(standing, &set.key),
            wanted: set.wanted.clone(),
            spelled: Vec::new(),
        })
        .collect();
    let id = id.into();
    (!expects.is_empty()).then_some(Guard {
        of,
        id,
        expects,
        changed_at: None,
    })
}

/// What stands under a key; empty where nothing does.
pub fn value_of(standing: &[(FieldId, String)], key: &FieldId) -> String {
    let found = standing.iter().find(|(known, _)| known == key);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
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
