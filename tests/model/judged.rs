//! What is wrong with how a night ended: what the journal says held against what the organisation was asked.

use crate::recorder::Exchange;
use hotseat::domain::{Undo, Write, WriteState};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A write with the number of exchanges there had been when what it is made on was read.
pub struct Made {
    pub write: Write,
    pub seen: usize,
}

/// What nights came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub nights: usize,
    /// Faults that were to strike.
    pub faults: usize,
    /// Programs and commands that were killed.
    pub kills: usize,
    /// Writes that were recorded, by the word for how far each is.
    pub writes: BTreeMap<String, usize>,
}

impl Tally {
    pub fn count(&mut self, write: &Write) {
        let held = if write.on_hold { ", held" } else { "" };
        let word = format!("{}{held}", write.state.word());
        *self.writes.entry(word).or_default() += 1;
    }

    pub fn add(&mut self, other: &Self) {
        self.nights += other.nights;
        self.faults += other.faults;
        self.kills += other.kills;
        for (word, count) in &other.writes {
            *self.writes.entry(word.clone()).or_default() += count;
        }
    }
}

/// Whether an exchange is a write's very request.
pub fn is_of(exchange: &Exchange, write: &Write) -> bool {
    !exchange.by_colleague
        && exchange.method == write.method.to_lowercase()
        && exchange.path == write.path
        && exchange.body == write.body
}

/// Whether an exchange carried out a write: the very request, and yes for an answer.
fn did(exchange: &Exchange, write: &Write) -> bool {
    exchange.status < 300 && is_of(exchange, write)
}

/// Whether the journal says of a write what is so.
pub fn judge(known: &Write, journal: &[Write], log: &[Exchange]) -> Result<(), String> {
    let done: Vec<&Exchange> = log.iter().filter(|e| did(e, known)).collect();
    // Somebody who asked for the same once more had it done.
    let is_same = |w: &&Write| {
        w.key != known.key
            && (&w.method, &w.path, &w.body) == (&known.method, &known.path, &known.body)
    };
    let is_confirmed = |w: &Write| w.state == WriteState::Confirmed;
    let by_another = journal.iter().filter(is_same).any(is_confirmed);
    // What makes something makes it under an id: the same one where the platform knows the request again.
    let made: BTreeSet<String> = done.iter().map(|e| first_id(&e.answer)).collect();
    let state = known.state.word();
    let told = |wrong: &str| {
        Err(format!(
            "\"{}\" is {state} ({}), and {wrong}: done {} times, {} made",
            known.what,
            known.said,
            done.len(),
            made.len()
        ))
    };
    if made.len() > 1 {
        return told("stands more than once");
    }
    match known.state {
        WriteState::Confirmed if done.is_empty() => told("was not done"),
        WriteState::Waiting | WriteState::Refused if !done.is_empty() && !by_another => {
            told("was done")
        }
        WriteState::InDoubt if !known.on_hold => told("nobody goes on with it"),
        WriteState::InDoubt if known.said.is_empty() => told("no reason is given"),
        WriteState::Sent | WriteState::GivenUp | WriteState::Damaged => told("that cannot be"),
        _ => Ok(()),
    }
}

/// The id of the one thing an answer shows.
pub fn first_id(answer: &Value) -> String {
    let things = answer.as_object().into_iter().flat_map(|o| o.values());
    let mut ids = things.filter_map(|thing| thing["id"].as_str());
    ids.next().unwrap_or_default().to_owned()
}

/// Words of a request that set nothing.
const BESIDE: [&str; 5] = [
    "idempotency_key",
    "incident_id",
    "message",
    "update_attributes",
    "rank",
];

/// What a request sets: where, and to what.
fn set_by(method: &str, path: &str, body: &Value) -> Vec<(String, String)> {
    let (of, values) = match (method, path) {
        ("post", "/v2/incident_updates") => (body["incident_id"].to_string(), body),
        ("post", path) if path.ends_with("/actions/edit") => (path.to_owned(), &body["incident"]),
        ("put" | "patch", path) => (path.to_owned(), body),
        _ => return Vec::new(),
    };
    let values = values.as_object().into_iter().flatten();
    let sets = values.filter(|(key, _)| !BESIDE.contains(&key.as_str()));
    sets.map(|(key, value)| (format!("{key} of {of}"), value.to_string()))
        .collect()
}

/// What stood where writes set something, before all of them: as the way back has it.
fn stood(made: &[Made]) -> HashMap<String, String> {
    let back = |m: &Made| match &m.write.undo {
        Undo::By {
            method, path, body, ..
        } => set_by(&method.to_lowercase(), path, body),
        Undo::Never(_) => Vec::new(),
    };
    // The first of several that set the same is the last to be put in.
    made.iter().rev().flat_map(back).collect()
}

/// Every value that a colleague set stands until somebody writes who has seen it.
pub fn nobody_is_overwritten(made: &[Made], log: &[Exchange]) -> Result<(), String> {
    let mut theirs: HashMap<String, (String, usize)> = HashMap::new();
    let mut standing = stood(made);
    let taken_in = log.iter().enumerate().filter(|(_, e)| e.status < 300);
    for (at, exchange) in taken_in {
        for (slot, value) in set_by(&exchange.method, &exchange.path, &exchange.body) {
            let is_new = standing.insert(slot.clone(), value.clone()).as_ref() != Some(&value);
            if exchange.by_colleague {
                if is_new {
                    theirs.insert(slot, (value, at));
                }
                continue;
            }
            let Some((before, since)) = theirs.remove(&slot) else {
                continue;
            };
            let mut ours = made.iter().filter(|m| did(exchange, &m.write));
            if before != value && !ours.any(|m| m.seen > since) {
                return Err(format!(
                    "{before} of a colleague was overwritten with {value}: {slot}"
                ));
            }
        }
    }
    Ok(())
}
