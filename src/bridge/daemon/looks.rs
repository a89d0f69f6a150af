//! The cause of an incident is looked for beside the rounds, which wait for nobody.

use super::super::reconcile::{Happened, learn};
use super::super::words;
use super::{Daemon, Done, Looked};
use crate::domain::IncidentId;
use crate::session::{ApiError, InvestigationRequest};

impl Daemon {
    /// The looks for a cause that are due: they take a while, and go on beside the rounds.
    pub(super) fn looks(&mut self) -> Vec<impl Future<Output = Looked> + use<>> {
        let session = self.session.clone();
        let look = move |(id, reference): (IncidentId, String)| {
            let session = session.clone();
            async move {
                let request = InvestigationRequest::of(id.as_str());
                let found = session.investigate(&request, None).await;
                (id, reference, found.map(|done| done.finding))
            }
        };
        self.wanted.drain(..).map(look).collect()
    }

    /// Keeps what a look came to, and writes it where it belongs.
    pub(super) async fn found(&mut self, (id, reference, found): Looked) -> Result<Done, ApiError> {
        self.looking.remove(&id);
        let mut done = Done::default();
        let (settled, hypothesis) = match &found {
            Ok(finding) => (finding.settled, words::hypothesis(finding)),
            Err(e) => {
                done.says
                    .push(format!("{reference} could not be investigated: {e}"));
                (false, None)
            }
        };
        let now = self.session.now();
        let happened = Happened::Looked(id, settled, hypothesis);
        self.remember(learn(&self.memory, &happened, now)).await?;
        self.inbox.came.notify_one();
        self.told(done, now).await
    }
}
