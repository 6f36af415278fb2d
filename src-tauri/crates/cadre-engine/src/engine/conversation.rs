//! What was said in a project's runs.

use cadre_store::ReadError;
use cadre_store::aggregates::conversation::Said;

use super::Engine;

impl Engine {
    /// The newest `limit` messages before `before` (Unix microseconds), oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn conversation(
        &self,
        project: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Said>, ReadError> {
        self.store().messages(project, before.unwrap_or(i64::MAX), limit).await
    }
}
