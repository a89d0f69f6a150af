//! What agents propose, beside the journal: to be seen by every program that shares it, for as long as it is good.

use super::{Journal, StoreError, VERSION};
use crate::domain::{Instant, OpenProposal, ProposalAnswer};
use crate::store::file::schema;
use rusqlite::{OptionalExtension, params};

impl Journal {
    /// Shows a proposal of a run, or shows it as it is now; what has expired meanwhile goes.
    pub fn show_proposal(
        &self,
        run: &str,
        proposal: &OpenProposal,
        now: Instant,
    ) -> Result<(), StoreError> {
        let data = serde_json::to_string(proposal).unwrap_or_default();
        let showing = self.db.unchecked_transaction()?;
        self.db.execute(
            "DELETE FROM proposal WHERE expires <= ?1",
            [now.timestamp()],
        )?;
        self.db.execute(
            "INSERT INTO proposal (id, run, expires, data) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET data = ?4",
            params![proposal.id, run, proposal.expires.timestamp(), data],
        )?;
        Ok(showing.commit()?)
    }

    /// A proposal is settled.
    pub fn end_proposal(&self, id: &str) -> Result<(), StoreError> {
        self.db
            .execute("DELETE FROM proposal WHERE id = ?1", [id])?;
        Ok(())
    }

    /// A run ends, and nothing it proposed can be confirmed any more.
    pub fn end_proposals_of(&self, run: &str) -> Result<(), StoreError> {
        self.db
            .execute("DELETE FROM proposal WHERE run = ?1", [run])?;
        Ok(())
    }

    /// What waits, oldest first.
    pub fn proposals(&self, now: Instant) -> Result<Vec<OpenProposal>, StoreError> {
        // A journal of an earlier version is opened as it is where nothing can be written.
        if schema(&self.db)? < VERSION {
            return Ok(Vec::new());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT data, answer FROM proposal WHERE expires > ?1 ORDER BY rowid",
        )?;
        let rows = statement.query_map([now.timestamp()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        })?;
        let read = |(data, answer): (String, Option<String>)| {
            let proposal: OpenProposal = serde_json::from_str(&data).ok()?;
            let answer = answer.and_then(|answer| serde_json::from_str(&answer).ok());
            Some(OpenProposal { answer, ..proposal })
        };
        Ok(rows.flatten().filter_map(read).collect())
    }

    /// Keeps what somebody said of a proposal; false where it waits no more, or somebody else has said something.
    pub fn answer_proposal(
        &self,
        id: &str,
        answer: &ProposalAnswer,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let answer = serde_json::to_string(answer).unwrap_or_default();
        let answered = self.db.execute(
            "UPDATE proposal SET answer = ?2 WHERE id = ?1 AND answer IS NULL AND expires > ?3",
            params![id, answer, now.timestamp()],
        )?;
        Ok(answered > 0)
    }

    /// What somebody said of a proposal so far.
    pub fn proposal_answer(&self, id: &str) -> Result<Option<ProposalAnswer>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached("SELECT answer FROM proposal WHERE id = ?1")?;
        let answer = statement.query_row([id], |row| row.get::<_, Option<String>>(0));
        let answer = answer.optional()?.flatten();
        Ok(answer.and_then(|answer| serde_json::from_str(&answer).ok()))
    }

    /// A number that is another one as soon as another program has changed anything here. Asking for it reads no row.
    pub fn changes_of_others(&self) -> Result<i64, StoreError> {
        Ok(self
            .db
            .query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}
