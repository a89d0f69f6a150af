//! The bridge between a detection system and incident.io, as the console tells of it: how its last look went, and what it
//! does with an incident.

use crate::console::link::LinkTarget;
use crate::console::list::{HEADING, Item, Tone};
use crate::console::place::{ListKind, Pane};
use crate::console::state::State;
use crate::domain::IncidentId;
use crate::domain::episode::{Episode, Kept, LastRound};
use crate::domain::order::Order;
use crate::domain::time;
use crate::draft::bridge::{silence, troubles};
use crate::draft::columns::Moment;
use crate::session::KnownBridge;
use chrono::Duration;

/// What is said where none has run.
pub(crate) const NONE: &str = "No bridge has run here. It keeps a detection system such as Alertmanager and incident.io \
     in step: what burns has one incident, and what is over is resolved. Name a detector in the configuration \
     ([[bridge.alertmanager]]), then: hotseat bridge check, and hotseat bridge run.";

/// When it is, and where.
pub(crate) fn moment(state: &State) -> Moment {
    Moment {
        now: state.now,
        zone: state.zone,
    }
}

/// The line of the bridge itself, above what it keeps.
pub(crate) fn heading(state: &State) -> Option<Item> {
    let known = state.bridge.as_ref()?;
    let paused = known.memory.orders.pause();
    let (mark, title, tone) = match &known.last {
        _ if paused.is_some() => told_paused(state, known),
        None => (
            "not yet",
            "It has not run here yet: hotseat bridge run".into(),
            Tone::Hot,
        ),
        Some(last) => told(state, last),
    };
    Some(Item {
        id: HEADING.into(),
        mark: mark.into(),
        title,
        tone,
        leads_to: Some(LinkTarget::Bridge),
        ..Item::default()
    })
}

fn told_paused(state: &State, known: &KnownBridge) -> (&'static str, String, Tone) {
    let who = known.memory.orders.pause().map(Order::told);
    let last = known.last.as_ref();
    let late = last.and_then(|last| silence(last, every(state), state.now));
    let troubles = last.map(troubles).unwrap_or_default();
    let mut says = vec![format!("{}: it only listens", who.unwrap_or_default())];
    says.extend(late);
    says.extend(troubles);
    ("paused", says.join("; "), Tone::Hot)
}

fn told(state: &State, last: &LastRound) -> (&'static str, String, Tone) {
    if let Some(says) = silence(last, every(state), state.now) {
        return ("silent", says, Tone::Hot);
    }
    let troubles = troubles(last);
    match troubles.is_empty() {
        true => ("in step", "Both sides answer".into(), Tone::Plain),
        false => ("trouble", troubles.join(" "), Tone::Hot),
    }
}

/// The time between two looks.
pub(crate) fn every(state: &State) -> Duration {
    let seconds = state.config.bridge.every_seconds;
    Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
}

/// The episode under the cursor of the list.
pub(crate) fn here(state: &State) -> Option<&Episode> {
    let is_here = (state.focus, state.list) == (Pane::Incidents, ListKind::Bridge);
    let item = state
        .listed()
        .filter(|_| is_here && state.card().is_none())?;
    match &item.names.first()?.1 {
        LinkTarget::Issue(detector, id) => episode(state, detector, id),
        _ => None,
    }
}

/// What its detector knows the issue under the cursor by: the commands take it.
pub(crate) fn fingerprint(state: &State) -> Option<String> {
    here(state).map(|episode| episode.detection.id.clone())
}

/// The episode of an issue.
pub(crate) fn episode<'a>(state: &'a State, detector: &str, id: &str) -> Option<&'a Episode> {
    let known = state.bridge.as_ref()?;
    let issue = (detector.to_owned(), id.to_owned());
    known.memory.episodes.get(&issue).map(AsRef::as_ref)
}

/// An incident that the bridge keeps and that is open.
pub(crate) fn kept<'a>(state: &'a State, id: &IncidentId) -> Option<&'a Kept> {
    let known = state.bridge.as_ref()?;
    let kept = known.memory.incidents.get(id)?;
    kept.is_open().then_some(&**kept)
}

/// What is said beside the name of an incident that is kept.
pub(crate) fn mark(state: &State, id: &IncidentId) -> Option<&'static str> {
    let orders = state.bridge.as_ref().map(|known| &known.memory.orders);
    let paused = orders.and_then(|orders| orders.holds_incident(id));
    match (kept(state, id), paused) {
        (Some(_), Some(_)) => Some("bridge paused"),
        (Some(_), None) => Some("bridge"),
        (None, _) => None,
    }
}

/// What the bridge does with an incident, in a sentence.
pub(crate) fn keeps(state: &State, kept: &Kept) -> String {
    let bridge = &state.config.bridge;
    let hold = kept.hold(bridge.hold(), bridge.longest_hold());
    let held = time::span(hold.num_seconds());
    let orders = state.bridge.as_ref().map(|known| &known.memory.orders);
    if let Some(paused) = orders.and_then(|orders| orders.holds_incident(&kept.id)) {
        return format!("paused: {}; nothing is written or resolved", paused.told());
    }
    let taken = orders.and_then(|orders| orders.taken(&kept.id));
    if let Some(hands) = taken.map(Order::told).or_else(|| kept.hands.clone()) {
        return format!("left to people: {hands}; it is only noted");
    }
    match kept.clear_since {
        None => format!("kept: resolved once all of it is clear for {held}"),
        Some(since) => {
            let since_clock = state.zone.day_clock(state.now, since);
            let at = state.zone.day_clock(state.now, since + hold);
            format!("kept: all of it clear since {since_clock}, resolved at {at}")
        }
    }
}
