//! What of the organisation is mirrored, read again for whoever looks at it: what the cache has of it is told at once, what
//! the API says behind that.

use super::{ApiError, Change, Session};
use crate::domain::IncidentId;
use tokio::sync::mpsc::Sender;

/// A part of the organisation that is mirrored.
#[derive(Clone, Debug)]
pub enum Mirrored {
    /// Its words and people.
    Org,
    /// What changed among the incidents.
    Incidents,
    /// The whole history.
    History,
    /// One incident.
    Incident(IncidentId),
    /// One incident's timeline.
    Timeline(IncidentId),
    /// Schedules, with who is on call.
    Schedules,
    /// The catalog.
    Catalog,
}

impl Session {
    /// Reads a part of the organisation again and tells what is known of it then.
    pub async fn refresh(&self, what: &Mirrored, changes: &Sender<Change>) -> Result<(), ApiError> {
        let read = self.refresh_part(what, changes).await;
        if read.is_ok() && matches!(what, Mirrored::Incidents) {
            self.keep_glance().await;
        }
        read
    }

    async fn refresh_part(
        &self,
        what: &Mirrored,
        changes: &Sender<Change>,
    ) -> Result<(), ApiError> {
        if let Some(told) = Box::pin(self.refresh_from_relay(what, changes)).await {
            return told;
        }
        let mirror = self.mirror();
        let change = match what {
            Mirrored::Org => return self.refresh_org(changes).await,
            Mirrored::Incidents => {
                let changed = mirror.refresh(changes).await?;
                mirror.mark_session().await;
                changed
            }
            Mirrored::History => return mirror.load_history(changes).await,
            Mirrored::Incident(id) => {
                let incident = mirror.incident(id, changes).await?;
                let _ = changes.send(Change::row(&incident)).await;
                Change::Incident(Box::new(incident))
            }
            Mirrored::Timeline(id) => match mirror.timeline(id, changes).await? {
                Some(known) => Change::Timeline(Box::new(known)),
                None => return Ok(()),
            },
            Mirrored::Schedules => Change::Schedules(mirror.schedules().await?),
            Mirrored::Catalog => Change::Catalog(mirror.catalog().await?),
        };
        // Who no longer listens has gone.
        let _ = changes.send(change).await;
        Ok(())
    }

    /// The organisation; where the cache was another key's, what it told is taken back, and everything is read anew.
    async fn refresh_org(&self, changes: &Sender<Change>) -> Result<(), ApiError> {
        let (org, emptied) = self.mirror.org().await?;
        if let Some(follower) = self.relay.get() {
            follower.be_of(&org.identity);
        }
        if emptied {
            let _ = changes.send(Change::emptied()).await;
            let _ = changes.send(self.mirror.refresh(changes).await?).await;
        }
        let _ = changes.send(Change::Org(Box::new(org))).await;
        match emptied {
            true => self.mirror.load_history(changes).await,
            false => Ok(()),
        }
    }
}
