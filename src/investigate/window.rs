//! The times an investigation asks its sources about. Pure.

use crate::domain::{Instant, Window};
use chrono::Duration;

/// How many minutes before the incident the fine measures begin: trouble is older than its incident.
const BEFORE: i64 = 120;
/// How many minutes after it they end: what is over by then is looked at as it was.
const AFTER: i64 = 60;
/// The fine measures span at least so many minutes, or there is nothing to compare.
const LEAST: i64 = 5;
/// The fine measures may begin at most so many days before the incident.
const LONGEST: i64 = 31;

/// The times to ask about for an incident declared at `created`: the fine measures from `since` where it is given, the
/// normal time before them, and changes from before both.
pub fn window(
    created: Instant,
    since: Option<Instant>,
    changes: Duration,
    normal: Duration,
    now: Instant,
) -> Window {
    let recent_from = since
        .unwrap_or(created - Duration::minutes(BEFORE))
        .min(created);
    let to = (created + Duration::minutes(AFTER))
        .min(now)
        .max(recent_from + Duration::minutes(LEAST));
    // The trouble may have begun before it was declared: changes are asked for from before that too.
    Window {
        normal_from: recent_from - normal,
        recent_from,
        to,
        changes_from: recent_from.min(created) - changes,
    }
}

/// Whether measures of an incident can be looked at since a time.
pub fn is_fit(created: Instant, since: Instant) -> bool {
    since <= created - Duration::minutes(LEAST) && created - since <= Duration::days(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_lies_around_the_incident_and_never_ahead_of_now() {
        let at = |minutes: i64| Instant::default() + Duration::minutes(minutes);
        let (changes, normal) = (Duration::hours(4), Duration::hours(48));
        for (what, since, now, from, to) in [
            ("long over", None, 10_000, 1_880, 2_060),
            ("just declared", None, 2_001, 1_880, 2_001),
            ("a start of one's own", Some(1_950), 2_030, 1_950, 2_030),
            ("a start after it", Some(2_010), 2_002, 2_000, 2_005),
        ] {
            let w = window(at(2_000), since.map(at), changes, normal, at(now));
            assert_eq!((w.recent_from, w.to), (at(from), at(to)), "{what}");
            assert_eq!(w.normal_from, w.recent_from - normal, "{what}");
            assert_eq!(w.changes_from, w.recent_from - changes, "{what}");
        }
        assert!(is_fit(at(2_000), at(1_995)) && !is_fit(at(2_000), at(1_996)));
        assert!(!is_fit(at(60_000), at(1_000)));
    }
}
