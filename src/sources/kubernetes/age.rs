//! How long ago, as kubectl writes it: `45s`, `5m3s`, `3d4h`, `2y17d`, `2m (x12 over 40m)`.

use crate::domain::Instant;
use chrono::DateTime;

const UNITS: [(char, i64); 5] = [
    ('y', 365 * 86_400),
    ('d', 86_400),
    ('h', 3_600),
    ('m', 60),
    ('s', 1),
];

/// Seconds of an age; nothing where it is `<unknown>` or no age.
pub(super) fn seconds(age: &str) -> Option<i64> {
    let (mut sum, mut number, mut any) = (0i64, None::<i64>, false);
    for c in age.trim().chars() {
        if let Some(digit) = c.to_digit(10) {
            let so_far = number.unwrap_or(0).checked_mul(10)?;
            number = Some(so_far.checked_add(i64::from(digit))?);
            continue;
        }
        let unit = UNITS.iter().find(|(unit, _)| *unit == c)?.1;
        sum = sum.checked_add(number.take()?.checked_mul(unit)?)?;
        any = true;
    }
    (any && number.is_none()).then_some(sum)
}

/// How often something happened: the last time, the first time, and how many times.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    /// Seconds since the last time.
    pub last: Option<i64>,
    /// Seconds since the first.
    pub first: Option<i64>,
    /// How many.
    pub count: u32,
}

impl Times {
    /// Reads `2m (x12 over 40m)` or `5m`.
    pub fn read(cell: &str) -> Self {
        let (last, rest) = cell.split_once(" (x").unwrap_or((cell, ""));
        let last = seconds(last);
        let mut rest = rest.trim_end_matches(')').split(" over ");
        let count = rest.next().and_then(|n| n.trim().parse().ok());
        Self {
            last,
            first: rest.next().and_then(seconds).or(last),
            count: count.unwrap_or(1),
        }
    }
}

/// Reads `5 (2m10s ago)` or `5`: how many, and seconds since the last.
pub(super) fn restarts(cell: &str) -> (u32, Option<i64>) {
    let (count, ago) = cell.split_once(" (").unwrap_or((cell, ""));
    let ago = ago.strip_suffix(" ago)").and_then(seconds);
    (count.trim().parse().unwrap_or(0), ago)
}

/// Seconds since a time that `describe` writes in full: `Fri, 20 Nov 2026 14:30:01 +0000`.
pub(super) fn since(time: &str, now: Instant) -> Option<i64> {
    let at = DateTime::parse_from_rfc2822(time.trim()).ok()?;
    Some((now - at.to_utc()).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_as_kubectl_writes_them() {
        for (cell, read) in [
            ("45s", Some(45)),
            ("5m3s", Some(303)),
            ("3d4h", Some(273_600)),
            ("2y1d", Some(63_158_400)),
            ("0s", Some(0)),
            ("<unknown>", None),
            ("5", None),
            ("", None),
            ("99999999999999999999y", None),
        ] {
            assert_eq!(seconds(cell), read, "{cell}");
        }
        let times = Times::read("2m (x12 over 40m)");
        assert_eq!(
            (times.last, times.first, times.count),
            (Some(120), Some(2_400), 12)
        );
        assert_eq!(restarts("5 (2m10s ago)"), (5, Some(130)));
        assert_eq!(restarts("0"), (0, None));
    }
}
