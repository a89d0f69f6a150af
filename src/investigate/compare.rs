//! How a finding stands against the one before it.

use crate::domain::Finding;
use crate::domain::finding::ConfidenceChange;

/// Percentage points that count as a difference.
const NOTABLE: u8 = 5;

/// What grew stronger, weaker, is new or gone, strongest first.
pub fn compare(before: &Finding, now: &Finding) -> Vec<ConfidenceChange> {
    let standing = |f: &Finding, service: &str| {
        f.hypotheses
            .iter()
            .find(|h| h.service == service && !h.discarded)
            .map(|h| h.confidence)
    };
    let names = now
        .hypotheses
        .iter()
        .chain(&before.hypotheses)
        .filter(|h| !h.discarded)
        .map(|h| h.service.as_str());
    let mut seen = std::collections::BTreeSet::new();
    let mut shifts: Vec<ConfidenceChange> = names
        .filter(|n| seen.insert(*n))
        .filter_map(|service| {
            let (old, new) = (standing(before, service), standing(now, service));
            let how = match (old, new) {
                (None, Some(_)) => "new",
                (Some(_), None) => "gone",
                (Some(a), Some(b)) if b >= a.saturating_add(NOTABLE) => "strengthened",
                (Some(a), Some(b)) if a >= b.saturating_add(NOTABLE) => "weakened",
                _ => return None,
            };
            Some(ConfidenceChange {
                service: service.into(),
                how: how.into(),
                before: old.unwrap_or(0),
                now: new.unwrap_or(0),
            })
        })
        .collect();
    shifts.sort_by_key(|s| std::cmp::Reverse(s.now.max(s.before)));
    shifts
}
