//! What is learnt of an incident that was resolved is drafted beside the rounds, which wait for nobody.

use super::super::lesson::lesson;
use super::super::reconcile::{Happened, Step, learn};
use super::{Daemon, Done};
use crate::domain::{IncidentId, Instant};
use crate::session::ApiError;
use chrono::Duration;
use std::collections::BTreeMap;

/// Time between two tries.
const BETWEEN_TRIES: Duration = Duration::minutes(5);

/// An incident, its reference, and what was drafted of it.
pub(super) type Lesson = (IncidentId, String, Result<Vec<String>, ApiError>);

/// Incidents that are to be learnt from, and when that was tried last.
#[derive(Default)]
pub(super) struct Lessons {
    wanted: Vec<(IncidentId, String)>,
    tried: BTreeMap<IncidentId, Instant>,
}

impl Daemon {
    /// Takes note that an incident is to be learnt from.
    pub(super) fn wants_lesson(&mut self, step: &Step) {
        let Step::Learn {
            incident,
            reference,
        } = step
        else {
            return;
        };
        let (now, tried) = (self.session.now(), self.lessons.tried.get(incident));
        if tried.is_none_or(|at| now - *at >= BETWEEN_TRIES) {
            self.lessons.tried.insert(incident.clone(), now);
            let wanted = (incident.clone(), reference.clone());
            self.lessons.wanted.push(wanted);
        }
    }

    /// The drafts that are due.
    pub(super) fn lessons(&mut self) -> Vec<impl Future<Output = Lesson> + use<>> {
        let session = self.session.clone();
        let draft = move |(id, reference): (IncidentId, String)| {
            let session = session.clone();
            async move {
                let done = lesson(&session, &id).await;
                (id, reference, done)
            }
        };
        self.lessons.wanted.drain(..).map(draft).collect()
    }

    /// Keeps that it was learnt from. What could not be asked or sent now is tried again.
    pub(super) async fn learnt(
        &mut self,
        (id, reference, drafted): Lesson,
    ) -> Result<Done, ApiError> {
        let mut done = Done::default();
        let is_settled = match drafted {
            Ok(says) => {
                done.says = says;
                true
            }
            Err(e) => {
                let says = format!("{reference}: its post-mortem could not be drafted: {e}");
                done.says.extend(self.once(&format!("learn {id}"), &says));
                !e.is_passing()
            }
        };
        let now = self.session.now();
        if is_settled {
            self.lessons.tried.remove(&id);
            self.remember(learn(&self.memory, &Happened::Learnt(id), now))
                .await?;
        }
        self.told(done, now).await
    }
}
