//! The superstep loop: run what is ready in parallel, apply the writes in a fixed order, commit, route.

mod answer;
mod attempt;
mod cancel;
mod edit;
mod invoke;
mod route;
mod superstep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

pub use self::edit::{Edit, EditOptions};
pub use self::invoke::DEFAULT_THREAD;
use self::route::{entries, name_tasks};
use crate::cache::ResultCache;
use crate::channel::{ChannelChange, State, StateError, Write, reduce};
use crate::checkpoint::{
    CheckpointError, Checkpointer, Fork, HostRecord, Park, ParkedTask, Task, ThreadStart, ThreadView, Wake,
};
use crate::context::Clock;
use crate::graph::CompiledGraph;
use crate::hash::Hash;
use crate::interrupt::AnswerRefused;
use crate::node::NodeError;
use crate::stream::Feed;

/// How many supersteps one thread may take before it counts as a runaway cycle, unless the host says otherwise.
const STEP_LIMIT: u64 = 100_000;

/// Carries threads forward. One per host; the thread's position is in the checkpointer, not here.
#[derive(Clone)]
pub struct Runner {
    checkpointer: Arc<dyn Checkpointer>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
    drain: CancellationToken,
    leave: Option<Arc<dyn Leave>>,
    metadata: Map<String, Value>,
    feed: Option<Feed>,
    cache: Option<Arc<dyn ResultCache>>,
    step_limit: u64,
    stops: Arc<Stops>,
}

/// Where a thread stops although nothing waits.
#[derive(Debug, Clone, Default)]
struct Stops {
    before: BTreeSet<String>,
    after: BTreeSet<String>,
    /// The checkpoint that it goes on from all the same.
    past: Option<Hash>,
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
    /// At this checkpoint, before or after one of the nodes at which it is to stop.
    Stopped(Hash),
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Answer(#[from] AnswerRefused),
    #[error("node `{node}` failed: {source}")]
    Node { node: String, source: NodeError },
    #[error("Node not found: {0}")]
    NodeNotFound(String),
    #[error("node `{node}` gave the outcome `{outcome}`, which its conditional edges do not name")]
    UnknownOutcome { node: String, outcome: String },
    #[error("thread `{thread}` belongs to graph {stored}, not to {given}")]
    OtherGraph { thread: String, stored: String, given: String },
    #[error("thread `{thread}` did not end within {limit} supersteps")]
    StepLimit { thread: String, limit: u64 },
    #[error("the input is not a map of channels")]
    Input,
    /// Before a superstep: what was committed stays, and calling again with another token goes on from there.
    #[error("thread `{thread}` was stopped")]
    Cancelled { thread: String },
}

impl Runner {
    pub fn new(checkpointer: Arc<dyn Checkpointer>, clock: Arc<dyn Clock>) -> Self {
        Runner {
            checkpointer,
            clock,
            cancel: CancellationToken::new(),
            drain: CancellationToken::new(),
            leave: None,
            metadata: Map::new(),
            feed: None,
            cache: None,
            step_limit: STEP_LIMIT,
            stops: Arc::default(),
        }
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

    /// A runner that ends what runs and begins nothing more after `drain`: its threads stand at [`Progress::Held`].
    #[must_use]
    pub fn with_drain(mut self, drain: CancellationToken) -> Self {
        self.drain = drain;
        self
    }

    /// A runner that shows in `feed` what happens.
    #[must_use]
    pub fn with_feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    /// A runner that remembers results for the nodes whose policy says so.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<dyn ResultCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// A runner that takes a thread for a runaway cycle after so many supersteps.
    #[must_use]
    pub fn with_step_limit(mut self, limit: u64) -> Self {
        self.step_limit = limit;
        self
    }

    /// A runner that stops before one of these nodes runs: [`Progress::Stopped`].
    #[must_use]
    pub fn stop_before<S: Into<String>>(mut self, nodes: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.stops).before = nodes.into_iter().map(Into::into).collect();
        self
    }

    /// A runner that stops when one of these nodes has run.
    #[must_use]
    pub fn stop_after<S: Into<String>>(mut self, nodes: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.stops).after = nodes.into_iter().map(Into::into).collect();
        self
    }

