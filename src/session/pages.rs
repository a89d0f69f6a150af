//! Answers of any endpoint, told piece by piece as they come.

use super::{ApiError, Piece, Session};

impl Session {
    /// Any answer, and the pages behind it where those are asked for, without holding them.
    pub async fn stream(
        &self,
        path: &str,
        query: &[(String, String)],
        all_pages: bool,
        each: impl FnMut(Piece<'_>) -> Result<(), ApiError> + Send,
    ) -> Result<(), ApiError> {
        self.client.stream(path, query, all_pages, each).await
    }
}
