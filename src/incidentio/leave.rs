//! Leave to change something, asked for right before each request that does: whoever works only as long as nobody else
//! does sends nothing after that time.

use super::ApiError;
use super::transport::{Client, Leave};
use crate::domain::NetworkFault;

impl Client {
    /// From now on nothing is changed without leave; the first that is set stays.
    pub fn set_leave(&self, leave: Leave) {
        let _ = self.held_leave().set(leave);
    }

    /// What is asked for leave, where something is.
    pub fn leave(&self) -> Option<Leave> {
        self.held_leave().get().cloned()
    }

    /// Whether something may be changed right now. Where not, nothing was sent, and it is tried again later.
    pub fn may_change(&self) -> Result<(), ApiError> {
        let asked = self.held_leave().get().map_or(Ok(()), |leave| leave());
        asked.map_err(|reason| ApiError::Network {
            host: self.host(),
            reason,
            kind: NetworkFault::Other,
            unsent: true,
        })
    }
}
