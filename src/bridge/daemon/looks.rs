//! The cause of an incident is looked for beside the rounds, which wait for nobody.

use super::super::reconcile::{Happened, MOST_LOOKS, learn};
use super::super::steps::{self, Lines};
use super::super::words;
use super::{Daemon, Done, Looked};
use crate::domain::episode::Memory;
use crate::domain::{Finding, IncidentId, Instant};
use crate::session::{ApiError, InvestigationRequest};

impl Daemon {
    /// The looks for a cause that are due: they take a while, and go on beside the rounds.
    pub(super) fn looks(&mut self) -> Vec<impl Future<Output = Looked> + use<>> {
        let session = self.session.clone();
        let look = move |(id, reference): (IncidentId, String)| {
            let session = session.clone();
            async move {
                let (request, begun) = (InvestigationRequest::of(id.as_str()), session.now());
                let found = session.investigate(&request, None).await;
                (id, reference, begun, found.map(|done| done.finding))
            }
        };
        self.wanted.drain(..).map(look).collect()
    }

    /// Keeps what a look came to, and writes it where it belongs.
    pub(super) async fn found(
        &mut self,
        (id, reference, begun, found): Looked,
    ) -> Result<Done, ApiError> {
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
        let happened = Happened::Looked(id.clone(), settled, hypothesis);
        let memory = learn(&self.memory, &happened, now);
        let lines = self.steps(&memory, &id, &found, (begun, now));
        let memory = learn(&memory, &Happened::Tells(id, lines), now);
        self.remember(memory).await?;
        self.inbox.came.notify_one();
        self.told(done, now).await
    }

    /// The steps of a look as lines of a timeline, given what is remembered after it.
    fn steps(
        &self,
        after: &Memory,
        id: &IncidentId,
        found: &Result<Finding, ApiError>,
        (begun, ended): (Instant, Instant),
    ) -> Lines {
        let looked = |memory: &Memory| memory.incidents.get(id)?.looked.clone();
        let before = looked(&self.memory);
        let (Ok(finding), Some(now)) = (found, looked(after)) else {
            let why = found.as_ref().err().map(ToString::to_string);
            // That it failed is told the first time.
            let why = why.filter(|_| before.is_none());
            return why.map_or(Vec::new(), |why| steps::not_investigated(&why, ended));
        };
        let is_last = now.times >= MOST_LOOKS;
        steps::investigated(before.as_ref(), &now, finding, (begun, ended), is_last)
    }
}
