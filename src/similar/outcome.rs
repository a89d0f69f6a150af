//! How a past incident went: its cause and its resolution in its responders' own words, from its post-mortem, else from
//! the notes on its timeline, else from its last update. Pure.

use super::{Match, Subject};
use crate::domain::{CatalogGraph, Incident, TimelineEntry, text};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a cause or a resolution: two lines of a wide pane.
const WIDEST: usize = 240;
/// Lines of a paragraph that are taken.
const LINES: usize = 3;

/// Headings under which post-mortems tell the cause, and the resolution.
const CAUSE: &[&str] = &[
    "cause",
    "root cause",
    "contributing factors",
    "why it happened",
    "what caused it",
];
const RESOLUTION: &[&str] = &[
    "resolution",
    "how it was resolved",
    "fix",
    "mitigation",
    "what we did",
];
/// Words in the title of a note that tells the cause, or the resolution.
const CAUSE_NOTE: &[&str] = &["cause"];
const RESOLUTION_NOTE: &[&str] = &["resolved", "resolution", "fixed", "rolled back"];

/// What is known of how an incident went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// What caused it, in its responders' words; empty where nobody wrote it down.
    pub cause: String,
    /// How it was resolved, the same.
    pub resolution: String,
    /// Seconds it took; absent while it is open or where nothing tells.
    pub seconds: Option<i64>,
    /// Who led it.
    pub lead: Option<String>,
    /// Its status.
    pub status: String,
    /// Whether it is open: then the two may be one storm.
    pub open: bool,
}

/// One incident that is like another, with how it went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recalled {
    /// Which, how alike, and why.
    #[serde(flatten)]
    pub found: Match,
    /// How it went.
    #[serde(flatten)]
    pub seen: Seen,
}

impl Seen {
    /// What the incident itself tells.
    pub fn of(incident: &Incident) -> Self {
        let resolve = incident
            .durations
            .iter()
            .find(|d| d.label.to_lowercase().contains("resol"));
        Self {
            seconds: resolve.or(incident.durations.first()).map(|d| d.value),
            lead: incident.row.lead.as_deref().map(str::to_owned),
            status: incident.row.status.to_string(),
            open: incident.row.category.is_open(),
            ..Self::default()
        }
    }

    /// What its post-mortem tells.
    pub fn read_post_mortem(&mut self, markdown: &str) {
        self.cause = section(markdown, CAUSE);
        self.resolution = section(markdown, RESOLUTION);
    }

    /// What the notes of its timeline tell, where nothing better is known; the last of several.
    pub fn read_notes(&mut self, notes: &[TimelineEntry]) {
        if self.cause.is_empty() {
            self.cause = note(notes, CAUSE_NOTE);
        }
        if self.resolution.is_empty() {
            self.resolution = note(notes, RESOLUTION_NOTE);
        }
    }

    /// What its last update says, where it is over and nothing better is known of how.
    pub fn read_updates(&mut self, updates: &[TimelineEntry]) {
        if self.resolution.is_empty() && !self.open {
            self.resolution = last_words(updates).unwrap_or_default();
        }
    }

    /// Whether nothing is known yet of the cause or of the resolution.
    pub fn has_gaps(&self) -> bool {
        self.cause.is_empty() || self.resolution.is_empty()
    }
}

/// What the last update says that says anything.
pub fn last_words(updates: &[TimelineEntry]) -> Option<String> {
    let last = updates.iter().rfind(|u| !u.body.is_empty())?;
    Some(one_line(&last.body))
}

fn note(notes: &[TimelineEntry], words: &[&str]) -> String {
    let tells = |n: &&TimelineEntry| {
        let title = n.title.to_lowercase();
        words.iter().any(|w| title.contains(w))
    };
    let told = notes.iter().rev().find(tells);
    told.map(|n| one_line(if n.body.is_empty() { &n.title } else { &n.body }))
        .unwrap_or_default()
}

/// The first paragraph under a heading of markdown.
fn section(markdown: &str, names: &[&str]) -> String {
    let mut lines = markdown.lines();
    let is_heading = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        line.starts_with('#') && names.contains(&words.as_str())
    };
    if !lines.any(is_heading) {
        return String::new();
    }
    let text: Vec<&str> = lines
        .take_while(|l| !l.starts_with('#'))
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .take(LINES)
        .collect();
    one_line(&text.join(" "))
}

fn one_line(words: &str) -> String {
    text::fit(&text::clean_line(words), WIDEST)
}

/// What was written about an incident beside its own text, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Its updates, oldest first.
    pub updates: Vec<TimelineEntry>,
    /// Notes of its timeline.
    pub notes: Vec<TimelineEntry>,
    /// Its post-mortem, as markdown.
    pub post_mortem: String,
    /// Names of its alerts.
    pub alerts: Vec<String>,
}

/// An incident as it is compared: what tells its cause first, since of a long text the first words count.
pub fn subject_of(incident: &Incident, written: &Written) -> Subject {
    let row = &incident.row;
    let mut seen = Seen::default();
    seen.read_post_mortem(&written.post_mortem);
    seen.read_notes(&written.notes);
    let fields = incident
        .fields
        .iter()
        .filter(|f| tells_how_it_went(&f.label));
    let told = [&incident.summary, &seen.cause, &seen.resolution];
    let mut text: Vec<&str> = told.into_iter().map(String::as_str).collect();
    text.extend(fields.map(|f| f.value.as_str()));
    text.extend(written.updates.iter().map(|u| u.body.as_str()));
    text.push(&written.post_mortem);
    Subject {
        id: row.id.to_string(),
        reference: row.reference.to_string(),
        name: row.name.to_string(),
        text: text.join("\n"),
        services: row.services().map(str::to_owned).collect(),
        alerts: written.alerts.clone(),
        kind: incident.kind.clone(),
        created: row.created.timestamp(),
    }
}

/// Whether a custom field of that name tells what caused an incident, or what ended it.
fn tells_how_it_went(label: &str) -> bool {
    let low = label.to_lowercase();
    let words = ["cause", "resolution", "mitigation", "what happened"];
    words.iter().any(|w| low.contains(w))
}

/// Which services are one call apart.
pub fn neighbours(graph: &CatalogGraph) -> BTreeMap<String, BTreeSet<String>> {
    let mut near: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in &graph.entries {
        let callees = graph.down(&entry.id).into_iter();
        for (_, other) in callees.filter(|(_, o)| o.kind == entry.kind) {
            let (a, b) = (&entry.name, &other.name);
            near.entry(a.clone()).or_default().insert(b.clone());
            near.entry(b.clone()).or_default().insert(a.clone());
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_and_resolution_are_the_responders_own_words() {
        let document = "# Outage\n\n## Root cause\nA deploy\nwithout an index.\n\n## Other\nx\n\n## Fix\nRolled back.\n";
        let mut seen = Seen::default();
        seen.read_post_mortem(document);
        assert_eq!(seen.cause, "A deploy without an index.");
        assert_eq!(seen.resolution, "Rolled back.");
        assert!(!seen.has_gaps());
        for (heading, found) in [
            ("# Cause", true),
            ("### ROOT CAUSE", true),
            ("Cause", false),
            ("# Causes of joy", false),
        ] {
            let told = section(&format!("{heading}\nwords"), CAUSE);
            assert_eq!(told == "words", found, "{heading}");
        }
    }
}
