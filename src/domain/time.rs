//! Times as people read them: how long ago, how long, and at what clock.

use super::Instant;
pub use super::zone::Zone;
use chrono::{Datelike, Duration, TimeZone, Utc};

/// A length of time in its two largest units: `45s`, `12m`, `3h05m`, `2d4h`, `7w`.
pub fn span(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m", s / 60),
        3_600..86_400 => format!("{}h{:02}m", s / 3_600, s % 3_600 / 60),
        86_400..1_209_600 => format!("{}d{}h", s / 86_400, s % 86_400 / 3_600),
        _ => format!("{}w", s / 604_800),
    }
}

/// A span that changes at most once a minute, so that a list that only ages costs no bytes: `now`, `4m`, `3h`, `2d`.
pub fn age(now: Instant, then: Instant) -> String {
    let s = (now - then).num_seconds();
    match s {
        i64::MIN..60 => "now".into(),
        60..3_600 => format!("{}m", s / 60),
        3_600..36_000 => format!("{}h{:02}", s / 3_600, s % 3_600 / 60),
        36_000..172_800 => format!("{}h", s / 3_600),
        172_800..1_209_600 => format!("{}d", s / 86_400),
        1_209_600..31_536_000 => format!("{}w", s / 604_800),
        _ => format!("{}y", s / 31_536_000),
    }
}

/// `in 3h05m`, or `ago` where it has passed.
pub fn until(now: Instant, then: Instant) -> String {
    let s = (then - now).num_seconds();
    if s >= 0 {
        format!("in {}", span((s / 60) * 60 + i64::from(s < 60) * s))
    } else {
        format!("{} ago", span(-s))
    }
}

impl Zone {
    /// `14:36`.
    pub fn clock(self, at: Instant) -> String {
        at.with_timezone(&self).format("%H:%M").to_string()
    }

    /// `14:36 CET`.
    pub fn named_clock(self, at: Instant) -> String {
        at.with_timezone(&self).format("%H:%M %Z").to_string()
    }

    /// `2026-11-20 14:36 CET`.
    pub fn named_minute(self, at: Instant) -> String {
        at.with_timezone(&self)
            .format("%Y-%m-%d %H:%M %Z")
            .to_string()
    }

    /// `CET`: what the zone is called at that time.
    pub fn abbreviation(self, at: Instant) -> String {
        at.with_timezone(&self).format("%Z").to_string()
    }

    /// `14:36:05`.
    pub fn seconds(self, at: Instant) -> String {
        at.with_timezone(&self).format("%H:%M:%S").to_string()
    }

    /// `2026-11-20 14:36:05`, as it may be typed again.
    pub fn typed(self, at: Instant) -> String {
        at.with_timezone(&self)
            .format("%Y-%m-%d %H:%M:%S")
            .to_string()
    }

    /// `Fri 14:36` within a week of now, `20 Nov 14:36` within a year, else with the year.
    pub fn day_clock(self, now: Instant, at: Instant) -> String {
        let (there, here) = (at.with_timezone(&self), now.with_timezone(&self));
        let away = (at - now).abs();
        let shape = match () {
            () if there.date_naive() == here.date_naive() => "%H:%M",
            () if away < Duration::days(6) => "%a %H:%M",
            () if away < Duration::days(300) => "%d %b %H:%M",
            () => "%Y-%m-%d %H:%M",
        };
        there.format(shape).to_string()
    }

    /// `Fri 20 Nov 14:36`: for spans of a week, where a weekday alone would name two days.
    pub fn date_clock(self, at: Instant) -> String {
        at.with_timezone(&self).format("%a %d %b %H:%M").to_string()
    }

    /// `2026-11-20 14:36:05 UTC`.
    pub fn full(self, at: Instant) -> String {
        at.with_timezone(&self)
            .format("%Y-%m-%d %H:%M:%S %Z")
            .to_string()
    }

    /// `Fri 20`.
    pub fn day(self, at: Instant) -> String {
        at.with_timezone(&self).format("%a %d").to_string()
    }

    /// `Fri 20 Nov`.
    pub fn date(self, at: Instant) -> String {
        at.with_timezone(&self).format("%a %d %b").to_string()
    }

