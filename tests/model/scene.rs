//! How one write is made: its form, its command, and what a colleague would do to the same thing.

use crate::recorder;
use hotseat::domain::{Undo, Write};
use hotseat::writes::Form;
use serde_json::{Value, json};

/// How one write is made.
pub struct Scene {
    pub form: Form,
    /// The same as a command, where there is one.
    pub args: Option<Vec<String>>,
    /// What of the request a colleague says otherwise.
    swaps: Vec<(String, String)>,
}

/// A scene of a form alone.
pub fn of(form: Form) -> Scene {
    Scene {
        form,
        args: None,
        swaps: Vec::new(),
    }
}

impl Scene {
    /// The same as a command.
    pub fn command(mut self, args: &[&str]) -> Self {
        self.args = Some(args.iter().map(|a| (*a).to_owned()).collect());
        self
    }

    /// What a colleague says instead of something.
    pub fn swap(mut self, ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        self.swaps.push((ours.into(), theirs.into()));
        self
    }

    /// What a colleague makes of the same thing: the same request with other words.
    pub fn changed(&self, write: &Write, words: &str) -> Option<recorder::Colleague> {
        write.guard.as_ref()?;
        let mut text = write.body.to_string();
        text = text.replace(words, &format!("colleague {words}"));
        for (ours, theirs) in &self.swaps {
            text = text.replace(ours, theirs);
        }
        let body = serde_json::from_str(&text).expect("JSON");
        Some(request(&write.method, &write.path, body, words))
    }
}

/// A colleague makes a write once more.
pub fn made_again(write: &Write, words: &str) -> Option<recorder::Colleague> {
    write.guard.as_ref()?;
    Some(request(
        &write.method,
        &write.path,
        write.body.clone(),
        words,
    ))
}

/// A colleague takes a write back, where the API has a way.
pub fn taken_back(write: &Write, words: &str) -> Option<recorder::Colleague> {
    write.guard.as_ref()?;
    let Undo::By {
        method, path, body, ..
    } = &write.undo
    else {
        return None;
    };
    Some(request(method, path, body.clone(), words))
}

fn request(method: &str, path: &str, mut body: Value, words: &str) -> recorder::Colleague {
    if body.get("idempotency_key").is_some() {
        body["idempotency_key"] = json!(format!("colleague {words}"));
    }
    (method.parse().expect("a method"), path.to_owned(), body)
}