    /// A runner that goes on from this checkpoint, where it had stopped.
    #[must_use]
    pub fn past(mut self, stopped: Hash) -> Self {
        Arc::make_mut(&mut self.stops).past = Some(stopped);
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

    /// Runs the thread until it is finished, or every open task is parked on something that is not over yet.
    ///
    /// # Errors
    /// A node failed, the runner was cancelled, another writer took the thread over, or the store failed. What was
    /// committed stays, and calling again goes on from there.
    pub async fn advance(&self, graph: &CompiledGraph, thread: &str) -> Result<Progress, RunError> {
        let epoch = self.checkpointer.claim(thread).await?;
        let mut view = self.load(thread).await?;
        graph.expect_own(&view)?;
        loop {
            if view.finished() {
                return Ok(Progress::Finished(view.state));
            }
            if view.step > self.step_limit {
                return Err(RunError::StepLimit { thread: thread.to_owned(), limit: self.step_limit });
            }
            let ready = ready_tasks(graph, &view);
            if ready.is_empty() && view.pending.is_empty() {
                if self.ring(&view).await? {
                    view = self.load(thread).await?;
                    continue;
                }
                return Ok(Progress::Waiting(view.parked));
            }
            if let Some(progress) = self.held(&view, &ready).await? {
                return Ok(progress);
            }
            let ran = self.stops.after.iter().any(|node| ready.iter().any(|task| task.node == *node));
            let head = view.head;
            self.superstep(graph, &mut view, epoch, ready).await?;
            if !view.parked.is_empty() && !view.finished() {
                // An answer may have come meanwhile, and a woken task needs the calls it recorded before it parked.
                view = self.load(thread).await?;
            }
            if ran && view.head != head && !view.finished() {
                return Ok(Progress::Stopped(view.head));
            }
        }
    }

    /// Why the next superstep does not begin, if it does not.
    async fn held(&self, view: &ThreadView, ready: &[Task]) -> Result<Option<Progress>, RunError> {
        if self.cancel.is_cancelled() {
            return Err(RunError::Cancelled { thread: view.thread.clone() });
        }
        if self.drain.is_cancelled() {
            return Ok(Some(Progress::Held));
        }
        let stops = ready.iter().any(|task| self.stops.before.contains(&task.node));
        if stops && self.stops.past != Some(view.head) {
            return Ok(Some(Progress::Stopped(view.head)));
        }
        // An answer can have come since the host last looked, and so can a word that nothing more begins.
        match self.leave.as_ref().filter(|_| !ready.is_empty()) {
            Some(leave) if !leave.may_begin().await? => Ok(Some(Progress::Held)),
            _ => Ok(None),
        }
    }

    /// Wakes what slept until now or before. `false` if nothing did.
    async fn ring(&self, view: &ThreadView) -> Result<bool, RunError> {
        let now = self.clock.now();
        let mut rang = false;
        for parked in view.parked.iter().filter(|parked| parked.due().is_some_and(|at| at <= now)) {
            self.checkpointer.wake(&parked.wake_of(&view.thread), Value::Null, Vec::new()).await?;
            rang = true;
        }
        Ok(rang)
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
        let tasks = entries(self);
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

/// Open tasks that can run: not finished in this superstep, not waiting without an answer, and not deferred while
/// others are open.
fn ready_tasks(graph: &CompiledGraph, view: &ThreadView) -> Vec<Task> {
    let deferred = |task: &Task| graph.is_deferred(&task.node);
    let only_deferred = graph.has_deferred && view.tasks.iter().all(deferred);
    view.tasks
        .iter()
        .filter(|task| only_deferred || !deferred(task))
        .filter(|task| !view.pending.iter().any(|write| write.task == task.id))
        .filter(|task| !view.parked.iter().any(|parked| parked.task == task.id && parked.answer.is_none()))
        .cloned()
        .collect()
}

/// What parked tasks wait for, for hosts that dispatch it.
impl ParkedTask {
    /// When it goes on by itself, where it sleeps (Unix microseconds).
    pub fn due(&self) -> Option<i64> {
        match self.park {
            Park::Timer { at } if self.answer.is_none() => Some(at),
            _ => None,
        }
    }

    /// The place at which it waits, in its thread.
    pub fn wake_of(&self, thread: &str) -> Wake {
        Wake { thread: thread.to_owned(), task: self.task.clone(), position: self.position }
    }

    pub fn call(&self) -> Option<(&str, &Value)> {
        match &self.park {
            Park::Call { name, input } => Some((name, input)),
            _ => None,
        }
    }
}
