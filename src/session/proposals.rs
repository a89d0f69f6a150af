//! What agents propose on this machine, for whoever looks at its journal; and whether anything was changed there.

use super::{ApiError, Session};
use crate::domain::{OpenProposal, ProposalAnswer};
use std::time::Duration;

/// How often it is looked whether somebody at a console has answered.
const LOOK: Duration = Duration::from_millis(250);

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

    /// Says yes or no to a proposal, for its agent that waits for it.
    pub async fn answer_proposal(
        &self,
        proposal: &OpenProposal,
        yes: bool,
    ) -> Result<(), ApiError> {
        self.gate()?;
        let answer = match yes {
            true => ProposalAnswer::Yes(proposal.shown()),
            false => ProposalAnswer::No,
        };
        let (id, now) = (proposal.id.clone(), self.now());
        let outbox = self.outbox().await?;
        let step = outbox.with(false, move |journal| {
            journal.answer_proposal(&id, &answer, now)
        });
        match step.await? {
            true => Ok(()),
            false => Err(ApiError::User(
                "It waits no more: it was settled meanwhile, or its time is over.".into(),
            )),
        }
    }

    /// What somebody at a console says of a proposal; nothing where nobody has said anything for so long.
    pub async fn proposal_answer(
        &self,
        id: &str,
        patience: Duration,
    ) -> Result<Option<ProposalAnswer>, ApiError> {
        let outbox = self.outbox().await?;
        let until = tokio::time::Instant::now() + patience;
        loop {
            let id = id.to_owned();
            let look = outbox.with(false, move |journal| journal.proposal_answer(&id));
            let found = look.await?;
            if found.is_some() || tokio::time::Instant::now() >= until {
                return Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A number that is another one as soon as another program has changed anything in the journal.
    pub async fn journal_changes(&self) -> Result<i64, ApiError> {
        let outbox = self.outbox().await?;
        outbox
            .with(false, |journal| journal.changes_of_others())
            .await
    }
}
