//! What the bridge keeps in step, as lines of a list: each issue with how it stands, its incident, and what holds it back.

use crate::console::link::LinkTarget;
use crate::console::list::{Item, Tone};
use crate::domain::episode::{Episode, Fate, IssueId, Kept, Memory, Standing};
use crate::domain::order::{About, Order, Orders};
use crate::domain::text::counted;
use crate::draft::bridge::doubt;
use std::cmp::Reverse;

/// Issues that are not over, and those whose incident is still open; what burns first, the newest before the others.
pub fn lines(memory: &Memory) -> Vec<Item> {
    let mut all: Vec<&Episode> = memory.episodes.values().map(AsRef::as_ref).collect();
    all.retain(|e| memory.matters(e));
    all.sort_by_key(|e| (e.is_over(), is_quiet(e), Reverse(e.begun), e.issue()));
    all.into_iter()
        .map(|e| line(e, memory.kept(e), &memory.orders))
        .collect()
}

/// What an issue is known by among the lines.
pub fn id((detector, id): &(String, String)) -> String {
    format!("{detector} {id}")
}

fn line(episode: &Episode, kept: Option<&Kept>, orders: &Orders) -> Item {
    let issue = episode.issue();
    let title = &episode.detection.title;
    let reference = kept.map_or(String::new(), |k| format!("{} ", k.reference));
    let paused = paused(&issue, kept, orders);
    let held = match paused {
        Some(order) => Some(order.told()),
        None => held(episode, kept, orders),
    };
    let held = held.map_or(String::new(), |why| format!(": {why}"));
    Item {
        id: id(&issue),
        mark: paused.map_or(mark(episode), |_| "paused").into(),
        title: format!("{reference}{title}{held}"),
        note: note(episode),
        at: Some(episode.begun),
        incident: episode.incident.clone(),
        leads_to: kept
            .is_none()
            .then(|| LinkTarget::Issue(issue.0.clone(), issue.1.clone())),
        names: vec![("why".into(), LinkTarget::Issue(issue.0, issue.1))],
        tone: match is_quiet(episode) || episode.is_over() {
            true => Tone::Quiet,
            false => Tone::Plain,
        },
        ..Item::default()
    }
}

/// The order that pauses this very issue or its incident; that all of the bridge is paused is said above the list.
fn paused<'a>(issue: &IssueId, kept: Option<&Kept>, orders: &'a Orders) -> Option<&'a Order> {
    let (detector, id) = issue.clone();
    let of_issue = orders.pause_of(&About::Issue(detector, id));
    let of_incident = || orders.pause_of(&About::Incident(kept?.id.clone()));
    of_issue.or_else(of_incident)
}

/// Whether nothing will come of it as it is.
fn is_quiet(episode: &Episode) -> bool {
    episode.incident.is_none() && matches!(episode.fate, Fate::PassedOver(_) | Fate::Dropped(_))
}

/// How it stands, in a word or two.
fn mark(episode: &Episode) -> &'static str {
    match (&episode.standing, &episode.fate, &episode.incident) {
        (Standing::Clear { .. }, ..) => "clear",
        (Standing::Unsure { .. }, ..) => "in doubt",
        (Standing::Burning, _, Some(_)) => "burning",
        (Standing::Burning, Fate::Waits(_), None) => "waits",
        (Standing::Burning, Fate::PassedOver(_), None) => "passed over",
        (Standing::Burning, Fate::Declaring { .. }, None) => "declaring",
        (Standing::Burning, Fate::Dropped(_), None) => "given up",
        (Standing::Burning, Fate::Told(_), None) => "burning",
    }
}

/// What holds the bridge back.
fn held(episode: &Episode, kept: Option<&Kept>, orders: &Orders) -> Option<String> {
    let taken = kept.and_then(|k| orders.taken(&k.id)).map(Order::told);
    let hands = taken.or_else(|| kept.and_then(|k| k.hands.clone()));
    match (&episode.standing, &episode.fate) {
        (Standing::Unsure { why, .. }, _) => Some(doubt(&episode.detection, *why)),
        (_, Fate::Waits(why) | Fate::PassedOver(why) | Fate::Dropped(why)) if kept.is_none() => {
            Some(why.clone())
        }
        _ => hands.map(|hands| format!("left to people: {hands}")),
    }
}

/// What it is about, how often it came back, and who says so.
fn note(episode: &Episode) -> String {
    let flaps = episode.flaps as usize;
    let mut parts = episode.detection.services.clone();
    parts.extend((flaps > 0).then(|| counted(flaps, "flap", "flaps")));
    parts.push(episode.detection.detector.clone());
    parts.join(", ")
}