    /// Midnight of the day of `at`, `days` later.
    pub fn midnight(self, at: Instant, days: i64) -> Instant {
        self.begin(at.with_timezone(&self).date_naive() + Duration::days(days))
    }

    /// Midnight of a day as somebody types it: `2026-11-20`.
    pub fn midnight_of(self, raw: &str) -> Option<Instant> {
        let day = chrono::NaiveDate::parse_from_str(raw, "%Y-%m-%d").ok()?;
        Some(self.begin(day)).filter(is_told)
    }

    fn begin(self, day: chrono::NaiveDate) -> Instant {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        self.from_local_datetime(&midnight)
            .earliest()
            .map_or_else(|| midnight.and_utc(), |t| t.with_timezone(&Utc))
    }
}

/// Whether two zones' clocks show the same at the beginning and at the end of some days.
pub fn same_clock(a: Zone, b: Zone, from: Instant, days: i64) -> bool {
    let at = [from, from + Duration::days(days)];
    at.iter().all(|at| a.typed(*at) == b.typed(*at))
}

/// A time as the API writes it (RFC 3339), or a bare date.
pub fn parse(raw: &str) -> Option<Instant> {
    chrono::DateTime::parse_from_rfc3339(raw)
        .map(|t| t.with_timezone(&Utc))
        .ok()
        .or_else(|| {
            let day = chrono::NaiveDate::parse_from_str(raw, "%Y-%m-%d").ok()?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc())
        })
}

