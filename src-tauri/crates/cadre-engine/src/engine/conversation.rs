//! What was said in a project's runs.

use cadre_store::ReadError;
use cadre_store::aggregates::conversation::MessageRow;
use serde_json::Value;

use super::Engine;

#[derive(Debug, Clone)]
pub struct MessageView {
    pub row: MessageRow,
    pub text: String,
    /// What belongs to the message beside its text: calls of tools, a diff, a result.
    pub data: Option<Value>,
}

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
    ) -> Result<Vec<MessageView>, ReadError> {
        let mut views = Vec::new();
        for row in self.store().messages(project, before.unwrap_or(i64::MAX), limit).await? {
            views.push(MessageView {
                text: self.store().message_text(&row).await?,
                data: self.store().message_data(&row).await?,
                row,
            });
        }
        Ok(views)
    }
}
