//! What is gathered for people to read or take elsewhere: what a shift hands over, and incidents as a table.

use super::{ApiError, Session, Upstream};
use crate::domain::{Escalation, Instant};
use crate::draft::{Exported, Handover, at_risk, exported, next_on_call};
use crate::incidentio::IncidentFilter;
use chrono::Duration;

/// Incidents declared on one shift, at most.
const MOST_DECLARED: usize = 5_000;
/// Pages on one shift, at most.
const MOST_PAGES: usize = 500;
/// Incidents of one export, at most.
const MOST_EXPORTED: usize = 25_000;
/// The longest shift: a shift that began before is not the one that is handed over.
const LONGEST_SHIFT: i64 = 2;
/// Hours that are handed over where no schedule tells when the shift began.
const HALF_A_DAY: i64 = 12;

impl Session {
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
        let (open, declared, pages, follow_ups, schedules, changes) = tokio::join!(
            self.client.open_incidents(),
            self.client.incidents(&filter, MOST_DECLARED),
            self.client.escalations(None, Some(from), MOST_PAGES),
            self.client.follow_ups(None),
            self.schedules(),
            self.known_changes(to - from)
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
        let org = self.org().await?;
        let begin = match self.me(&org) {
            Some(me) => self.shift_of(me.id.as_str(), now).await,
            None => None,
        };
        Ok(begin.unwrap_or(now - Duration::hours(HALF_A_DAY)))
    }

    async fn shift_of(&self, person: &str, now: Instant) -> Option<Instant> {
        let mut begins = Vec::new();
        for schedule in self.schedules().await.ok()? {
            let since = now - Duration::days(LONGEST_SHIFT);
            let shifts = self.client.shifts(&schedule.id, since, now).await.ok()?;
            let own = shifts.items.into_iter().filter(|s| {
                s.start <= now && s.person.as_ref().is_some_and(|p| p.id.as_str() == person)
            });
            begins.extend(own.map(|s| s.start));
        }
        begins.into_iter().max()
    }

    /// Incidents declared in a period as rows of a table, newest first.
    pub async fn export(
        &self,
        from: Instant,
        until: Option<Instant>,
    ) -> Result<Vec<Exported>, ApiError> {
        let filter = IncidentFilter {
            since: Some(from),
            until,
            ..IncidentFilter::default()
        };
        let listed = self.client.incidents(&filter, MOST_EXPORTED).await?;
        if listed.items.len() >= MOST_EXPORTED {
            return Err(ApiError::User(format!(
                "These are more than {MOST_EXPORTED} incidents; give a shorter time with --since and --until."
            )));
        }
        Ok(listed.items.iter().map(exported).collect())
    }
}

fn or_missing<T>(read: Result<Vec<T>, ApiError>, what: &str, missing: &mut Vec<String>) -> Vec<T> {
    read.unwrap_or_else(|e| {
        missing.push(format!("{what} could not be read: {e}"));
        Vec::new()
    })
}
