//! Requests and what intake made of them.

use std::iter;

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::commitment;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted, updated};
use crate::read::{ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};

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

/// A request with its contents.
#[derive(Debug, Clone)]
pub struct RequestSaid {
    pub row: RequestRow,
    /// What the user sent.
    pub content: Value,
    /// The newest reading, if there is one.
    pub reading: Option<Value>,
}

impl Store {
    /// # Errors
    /// The database failed.
    pub async fn request(&self, id: &str) -> Result<Option<RequestRow>, ReadError> {
        let sql = "SELECT * FROM requests WHERE id = ?";
        Ok(self.optional(query(sql).bind(id)).await?)
    }

    /// Newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn requests(&self, limit: u32) -> Result<Vec<RequestRow>, ReadError> {
        let sql = "SELECT * FROM requests ORDER BY filed_at DESC, id DESC LIMIT ?";
        Ok(self.all(query(sql).bind(limit)).await?)
    }

    /// Each with what the user sent and the newest reading, in one query for all.
    ///
    /// # Errors
    /// A content is missing or redacted.
    pub async fn request_contents(&self, rows: Vec<RequestRow>) -> Result<Vec<RequestSaid>, ReadError> {
        let stored = rows.iter().flat_map(|row| iter::once(&row.content).chain(&row.reading));
        let hashes: Result<Vec<Hash>, ReadError> = stored.map(|bytes| blob_hash(bytes)).collect();
        let values = self.committed_values(&hashes?).await?;
        let mut said = Vec::with_capacity(rows.len());
        for row in rows {
            let content = typed(&values, blob_hash(&row.content)?)?;
            let reading =
                row.reading.as_deref().map(|reading| typed(&values, blob_hash(reading)?)).transpose()?;
            said.push(RequestSaid { row, content, reading });
        }
        Ok(said)
    }
}
