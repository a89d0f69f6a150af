//! The bridge, and an issue that it keeps: what became of it, by which rule, and what it waits for.

use super::entry;
use crate::console::content::bridge::{episode, every, heading, keeps, moment};
use crate::console::content::lines::{LineStyle, Lines};
use crate::console::link::LinkTarget;
use crate::console::state::State;
use crate::domain::episode::{Episode, Standing};
use crate::domain::order::Order;
use crate::domain::time;
use crate::draft::bridge::{counts, doubt, fate, flaps, kept, ordered};

/// How the last look at both sides went.
pub(super) fn say_bridge(out: &mut Lines, state: &State) {
    let nowhere = &LinkTarget::Nowhere;
    let (Some(known), Some(heading)) = (&state.bridge, heading(state)) else {
        return out.unknown(true);
    };
    out.fact("State", &heading.title, nowhere);
    if let Some(last) = &known.last {
        out.fact("Last look", &state.zone.full(last.at), nowhere);
        let every = time::span(every(state).num_seconds());
        out.fact("Looks", &format!("every {every}"), nowhere);
        for (detector, why) in &last.detectors {
            out.fact("Detector", &answers(detector, why.as_deref()), nowhere);
        }
        let incidents = answers("incident.io", last.incidents.as_deref());
        out.fact("Incidents", &incidents, nowhere);
    }
    let all: Vec<&Episode> = known.memory.episodes.values().map(AsRef::as_ref).collect();
    out.fact("Issues", &counts(&all), nowhere);
    for order in ordered(&known.memory) {
        out.fact("Ordered", &order, nowhere);
    }
    let open = known.memory.incidents.values().filter(|k| k.is_open());
    out.section(
        "Incidents that it keeps",
        &open.collect::<Vec<_>>(),
        "none",
        |out, k| {
            let words = format!("{}  {}", k.reference, keeps(state, k));
            out.leading(&words, LinkTarget::Incident(k.id.clone()));
        },
    );
}

fn answers(who: &str, trouble: Option<&str>) -> String {
    match trouble {
        None => format!("{who} answers"),
        Some(why) => why.to_owned(),
    }
}

/// What became of an issue.
pub(super) fn say(out: &mut Lines, state: &State, detector: &str, id: &str) {
    let nowhere = &LinkTarget::Nowhere;
    let Some(episode) = episode(state, detector, id) else {
        return out.unknown(true);
    };
    let (d, by) = (&episode.detection, &moment(state));
    out.fact("State", &standing(state, episode), nowhere);
    out.fact("Why", &fate(episode), nowhere);
    let Some(memory) = state.bridge.as_ref().map(|known| &known.memory) else {
        return;
    };
    let issue = episode.issue();
    let paused = memory.orders.holds_issue(&issue).map(Order::told);
    out.fact("Paused", &paused.unwrap_or_default(), nowhere);
    if let Some(k) = memory.kept(episode) {
        let target = LinkTarget::Incident(k.id.clone());
        out.fact("Incident", &k.reference, &target);
        let words = match k.is_open() {
            true => keeps(state, k),
            false => kept(&memory.orders, k, by),
        };
        out.fact("Bridge", &words, nowhere);
    }
    out.fact("Began", &state.zone.full(episode.begun), nowhere);
    out.fact("Heard last", &state.zone.full(episode.heard), nowhere);
    out.fact("Flaps", &flaps(episode).unwrap_or_default(), nowhere);
    for service in &d.services {
        entry::service(out, state, service);
    }
    out.fact("Severity", &d.severity, nowhere);
    out.fact("Detector", &d.detector, nowhere);
    out.fact("Fingerprint", &d.id, nowhere);
    out.fact("Address", &d.url, nowhere);
    let labels = d.labels.iter().map(|(k, v)| format!("{k}={v}"));
    out.fact("Labels", &labels.collect::<Vec<_>>().join(" "), nowhere);
    if !d.summary.is_empty() {
        out.plain(" ");
        out.say(&d.summary, LineStyle::Plain, 0, nowhere);
    }
}

/// How it stands and why, with its times.
fn standing(state: &State, episode: &Episode) -> String {
    match &episode.standing {
        Standing::Burning => "burning".into(),
        Standing::Unsure { since, why } => {
            let since = state.zone.day_clock(state.now, *since);
            let why = doubt(&episode.detection, *why);
            format!("not known to be over since {since}: {why}")
        }
        Standing::Clear { since, .. } => {
            format!("clear since {}", state.zone.day_clock(state.now, *since))
        }
    }
}
