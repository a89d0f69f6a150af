//! Schedules with who is on call now and who takes over, and the shifts of a time.

use super::{ApiError, Session, few_at_once, schedule_named};
use crate::domain::{Instant, Schedule, ScheduleId, Shift};
use crate::incidentio::Client;
use chrono::Duration;
use futures_util::FutureExt;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Days ahead that a schedule is read for at most: what the API plans.
const AHEAD: i64 = 90;
/// Days in which whoever takes over is looked for, and days of coming shifts that a cover is offered for.
pub(super) const COMING: i64 = 14;

impl Session {
    /// Every schedule with who is on call now and next.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, ApiError> {
        schedules(&self.client, &Handovers::default()).await
    }

    /// Who is on call on a schedule in a window.
    pub async fn shifts(
        &self,
        id: &ScheduleId,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Shift>, ApiError> {
        Ok(self.client.shifts(id, from, to).await?.items)
    }

    /// Who is on call on a schedule since yesterday and in the coming two weeks.
    pub async fn coming_shifts(&self, id: &ScheduleId) -> Result<Vec<Shift>, ApiError> {
        self.around(id, COMING).await
    }

    /// Who is on call on a schedule, by name or id, in the coming days.
    pub async fn coming(&self, schedule: &str, days: i64) -> Result<Vec<Shift>, ApiError> {
        let all = self.client.schedules().await?.items;
        let schedule = schedule_named(&all, schedule)?;
        let now = self.now();
        let to = now + Duration::days(days.clamp(1, AHEAD));
        self.shifts(&schedule.id, now, to).await
    }

    /// A schedule, by name or id, with who has the whole of its coming days, today's beginning in any zone included.
    pub async fn whole_days(
        &self,
        schedule: &str,
        days: i64,
    ) -> Result<(Schedule, Vec<Shift>), ApiError> {
        let all = self.client.schedules().await?.items;
        let schedule = schedule_named(&all, schedule)?;
        let shifts = self.around(&schedule.id, days.clamp(1, AHEAD) + 1).await?;
        Ok((schedule.clone(), shifts))
    }

    /// Since yesterday and some days ahead.
    async fn around(&self, id: &ScheduleId, days: i64) -> Result<Vec<Shift>, ApiError> {
        let now = self.now();
        let (from, to) = (now - Duration::days(1), now + Duration::days(days));
        self.shifts(id, from, to).await
    }
}

/// What was found of schedules whose own list does not tell who takes over: each is looked up once, and again when it
/// has changed.
#[derive(Default)]
pub(super) struct Handovers(Mutex<HashMap<ScheduleId, (Schedule, Schedule)>>);

impl Handovers {
    fn known(&self, listed: &Schedule) -> Option<Schedule> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, whole) = known.get(&listed.id)?;
        (before == listed).then(|| whole.clone())
    }

    fn keep(&self, listed: Schedule, whole: Schedule) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(listed.id.clone(), (listed, whole));
    }
}

/// Every schedule by name. Where somebody's own shift goes on after a cover, the list names nobody else: then the coming
/// shifts tell who takes over.
pub(super) async fn schedules(
    client: &Client,
    handovers: &Handovers,
) -> Result<Vec<Schedule>, ApiError> {
    let mut all = client.schedules().await?.items;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let cut_short = all.iter_mut().filter(|s| s.is_cut_short());
    few_at_once(cut_short.map(|schedule| complete(client, handovers, schedule).boxed())).await;
    Ok(all)
}

/// Looks up who takes over. What cannot be read leaves that open; who is on call now is told all the same.
async fn complete(client: &Client, handovers: &Handovers, schedule: &mut Schedule) {
    if let Some(whole) = handovers.known(schedule) {
        *schedule = whole;
        return;
    }
    let now = client.now();
    let to = now + Duration::days(COMING);
    if let Ok(coming) = client.shifts(&schedule.id, now, to).await {
        let whole = schedule.clone().with_coming(&coming.items, now);
        handovers.keep(std::mem::replace(schedule, whole.clone()), whole);
    }
}
