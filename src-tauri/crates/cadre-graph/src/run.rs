//! The superstep loop: run what is ready in parallel, apply the writes in a fixed order, commit, route.

mod edit;
mod route;
mod superstep;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

pub use self::edit::{Edit, EditOptions};
use self::route::name_tasks;
use crate::channel::{ChannelChange, State, StateError, Write, reduce};
use crate::checkpoint::{
    CheckpointError, Checkpointer, Fork, HostRecord, Park, ParkedTask, Task, ThreadStart, ThreadView, Wake,
};
use crate::context::Clock;
use crate::graph::CompiledGraph;
use crate::node::NodeError;

/// How many supersteps one thread may take before it counts as a runaway cycle.
const STEP_LIMIT: u64 = 100_000;

/// Carries threads forward. One per host; the thread's position is in the checkpointer, not here.
#[derive(Clone)]
pub struct Runner {
    checkpointer: Arc<dyn Checkpointer>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
    leave: Option<Arc<dyn Leave>>,
    metadata: Map<String, Value>,
}

/// Asked before each superstep.
#[async_trait]
pub trait Leave: Send + Sync {
    /// Whether the thread may begin with what is ready. Whatever came meanwhile stays, and is taken up when the thread
    /// is advanced the next time.
    async fn may_begin(&self) -> Result<bool, CheckpointError>;
}

/// What a new thread may carry besides its input.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    pub actor: String,
    pub parent: Option<Wake>,
    /// The host's own words about the first checkpoint.
    pub metadata: Map<String, Value>,
    pub records: Vec<HostRecord>,
}

/// Where a thread stands when it can go no further by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    Finished(State),
    /// Every open task is parked on one of these.
    Waiting(Vec<ParkedTask>),
    /// It may not go on for now, and begins nothing.
    Held,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("node `{node}` failed: {source}")]
    Node { node: String, source: NodeError },
    #[error("Node not found: {0}")]
    NodeNotFound(String),
    #[error("node `{node}` gave the outcome `{outcome}`, which its conditional edges do not name")]
    UnknownOutcome { node: String, outcome: String },
    #[error("thread `{thread}` belongs to graph {stored}, not to {given}")]
    OtherGraph { thread: String, stored: String, given: String },
    #[error("thread `{thread}` did not end within {STEP_LIMIT} supersteps")]
    StepLimit { thread: String },
    #[error("the input is not a map of channels")]
    Input,
    /// Before a superstep: what was committed stays, and calling again with another token goes on from there.
    #[error("thread `{thread}` was stopped")]
    Cancelled { thread: String },
}

impl Runner {
    pub fn new(checkpointer: Arc<dyn Checkpointer>, clock: Arc<dyn Clock>) -> Self {
        Runner { checkpointer, clock, cancel: CancellationToken::new(), leave: None, metadata: Map::new() }
    }

    /// A runner whose nodes see `cancel`, and which starts no superstep after it.
    #[must_use]
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// A runner that begins a superstep only with leave.
    #[must_use]
    pub fn with_leave(mut self, leave: Arc<dyn Leave>) -> Self {
        self.leave = Some(leave);
        self
    }

