//! The port to durable state. A store implements [`Checkpointer`]; the engine in this crate never assumes more
//! than what is written here.
//!
//! Every call that writes is one transaction, conditional on the thread's epoch: a writer that lost the thread
//! gets [`CheckpointError::Superseded`], never a silent fork.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::channel::{ChannelChange, State};
use crate::hash::Hash;
use crate::interrupt::Interrupt;

pub use past::{Checkpoint, CheckpointSummary, Fork, Listing, Origin, Source};

/// Fencing token of a thread's writer: grows with each claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// Something the host wants committed with a change of the thread. Opaque here.
#[derive(Debug, Clone, PartialEq)]
pub struct HostRecord {
    pub kind: String,
    pub version: u32,
    pub data: Value,
}

/// A node that is to run, or runs, or is parked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// `superstep.index:node`, unique in the thread.
    pub id: String,
    pub node: String,
    /// Own input of a fan-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
}

/// Everything a new thread begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadStart {
    pub thread: String,
    pub graph: String,
    pub graph_version: u32,
    pub changes: BTreeMap<String, ChannelChange>,
    pub tasks: Vec<Task>,
    pub actor: String,
    /// The parked call that waits for this thread, if any.
    pub parent: Option<Wake>,
    /// The host's own words about the first checkpoint.
    pub metadata: Map<String, Value>,
    pub records: Vec<HostRecord>,
}

/// Names a parked call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wake {
    pub thread: String,
    pub task: String,
    pub position: u32,
}

/// The end of one superstep.
#[derive(Debug, Clone, PartialEq)]
pub struct SuperstepCommit {
    pub thread: String,
    /// `name@version` of the graph that it was made with, which is the thread's.
    pub graph: String,
    pub epoch: Epoch,
    /// The thread's head must still be this one.
    pub expected: Hash,
    pub step: u64,
    /// Tasks whose writes this superstep applied, in order.
    pub merged: Vec<String>,
    pub changes: BTreeMap<String, ChannelChange>,
    /// Open afterwards: the next to run, and those that stay parked. Empty means the thread is finished.
    pub tasks: Vec<Task>,
    /// Join barriers that wait: key of the join, and which of its sources have arrived.
    pub joins: BTreeMap<String, BTreeSet<String>>,
    /// Answers that the merged tasks went on with: the decisions that allowed this superstep.
    pub answered: Vec<Wake>,
    pub source: Source,
    pub actor: String,
    /// The host's own words about this checkpoint.
    pub metadata: Map<String, Value>,
    pub records: Vec<HostRecord>,
}

/// A node of a parallel superstep that has finished before its siblings.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskWrite {
    pub thread: String,
    pub epoch: Epoch,
    /// The checkpoint it ran on.
    pub base: Hash,
    pub task: String,
    pub writes: Vec<(String, Value)>,
    pub goto: Option<Vec<(String, Value)>>,
    pub records: Vec<HostRecord>,
}

