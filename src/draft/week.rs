//! A week of a schedule to read: who has which hours of which day, in columns where there is room, else day by day.

use crate::domain::oncall::named;
use crate::domain::text::{columns, fit};
use crate::domain::time::{Zone, same_clock};
use crate::domain::{Hours, Instant, Schedule, Shift, UserId, WeekRow, week};
use serde_json::{Value, json};

/// Days that stand beside each other.
const ACROSS: i64 = 7;
/// Columns of a day's name.
const DAY: usize = 6;
/// Columns of somebody's hours.
const SUM: usize = 5;
/// Columns of the widest name.
const NAME: usize = 20;
/// Columns below which a name says nothing: then the days stand below each other.
const LEAST: usize = 8;

/// Some days of a schedule.
pub(crate) struct Days<'a> {
    pub schedule: &'a Schedule,
    /// Who has it when.
    pub shifts: &'a [Shift],
    /// A time on the first day.
    pub from: Instant,
    /// How many.
    pub days: i64,
    /// Whoever reads.
    pub me: Option<&'a UserId>,
}

impl Days<'_> {
    /// The days in the schedule's own zone, and where its clock is another one in the reader's too.
    pub(crate) fn in_both_zones(&self, mine: Zone, width: usize) -> Vec<String> {
        let own = self.schedule.zone();
        let differs = own.is_none_or(|own| !same_clock(own, mine, self.from, self.days));
        let mut out = Vec::new();
        if let Some(own) = own {
            let whose = if differs { ", the schedule's zone" } else { "" };
            out.extend(self.lines(own, whose, width));
        }
        if differs {
            out.extend(self.lines(mine, ", your zone", width));
        }
        out
    }

    /// Who has which hours, in the schedule's own zone where that is known.
    pub(crate) fn json(&self) -> Value {
        let zone = self.schedule.zone().unwrap_or(Zone::UTC);
        let days = self.days.max(1);
        let midnights: Vec<Instant> = (0..=days).map(|d| zone.midnight(self.from, d)).collect();
        let hours =
            |(from, until, cover): &Hours| json!({"from": from, "until": until, "cover": cover});
        let row = |row: &WeekRow| {
            let all: Vec<Value> = row.days.iter().flatten().map(hours).collect();
            json!({"rotation": self.rotation(row), "person": row.person, "seconds": row.seconds(), "hours": all})
        };
        let rows = week(self.schedule, self.shifts, &midnights);
        let rows: Vec<Value> = rows.iter().map(row).collect();
        json!({"schedule": self.schedule.name, "timezone": zone.name(), "people": rows})
    }

    fn lines(&self, zone: Zone, whose: &str, width: usize) -> Vec<String> {
        let weeks = (0..self.days.max(1)).step_by(ACROSS as usize);
        let mut out = Vec::new();
        for first in weeks {
            let last = (first + ACROSS).min(self.days.max(1));
            let midnights: Vec<Instant> = (first..=last)
                .map(|day| zone.midnight(self.from, day))
                .collect();
            let (begin, end) = (midnights[0], midnights[midnights.len() - 2]);
            let (begin, end) = (zone.date(begin), zone.date(end));
            let span = if begin == end {
                begin
            } else {
                format!("{begin} to {end}")
            };
            out.push(format!("{span}, {}{whose}", zone));
            let rows = week(self.schedule, self.shifts, &midnights);
            match self.grid(&rows, &midnights, zone, width) {
                Some(lines) => out.extend(lines),
                None => out.extend(self.by_day(&rows, &midnights, zone)),
            }
        }
        out
    }

    /// People below each other, days beside each other; none where that is wider than there is room.
    fn grid(
        &self,
        rows: &[WeekRow],
        midnights: &[Instant],
        zone: Zone,
        width: usize,
    ) -> Option<Vec<String>> {
        let cells: Vec<Vec<Vec<String>>> =
            rows.iter().map(|row| cells(row, midnights, zone)).collect();
        let widest = cells.iter().flatten().flatten().map(|c| columns(c)).max();
        let cell = widest.unwrap_or(0).max(DAY);
        let names = rows.iter().map(|row| columns(&self.who(row))).max();
        let days = (midnights.len() - 1) * (cell + 1);
        let room = width.checked_sub(days + 2)?;
        let (name, sums) = match room.saturating_sub(SUM) {
            left if left >= LEAST => (left, true),
            _ => (room, false),
        };
        let name = name.min(names.unwrap_or(0).clamp(LEAST, NAME));
        if room < LEAST {
            return None;
        }
        let head = midnights
            .windows(2)
            .map(|day| padded(&zone.day(day[0]), cell));
        let head: Vec<String> = head.collect();
        let mut out = Vec::new();
        let mut rotation = None;
        for (row, cells) in rows.iter().zip(&cells) {
            if rotation != Some(&row.rotation) {
                rotation = Some(&row.rotation);
                let title = fit(self.rotation(row), name + 1);
                let line = format!(" {} {}", padded(&title, name + 1), head.join(" "));
                out.push(line.trim_end().to_owned());
            }
            let high = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..high {
                let who = if line == 0 {
                    fit(&self.who(row), name)
                } else {
                    "".into()
                };
                let of_days = cells
                    .iter()
                    .map(|c| padded(c.get(line).map_or("", String::as_str), cell));
                let of_days: Vec<String> = of_days.collect();
                let sum = match line {
                    0 if sums => format!(" {:>3}h", (row.seconds() + 1_800) / 3_600),
                    _ => String::new(),
                };
                let line = format!("  {} {}{sum}", padded(&who, name), of_days.join(" "));
                out.push(line.trim_end().to_owned());
            }
        }
        if rows.iter().any(has_cover) {
            out.push("  * as a cover".into());
        }
        Some(out)
    }

    /// Day by day, for a narrow place.
    fn by_day(&self, rows: &[WeekRow], midnights: &[Instant], zone: Zone) -> Vec<String> {
        let mut out = Vec::new();
        for (at, day) in midnights.windows(2).enumerate() {
            out.push(format!(" {}", zone.date(day[0])));
            let mut on: Vec<(Instant, String)> = Vec::new();
            for row in rows {
                for hours in &row.days[at] {
                    let told = told(hours, (day[0], day[1]), zone);
                    let line = format!("  {told:<6} {} {}", self.who(row), self.rotation(row));
                    on.push((hours.0, line.trim_end().to_owned()));
                }
            }
            on.sort_by_key(|(start, _)| *start);
            out.extend(on.into_iter().map(|(_, line)| line));
        }
        out
    }

    /// The rotation's name; nothing where the schedule has only one.
    fn rotation(&self, row: &WeekRow) -> &str {
        let id = row.rotation.as_deref().unwrap_or_default();
        self.schedule.rotation_name(id).unwrap_or_default()
    }

    fn who(&self, row: &WeekRow) -> String {
        named(row.person.as_ref(), self.me)
    }
}

