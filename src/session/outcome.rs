//! What became of a write, told to a program and to a person.

use super::Outcome;
use crate::domain::WriteState;
use serde_json::{Value, json};

impl Outcome {
    /// For a program.
    pub fn json(&self) -> Value {
        let write = &self.write;
        json!({"what": write.what, "state": write.state, "id": write.result, "key": write.key, "before": self.before, "said": write.said})
    }

    /// For a person, in a line.
    pub fn line(&self) -> String {
        let what = &self.write.what;
        match (self.write.state, self.before) {
            (WriteState::Confirmed, true) => {
                format!("Sent before, not again: {what}. --key with another key sends it again.")
            }
            (WriteState::Confirmed, false) => match &self.write.result {
                Some(id) => format!("Done: {what} ({id})"),
                None => format!("Done: {what}"),
            },
            _ if self.write.is_local() => format!("Kept here: {what}"),
            (state, _) => format!("{}: {what} {}", state.word(), self.write.said),
        }
    }
}
