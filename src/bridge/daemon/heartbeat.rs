//! The heartbeat source at incident.io: pinged only after a whole look, so that it fires there when nothing is looked at.

use super::{Daemon, Done};
use crate::domain::Sighting;
use crate::session::{ApiError, Session};
use std::time::Duration;
use tokio::time::Instant;

/// The least time between two pings: looks that follow at once are one sign of life.
const APART: Duration = Duration::from_secs(10);

impl Daemon {
    /// Pings after a look in which every detector answered, incident.io was read, and what follows was kept.
    pub(super) async fn beat(&mut self, sightings: &[Sighting], is_read: bool, done: &mut Done) {
        let answers = |s: &Sighting| s.heard.trouble().is_none();
        let is_whole = is_read && sightings.iter().all(answers);
        let is_soon = self.beaten.is_some_and(|last| last.elapsed() < APART);
        let is_configured = !self.session.config().bridge.heartbeat.id.is_empty();
        if !is_configured || !is_whole || is_soon {
            return;
        }
        match ping(&self.session).await {
            Ok(()) => {
                self.beaten = Some(Instant::now());
                if self.said.remove("heartbeat").is_some() {
                    done.says
                        .push("The heartbeat source is pinged again.".into());
                }
            }
            Err(e) => {
                let says = format!("The heartbeat source could not be pinged: {e}");
                done.says.extend(self.once("heartbeat", &says));
            }
        }
    }
}

async fn ping(session: &Session) -> Result<(), ApiError> {
    let config = &session.config().bridge.heartbeat;
    let source = session.alert_source(config, "bridge.heartbeat").await?;
    session.send_heartbeat(&source).await
}
