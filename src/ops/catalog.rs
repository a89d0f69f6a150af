//! The catalog as a graph.

use super::{ApiError, Client};
use crate::domain::CatalogGraph;

/// Entries read of one type: a type of tens of thousands (customers, users) is not what anyone browses here.
const MOST_ENTRIES: usize = 5_000;

/// Every type, and the entries of those that are about services, teams and what else the organisation keeps small.
pub async fn catalog(client: &Client) -> Result<CatalogGraph, ApiError> {
    let types = client.catalog_types().await?.items;
    let mut entries = Vec::new();
    let wanted = types.iter().filter(|t| {
        t.categories
            .iter()
            .any(|c| matches!(c.as_str(), "service" | "team" | "product-feature"))
            || t.count.is_some_and(|n| n <= 2_000)
    });
    for kind in wanted {
        match client.catalog_entries(&kind.id, MOST_ENTRIES).await {
            Ok(listed) => entries.extend(listed.items),
            Err(ApiError::Http {
                status: 403 | 404, ..
            }) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(CatalogGraph::new(types, entries))
}
