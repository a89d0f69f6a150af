//! What people did at incident.io: who touches an incident has it from then on.

use super::super::words;
use super::{Round, Shown};
use crate::domain::episode::{Acknowledged, Kept, Memory, Said};
use crate::domain::{IncidentId, Instant, StatusCategory};
use std::sync::Arc;

impl Shown {
    /// What people may change on it.
    pub fn said(&self) -> Said {
        Said {
            status: self.status.clone(),
            severity: self.severity.clone(),
            lead: self.lead.clone(),
        }
    }
}

/// Looks at each incident that is kept.
pub(super) fn watch(round: &Round<'_>, incidents: &[Shown], memory: &mut Memory) {
    let of_each = memory.by_incident();
    for shown in incidents {
        let Some(known) = memory.incidents.get_mut(&shown.id) else {
            continue;
        };
        let episodes = of_each.get(&shown.id).into_iter().flatten();
        let burning = episodes.filter(|e| e.burns());
        let burning: Vec<&str> = burning.map(|e| e.detection.title.as_str()).collect();
        let is_own = known.resolving.is_some() && !shown.category.is_open();
        let looked = look(known, shown, &burning, round.now);
        if looked != **known {
            *known = Arc::new(looked);
        }
        if is_own {
            begin_anew(memory, &shown.id);
        }
    }
}

/// Its own resolution went through without a word of it, and something burns again by now: that begins another time.
fn begin_anew(memory: &mut Memory, id: &IncidentId) {
    let of = memory.episodes.values_mut();
    let again = of.filter(|e| e.incident.as_ref() == Some(id) && e.burns());
    again.for_each(|e| *e = Arc::new(e.begins_again(e.heard)));
}

fn look(known: &Kept, shown: &Shown, burning: &[&str], now: Instant) -> Kept {
    let mut kept = known.clone();
    let said = shown.said();
    let is_own = known.resolving.is_some() && !shown.category.is_open();
    // The status of its own resolution is nobody's hand on it.
    let was = known.said.clone().map(|was| match is_own {
        true => Said {
            status: said.status.clone(),
            ..was
        },
        false => was,
    });
    let touched = was.as_ref().and_then(|was| difference(was, &said));
    if kept.hands.is_none() {
        kept.hands = touched;
    }
    let told = shown.told_by_people.zip(kept.clear_since);
    if kept.hands.is_none() && told.is_some_and(|(told, clear)| told > clear) {
        kept.hands = Some("somebody posted an update after all was clear".into());
    }
    if kept.acknowledged.is_none() {
        kept.acknowledged = acknowledged(known, shown).map(|by| Acknowledged { at: now, by });
    }
    kept.said = Some(said);
    kept.category = Some(shown.category);
    kept.private = shown.is_private;
    kept.out_of_sight = false;
    kept.name.clone_from(&shown.name);
    kept.address.clone_from(&shown.address);
    match (shown.category.is_open(), kept.ended) {
        (false, None) => {
            kept.ended = Some(now);
            let is_own = kept.resolving.take().is_some();
            if !is_own && !burning.is_empty() && shown.category != StatusCategory::Merged {
                kept.tell("ended", now, words::still_burns(burning));
            }
        }
        // The platform's own screens can open it again.
        (true, Some(_)) => kept.ended = None,
        _ => {}
    }
    kept
}

/// Who took it on, where somebody just did.
fn acknowledged(known: &Kept, shown: &Shown) -> Option<String> {
    let was_in_triage = known.category == Some(StatusCategory::Triage);
    let is_accepted = was_in_triage && matches!(shown.category, StatusCategory::Live);
    shown
        .answered
        .clone()
        .or_else(|| is_accepted.then(String::new))
}

/// What differs, in words.
fn difference(was: &Said, now: &Said) -> Option<String> {
    let moved = |what: &str, from: &str, to: &str| {
        let name = |word: &str| match word {
            "" => "nothing".to_owned(),
            word => word.to_owned(),
        };
        (from != to).then(|| format!("{what} went from {} to {}", name(from), name(to)))
    };
    moved("its status", &was.status, &now.status)
        .or_else(|| moved("its severity", &was.severity, &now.severity))
        .or_else(|| moved("its lead", &was.lead, &now.lead))
}
