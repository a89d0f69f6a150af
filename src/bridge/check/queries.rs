//! The queries that fields name, asked once for a service of the catalog.

use super::{bad, good};
use crate::domain::CatalogType;
use crate::session::{ApiError, Check, Mark, Session};

/// Whether each has its source, and what it says now.
pub async fn check(session: &Session) -> Result<Vec<Check>, ApiError> {
    let config = session.config();
    if config.bridge.queries.is_empty() {
        return Ok(Vec::new());
    }
    let service = some_service(session).await?;
    let metrics = config.sources.prometheus_names();
    let changes = config.sources.changes.iter().map(|s| &s.name);
    let known: Vec<&String> = metrics.chain(changes).collect();
    let mut checks = Vec::new();
    for (name, query) in &config.bridge.queries {
        let line = format!("query {name}");
        if !known.contains(&&query.source) {
            let wanted = &query.source;
            let says = format!("there is no source \"{wanted}\" of metrics or changes");
            checks.push(bad(&line, says));
            continue;
        }
        let of = service.join(", ");
        checks.push(match session.bridge_query(query, &service).await {
            Ok(value) => good(&line, format!("for {of}: {value}")),
            Err(e) => Check::new(&line, Mark::Note, format!("for {of}: {e}")),
        });
    }
    Ok(checks)
}

/// A service that may declare.
async fn some_service(session: &Session) -> Result<Vec<String>, ApiError> {
    let named = session.config().bridge.services.first();
    if let Some(named) = named {
        return Ok(vec![named.clone()]);
    }
    let catalog = session.catalog().await?;
    let is_service = |kind: &CatalogType| kind.is_service();
    let mut all = catalog.search(&[]);
    let found = all.find(|entry| catalog.kind(entry).is_some_and(is_service));
    Ok(found
        .map(|entry| entry.name.to_string())
        .into_iter()
        .collect())
}
