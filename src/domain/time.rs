//! Times as people read them: how long ago, how long, and at what clock.

use super::Instant;
use chrono::{Duration, TimeZone, Utc};
use chrono_tz::Tz;

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
    if s >= 0 { format!("in {}", span((s / 60) * 60 + i64::from(s < 60) * s)) } else { format!("{} ago", span(-s)) }
}

/// The zone times are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub Tz);

impl Zone {
    /// UTC, as `--utc` asks for.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// The zone of this machine, or UTC where it has none that is known.
    pub fn local() -> Zone {
        let name = std::env::var("TZ").ok().filter(|name| !name.is_empty()).map(|name| name.trim_start_matches(':').to_owned());
        let name = name.or_else(|| iana_time_zone::get_timezone().ok());
        name.and_then(|name| name.parse().ok()).map_or(Zone::UTC, Zone)
    }

    /// `14:36`.
    pub fn clock(self, at: Instant) -> String {
        at.with_timezone(&self.0).format("%H:%M").to_string()
    }

    /// `14:36:05`.
    pub fn seconds(self, at: Instant) -> String {
        at.with_timezone(&self.0).format("%H:%M:%S").to_string()
    }

    /// `Fri 14:36` within a week of now, `20 Nov 14:36` within a year, else with the year.
    pub fn day_clock(self, now: Instant, at: Instant) -> String {
        let (there, here) = (at.with_timezone(&self.0), now.with_timezone(&self.0));
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
        at.with_timezone(&self.0).format("%a %d %b %H:%M").to_string()
    }

    /// `2026-11-20 14:36:05 UTC`.
    pub fn full(self, at: Instant) -> String {
        at.with_timezone(&self.0).format("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// `Fri 20`.
    pub fn day(self, at: Instant) -> String {
        at.with_timezone(&self.0).format("%a %d").to_string()
    }

    /// Midnight of the day of `at`, `days` later.
    pub fn midnight(self, at: Instant, days: i64) -> Instant {
        let day = at.with_timezone(&self.0).date_naive() + Duration::days(days);
        let midnight = day.and_hms_opt(0, 0, 0).expect("midnight is a time");
        self.0.from_local_datetime(&midnight).earliest().map_or_else(|| midnight.and_utc(), |t| t.with_timezone(&Utc))
    }
}

/// A time as the API writes it (RFC 3339), or a bare date.
pub fn parse(raw: &str) -> Option<Instant> {
    chrono::DateTime::parse_from_rfc3339(raw).map(|t| t.with_timezone(&Utc)).ok().or_else(|| {
        let day = chrono::NaiveDate::parse_from_str(raw, "%Y-%m-%d").ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    })
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

/// A point in time as a user gives it: a length before now (`7d`), a date, or RFC 3339.
pub fn parse_point(now: Instant, raw: &str) -> Option<Instant> {
    parse_span(raw).and_then(|length| now.checked_sub_signed(length)).or_else(|| parse(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_in_their_two_largest_units() {
        for (seconds, shown) in [(0, "0s"), (59, "59s"), (60, "1m"), (3_900, "1h05m"), (90_000, "1d1h"), (1_209_600, "2w"), (-5, "0s")] {
            assert_eq!(span(seconds), shown);
        }
    }

    #[test]
    fn a_user_may_name_a_point_in_time_in_three_ways() {
        let now = parse("2026-11-20T14:36:00Z").expect("a time");
        for (raw, point) in
            [("7d", "2026-11-13T14:36:00Z"), ("2026-11-01", "2026-11-01T00:00:00Z"), ("2026-11-20T15:36:00+01:00", "2026-11-20T14:36:00Z")]
        {
            assert_eq!(parse_point(now, raw), parse(point), "{raw}");
        }
        for raw in ["", "7", "d", "7x", "yesterday", "99999999999999999999d", "9999999999999d"] {
            assert_eq!(parse_point(now, raw), None, "{raw}");
        }
    }

    #[test]
    fn an_age_does_not_change_within_a_minute() {
        let then = parse("2026-11-20T14:00:00Z").expect("a time");
        for (later, shown) in [(0, "now"), (59, "now"), (61, "1m"), (119, "1m"), (3_700, "1h01"), (40_000, "11h"), (200_000, "2d")] {
            assert_eq!(age(then + Duration::seconds(later), then), shown);
        }
    }
}
