//! Schedules, entries and overrides.

use super::pagination::query;
use super::wire::Wire;
use super::{ApiError, Client, Listed};
use crate::domain::time::stamp;
use crate::domain::{Instant, Override, Rotation, Schedule, ScheduleId, Shift};
use serde_json::Value;

fn shift(v: Wire<'_>) -> Option<Shift> {
    Some(Shift {
        person: v.at("user").person(),
        start: v.time("start_at")?,
        end: v.time("end_at")?,
        rotation: v.some_line("rotation_id"),
        overridden: false,
    })
}

fn schedule(v: Wire<'_>) -> Option<Schedule> {
    let rotation = |r: Wire<'_>| {
        Some(Rotation {
            id: r.id("id")?.into(),
            name: r.line("name"),
            people: r.list("users").filter_map(Wire::person).collect(),
            layers: r
                .list("layers")
                .map(|l| (l.line("id"), l.line("name")))
                .collect(),
        })
    };
    Some(Schedule {
        id: v.id("id")?.into(),
        name: v.line("name"),
        timezone: v.line("timezone"),
        now: v.list("current_shifts").filter_map(shift).collect(),
        next: v.list("next_shifts").filter_map(shift).collect(),
        rotations: v
            .at("config")
            .list("rotations")
            .filter_map(rotation)
            .collect(),
    })
}

impl Client {
    /// Every schedule with its current and next shifts. 25 a page, since larger pages come without the next shifts.
    pub async fn schedules(&self) -> Result<Listed<Schedule>, ApiError> {
        self.list(
            "/v2/schedules",
            "schedules",
            query(&[("page_size", "25")]),
            2_000,
            schedule,
        )
        .await
    }

    /// Who is on call in a window, overrides marked.
    pub async fn shifts(
        &self,
        id: &ScheduleId,
        from: Instant,
        to: Instant,
    ) -> Result<Listed<Shift>, ApiError> {
        let mut all = Listed::default();
        self.each_window(id, from, to, |entries| {
            let covered: Vec<Shift> = entries.list("overrides").filter_map(shift).collect();
            for item in entries.list("final") {
                match shift(item) {
                    Some(mut read) => {
                        read.overridden = covered.iter().any(|o| {
                            o.person == read.person && o.start <= read.start && o.end >= read.end
                        });
                        all.items.push(read);
                    }
                    None => all.unreadable += 1,
                }
            }
        })
        .await?;
        Ok(all)
    }

    /// Reads who is on call on a schedule in a window, part by part.
    async fn each_window(
        &self,
        id: &ScheduleId,
        from: Instant,
        to: Instant,
        mut read: impl FnMut(Wire<'_>) + Send,
    ) -> Result<(), ApiError> {
        let mut start = stamp(from);
        // The next page of a window is asked for with its start moved to the cursor.
        for _ in 0..50 {
            let asked = query(&[
                ("schedule_id", id.as_str()),
                ("entry_window_start", &start),
                ("entry_window_end", &stamp(to)),
            ]);
            let body = self.get("/v2/schedule_entries", &asked).await?;
            let v = Wire(&body);
            let entries = v.at("schedule_entries");
            if !entries.at("final").0.is_array() {
                return Err(self.unreadable("/v2/schedule_entries", "the shifts of a schedule"));
            }
            read(entries);
            let after = v.at("pagination_meta").raw("after").to_owned();
            if after.is_empty() || after == start {
                break;
            }
            start = after;
        }
        Ok(())
    }

    /// A schedule as the list has it, with who takes over among its next shifts where the list leaves that open. What
    /// cannot be read is left open.
    pub async fn told_through(&self, listed: &Value, days: i64) -> Option<Value> {
        let known = schedule(Wire(listed)).filter(Schedule::is_cut_short)?;
        let (now, mut coming) = (self.now(), Vec::new());
        let to = now + chrono::Duration::days(days);
        let read = |entries: Wire<'_>| {
            coming.extend(entries.list("final").map(|entry| entry.0.clone()));
        };
        self.each_window(&known.id, now, to, read).await.ok()?;
        let shifts: Vec<Shift> = coming.iter().filter_map(|e| shift(Wire(e))).collect();
        let before = known.next.clone();
        let whole = known.with_coming(&shifts, now);
        let fresh = |entry: &Value| {
            let found = shift(Wire(entry));
            found.is_some_and(|s| whole.next.contains(&s) && !before.contains(&s))
        };
        let mut told = listed.clone();
        let next = told.get_mut("next_shifts")?.as_array_mut()?;
        next.extend(coming.into_iter().filter(fresh));
        Some(told)
    }

    /// Overrides of a schedule.
    pub async fn overrides(&self, id: &ScheduleId) -> Result<Listed<Override>, ApiError> {
        let read = |v: Wire<'_>| {
            Some(Override {
                id: v.id("id")?.into(),
                person: v.at("user").person(),
                start: v.time("start_at")?,
                end: v.time("end_at")?,
            })
        };
        self.list(
            "/v2/schedule_overrides",
            "overrides",
            query(&[("schedule_id", id.as_str()), ("page_size", "250")]),
            2_000,
            read,
        )
        .await
    }
}

/// What every reader here makes of a value.
#[cfg(test)]
pub(super) fn read_any(v: Wire<'_>) -> Vec<String> {
    vec![format!("{:?}", shift(v)), format!("{:?}", schedule(v))]
}
