//! What was moved since a time, by whom: from the activity of the incidents that moved, and from the sources of changes.

use super::{ApiError, Listed, Session};
use crate::domain::{ChangeClass, IncidentId, Instant, Move, MoveKind, Moved};

/// Incidents whose activity is read: one request each.
const LOOKED_AT: usize = 20;
/// Requests under way at a time.
const AT_ONCE: usize = 4;

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

    /// What each incident's log tells, a few at a time.
    async fn activity_of(&self, ids: &[IncidentId]) -> Vec<Result<Listed<Vec<Move>>, ApiError>> {
        let mut logs = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for id in some {
                reads.push(self.client.moves(id));
            }
            logs.extend(futures_util::future::join_all(reads).await);
        }
        logs
    }
}
