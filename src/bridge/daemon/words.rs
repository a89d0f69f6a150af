//! The words of the organisation and its catalog, and what is decided in them.

use super::super::reconcile::Step;
use super::super::view::{policy, service_named};
use super::{Daemon, WORDS_FOR};
use crate::domain::FieldGroup;
use crate::session::ApiError;

impl Daemon<'_> {
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
        let (org, catalog) = tokio::join!(self.session.org(), self.session.catalog());
        let (org, catalog) = (org?, catalog?);
        self.remembered.is_of(&org.identity.dashboard).await?;
        let policy = policy(&self.session.config().bridge, self.zone, &org);
        self.words = Some((org, catalog, policy.map_err(ApiError::User)?));
        self.age = 0;
        self.said.remove("words");
        Ok(())
    }
}
