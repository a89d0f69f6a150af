//! Alert sources at incident.io: what they are told is theirs, under their own token.

use super::super::{ApiError, Session, off_thread, plain_id};
use crate::config::{AlertSource, secret};
use crate::domain::alert_feed::AlertEvent;
use secrecy::SecretString;

/// An alert source, and what lets in there.
#[derive(Clone, Debug)]
pub struct SourceAccess {
    id: String,
    token: SecretString,
}

impl Session {
    /// An alert source as it is configured; its token is read where it stands now. `setting` names it in errors.
    pub async fn alert_source(
        &self,
        of: &AlertSource,
        setting: &'static str,
    ) -> Result<SourceAccess, ApiError> {
        let id = plain_id(&of.id)?.to_owned();
        let token = of.token.clone();
        let read = off_thread(move || secret(&token, setting)).await?;
        let read = read.map_err(|e| ApiError::User(e.to_string()))?;
        let token = read.ok_or_else(|| {
            ApiError::User(format!(
                "{setting} has no token; it stands on the alert source's page at incident.io."
            ))
        })?;
        Ok(SourceAccess { id, token })
    }

    /// Tells an alert source of an event, once.
    pub async fn send_alert_event(
        &self,
        to: &SourceAccess,
        event: &AlertEvent,
    ) -> Result<(), ApiError> {
        self.gate()?;
        self.client.alert_event(&to.id, &to.token, event).await
    }

    /// Tells a heartbeat source that all is well here.
    pub async fn send_heartbeat(&self, to: &SourceAccess) -> Result<(), ApiError> {
        self.gate()?;
        self.client.heartbeat(&to.id, &to.token).await
    }
}
