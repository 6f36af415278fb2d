//! Runs: attempts to carry a step out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::commitment;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted, updated};
use crate::read::{ReadError, blob_hash};
use crate::record::{Record, RowChange};

pub(crate) static RUNS: Table = Table {
    name: "runs",
    key: &["id"],
    columns: &[
        "id",
        "project",
        "step",
        "attempt",
        "member",
        "thread",
        "status",
        "outcome",
        "category",
        "started_at",
        "finished_at",
    ],
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    pub run: String,
    pub project: String,
    pub step: String,
    /// 1 for the first.
    pub attempt: u32,
    pub member: String,
    pub thread: String,
}

impl Record for RunStarted {
    const KIND: &'static str = "run.started";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![inserted!(RUNS,
            id: self.run, project: self.project, step: self.step, attempt: self.attempt, member: self.member,
            thread: self.thread, status: "running", started_at: entry.at)]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    pub run: String,
    /// `completed` or `failed`.
    pub status: String,
    /// What it gave, or why not, as a value.
    pub outcome: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

impl Record for RunFinished {
    const KIND: &'static str = "run.finished";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let outcome = commitment(&self.outcome);
        vec![updated!(RUNS, [self.run],
            status: self.status, outcome: outcome, category: self.category, finished_at: entry.at)]
    }
}

row! {
pub struct RunRow {
    pub id: String,
    pub project: String,
    pub step: String,
    pub attempt: u32,
    pub member: String,
    pub thread: String,
    pub status: String,
    pub(crate) outcome: Option<Vec<u8>>,
    pub category: Option<String>,
    pub started_at: i64,
    pub finished_at: Option<i64>,
}
}

impl Store {
    /// Oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn runs(&self, project: &str) -> Result<Vec<RunRow>, ReadError> {
        let sql = "SELECT * FROM runs WHERE project = ? ORDER BY started_at, id";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// What a member has carried out, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn runs_of_member(&self, member: &str, limit: u32) -> Result<Vec<RunRow>, ReadError> {
        let sql = "SELECT * FROM runs WHERE member = ? ORDER BY started_at DESC, id DESC LIMIT ?";
        Ok(self.all(query(sql).bind(member).bind(limit)).await?)
    }

    /// # Errors
    /// The database failed.
    pub async fn run(&self, id: &str) -> Result<Option<RunRow>, ReadError> {
        let sql = "SELECT * FROM runs WHERE id = ?";
        Ok(self.optional(query(sql).bind(id)).await?)
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn run_outcome(&self, run: &RunRow) -> Result<Option<Value>, ReadError> {
        match &run.outcome {
            Some(outcome) => Ok(Some(self.committed_value(blob_hash(outcome)?).await?)),
            None => Ok(None),
        }
    }
}
