//! What is gathered for people to read or take elsewhere: what a shift hands over, and incidents as a table.

use super::works::INCIDENTS;
use super::{ApiError, Session, Upstream, few_at_once, off_thread};
use crate::domain::text;
use crate::domain::{Escalation, Instant, Schedule};
use crate::draft::{Exported, Handover, at_risk, csv, exported, next_on_call};
use crate::incidentio::IncidentFilter;
use chrono::Duration;
use futures_util::FutureExt;
use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Incidents declared on one shift, at most.
const MOST_DECLARED: usize = 5_000;
/// Pages on one shift, at most.
const MOST_PAGES: usize = 500;
/// Incidents of one export, at most: its rows are kept, and take some ten times less than the incidents they are made of.
const MOST_EXPORTED: usize = 100_000;
/// Incidents that are read at a time, about: they are held whole until their rows are made.
const READ_AT_A_TIME: i64 = 2_500;
/// The longest shift: a shift that began before is not the one that is handed over.
const LONGEST_SHIFT: i64 = 2;
/// Hours that are handed over where no schedule tells when the shift began.
const HALF_A_DAY: i64 = 12;

impl Session {
    /// The Slack channel that handovers go to.
    pub fn handover_channel(&self) -> Result<String, ApiError> {
        let channel = self.config.slack.handover.clone();
        if channel.is_empty() {
            let says = "No channel is configured for handovers; set handover under [slack].";
            return Err(ApiError::User(says.into()));
        }
        Ok(channel)
    }

    /// Gathers a handover since a time, or since the shift of whoever works here began.
    pub async fn handover(&self, since: Option<Instant>) -> Result<Handover, ApiError> {
        let to = self.now();
        let from = match since {
            Some(since) => since,
            None => self.shift_begin(to).await?,
        };
        if from >= to {
            return Err(ApiError::User(
                "The period ends before it begins; look at --since and --until.".into(),
            ));
        }
        let filter = IncidentFilter {
            since: Some(from),
            ..IncidentFilter::default()
        };
        let work = self.parts("Reading what is recorded of this shift", 6);
        let (open, declared, pages, follow_ups, schedules, changes) = tokio::join!(
            work.part(self.client.open_incidents()),
            work.part(self.client.incidents(&filter, MOST_DECLARED)),
            work.part(self.client.escalations(&[], Some(from), MOST_PAGES)),
            work.part(self.client.follow_ups(None)),
            work.part(self.schedules()),
            work.part(self.known_changes(to - from))
        );
        let mut missing = Vec::new();
        let mut open = open?;
        open.sort_by(|a, b| a.row.order().cmp(&b.row.order()));
        let mut over = declared?.items;
        over.retain(|i| !i.row.category.is_open());
        let pages = or_missing(pages.map(|l| l.items), "Pages", &mut missing);
        let follow_ups = or_missing(follow_ups.map(|l| l.items), "Follow-ups", &mut missing);
        let schedules = or_missing(schedules, "Schedules", &mut missing);
        Ok(Handover {
            from,
            to,
            open,
            over,
            pages: pages.iter().filter(|p| p.created >= from).count(),
            waiting: pages.into_iter().filter(Escalation::is_waiting).collect(),
            at_risk: at_risk(follow_ups, to),
            changes: changes.0,
            next: next_on_call(&schedules),
            missing,
        })
    }

    /// When the shift that runs now or ended last began; half a day ago where the schedules do not tell.
    async fn shift_begin(&self, now: Instant) -> Result<Instant, ApiError> {
        let (org, schedules) = tokio::join!(self.org(), self.schedules());
        let (org, schedules) = (org?, schedules.unwrap_or_default());
        let begin = match self.me(&org) {
            Some(me) => self.shift_of(me.id.as_str(), &schedules, now).await,
            None => None,
        };
        Ok(begin.unwrap_or(now - Duration::hours(HALF_A_DAY)))
    }

    async fn shift_of(
        &self,
        person: &str,
        schedules: &[Schedule],
        now: Instant,
    ) -> Option<Instant> {
        let since = now - Duration::days(LONGEST_SHIFT);
        let asked = schedules
            .iter()
            .map(|schedule| self.client.shifts(&schedule.id, since, now).boxed());
        let read: Result<Vec<_>, ApiError> = few_at_once(asked).await.into_iter().collect();
        let shifts = read.ok()?.into_iter().flat_map(|listed| listed.items);
        let own = shifts.filter(|s| {
            s.start <= now && s.person.as_ref().is_some_and(|p| p.id.as_str() == person)
        });
        own.map(|s| s.start).max()
    }

