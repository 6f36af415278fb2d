//! What people decided, as it was recorded.

use cadre_store::ReadError;
use cadre_store::aggregates::decision::DecisionRow;

use super::Engine;

#[derive(Debug, Clone)]
pub struct DecisionView {
    pub row: DecisionRow,
    /// What the person said with it.
    pub reason: Option<String>,
}

impl Engine {
    /// The newest `limit` decisions, newest first; of one project, or of all.
    ///
    /// # Errors
    /// The store failed.
    pub async fn decisions(&self, project: Option<&str>, limit: u32) -> Result<Vec<DecisionView>, ReadError> {
        let mut views = Vec::new();
        for row in self.store().decisions(project, limit).await? {
            let reason = self.store().decision_reason(&row).await?;
            views.push(DecisionView { row, reason });
        }
        Ok(views)
    }
}
