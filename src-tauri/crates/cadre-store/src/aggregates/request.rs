//! Requests and what intake made of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::commitment;
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted, updated};
use crate::read::{ReadError, blob_hash};
use crate::record::{Record, RowChange};
use crate::sql::row;

pub(crate) static REQUESTS: Table = Table {
    name: "requests",
    key: &["id"],
    columns: &["id", "content", "by", "channel", "filed_at", "intent", "reading", "project"],
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestFiled {
    pub id: String,
    /// The user's words and attachments, as a value.
    pub content: Value,
    pub by: String,
    pub channel: String,
}

impl Record for RequestFiled {
    const KIND: &'static str = "request.filed";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let content = commitment(&self.content);
        vec![inserted!(REQUESTS,
            id: self.id, content: content, by: self.by, channel: self.channel, filed_at: entry.at)]
    }
}

/// A reading, or its correction: the newest holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRead {
    pub request: String,
    pub intent: String,
    /// Who read it: `embedded`, a model's name, or `person:<name>` for a correction.
    pub reader: String,
    /// The whole reading, as a value.
    pub reading: Value,
}

impl Record for RequestRead {
    const KIND: &'static str = "request.read";

    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        vec![updated!(REQUESTS, [self.request], intent: self.intent, reading: commitment(&self.reading))]
    }
}

row! {
pub struct RequestRow {
    pub id: String,
    content: Vec<u8>,
    pub by: String,
    pub channel: String,
    pub filed_at: i64,
    pub intent: Option<String>,
    reading: Option<Vec<u8>>,
    pub project: Option<String>,
}
}

impl Store {
    /// # Errors
    /// The database failed.
    pub async fn request(&self, id: &str) -> Result<Option<RequestRow>, ReadError> {
        let sql = "SELECT * FROM requests WHERE id = ?";
        Ok(sqlx::query_as(sql).bind(id).fetch_optional(&self.shared.pool).await?)
    }

    /// Newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn requests(&self, limit: u32) -> Result<Vec<RequestRow>, ReadError> {
        let sql = "SELECT * FROM requests ORDER BY filed_at DESC, id DESC LIMIT ?";
        Ok(sqlx::query_as(sql).bind(limit).fetch_all(&self.shared.pool).await?)
    }

    /// What the user sent.
    ///
    /// # Errors
    /// The content is missing or redacted.
    pub async fn request_content(&self, request: &RequestRow) -> Result<Value, ReadError> {
        self.committed_value(blob_hash(&request.content)?).await
    }

    /// The newest reading, if there is one.
    ///
    /// # Errors
    /// The content is missing or redacted.
    pub async fn request_reading(&self, request: &RequestRow) -> Result<Option<Value>, ReadError> {
        match &request.reading {
            Some(reading) => Ok(Some(self.committed_value(blob_hash(reading)?).await?)),
            None => Ok(None),
        }
    }
}
