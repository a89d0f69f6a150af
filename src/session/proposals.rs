//! What agents propose on this machine, for whoever looks at its journal; and whether anything was changed there.

use super::{ApiError, Session};
use crate::domain::OpenProposal;

impl Session {
    /// Shows a proposal of a run to the consoles of this machine.
    pub async fn show_proposal(&self, run: &str, proposal: OpenProposal) -> Result<(), ApiError> {
        let (run, now) = (run.to_owned(), self.now());
        let kept = proposal.to_be_kept();
        let outbox = self.outbox().await?;
        outbox
            .with(false, move |journal| {
                journal.show_proposal(&run, &kept, now)
            })
            .await
    }

    /// A proposal is settled: it is shown no more.
    pub async fn end_proposal(&self, id: &str) -> Result<(), ApiError> {
        let id = id.to_owned();
        let outbox = self.outbox().await?;
        outbox
            .with(false, move |journal| journal.end_proposal(&id))
            .await
    }

    /// A run ends: nothing that it proposed can be confirmed any more.
    pub async fn end_proposals_of(&self, run: &str) -> Result<(), ApiError> {
        let run = run.to_owned();
        let outbox = self.outbox().await?;
        outbox
            .with(false, move |journal| journal.end_proposals_of(&run))
            .await
    }

    /// What agents on this machine propose and nobody has settled, oldest first.
    pub async fn proposals(&self) -> Result<Vec<OpenProposal>, ApiError> {
        let now = self.now();
        let outbox = self.outbox().await?;
        outbox
            .with(false, move |journal| journal.proposals(now))
            .await
    }

    /// A number that is another one as soon as another program has changed anything in the journal.
    pub async fn journal_changes(&self) -> Result<i64, ApiError> {
        let outbox = self.outbox().await?;
        outbox
            .with(false, |journal| journal.changes_of_others())
            .await
    }
}
