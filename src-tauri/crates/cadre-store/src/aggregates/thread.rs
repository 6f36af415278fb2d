//! Threads of the graph engine: their checkpoints, pending writes, journals and waits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use cadre_graph::{Hash, JournalKind, RecordedFailure, Source, Task, Wake, canonical, digest};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger::Entry;
use crate::projection::{Cell, Change, Table, insert, update};
use crate::record::Data;

pub(crate) static THREADS: Table = Table {
    name: "threads",
    key: &["id"],
    columns: &[
        "id",
        "graph",
        "graph_version",
        "head",
        "step",
        "open_tasks",
        "parent_thread",
        "parent_task",
        "parent_position",
        "start_seq",
        "lineage",
        "kept_from",
    ],
};
pub(crate) static CHECKPOINTS: Table =
    Table { name: "checkpoints", key: &["seq"], columns: &["seq", "hash", "thread", "step", "parent"] };
pub(crate) static TASK_WRITES: Table =
    Table { name: "task_writes", key: &["thread", "task"], columns: &["thread", "task", "seq"] };
pub(crate) static JOURNAL: Table = Table {
    name: "journal",
    key: &["thread", "task", "position"],
    columns: &["thread", "task", "position", "seq"],
};
pub(crate) static PARKED: Table = Table {
    name: "parked",
    key: &["thread", "task", "position"],
    columns: &["thread", "task", "position", "kind", "due_at", "seq", "answer_seq", "answer_hash"],
};

/// A change of one channel as it is stored: values are marks of their commitments.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredChange {
    Set(Value),
    /// The items, each a value of its own so that each can be redacted by itself.
    Append(Vec<Value>),
    Merge(BTreeMap<String, Value>),
    Remove,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) thread: String,
    pub(crate) graph: String,
    pub(crate) graph_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<Wake>,
    pub(crate) root: StoredCheckpoint,
}

/// What a checkpoint's hash covers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredCheckpoint {
    pub(crate) thread: String,
    pub(crate) step: u64,
    pub(crate) parent: Option<Hash>,
    pub(crate) graph: String,
    #[serde(default, skip_serializing_if = "Source::is_loop")]
    pub(crate) source: Source,
    pub(crate) actor: String,
    /// The host's own words about it, as a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) merged: Vec<String>,
    /// Leaves of the entries that answered what the merged tasks waited for: the decisions that allowed this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers: Vec<Hash>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) change: BTreeMap<String, StoredChange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tasks: Vec<Task>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) joins: BTreeMap<String, BTreeSet<String>>,
}

/// A stored checkpoint as far as rows repeat it, read without taking what is only looked through: `verify` does so for
/// each. It is as strict about the rest.
#[derive(Deserialize)]
#[expect(dead_code, reason = "members that only have to be of their type")]
struct Projected<'a> {
    #[serde(borrow)]
    thread: Cow<'a, str>,
    step: u64,
    parent: Option<Hash>,
    #[serde(borrow)]
    graph: Cow<'a, str>,
    #[serde(default)]
    source: Source,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    #[serde(default)]
    metadata: Option<IgnoredAny>,
    #[serde(default)]
    merged: Vec<String>,
    #[serde(default)]
    answers: Vec<Hash>,
    #[serde(borrow, default)]
    change: BTreeMap<Cow<'a, str>, ChangeShape>,
    #[serde(default)]
    tasks: Vec<Task>,
    #[serde(default)]
    joins: BTreeMap<String, BTreeSet<String>>,
}

/// What a [`StoredChange`] looks like.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "members that only have to be of their type")]
enum ChangeShape {
    Set(IgnoredAny),
    Append(Vec<IgnoredAny>),
    Merge(BTreeMap<String, IgnoredAny>),
    Remove,
}

/// Of a stored checkpoint.
const CHECKPOINT: u8 = 0x02;

