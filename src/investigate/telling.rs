//! A finding told in the light of what is known by now: tense and advice follow it, evidence and confidence do not.

use super::report::{clock, try_without, undone, watch_undone};
use crate::domain::{Change, EntryKind, Finding, Instant, Telling, Tellings, TimelineEntry, text};

/// What became known of an incident after it was investigated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Whether people say that it is over.
    pub is_over: bool,
    /// Since when all of its alerts are cleared, where they are.
    pub calm_since: Option<Instant>,
    /// What people wrote about it, oldest first.
    pub notes: Vec<(Instant, String)>,
    /// Changes of the systems.
    pub changes: Vec<Change>,
}

/// Tells a finding as things stand. One that was read from disk stays as it was written.
pub fn tell(finding: &mut Finding, known: &Known) {
    let Some(tellings) = finding.tellings.take() else {
        return;
    };
    let ended = known.is_over || known.calm_since.is_some();
    let told = match ended {
        true => over(&tellings, known),
        false => lasting(finding, &tellings, known),
    };
    for (hypothesis, (statement, reason)) in finding.hypotheses.iter_mut().zip(told.causes) {
        (hypothesis.statement, hypothesis.reason) = (statement, reason);
    }
    (finding.summary, finding.next_check) = (told.summary, told.next_check);
    finding.actions = told.actions;
    finding.tellings = Some(tellings);
}

fn over(tellings: &Tellings, known: &Known) -> Telling {
    let mut told = tellings.over.clone();
    if let Some(at) = known.calm_since.filter(|_| !known.is_over) {
        let at = clock(at);
        let watch = format!(
            "Its alerts have been clear since {at}: watch that they stay so before closing."
        );
        told.actions.insert(0, watch);
    }
    told
}

/// Advice that somebody followed becomes a word on how it went.
fn lasting(finding: &Finding, tellings: &Tellings, known: &Known) -> Telling {
    let mut told = tellings.lasting.clone();
    let mut changes = finding.changes.clone();
    changes.extend(known.changes.iter().cloned());
    let felt = tellings.felt.as_str();
    let followed = |cause: usize| {
        let h = finding.hypotheses.get(cause)?;
        let change = h.change.as_ref()?;
        let undone = undone(&h.service, change, &changes, &known.notes)?;
        Some((h.service.as_str(), change, undone))
    };
    for &(place, cause) in &tellings.remedies {
        if let (Some(action), Some((name, change, undone))) =
            (told.actions.get_mut(place), followed(cause))
        {
            *action = watch_undone(felt, name, change, &undone);
        }
    }
    if let (Some(other), Some((name, change, undone))) = (&tellings.trial, followed(0)) {
        told.next_check = Some(try_without(change, (name, felt, other), Some(&undone)));
    }
    told
}

/// What people wrote: their notes and their updates.
pub(crate) fn peoples_notes(items: &[TimelineEntry]) -> Vec<(Instant, String)> {
    let is_written = |i: &&TimelineEntry| matches!(i.kind, EntryKind::Curated | EntryKind::Update);
    let words = |i: &TimelineEntry| match i.kind {
        EntryKind::Update => text::clean_line(&i.body),
        _ => text::clean_line(&format!("{} {}", i.title, i.body)),
    };
    let notes = items.iter().filter(is_written);
    let notes = notes.filter(|i| !i.is_of_investigation());
    notes.map(|i| (i.at, words(i))).collect()
}

/// Since when every alert that a timeline tells of is cleared; nothing where it tells of none.
pub(crate) fn calm_since(items: &[TimelineEntry]) -> Option<Instant> {
    let alerts = || items.iter().filter(|i| i.kind == EntryKind::Alert);
    let cleared = alerts().filter(|i| i.is_cleared());
    let fired = alerts().count() - cleared.clone().count();
    let last = cleared.clone().map(|i| i.at).max();
    last.filter(|_| cleared.count() >= fired)
}
