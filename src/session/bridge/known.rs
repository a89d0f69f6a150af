//! What the bridge remembers, for whoever only looks: nothing is made where none has run, and the file is opened once.

use super::{Remembered, Session};
use crate::domain::ApiError;
use crate::domain::episode::{LastRound, Memory};

/// What is known of the bridge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownBridge {
    /// Episodes, where they were asked for, and incidents that are kept.
    pub memory: Memory,
    /// How its last look went.
    pub last: Option<LastRound>,
}

impl Session {
    /// Incidents that the bridge keeps, and how its last look went; nothing where none has run here.
    pub async fn kept_incidents(&self) -> Result<Option<KnownBridge>, ApiError> {
        let Some(remembered) = self.bridge_if_any().await? else {
            return Ok(None);
        };
        let incidents = remembered.incidents().await?;
        let memory = Memory {
            incidents,
            orders: remembered.orders().await?,
            ..Memory::default()
        };
        let last = remembered.last_round().await?;
        Ok(Some(KnownBridge { memory, last }))
    }

    /// The same with all episodes.
    pub async fn known_bridge(&self) -> Result<Option<KnownBridge>, ApiError> {
        let Some(remembered) = self.bridge_if_any().await? else {
            return Ok(None);
        };
        let memory = remembered.memory().await?;
        let last = remembered.last_round().await?;
        Ok(Some(KnownBridge { memory, last }))
    }

    async fn bridge_if_any(&self) -> Result<Option<&Remembered>, ApiError> {
        // A session that keeps nothing on disk has no bridge.
        let Ok(path) = self.bridge_path() else {
            return Ok(None);
        };
        if self.bridge.get().is_none() && !path.exists() {
            return Ok(None);
        }
        let opened = self.bridge.get_or_try_init(|| self.bridge_memory()).await?;
        Ok(Some(opened))
    }
}