    /// Writes the public incidents of the last 90 days as a table into a new file of a folder: private ones go to disk
    /// only where a person sends them there. Says where it is.
    pub async fn export_into(&self, folder: &Path) -> Result<String, ApiError> {
        let mut rows = self.export(self.now() - Duration::days(90), None).await?;
        rows.retain(|row| row["visibility"] == "public");
        let table = as_csv(&rows)?;
        let name = format!("incidents-{}.csv", self.now().format("%Y-%m-%d-%H%M%S"));
        let path = folder.join(name);
        write_whole(path.clone(), table).await?;
        let shown = path.display();
        let incidents = text::counted(rows.len(), "public incident", "public incidents");
        Ok(format!("{incidents} of the last 90 days: {shown}"))
    }

    /// Incidents declared in a period as rows of a table, newest first.
    pub async fn export(
        &self,
        from: Instant,
        until: Option<Instant>,
    ) -> Result<Vec<Exported>, ApiError> {
        let whole = IncidentFilter {
            since: Some(from),
            until,
            ..IncidentFilter::default()
        };
        let count = self.client.count_incidents(&whole).await?.unwrap_or(0);
        let parts = i32::try_from(count / READ_AT_A_TIME + 1).unwrap_or(i32::MAX);
        let work = self.work("Reading incidents", INCIDENTS);
        work.of(usize::try_from(count).ok().filter(|count| *count > 0));
        let (mut rows, mut known) = (Vec::new(), HashSet::new());
        for (since, until) in slices(from, until.unwrap_or(self.now()), parts) {
            let part = IncidentFilter::declared(since, until);
            let told = |more| work.add(more);
            let listed = self.client.incidents_telling(&part, MOST_EXPORTED, &told);
            let listed = listed.await?;
            work.back_to(since);
            // Where two slices meet, both have what was declared in that second.
            let fresh = listed
                .items
                .iter()
                .filter(|i| known.insert(i.row.id.clone()));
            rows.extend(fresh.map(exported));
            if rows.len() >= MOST_EXPORTED {
                return Err(ApiError::User(format!(
                    "These are more than {MOST_EXPORTED} incidents; give a shorter time with --since and --until."
                )));
            }
        }
        Ok(rows)
    }
}

/// An export as comma-separated values with a header.
pub fn as_csv(rows: &[Exported]) -> Result<String, ApiError> {
    csv(rows).map_err(|e| ApiError::User(format!("The table cannot be written: {e}.")))
}

/// Whether a file of that name may be written: nothing has it yet.
pub fn is_new(path: &Path) -> Result<(), ApiError> {
    let shown = path.display();
    match path.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) if path.is_dir() => Err(ApiError::User(format!(
            "{shown} is a folder; name a file in it."
        ))),
        Ok(true) => Err(ApiError::User(format!(
            "{shown} is there already and was left as it is; give another name, or remove it."
        ))),
        Err(e) => Err(unwritable(path, &e)),
    }
}

/// Writes a text into a file that only its owner can read, and that was not there before. Under its name it is whole: it
/// is written beside, and gets its name at the end.
pub async fn write_whole(path: PathBuf, text: String) -> Result<(), ApiError> {
    off_thread(move || {
        is_new(&path)?;
        write_new(&path, &text).map_err(|e| unwritable(&path, &e))
    })
    .await?
}

fn unwritable(path: &Path, e: &std::io::Error) -> ApiError {
    ApiError::machine(
        path,
        e,
        format!("{} cannot be written: {e}.", path.display()),
    )
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A period in so many equal parts, the newest first.
fn slices(
    from: Instant,
    to: Instant,
    parts: i32,
) -> impl Iterator<Item = (Instant, Instant)> + Send {
    let step = (to - from) / parts;
    let begin = move |n: i32| if n == 0 { from } else { from + step * n };
    let end = move |n: i32| {
        if n + 1 == parts {
            to
        } else {
            from + step * (n + 1)
        }
    };
    (0..parts).rev().map(move |n| (begin(n), end(n)))
}

fn or_missing<T>(read: Result<Vec<T>, ApiError>, what: &str, missing: &mut Vec<String>) -> Vec<T> {
    read.unwrap_or_else(|e| {
        missing.push(format!("{what} could not be read: {e}"));
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_cut_into_parts_that_leave_nothing_out() {
        let at = |seconds| Instant::from_timestamp(seconds, 0).expect("a time");
        let parts: Vec<_> = slices(at(0), at(10), 3).collect();
        assert_eq!(parts.len(), 3);
        assert_eq!((parts[0].1, parts[2].0), (at(10), at(0)));
        assert!(parts.windows(2).all(|pair| pair[0].0 == pair[1].1));
        assert_eq!(
            slices(at(0), at(10), 1).collect::<Vec<_>>(),
            [(at(0), at(10))]
        );
    }
}
