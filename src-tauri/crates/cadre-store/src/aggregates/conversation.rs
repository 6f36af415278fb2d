//! What was said in a run: by the agent, by its tools, by Cadre. A conversation is read by run, in order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::commitment;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted};
use crate::read::{ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};

pub(crate) static MESSAGES: Table = Table {
    name: "messages",
    key: &["run", "place"],
    columns: &["run", "place", "project", "step", "role", "name", "text", "data", "said_at"],
};

/// One message. A long answer is one message; what a tool gave is another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunMessage {
    pub run: String,
    /// Its place in the run's conversation, from 0 without gaps.
    pub place: u32,
    pub project: String,
    pub step: String,
    /// `task`, `agent`, `tool` or `system`.
    pub role: String,
    /// Who said it: a member, a tool, or Cadre.
    pub name: String,
    /// As values. `data` is what belongs to the message beside its text: calls of tools, a diff, a result.
    pub text: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl Record for RunMessage {
    const KIND: &'static str = "run.message";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let (text, data) = (commitment(&self.text), self.data.as_ref().and_then(commitment));
        vec![inserted!(MESSAGES,
            run: self.run, place: self.place, project: self.project, step: self.step, role: self.role,
            name: self.name, text: text, data: data, said_at: entry.at)]
    }
}

row! {
pub struct MessageRow {
    pub run: String,
    pub place: i64,
    pub project: String,
    pub step: String,
    pub role: String,
    pub name: String,
    text: Vec<u8>,
    data: Option<Vec<u8>>,
    pub said_at: i64,
}
}

/// A message with what was said.
#[derive(Debug, Clone)]
pub struct Said {
    pub row: MessageRow,
    pub text: String,
    /// What belongs to the message beside its text: calls of tools, a diff, a result.
    pub data: Option<Value>,
}

impl Store {
    /// The newest `limit` messages of a project before `before` (Unix microseconds), oldest first.
    ///
    /// # Errors
    /// The database failed, or what was said is missing or redacted.
    pub async fn messages(&self, project: &str, before: i64, limit: u32) -> Result<Vec<Said>, ReadError> {
        let sql = "SELECT * FROM (SELECT * FROM messages WHERE project = ? AND said_at < ?
                   ORDER BY said_at DESC, run DESC, place DESC LIMIT ?) AS newest ORDER BY said_at, run, place";
        let query = query(sql).bind(project).bind(before).bind(limit);
        let rows: Vec<MessageRow> = self.all(query).await?;
        let contents = rows.iter().flat_map(|row| std::iter::once(&row.text).chain(&row.data));
        let contents = contents.map(|content| blob_hash(content)).collect::<Result<Vec<_>, _>>()?;
        let values = self.committed_values(&contents).await?;
        let said = |row: MessageRow| {
            let data = row.data.as_deref().map(|data| typed(&values, blob_hash(data)?)).transpose()?;
            Ok(Said { text: typed(&values, blob_hash(&row.text)?)?, data, row })
        };
        rows.into_iter().map(said).collect()
    }
}
