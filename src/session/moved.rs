//! What was moved since a time, by whom: from the activity of the incidents that moved, and from the sources of changes.

use super::{ApiError, Listed, Session, few_at_once};
use crate::domain::{ChangeClass, IncidentId, Instant, Move, MoveKind, Moved};
use futures_util::FutureExt;

/// Incidents whose activity is read: one request each.
const LOOKED_AT: usize = 20;

impl Session {
    /// What was moved since a time in some incidents, and what was deployed. What cannot be read is told as missing; an
    /// error is only that nothing could be.
    pub async fn moved_since(
        &self,
        since: Instant,
        incidents: &[IncidentId],
    ) -> Result<Moved, ApiError> {
        let looked_at = &incidents[..incidents.len().min(LOOKED_AT)];
        let (logs, (changes, _)) = tokio::join!(
            self.activity_of(looked_at),
            self.known_changes(self.now() - since)
        );
        let mut moved = Moved {
            more: incidents.len() > looked_at.len(),
            ..Moved::default()
        };
        let (mut read, mut failed) = (0, None);
        for log in logs {
            match log {
                Ok(listed) => {
                    read += 1;
                    moved.moves.extend(listed.items.into_iter().flatten());
                }
                Err(e) => failed = Some(e),
            }
        }
        match failed {
            Some(e) if read == 0 => return Err(e),
            Some(e) => moved.missing.push(e.to_string()),
            None => {}
        }
        let deploys = changes
            .into_iter()
            .filter(|c| c.class == ChangeClass::Deploy);
        moved.moves.extend(deploys.map(|c| Move {
            at: c.at,
            kind: MoveKind::Deploy,
            who: c.author.unwrap_or_default(),
        }));
        moved.moves.retain(|m| m.at >= since);
        Ok(moved)
    }

    /// What each incident's log tells.
    async fn activity_of(&self, ids: &[IncidentId]) -> Vec<Result<Listed<Vec<Move>>, ApiError>> {
        few_at_once(ids.iter().map(|id| self.client.moves(id).boxed())).await
    }
}
