//! What the bridge did by itself is told on the timeline of its incident.

use super::super::reconcile::{Happened, Step, learn};
use super::super::steps::{self, Lines};
use super::Daemon;
use crate::domain::IncidentId;
use crate::domain::episode::Line;
use crate::session::ApiError;

impl Daemon {
    /// Tells of a step that was done. A resolution that went to no channel says on the timeline what cleared when.
    pub(super) async fn tell_deed(&mut self, step: &Step, done: &Happened) -> Result<(), ApiError> {
        let at = self.session.now();
        match (step, done) {
            (Step::Resolve { says, .. }, Happened::Resolved(id)) => {
                if self.session.config().bridge.notify_channel {
                    return Ok(());
                }
                let text = says.clone();
                let line = ("quiet".to_owned(), Line { at, text });
                self.tell_lines(id, vec![line]).await
            }
            (Step::Summarise { .. }, Happened::Summarised(id, _, true)) => {
                self.tell_lines(id, vec![steps::summarised(at)]).await
            }
            _ => Ok(()),
        }
    }

    /// Keeps lines for an incident's timeline.
    pub(super) async fn tell_lines(
        &mut self,
        id: &IncidentId,
        lines: Lines,
    ) -> Result<(), ApiError> {
        if lines.is_empty() {
            return Ok(());
        }
        let happened = Happened::Tells(id.clone(), lines);
        let memory = learn(&self.memory, &happened, self.session.now());
        self.remember(memory).await
    }
}
