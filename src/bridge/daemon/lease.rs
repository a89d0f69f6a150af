//! Of several bridges one works: this one says how it stands to the others, and does nothing while it may be another's turn.

use super::{Daemon, Done};
use crate::session::ApiError;
use crate::session::bridge::lease;

impl Daemon {
    /// Whether something may be done right now. Always, where no lease is configured.
    pub(super) fn may_act(&self) -> bool {
        self.lease.hold().may_act()
    }

    /// Says how it stands to other bridges, where that changed.
    pub(super) async fn stands(&mut self) -> Result<Done, ApiError> {
        let Some(tenure) = self.lease.news() else {
            return Ok(Done::default());
        };
        self.metrics.stands(&tenure);
        let now = self.session.now();
        let kept = self.remembered.keep(vec![lease::entry(&tenure, now)]);
        kept.await?;
        let says = tenure.says();
        let says = says.and_then(|says| self.once("lease", &says));
        let done = Done {
            says: says.into_iter().collect(),
            ..Done::default()
        };
        self.told(done, now).await
    }
}
