//! The words of the organisation and its catalog, and what is decided in them.

use super::super::reconcile::Step;
use super::super::view::{policy, resolving, service_named};
use super::{Daemon, WORDS_FOR, Words};
use crate::domain::FieldGroup;
use crate::domain::time::Zone;
use crate::session::{ApiError, Remembered, Session};

/// The words, the catalog, and what is decided in them by a session's settings.
pub(super) async fn read(
    session: &Session,
    remembered: &Remembered,
    zone: Zone,
) -> Result<Words, ApiError> {
    let (org, catalog) = tokio::join!(session.org(), session.catalog());
    let (org, catalog) = (org?, catalog?);
    remembered.is_of(&org.identity.dashboard).await?;
    let config = &session.config().bridge;
    resolving(config, &org).map_err(|e| ApiError::User(format!("{e}.")))?;
    let policy = policy(config, zone, &org);
    Ok((org, catalog, policy.map_err(ApiError::User)?))
}

impl Daemon {
    /// The organisation's own field of services, with those of a declaration that its catalog knows.
    pub(super) fn own_field(&self, step: &Step) -> Option<(FieldGroup, String)> {
        let (Step::Declare(declaration), Some((org, catalog, _))) = (step, &self.words) else {
            return None;
        };
        let id = org.service_fields.first()?;
        let field = org.fields.iter().find(|f| f.id == *id)?;
        let config = self.session.config();
        if config.bridge.fields.contains_key(&field.name) {
            return None;
        }
        let named = declaration.services.iter();
        let mut known: Vec<&str> = named
            .filter_map(|name| service_named(catalog, name))
            .collect();
        if field.kind != "multi_select" {
            known.truncate(1);
        }
        let pair = format!("{}={}", field.name, known.join(", "));
        (!known.is_empty()).then_some((FieldGroup::Custom, pair))
    }

    pub(super) async fn read_words(&mut self) -> Result<(), ApiError> {
        self.age += 1;
        if self.words.is_some() && self.age < WORDS_FOR {
            return Ok(());
        }
        self.inbox.forget(self.session.now()).await?;
        self.words = Some(read(&self.session, &self.remembered, self.zone).await?);
        self.age = 0;
        self.said.remove("words");
        Ok(())
    }
}
