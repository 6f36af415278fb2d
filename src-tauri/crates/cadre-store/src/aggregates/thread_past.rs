//! What becomes of threads besides running: forks of them, and what is removed.

use cadre_graph::{Fork, Hash, Origin};
use serde::{Deserialize, Serialize};

use super::thread::{CHECKPOINTS, JOURNAL, PARKED, TASK_WRITES, THREADS};
use crate::ledger::Entry;
use crate::projection::{Change, insert, update};
use crate::record::Data;

/// A thread and how far of it counts.
pub(crate) type Segment = (String, u64);

/// A thread that began as a fork. What it shares is named by the entries that made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Forked {
    #[serde(flatten)]
    pub(crate) fork: Fork,
    pub(crate) graph: String,
    pub(crate) graph_version: u32,
    pub(crate) step: u64,
    pub(crate) open_tasks: u64,
    /// Where its past lies, nearest first.
    pub(crate) lineage: Vec<Segment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) journal: Vec<KeptCall>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers: Vec<KeptAnswer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) written: Vec<KeptWrite>,
}

impl Forked {
    pub(crate) fn origin(&self) -> Origin {
        let (thread, step) = self.lineage.first().cloned().unwrap_or_default();
        Origin { thread, step, at: self.fork.at }
    }
}

/// A recorded call that a task of the fork begins with, by its entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptCall {
    pub(crate) task: String,
    pub(crate) position: u32,
    pub(crate) seq: u64,
}

/// A wait that was over, by the entries of the wait and of its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptAnswer {
    pub(crate) task: String,
    pub(crate) position: u32,
    pub(crate) on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<String>,
    pub(crate) seq: u64,
    pub(crate) answer_seq: u64,
    pub(crate) answer: Hash,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptWrite {
    pub(crate) task: String,
    pub(crate) seq: u64,
}

/// A thread that is gone, with all that only it had.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deleted {
    pub(crate) thread: String,
    pub(crate) graph: String,
    pub(crate) by: String,
    /// The entries whose checkpoints are gone. Those that a fork shares are not among them.
    pub(crate) checkpoints: Vec<u64>,
}

/// A thread whose earlier checkpoints are no longer in its history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pruned {
    pub(crate) thread: String,
    pub(crate) by: String,
    /// The first step that was kept.
    pub(crate) kept_from: u64,
}

pub(crate) fn forked(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let forked: Forked = data.read()?;
    let thread = forked.fork.thread;
    let mut changes = vec![insert!(THREADS,
        id: thread.clone(),
        graph: forked.graph,
        graph_version: forked.graph_version,
        head: forked.fork.at,
        step: forked.step,
        open_tasks: forked.open_tasks,
        start_seq: entry.seq,
        lineage: serde_json::to_string(&forked.lineage)?,
    )];
    for call in forked.journal {
        changes.push(insert!(JOURNAL,
            thread: thread.clone(), task: call.task, position: call.position, seq: call.seq));
    }
    for wait in forked.answers {
        let due_at = wait.due_at.and_then(|at| at.parse::<i64>().ok());
        changes.push(insert!(PARKED,
            thread: thread.clone(), task: wait.task, position: wait.position, kind: wait.on, due_at: due_at,
            seq: wait.seq, answer_seq: wait.answer_seq, answer_hash: wait.answer));
    }
    for write in forked.written {
        changes.push(insert!(TASK_WRITES, thread: thread.clone(), task: write.task, seq: write.seq));
    }
    Ok(changes)
}

pub(crate) fn deleted(_entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let deleted: Deleted = data.read()?;
    let of_thread = [&THREADS, &TASK_WRITES, &JOURNAL, &PARKED];
    let rows = of_thread.map(|table| Change::Delete { table, key: vec![deleted.thread.as_str().into()] });
    let checkpoints = deleted.checkpoints.iter();
    let checkpoints = checkpoints.map(|seq| Change::Delete { table: &CHECKPOINTS, key: vec![(*seq).into()] });
    Ok(rows.into_iter().chain(checkpoints).collect())
}

pub(crate) fn pruned(_entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let pruned: Pruned = data.read()?;
    Ok(vec![update!(THREADS, [pruned.thread], kept_from: pruned.kept_from)])
}
