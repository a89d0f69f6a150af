//! Parts of the organisation as the relay has them, in the place of asking the platform.

use super::super::follow::{Follower, Stage};
use super::super::shelf::REACHING;
use super::{LOOK, TOGETHER_WITHIN};
use crate::domain::IncidentId;
use crate::session::{ApiError, Change, Mirrored, Session};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant as Tick;

impl Session {
    /// A part of the organisation as the relay has it; nothing where the platform is to be asked.
    pub(in crate::session) async fn refresh_from_relay(
        &self,
        what: &Mirrored,
        changes: &Sender<Change>,
    ) -> Option<Result<(), ApiError>> {
        let follower = self.relay.get()?;
        if let Mirrored::Timeline(id) | Mirrored::Incident(id) = what {
            follower.look_at(Some(id));
        }
        if !follower.is_followed().await {
            return None;
        }
        match what {
            Mirrored::Incidents => {
                self.mirror.mark_session().await;
                if !follower.is_own_turn() {
                    return Some(Ok(()));
                }
                // Nobody is told twice of what the relay told: only what is private is news in it.
                Some(self.refresh_own(changes).await)
            }
            Mirrored::History => {
                let (beat, _) = follower.beat().filter(|(beat, _)| beat.complete)?;
                follower.all_read().await.then_some(())?;
                let total = Change::Counted(beat.incidents, beat.at);
                let _ = changes.send(total).await;
                let _ = changes.send(Change::Loading(None)).await;
                // What lay on this machine may be of a key that saw more; the count then is too low, and is left.
                Some(Ok(()))
            }
            Mirrored::Incident(id) if follower.knows(id) => {
                let kept = self.mirror.cached_incident(id).await.ok()??;
                let _ = changes.send(Change::row(&kept)).await;
                let _ = changes.send(Change::Incident(Box::new(kept))).await;
                Some(Ok(()))
            }
            Mirrored::Timeline(id) if follower.knows(id) => {
                Some(self.tell_timeline(follower, id, changes).await)
            }
            _ => None,
        }
    }

    /// Tells the timeline of what is looked at as soon as anything in it changed.
    pub(super) async fn tell_timelines(&self, follower: &Follower, changes: &Sender<Change>) {
        loop {
            follower.moved().await;
            // What comes together is told together.
            tokio::time::sleep(TOGETHER_WITHIN).await;
            if let Some(id) = follower.focus() {
                // What cannot be read now is read at the next turn.
                let _ = Box::pin(self.refresh(&Mirrored::Timeline(id), changes)).await;
            }
        }
    }

    /// One timeline, where anything in it is known that was not told.
    async fn tell_timeline(
        &self,
        follower: &Follower,
        id: &IncidentId,
        changes: &Sender<Change>,
    ) -> Result<(), ApiError> {
        if !follower.has_moved(id) {
            return Ok(());
        }
        self.mirror.timeline_may_have_changed();
        let told = self.mirror.timeline(id, changes).await;
        if told.is_err() {
            follower.tell_again();
        }
        if let Some(known) = told? {
            let _ = changes.send(Change::Timeline(Box::new(known))).await;
        }
        Ok(())
    }

    /// What the own key sees besides what the relay tells.
    async fn refresh_own(&self, changes: &Sender<Change>) -> Result<(), ApiError> {
        let changed = self.mirror.refresh(changes).await?;
        let _ = changes.send(changed).await;
        Ok(())
    }
}

impl Follower {
    /// Whether the relay is believed, once that is settled; where it is gone, once this console's turn has come.
    async fn is_followed(&self) -> bool {
        let began = Tick::now();
        loop {
            let heard = self.heard();
            let until = match self.stage() {
                Stage::Following => return true,
                Stage::Reaching => began + REACHING,
                Stage::Apart(until, _) => until,
            };
            if until <= Tick::now() {
                return false;
            }
            let _ = tokio::time::timeout_at(until, heard).await;
        }
    }

    /// Waits until every incident that lies there was told; false where the relay is lost before.
    async fn all_read(&self) -> bool {
        loop {
            let heard = self.heard();
            if self.known().whole {
                return true;
            }
            if self.stage() != Stage::Following {
                return false;
            }
            let _ = tokio::time::timeout(LOOK, heard).await;
        }
    }
}
