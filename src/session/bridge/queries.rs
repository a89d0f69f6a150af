//! What a configured query says of services now, for the fields of an incident.

use super::super::{ApiError, Session};
use crate::config::Query;
use crate::domain::{Change, Instant, Window};
use crate::sources::ChangeSource;

impl Session {
    /// The value of a query for some services; else why there is none.
    pub async fn bridge_query(
        &self,
        query: &Query,
        services: &[String],
    ) -> Result<String, ApiError> {
        let sources = self.sources().await?;
        let name = &query.source;
        if let Some(metrics) = sources.metrics.iter().find(|m| m.name() == name) {
            let metrics = metrics.prometheus().ok_or_else(|| {
                ApiError::User(format!("\"{name}\" takes no queries of Prometheus"))
            })?;
            if query.query.contains("$service") && services.is_empty() {
                return Err(ApiError::User("no service is named".into()));
            }
            let value = metrics.value(&query.query, &query.label, services, self.now());
            return value.await.map_err(|e| ApiError::User(e.to_string()));
        }
        if let Some(changes) = sources.changes.iter().find(|c| c.name() == name) {
            return self.last_change(changes, services).await;
        }
        Err(ApiError::User(format!(
            "there is no source \"{name}\" of metrics or changes"
        )))
    }

    /// The latest change of one of some services.
    async fn last_change(
        &self,
        source: &ChangeSource,
        services: &[String],
    ) -> Result<String, ApiError> {
        let now = self.now();
        let from = now - self.config.investigate.change_window();
        let window = Window {
            normal_from: from,
            recent_from: from,
            to: now,
            changes_from: from,
        };
        let changes = source.changes(window).await;
        let (changes, _) = changes.map_err(|e| ApiError::User(e.to_string()))?;
        let is_of = |c: &&Change| services.iter().any(|s| s.eq_ignore_ascii_case(&c.service));
        let last = changes.iter().filter(is_of).max_by_key(|c| c.at);
        let words = |change: &Change| said(change, now);
        last.map(words)
            .ok_or_else(|| ApiError::User(format!("{} knows of no change of it", source.name())))
    }
}

/// A change in a line: what, which version where that is not said, and how long ago.
fn said(change: &Change, now: Instant) -> String {
    let ago = crate::domain::time::span((now - change.at).num_seconds().max(0));
    match &change.version {
        Some(version) if !change.title.contains(version.as_str()) => {
            format!("{} ({version}), {ago} before", change.title)
        }
        _ => format!("{}, {ago} before", change.title),
    }
}
