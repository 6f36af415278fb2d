//! Decisions: a person's answers, each recorded with who, where from and about what exactly; and what still waits
//! for one.

use cadre_graph::{Hash, Park, Wake};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aggregates::thread::Parked;
use crate::batch::{Batch, Guard, commitment};
use crate::checkpointer::add_wake;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted};
use crate::read::{REDACTED, ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};

pub(crate) static DECISIONS: Table = Table {
    name: "decisions",
    key: &["id"],
    columns: &[
        "id",
        "subject",
        "project",
        "thread",
        "task",
        "position",
        "decision",
        "reason",
        "action_hash",
        "by",
        "channel",
        "decided_at",
    ],
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionMade {
    pub id: String,
    /// `plan`, `approval`, `question`, `failure`, `unknown_outcome`, `restore`.
    pub subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The wait that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Wake>,
    /// `approve`, `deny`, `edit`, `changes`, or an answer's name.
    pub decision: String,
    /// As a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
    /// Hash of the exact bytes that were decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_hash: Option<String>,
    pub by: String,
    /// `inbox`, `notification`, `cli`, `http`.
    pub channel: String,
}

impl Record for DecisionMade {
    const KIND: &'static str = "decision.made";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let wake = self.answers;
        vec![inserted!(DECISIONS,
            id: self.id, subject: self.subject, project: self.project,
            thread: wake.as_ref().map(|wake| wake.thread.clone()),
            task: wake.as_ref().map(|wake| wake.task.clone()),
            position: wake.as_ref().map(|wake| wake.position),
            decision: self.decision, reason: self.reason.as_ref().and_then(commitment),
            action_hash: self.action_hash, by: self.by, channel: self.channel, decided_at: entry.at)]
    }
}

row! {
pub struct DecisionRow {
    pub id: String,
    pub subject: String,
    pub project: Option<String>,
    pub thread: Option<String>,
    pub decision: String,
    pub(crate) reason: Option<Vec<u8>>,
    pub action_hash: Option<String>,
    pub by: String,
    pub channel: String,
    pub decided_at: i64,
}
}

/// An interrupt that nobody has answered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenInterrupt {
    pub wake: Wake,
    pub raised_at: i64,
    pub interrupt: cadre_graph::Interrupt,
}

pub fn decision_is_new(decision: &str) -> Guard {
    Guard::Absent { table: &DECISIONS, key: vec![decision.into()] }
}

/// Adds the answer to a wait, on the condition that nobody has answered it.
pub fn answer(batch: &mut Batch, wake: &Wake, answer: &Value) {
    add_wake(batch, wake, answer);
}

/// What is asked and not answered, unless by a project that is over or on a line that was left.
macro_rules! open {
    () => {
        "FROM parked w JOIN ledger l ON l.seq = w.seq
         JOIN threads t ON t.id = w.thread
         LEFT JOIN projects p ON p.thread = COALESCE(t.parent_thread, t.id)
         WHERE w.kind = 'interrupt' AND w.answer_seq IS NULL
           AND (p.id IS NULL OR p.status NOT IN ('completed', 'aborted'))
           AND NOT EXISTS (SELECT 1 FROM lines x WHERE x.leaves = COALESCE(t.parent_thread, t.id))"
    };
}

impl Store {
    /// Oldest first: what has waited longest is at the top of an Inbox. What a project asked that is over waits no
    /// more: its thread does not go on, whatever is answered.
    ///
    /// # Errors
    /// The database failed, or an interrupt cannot be read.
    pub async fn open_interrupts(&self) -> Result<Vec<OpenInterrupt>, ReadError> {
        let sql = concat!("SELECT l.seq, l.body ", open!(), " ORDER BY l.seq");
        self.interrupts(self.all(query(sql)).await?).await
    }

    /// The one that waits there, under the same conditions.
    ///
    /// # Errors
    /// The database failed, or the interrupt cannot be read.
    pub async fn open_interrupt(&self, wake: &Wake) -> Result<Option<OpenInterrupt>, ReadError> {
        let sql =
            concat!("SELECT l.seq, l.body ", open!(), " AND w.thread = ? AND w.task = ? AND w.position = ?");
        let query = query(sql).bind(&wake.thread).bind(&wake.task).bind(wake.position);
        Ok(self.interrupts(self.all(query).await?).await?.pop())
    }

    /// How many [`open_interrupts`](Self::open_interrupts) there are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_open_interrupts(&self) -> Result<u32, ReadError> {
        let sql = concat!("SELECT COUNT(*) ", open!());
        Ok(self.one(query(sql)).await?)
    }

    async fn interrupts(&self, rows: Vec<(i64, Vec<u8>)>) -> Result<Vec<OpenInterrupt>, ReadError> {
        let mut waits = Vec::with_capacity(rows.len());
        for (seq, body) in rows {
            let entry = Entry::decode(&body).map_err(|source| ReadError::malformed(seq, source))?;
            let parked: Parked =
                serde_json::from_value(entry.data).map_err(|source| ReadError::malformed(seq, source))?;
            waits.push((entry.at, commitment(&parked.park).ok_or(ReadError::NoMark)?, parked));
        }
        let contents: Vec<Hash> = waits.iter().map(|(_, content, _)| *content).collect();
        let values = self.committed_values(&contents).await?;
        let mut open = Vec::with_capacity(waits.len());
        for (raised_at, content, parked) in waits {
            if let Park::Interrupt(interrupt) = typed(&values, content)? {
                let wake = Wake { thread: parked.thread, task: parked.task, position: parked.position };
                open.push(OpenInterrupt { wake, raised_at, interrupt: *interrupt });
            }
        }
        Ok(open)
    }

    /// What the person said with it.
    ///
    /// # Errors
    /// The content is missing or redacted.
    pub async fn decision_reason(&self, decision: &DecisionRow) -> Result<Option<String>, ReadError> {
        match &decision.reason {
            Some(reason) => match self.committed(blob_hash(reason)?).await {
                Err(ReadError::Redacted { .. }) => Ok(Some(REDACTED.to_owned())),
                reason => reason.map(Some),
            },
            None => Ok(None),
        }
    }

    /// Newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn decisions(&self, project: Option<&str>, limit: u32) -> Result<Vec<DecisionRow>, ReadError> {
        let sql = "SELECT id, subject, project, thread, decision, reason, action_hash, by, channel, decided_at
                   FROM decisions WHERE ?1 IS NULL OR project = ?1 ORDER BY decided_at DESC, id DESC LIMIT ?2";
        Ok(self.all(query(sql).bind(project).bind(limit)).await?)
    }
}
