//! Lists page by page. A walk ends where the cursor is absent, empty or seen before, and at an empty page.

use super::wire::Wire;
use super::{ApiError, Client, Listed};
use serde_json::Value;
use std::collections::HashSet;

/// Most pages one walk takes: a server that makes up new cursors for ever does not hold us for ever.
const MOST_PAGES: usize = 4_000;

impl Client {
    /// A whole list, at most `most` items.
    pub(super) async fn list<T>(
        &self,
        path: &str,
        key: &str,
        query: Vec<(String, String)>,
        most: usize,
        read: impl Fn(Wire<'_>) -> Option<T> + Send + Sync,
    ) -> Result<Listed<T>, ApiError>
    where
        T: Send,
    {
        let mut all = Listed::default();
        let mut cursor = None;
        let mut seen = HashSet::new();
        for _ in 0..MOST_PAGES {
            let mut query = query.clone();
            query.extend(cursor.take().map(|after| ("after".to_owned(), after)));
            let body = self.get(path, &query).await?;
            let (count, after) = take_page(&body, key, most, &read, &mut all);
            match after {
                Some(after)
                    if count > 0 && all.items.len() < most && seen.insert(after.clone()) =>
                {
                    cursor = Some(after)
                }
                _ => break,
            }
        }
        Ok(all)
    }

    /// A list as it came, to be compared and not shown.
    pub async fn raw_list(
        &self,
        path: &str,
        key: &str,
        query: Vec<(String, String)>,
    ) -> Result<Vec<Value>, ApiError> {
        Ok(self
            .list(path, key, query, 5_000, |v| Some(v.0.clone()))
            .await?
            .items)
    }

    /// An answer that is not what was asked for.
    pub(super) fn unreadable(&self, what: &str) -> ApiError {
        ApiError::NotJson {
            host: self.host(),
            status: 200,
            what: format!("{what} without an id"),
        }
    }
}

fn take_page<T>(
    body: &Value,
    key: &str,
    most: usize,
    read: &impl Fn(Wire<'_>) -> Option<T>,
    all: &mut Listed<T>,
) -> (usize, Option<String>) {
    let view = Wire(body);
    let mut count = 0;
    for item in view.list(key) {
        count += 1;
        match read(item) {
            Some(item) if all.items.len() < most => all.items.push(item),
            Some(_) => {}
            None => all.unreadable += 1,
        }
    }
    let after = view.at("pagination_meta").raw("after");
    (
        count,
        Some(after.to_owned()).filter(|after| !after.is_empty()),
    )
}

/// Query pairs from literals.
pub(super) fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}
