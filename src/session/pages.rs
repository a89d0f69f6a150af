//! Lists of any endpoint, over all of their pages.

use super::{ApiError, Session};
use serde_json::Value;
use std::collections::HashSet;

impl Session {
    /// Any list, its pages put together by following the cursor to the end.
    pub async fn get_all_pages(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Value, ApiError> {
        let mut whole: Option<Value> = None;
        let (mut after, mut seen) = (None::<String>, HashSet::new());
        loop {
            let mut pairs = query.to_vec();
            pairs.extend(after.take().map(|cursor| ("after".to_owned(), cursor)));
            let page = self.client.get(path, &pairs).await?;
            let cursor = page["pagination_meta"]["after"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let count: usize = page
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, v)| v.as_array())
                .map(Vec::len)
                .sum();
            match &mut whole {
                None => whole = Some(page),
                Some(whole) => join_page(whole, page),
            }
            if count == 0 || cursor.is_empty() || !seen.insert(cursor.clone()) {
                return Ok(whole.unwrap_or_default());
            }
            after = Some(cursor);
        }
    }
}

/// Adds the lists of a page to those before; what is no list is as the last page has it.
fn join_page(whole: &mut Value, page: Value) {
    for (key, value) in page.as_object().into_iter().flatten() {
        match (whole[key.as_str()].as_array_mut(), value.as_array()) {
            (Some(all), Some(more)) => all.extend(more.iter().cloned()),
            _ => whole[key.as_str()] = value.clone(),
        }
    }
}
