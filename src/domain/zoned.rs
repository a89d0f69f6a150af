//! What was written with its own zone, read in another one: `14:32 UTC`, `14:32:05 UTC` and `14:32–14:51 UTC` mean the same
//! wherever they are read.

use super::Instant;
use super::time::Zone;
use chrono::{Duration, NaiveTime};
use std::borrow::Cow;

const UTC: &str = " UTC";
/// How a time of day is written, with its length.
const SHAPES: [(&str, usize); 2] = [("%H:%M:%S", 8), ("%H:%M", 5)];
const DASH: &str = "–";

/// A text with its times of day in a zone; each is the one nearest to `near`.
pub(crate) fn zoned(text: Cow<'_, str>, near: Instant, zone: Zone) -> Cow<'_, str> {
    if zone == Zone::UTC || !text.contains(UTC) {
        return text;
    }
    let (mut out, mut done) = (String::new(), 0);
    for (end, _) in text.match_indices(UTC) {
        let Some((from, times)) = times_before(&text[done..end]) else {
            continue;
        };
        out.push_str(&text[done..done + from]);
        let clocks = times.iter().map(|(time, shape)| {
            let at = nearest(*time, near).with_timezone(&zone);
            at.format(shape).to_string()
        });
        let name = zone.abbreviation(near);
        let clocks = clocks.collect::<Vec<_>>().join(DASH);
        out.push_str(&format!("{clocks} {name}"));
        done = end + UTC.len();
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// A time of day, and how it is written.
type Time = (NaiveTime, &'static str);

/// The times a text ends with, one or two with a dash between, and where they begin.
fn times_before(text: &str) -> Option<(usize, Vec<Time>)> {
    let (from, last) = time_at_the_end(text)?;
    let first = text[..from].strip_suffix(DASH).and_then(time_at_the_end);
    Some(match first {
        Some((from, first)) => (from, vec![first, last]),
        None => (from, vec![last]),
    })
}

fn time_at_the_end(text: &str) -> Option<(usize, Time)> {
    SHAPES.iter().find_map(|(shape, long)| {
        let from = text.len().checked_sub(*long)?;
        let time = NaiveTime::parse_from_str(text.get(from..)?, shape).ok()?;
        Some((from, (time, *shape)))
    })
}

fn nearest(time: NaiveTime, near: Instant) -> Instant {
    let today = near.date_naive().and_time(time).and_utc();
    let days = [-1, 0, 1].map(|days| today + Duration::days(days));
    let nearest = days.into_iter().min_by_key(|at| (*at - near).abs());
    nearest.unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::super::time::parse;
    use super::*;

    #[test]
    fn times_of_day_that_name_utc_are_read_in_another_zone_and_nothing_else_is_touched() {
        let near = parse("2026-11-20T23:50:00Z").expect("a time");
        let berlin = "Europe/Berlin".parse().expect("a zone");
        for (said, read) in [
            ("failing since 23:52 UTC.", "failing since 00:52 CET."),
            (
                "was slow 23:50–00:10 UTC, v1.2",
                "was slow 00:50–01:10 CET, v1.2",
            ),
            ("at 14:30 UTC and 15:00 UTC", "at 15:30 CET and 16:00 CET"),
            ("23:59:30 UTC  acked", "00:59:30 CET  acked"),
            ("UTC 99:99 UTC", "UTC 99:99 UTC"),
            ("ü14:30 UTC", "ü15:30 CET"),
            ("14:30", "14:30"),
            (" UTC", " UTC"),
        ] {
            assert_eq!(zoned(said.into(), near, berlin), read);
            assert_eq!(zoned(said.into(), near, Zone::UTC), said);
        }
        let summer = parse("2026-07-20T12:00:00Z").expect("a time");
        assert_eq!(zoned("12:00 UTC".into(), summer, berlin), "14:00 CEST");
    }
}