/// What a parked task waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Park {
    Interrupt(Box<Interrupt>),
    /// A child thread, or a run that the host dispatches; `input` says which.
    Call {
        name: String,
        input: Value,
    },
    /// Unix time in microseconds.
    Timer {
        at: i64,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct TaskPark {
    pub thread: String,
    pub epoch: Epoch,
    pub task: String,
    pub position: u32,
    pub park: Park,
    /// Hash of what was asked, checked on replay.
    pub input: Hash,
    /// Recorded calls that were not yet flushed.
    pub journal: Vec<JournalRecord>,
    pub records: Vec<HostRecord>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ParkedTask {
    pub task: String,
    pub position: u32,
    pub park: Park,
    pub input: Hash,
    /// `Some` once it was woken.
    pub answer: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalKind {
    Step,
    Effect,
    Interrupt,
    Call,
    Timer,
    Now,
    Random,
}

/// One recorded call of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalRecord {
    pub position: u32,
    pub kind: JournalKind,
    pub name: String,
    pub input: Hash,
    pub outcome: Result<Value, RecordedFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFailure {
    pub category: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JournalCommit {
    pub thread: String,
    pub epoch: Epoch,
    pub task: String,
    pub journal: Vec<JournalRecord>,
    pub records: Vec<HostRecord>,
}

/// A thread as it stands: enough to go on from.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadView {
    pub thread: String,
    pub graph: String,
    pub graph_version: u32,
    pub head: Hash,
    pub step: u64,
    pub state: State,
    pub tasks: Vec<Task>,
    pub joins: BTreeMap<String, BTreeSet<String>>,
    /// Finished tasks of the superstep that is not yet closed.
    pub pending: Vec<TaskWrite>,
    /// Recorded calls of open tasks, in order of position.
    pub journal: BTreeMap<String, Vec<JournalRecord>>,
    pub parked: Vec<ParkedTask>,
    pub parent: Option<Wake>,
    /// Who the thread acts for, as it was started.
    pub actor: String,
    /// Where it branched off, if it did.
    pub origin: Option<Origin>,
}

impl ThreadView {
    pub fn finished(&self) -> bool {
        self.tasks.is_empty()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("another writer has taken thread `{thread}` over")]
    Superseded { thread: String },
    #[error("no thread `{thread}`")]
    UnknownThread { thread: String },
    #[error("thread `{thread}` exists with another beginning")]
    ThreadExists { thread: String },
    #[error("thread `{thread}` has no checkpoint {checkpoint}")]
    UnknownCheckpoint { thread: String, checkpoint: Hash },
    #[error("no task `{task}` was open at checkpoint {checkpoint}")]
    UnknownTask { task: String, checkpoint: Hash },
    #[error("nothing waits at {0:?}")]
    NotParked(Wake),
    /// Woken before, with another answer. The same answer again is no error.
    #[error("{0:?} has had another answer")]
    AlreadyAnswered(Wake),
    #[error("Failed to save checkpoint: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where threads live.
#[async_trait]
pub trait Checkpointer: Send + Sync {
    /// Durable before it returns. Starting the same thread again with the same beginning changes nothing.
    async fn start(&self, start: ThreadStart) -> Result<(), CheckpointError>;

    /// Takes the thread over: earlier epochs can no longer write.
    async fn claim(&self, thread: &str) -> Result<Epoch, CheckpointError>;

    async fn load(&self, thread: &str) -> Result<Option<ThreadView>, CheckpointError>;

    async fn commit(&self, commit: SuperstepCommit) -> Result<Hash, CheckpointError>;

    async fn write(&self, write: TaskWrite) -> Result<(), CheckpointError>;

    async fn park(&self, park: TaskPark) -> Result<(), CheckpointError>;

    async fn journal(&self, journal: JournalCommit) -> Result<(), CheckpointError>;

    /// Answers a parked call, once. Needs no epoch: an answer is not a writer of the thread.
    async fn wake(&self, wake: &Wake, answer: Value, records: Vec<HostRecord>)
    -> Result<(), CheckpointError>;

    /// Parked tasks of the thread, those that were woken included.
    async fn parked(&self, thread: &str) -> Result<Vec<ParkedTask>, CheckpointError>;

    /// Makes a thread that shares another one's past. Durable before it returns; the same fork again changes nothing.
    async fn fork(&self, fork: Fork) -> Result<(), CheckpointError>;

    /// The threads that this one's tasks started and wait for.
    async fn children(&self, thread: &str) -> Result<Vec<String>, CheckpointError>;

    /// Removes threads with all that belongs to them, which is on record; what a fork shares with one stays in the
    /// fork's history. Gives how many there were: one that is unknown, or was removed before, is nothing to do.
    async fn delete(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError>;

    /// Removes the checkpoints before the newest from the histories of these threads, which is on record. A fork's
    /// history stays whole. Gives how many threads had any.
    async fn prune(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError>;

    /// Checkpoints of one thread or of all, newest first.
    async fn list(&self, listing: &Listing) -> Result<Vec<CheckpointSummary>, CheckpointError>;

    /// The checkpoints of a thread before a step, newest first. Of a fork, those that it shares with its source too.
    async fn history(
        &self,
        thread: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<CheckpointSummary>, CheckpointError>;

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError>;
}
