//! The zone times are shown in, by the rules of the IANA time zone database, which is built in: a jump host may have none.

use chrono::{Duration, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone};
use std::fmt;
use std::str::FromStr;
use tz::TimeZoneRef;
use tzdb_data::{TZ_NAMES, find_tz};

/// The zone times are shown in.
#[derive(Clone, Copy)]
pub struct Zone {
    name: &'static str,
    rules: &'static TimeZoneRef<'static>,
}

impl Zone {
    /// UTC, as `--utc` asks for.
    pub const UTC: Zone = Zone {
        name: "UTC",
        rules: match find_tz(b"UTC") {
            Some(rules) => rules,
            None => panic!("the database has UTC"),
        },
    };

    /// The zone of this machine, or UTC where it has none that is known.
    pub fn local() -> Zone {
        let name = std::env::var("TZ")
            .ok()
            .filter(|name| !name.is_empty())
            .map(|name| name.trim_start_matches(':').to_owned());
        let name = name.or_else(|| iana_time_zone::get_timezone().ok());
        name.and_then(|name| name.parse().ok()).unwrap_or(Zone::UTC)
    }

    /// Its name in the database: `Europe/Berlin`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// How far its clocks are from UTC at a moment, and what it is called then.
    fn shift(self, at: NaiveDateTime) -> Shift {
        let found = self.rules.find_local_time_type(at.and_utc().timestamp());
        // What lies beyond what the rules can tell is told in UTC.
        let (seconds, name) = found.map_or((0, "UTC"), |kind| {
            (kind.ut_offset(), kind.time_zone_designation())
        });
        Shift {
            zone: self,
            east: FixedOffset::east_opt(seconds).unwrap_or(UTC_ITSELF),
            name,
        }
    }
}

const UTC_ITSELF: FixedOffset = match FixedOffset::east_opt(0) {
    Some(none) => none,
    None => panic!("no shift is one"),
};

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for Zone {
    type Err = String;

    /// A zone by its name in the database.
    fn from_str(name: &str) -> Result<Self, String> {
        let known = TZ_NAMES.iter().find(|known| **known == name);
        let zone = known.and_then(|name| {
            let rules = find_tz(name.as_bytes())?;
            // UTC has many names there, and one here.
            let is_utc = *rules == *Zone::UTC.rules;
            Some(if is_utc {
                Zone::UTC
            } else {
                Zone { name, rules }
            })
        });
        zone.ok_or_else(|| format!("{name:?} is no time zone."))
    }
}

/// How far a zone's clocks are from UTC at some moment, and what it is called then: `CET`.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    zone: Zone,
    east: FixedOffset,
    name: &'static str,
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl chrono::Offset for Shift {
    fn fix(&self) -> FixedOffset {
        self.east
    }
}

impl TimeZone for Zone {
    type Offset = Shift;

    fn from_offset(shift: &Shift) -> Self {
        shift.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<Shift> {
        self.offset_from_local_datetime(&local.and_time(chrono::NaiveTime::MIN))
    }

    /// The one or two moments at which its clocks show a time; none where they are put forward over it. No zone changes
    /// its clocks twice in two days, so what held a day before and what holds a day after is all that can hold then.
    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<Shift> {
        let shown_by = |shift: Shift| {
            let at = local.checked_sub_offset(shift.east)?;
            (self.shift(at).east == shift.east).then_some(shift)
        };
        let near = |days| local.checked_add_signed(Duration::days(days));
        let [before, after] =
            [-1, 1].map(|days| near(days).and_then(|at| shown_by(self.shift(at))));
        match (before, after) {
            (None, None) => MappedLocalTime::None,
            (Some(one), None) | (None, Some(one)) => MappedLocalTime::Single(one),
            (Some(one), Some(same)) if one.east == same.east => {
                let at = *local - one.east;
                MappedLocalTime::Single(self.shift(at))
            }
            (Some(first), Some(second)) => MappedLocalTime::Ambiguous(first, second),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Shift {
        self.offset_from_utc_datetime(&utc.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Shift {
        self.shift(*utc)
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::parse;
    use super::*;
    use chrono::Utc;

    fn shown(zone: &str, at: &str) -> String {
        let zone: Zone = zone.parse().expect("a zone");
        let at = parse(at).expect("a time").with_timezone(&zone);
        at.format("%Y-%m-%d %H:%M %Z").to_string()
    }

    #[test]
    fn clocks_show_what_their_zone_s_rules_say() {
        for (zone, at, reads) in [
            (
                "Europe/Berlin",
                "2026-11-20T14:36:00Z",
                "2026-11-20 15:36 CET",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T00:59:59Z",
                "2026-03-29 01:59 CET",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T01:00:00Z",
                "2026-03-29 03:00 CEST",
            ),
            (
                "Europe/Berlin",
                "2040-07-01T12:00:00Z",
                "2040-07-01 14:00 CEST",
            ),
            (
                "Asia/Kathmandu",
                "2026-11-22T13:00:00Z",
                "2026-11-22 18:45 +0545",
            ),
            (
                "America/St_Johns",
                "2028-02-29T23:59:30Z",
                "2028-02-29 20:29 NST",
            ),
            (
                "Pacific/Auckland",
                "2026-01-01T00:00:00Z",
                "2026-01-01 13:00 NZDT",
            ),
            ("UTC", "2026-01-01T00:00:00Z", "2026-01-01 00:00 UTC"),
        ] {
            assert_eq!(shown(zone, at), reads, "{zone}");
        }
    }

    #[test]
    fn a_time_that_comes_twice_or_never_is_told_as_such() {
        let berlin: Zone = "Europe/Berlin".parse().expect("a zone");
        let at = |raw: &str| {
            let local = NaiveDateTime::parse_from_str(raw, "%Y-%m-%d %H:%M").expect("a time");
            let found = berlin.from_local_datetime(&local);
            [found.earliest(), found.latest()]
                .map(|at| at.map(|at| at.with_timezone(&Utc).format("%d %H:%M").to_string()))
        };
        let one = |at: &str| Some(at.to_owned());
        assert_eq!(at("2026-10-25 02:30"), [one("25 00:30"), one("25 01:30")]);
        assert_eq!(at("2026-03-29 02:30"), [None, None]);
        for (local, utc) in [
            ("2026-10-25 01:59", "24 23:59"),
            ("2026-10-25 03:00", "25 02:00"),
            ("2026-03-29 01:59", "29 00:59"),
            ("2026-03-29 03:00", "29 01:00"),
            ("2026-07-01 14:30", "01 12:30"),
        ] {
            assert_eq!(at(local), [one(utc), one(utc)], "{local}");
        }
    }

    #[test]
    fn a_name_that_is_no_zone_is_said_so() {
        let said = "Mars/Olympus".parse::<Zone>().expect_err("no zone");
        assert!(said.contains("Mars/Olympus"), "{said}");
        assert_eq!(
            "Europe/Berlin".parse::<Zone>().map(Zone::name),
            Ok("Europe/Berlin")
        );
    }
}