fn has_cover(row: &WeekRow) -> bool {
    row.days.iter().flatten().any(|(_, _, cover)| *cover)
}

/// For each day what stands in its cell, one line a stretch.
fn cells(row: &WeekRow, midnights: &[Instant], zone: Zone) -> Vec<Vec<String>> {
    let days = row.days.iter().zip(midnights.windows(2));
    days.map(|(spans, day)| {
        let told = spans
            .iter()
            .map(|hours| told(hours, (day[0], day[1]), zone));
        told.collect()
    })
    .collect()
}

/// `09-24`, `09:30-17*`: hours of a day, whole ones without their minutes, a cover with a star.
fn told((from, to, cover): &Hours, (_, midnight): (Instant, Instant), zone: Zone) -> String {
    let short = |at: Instant| {
        let clock = zone.clock(at);
        clock
            .strip_suffix(":00")
            .map(str::to_owned)
            .unwrap_or(clock)
    };
    let end = if *to == midnight {
        "24".into()
    } else {
        short(*to)
    };
    format!("{}-{end}{}", short(*from), if *cover { "*" } else { "" })
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::person;
    use crate::domain::{Rotation, time};

    fn shift(who: &str, rotation: &str, from: &str, to: &str, overridden: bool) -> Shift {
        let at = |raw: &str| time::parse(&format!("2026-11-{raw}:00Z")).expect("a time");
        Shift {
            person: Some(person(who)),
            start: at(from),
            end: at(to),
            rotation: Some(rotation.into()),
            overridden,
        }
    }

    #[test]
    fn a_week_stands_in_the_schedules_zone_and_in_ones_own() {
        let rotation = |id: &str, name: &str| Rotation {
            id: id.into(),
            name: name.into(),
            people: vec![],
            layers: vec![],
        };
        let schedule = Schedule {
            id: "S".into(),
            name: "Payments".into(),
            timezone: "Europe/Berlin".into(),
            now: vec![],
            next: vec![],
            rotations: vec![rotation("P", "Primary"), rotation("S", "Secondary")],
        };
        let shifts = [
            shift("Ana Abara", "P", "20T08:00", "21T08:00", false),
            shift("Bram Brandt", "P", "21T08:00", "21T16:30", false),
            shift("Ana Abara", "P", "21T16:30", "21T19:00", true),
            shift("Bram Brandt", "P", "21T19:00", "23T08:00", false),
            shift("Cleo Cole", "S", "16T08:00", "30T08:00", false),
        ];
        let me = "Ana Abara".into();
        let days = Days {
            schedule: &schedule,
            shifts: &shifts,
            from: shifts[0].end,
            days: 2,
            me: Some(&me),
        };
        assert_eq!(
            days.in_both_zones(Zone::UTC, 60).join("\n"),
            "\
Sat 21 Nov to Sun 22 Nov, Europe/Berlin, the schedule's zone
 Primary          Sat 21    Sun 22
  Ana Abara (you) 00-09                12h
                  17:30-20*
  Bram Brandt     09-17:30  00-24      37h
                  20-24
 Secondary        Sat 21    Sun 22
  Cleo Cole       00-24     00-24      48h
  * as a cover
Sat 21 Nov to Sun 22 Nov, UTC, your zone
 Primary          Sat 21    Sun 22
  Ana Abara (you) 00-08                11h
                  16:30-19*
  Bram Brandt     08-16:30  00-24      38h
                  19-24
 Secondary        Sat 21    Sun 22
  Cleo Cole       00-24     00-24      48h
  * as a cover"
        );
        let narrow = days.in_both_zones("Europe/Berlin".parse().expect("a zone"), 24);
        assert_eq!(
            narrow[..5].join("\n"),
            "Sat 21 Nov to Sun 22 Nov, Europe/Berlin\n Sat 21 Nov\n  00-09  Ana Abara (you) Primary\n  00-24  Cleo Cole Secondary\n  09-17:30 Bram Brandt Primary"
        );
    }
}