/// SHA-256(0x02 ‖ canonical bytes) of a stored checkpoint.
pub(crate) fn checkpoint_hash(data: &Value) -> Hash {
    digest(CHECKPOINT, &canonical(data).expect("a JSON value always has canonical bytes"))
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) thread: String,
    pub(crate) base: Hash,
    pub(crate) task: String,
    /// `[[channel, value], …]` and the jump, as one value.
    pub(crate) output: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parked {
    pub(crate) thread: String,
    pub(crate) task: String,
    pub(crate) position: u32,
    /// `interrupt`, `call` or `timer`.
    pub(crate) on: String,
    pub(crate) input: Hash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<String>,
    /// The wait itself, as a value.
    pub(crate) park: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Woken {
    pub(crate) thread: String,
    pub(crate) task: String,
    pub(crate) position: u32,
    pub(crate) answer: Value,
}

/// A recorded call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Journaled {
    pub(crate) thread: String,
    pub(crate) task: String,
    pub(crate) position: u32,
    pub(crate) call: JournalKind,
    pub(crate) name: String,
    pub(crate) input: Hash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<RecordedFailure>,
}

pub(crate) fn started(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let started: Started = data.read()?;
    let whole: Value = data.read()?;
    let hash = checkpoint_hash(&whole["root"]);
    Ok(vec![
        insert!(THREADS,
            id: started.thread.clone(),
            graph: started.graph,
            graph_version: started.graph_version,
            head: hash,
            step: 0u64,
            open_tasks: started.root.tasks.len(),
            parent_thread: started.parent.as_ref().map(|wake| wake.thread.clone()),
            parent_task: started.parent.as_ref().map(|wake| wake.task.clone()),
            parent_position: started.parent.as_ref().map(|wake| wake.position),
            start_seq: entry.seq,
        ),
        insert!(CHECKPOINTS, seq: entry.seq, hash: hash, thread: started.thread, step: 0u64),
    ])
}

pub(crate) fn checkpoint(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let checkpoint: Projected<'_> = data.read()?;
    let hash = digest(CHECKPOINT, &data.canonical());
    let thread = checkpoint.thread.as_ref();
    let mut changes = vec![
        insert!(CHECKPOINTS,
            seq: entry.seq, hash: hash, thread: thread, step: checkpoint.step, parent: checkpoint.parent),
        update!(THREADS, [thread],
            head: hash, step: checkpoint.step, open_tasks: checkpoint.tasks.len()),
        Change::Delete { table: &TASK_WRITES, key: vec![thread.into()] },
    ];
    changes.extend(closed(thread, checkpoint.step, &checkpoint.tasks, checkpoint.merged));
    Ok(changes)
}

/// A closed task leaves nothing to go on from. Where all that was open is closed, nothing of the thread is left.
fn closed(thread: &str, step: u64, open: &[Task], merged: Vec<String>) -> Vec<Change> {
    let new = format!("{step}.");
    let keys: Vec<Vec<Cell>> = match open.iter().all(|task| task.id.starts_with(&new)) {
        true => vec![vec![thread.into()]],
        false => merged.into_iter().map(|task| vec![thread.into(), task.into()]).collect(),
    };
    let delete =
        |key: &Vec<Cell>| [&JOURNAL, &PARKED].map(|table| Change::Delete { table, key: key.clone() });
    keys.iter().flat_map(delete).collect()
}

pub(crate) fn task_written(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let written: Written = data.read()?;
    Ok(vec![insert!(TASK_WRITES, thread: written.thread, task: written.task, seq: entry.seq)])
}

pub(crate) fn task_parked(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let parked: Parked = data.read()?;
    let due_at = parked.due_at.and_then(|at| at.parse::<i64>().ok());
    Ok(vec![insert!(PARKED,
        thread: parked.thread, task: parked.task, position: parked.position, kind: parked.on, due_at: due_at,
        seq: entry.seq)])
}

pub(crate) fn task_woken(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let woken: Woken = data.read()?;
    let answer = crate::batch::commitment(&woken.answer);
    Ok(vec![update!(PARKED, [woken.thread, woken.task, woken.position],
        answer_seq: entry.seq, answer_hash: answer)])
}

pub(crate) fn journal(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let call: Journaled = data.read()?;
    Ok(vec![insert!(JOURNAL, thread: call.thread, task: call.task, position: call.position, seq: entry.seq)])
}