/// A time as the API takes it: RFC 3339 in UTC, to the second.
pub fn stamp(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A length such as `30m`, `4h`, `7d`, `2w`.
pub fn parse_span(raw: &str) -> Option<Duration> {
    let raw = raw.trim();
    let (number, unit) = raw.split_at(raw.find(|c: char| !c.is_ascii_digit())?);
    let number: i64 = number.parse().ok()?;
    match unit {
        "s" => Duration::try_seconds(number),
        "m" => Duration::try_minutes(number),
        "h" => Duration::try_hours(number),
        "d" => Duration::try_days(number),
        "w" => Duration::try_weeks(number),
        _ => None,
    }
}

/// Whether a time can be asked about: its year is written with four digits, as RFC 3339 has it, and nothing is kept of what
/// was before the clocks of computers.
fn is_told(at: &Instant) -> bool {
    (1970..=9999).contains(&at.year())
}

/// A point in time as a user gives it: a length before now (`7d`), a day in their zone, or RFC 3339.
pub fn parse_point(now: Instant, zone: Zone, raw: &str) -> Option<Instant> {
    parse_span(raw)
        .and_then(|length| now.checked_sub_signed(length))
        .or_else(|| zone.midnight_of(raw))
        .or_else(|| parse(raw))
        .filter(is_told)
}

/// A time as somebody types it: `now`, `10m ago`, `in 2h`, `+2h`, `-10m`, `14:30`, `yesterday 14:30`, `2026-11-20 14:30`, RFC
/// 3339. What names no direction means the next such time where it looks `ahead`, else the last one.
pub fn parse_when(now: Instant, zone: Zone, raw: &str, ahead: bool) -> Option<Instant> {
    let raw = raw.trim();
    let lower = raw.to_lowercase();
    if lower == "now" {
        return Some(now);
    }
    let signed = |words: &str, later: bool| {
        let length = parse_span(words)?;
        let at = match later {
            true => now.checked_add_signed(length),
            false => now.checked_sub_signed(length),
        };
        at.filter(is_told)
    };
    if let Some(words) = lower
        .strip_suffix(" ago")
        .or_else(|| lower.strip_prefix('-'))
    {
        return signed(words, false);
    }
    if let Some(words) = lower
        .strip_prefix("in ")
        .or_else(|| lower.strip_prefix('+'))
    {
        return signed(words, true);
    }
    if parse_span(&lower).is_some() {
        return signed(&lower, ahead);
    }
    let clock = |words: &str| {
        ["%H:%M:%S", "%H:%M"]
            .iter()
            .find_map(|shape| chrono::NaiveTime::parse_from_str(words, shape).ok())
    };
    let at = |day: chrono::NaiveDate, time| {
        zone.from_local_datetime(&day.and_time(time))
            .earliest()
            .map(|t| t.with_timezone(&Utc))
    };
    let today = now.with_timezone(&zone).date_naive();
    for (word, days) in [("yesterday ", -1), ("today ", 0), ("tomorrow ", 1)] {
        if let Some(words) = lower.strip_prefix(word) {
            return at(today + Duration::days(days), clock(words.trim())?);
        }
    }
    if let Some(time) = clock(&lower) {
        let here = at(today, time)?;
        let days = if ahead && here < now {
            1
        } else {
            -i64::from(!ahead && here > now)
        };
        return at(today + Duration::days(days), time);
    }
    let local = raw.replacen('T', " ", 1);
    if let Some((day, words)) = local.split_once(' ')
        && let (Ok(day), Some(time)) = (
            chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d"),
            clock(words.trim()),
        )
    {
        return at(day, time);
    }
    chrono::DateTime::parse_from_rfc3339(raw)
        .map(|t| t.with_timezone(&Utc))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_somebody_types_it() {
        let now = parse("2026-11-20T02:10:00Z").expect("a time");
        let berlin = "Europe/Berlin".parse().expect("a zone");
        for (raw, ahead, read) in [
            ("now", false, "2026-11-20T02:10:00Z"),
            ("10m ago", true, "2026-11-20T02:00:00Z"),
            ("10m", false, "2026-11-20T02:00:00Z"),
            ("2h", true, "2026-11-20T04:10:00Z"),
            ("+1d", false, "2026-11-21T02:10:00Z"),
            ("-5m", true, "2026-11-20T02:05:00Z"),
            ("03:00", false, "2026-11-20T02:00:00Z"),
            ("03:30", false, "2026-11-19T02:30:00Z"),
            ("03:00", true, "2026-11-21T02:00:00Z"),
            ("yesterday 23:15", false, "2026-11-19T22:15:00Z"),
            ("2026-07-01 14:30", false, "2026-07-01T12:30:00Z"),
            ("2026-07-01T14:30:05", false, "2026-07-01T12:30:05Z"),
            ("2026-07-01T14:30:00+00:00", false, "2026-07-01T14:30:00Z"),
        ] {
            assert_eq!(parse_when(now, berlin, raw, ahead), parse(read), "{raw}");
        }
        for raw in ["", "soon", "25:00", "14", "2026-13-01 10:00", "10 m"] {
            assert_eq!(parse_when(now, berlin, raw, false), None, "{raw}");
        }
    }

    #[test]
    fn spans_read_in_their_two_largest_units() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3_900, "1h05m"),
            (90_000, "1d1h"),
            (1_209_600, "2w"),
            (-5, "0s"),
        ] {
            assert_eq!(span(seconds), shown);
        }
    }

    #[test]
    fn a_user_may_name_a_point_in_time_in_three_ways() {
        let now = parse("2026-11-20T14:36:00Z").expect("a time");
        for (raw, point) in [
            ("7d", "2026-11-13T14:36:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-20T15:36:00+01:00", "2026-11-20T14:36:00Z"),
        ] {
            assert_eq!(parse_point(now, Zone::UTC, raw), parse(point), "{raw}");
        }
        let berlin = "Europe/Berlin".parse().expect("a zone");
        let midnight = parse("2026-10-31T23:00:00Z");
        assert_eq!(parse_point(now, berlin, "2026-11-01"), midnight);
        for raw in [
            "",
            "7",
            "d",
            "7x",
            "yesterday",
            "99999999999999999999d",
            "9999999999999d",
            "9999999d",
            "20800d",
            "1969-12-31",
        ] {
            assert_eq!(parse_point(now, Zone::UTC, raw), None, "{raw}");
        }
    }

    #[test]
    fn an_age_does_not_change_within_a_minute() {
        let then = parse("2026-11-20T14:00:00Z").expect("a time");
        for (later, shown) in [
            (0, "now"),
            (59, "now"),
            (61, "1m"),
            (119, "1m"),
            (3_700, "1h01"),
            (40_000, "11h"),
            (200_000, "2d"),
        ] {
            assert_eq!(age(then + Duration::seconds(later), then), shown);
        }
    }
}
