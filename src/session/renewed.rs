//! A session opened anew while its program goes on: with other settings, or with secrets that were rotated.

use super::{Access, ApiError, Session, off_thread};
use crate::config::{self, Config, SecretFiles};
use std::sync::Arc;

impl Session {
    /// The files with secrets and certificates that it was configured with, as they stand now.
    pub async fn secret_files(&self) -> Result<SecretFiles, ApiError> {
        let config = self.config.clone();
        off_thread(move || SecretFiles::of(&config)).await
    }

    /// The same organisation and the same places on disk, with the key and all secrets read again; by other settings where
    /// there are some.
    pub async fn renewed(&self, config: Option<Arc<Config>>) -> Result<Self, ApiError> {
        let config = config.unwrap_or_else(|| self.config.clone());
        if config.base_url != self.config.base_url {
            return Err(ApiError::User(format!(
                "base_url is {} now, and was {}: that is another organisation, and takes a new start.",
                config.base_url, self.config.base_url
            )));
        }
        let of = |config: &Config| {
            let relay = &config.relay;
            let parts = [&relay.nats, &relay.org, &relay.credentials, &relay.ca_cert];
            parts.map(String::clone)
        };
        if self.client.leave().is_some() && of(&config) != of(&self.config) {
            return Err(ApiError::User(
                "[relay] says now that the lease lies elsewhere, which takes a new start.".into(),
            ));
        }
        let (cache, journal) = (self.cache.clone(), self.journal_path.clone());
        let passing = self.passing;
        let opened = off_thread(move || {
            let found = config::find_key(&config).map_err(|e| ApiError::User(e.to_string()))?;
            let access = Access {
                key: Some(found.ok_or(ApiError::NoKey)?.key),
                cache: None,
                journal,
                passing,
                keep: None,
                config,
            };
            Self::open_on(access, cache)
        });
        let opened = opened.await??;
        if let Some(leave) = self.client.leave() {
            opened.client.set_leave(leave);
        }
        // Their secrets, too.
        opened.sources().await?;
        Ok(opened)
    }
}