    /// A runner whose checkpoints carry these words of the host.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.metadata = metadata;
        self
    }

    pub fn checkpointer(&self) -> &Arc<dyn Checkpointer> {
        &self.checkpointer
    }

    /// Makes a thread durable at the graph's entry. `input` is a map from channel to first write.
    ///
    /// # Errors
    /// The input does not fit the channels, or the thread exists with another beginning.
    pub async fn start(
        &self,
        graph: &CompiledGraph,
        thread: &str,
        input: Value,
        options: StartOptions,
    ) -> Result<(), RunError> {
        Ok(self.checkpointer.start(graph.beginning(thread, input, options)?).await?)
    }

    /// Makes a thread that shares another one's past up to a checkpoint. See [`Fork`].
    ///
    /// # Errors
    /// There is no such checkpoint, or the new thread exists with another beginning.
    pub async fn fork(&self, fork: Fork) -> Result<(), RunError> {
        Ok(self.checkpointer.fork(fork).await?)
    }

    /// Makes a copy of a thread as it stands, with what its open tasks recorded. Both go their own ways from here. What
    /// waits in the original asks again in the copy.
    ///
    /// # Errors
    /// There is no such thread, or the new one exists with another beginning.
    pub async fn copy(&self, source: &str, thread: &str, actor: &str) -> Result<(), RunError> {
        let view = self.load(source).await?;
        let fork = Fork::new(thread, source, view.head).actor(actor);
        let whole = view.tasks.iter().fold(fork, |fork, task| fork.before(&task.id, u32::MAX));
        self.fork(Fork { pending: true, ..whole }).await
    }

    /// Runs the thread until it is finished or every open task is parked.
    ///
    /// # Errors
    /// A node failed, the runner was cancelled, another writer took the thread over, or the store failed. What was committed stays, and
    /// calling again goes on from there.
    pub async fn advance(&self, graph: &CompiledGraph, thread: &str) -> Result<Progress, RunError> {
        let epoch = self.checkpointer.claim(thread).await?;
        let mut view = self.load(thread).await?;
        graph.expect_own(&view)?;
        loop {
            if view.finished() {
                return Ok(Progress::Finished(view.state));
            }
            if view.step > STEP_LIMIT {
                return Err(RunError::StepLimit { thread: thread.to_owned() });
            }
            let ready = ready_tasks(&view);
            if ready.is_empty() && view.pending.is_empty() {
                return Ok(Progress::Waiting(view.parked));
            }
            if self.cancel.is_cancelled() {
                return Err(RunError::Cancelled { thread: thread.to_owned() });
            }
            // An answer can have come since the host last looked, and so can a word that nothing more begins.
            if let Some(leave) = self.leave.as_ref().filter(|_| !ready.is_empty())
                && !leave.may_begin().await?
            {
                return Ok(Progress::Held);
            }
            self.superstep(graph, &mut view, epoch, ready).await?;
            if !view.parked.is_empty() && !view.finished() {
                // An answer may have come meanwhile, and a woken task needs the calls it recorded before it parked.
                view = self.load(thread).await?;
            }
        }
    }

    async fn load(&self, thread: &str) -> Result<ThreadView, RunError> {
        let view = self.checkpointer.load(thread).await?;
        Ok(view.ok_or_else(|| CheckpointError::UnknownThread { thread: thread.to_owned() })?)
    }
}

impl CompiledGraph {
    /// A thread is pinned to the graph that it was started with.
    fn expect_own(&self, view: &ThreadView) -> Result<(), RunError> {
        if (view.graph.as_str(), view.graph_version) == (self.name.as_str(), self.version) {
            return Ok(());
        }
        Err(RunError::OtherGraph {
            thread: view.thread.clone(),
            stored: format!("{}@{}", view.graph, view.graph_version),
            given: format!("{}@{}", self.name, self.version),
        })
    }

    /// What a new thread of this graph begins with. For hosts whose store starts threads on conditions of its own.
    ///
    /// # Errors
    /// The input does not fit the channels.
    pub fn beginning(
        &self,
        thread: &str,
        input: Value,
        options: StartOptions,
    ) -> Result<ThreadStart, RunError> {
        let Value::Object(input) = input else { return Err(RunError::Input) };
        // The first value of a channel is its first write; channels that nobody declared are plain last-value inputs.
        let mut changes = BTreeMap::new();
        for (channel, value) in input {
            let change = match self.channels.contains_key(&channel) {
                true => {
                    let writes = [Write { writer: "input", channel: &channel, value: &value }];
                    reduce(&self.channels, &State::default(), &writes)?.remove(&channel)
                }
                false => Some(ChannelChange::Set(value)),
            };
            changes.extend(change.map(|change| (channel, change)));
        }
        let tasks = self.entries.iter().map(|node| (node.clone(), None)).collect();
        Ok(ThreadStart {
            thread: thread.to_owned(),
            graph: self.name.clone(),
            graph_version: self.version,
            changes,
            tasks: name_tasks(0, tasks),
            actor: options.actor,
            parent: options.parent,
            metadata: options.metadata,
            records: options.records,
        })
    }
}

/// Open tasks that can run: not finished in this superstep, and not waiting without an answer.
fn ready_tasks(view: &ThreadView) -> Vec<Task> {
    view.tasks
        .iter()
        .filter(|task| !view.pending.iter().any(|write| write.task == task.id))
        .filter(|task| !view.parked.iter().any(|parked| parked.task == task.id && parked.answer.is_none()))
        .cloned()
        .collect()
}

/// What parked tasks wait for, for hosts that dispatch it.
impl ParkedTask {
    pub fn call(&self) -> Option<(&str, &Value)> {
        match &self.park {
            Park::Call { name, input } => Some((name, input)),
            _ => None,
        }
    }
}
