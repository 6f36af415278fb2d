//! The superstep loop: run what is ready in parallel, apply the writes in a fixed order, commit, route.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::channel::{ChannelChange, State, StateError, Write, reduce};
use crate::checkpoint::{
    CheckpointError, Checkpointer, Epoch, HostRecord, Park, ParkedTask, SuperstepCommit, Task, TaskPark,
    TaskWrite, ThreadStart, ThreadView, Wake,
};
use crate::context::{Clock, Context, Inner};
use crate::graph::{CompiledGraph, END};
use crate::hash::Hash;
use crate::node::{NodeError, Output};

/// How many supersteps one thread may take before it counts as a runaway cycle.
const STEP_LIMIT: u64 = 100_000;

/// Carries threads forward. One per host; the thread's position is in the checkpointer, not here.
#[derive(Clone)]
pub struct Runner {
    checkpointer: Arc<dyn Checkpointer>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
    leave: Option<Arc<dyn Leave>>,
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

/// What became of a task.
struct Ran {
    task: Task,
    context: Context,
    result: Result<TaskWrite, TaskError>,
}

enum TaskError {
    Node(NodeError),
    /// It finished, and that could not be kept.
    Unsaved(CheckpointError),
}

impl Runner {
    pub fn new(checkpointer: Arc<dyn Checkpointer>, clock: Arc<dyn Clock>) -> Self {
        Runner { checkpointer, clock, cancel: CancellationToken::new(), leave: None }
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

    /// Runs the thread until it is finished or every open task is parked.
    ///
    /// # Errors
    /// A node failed, the runner was cancelled, another writer took the thread over, or the store failed. What was committed stays, and
    /// calling again goes on from there.
    pub async fn advance(&self, graph: &CompiledGraph, thread: &str) -> Result<Progress, RunError> {
        let epoch = self.checkpointer.claim(thread).await?;
        let mut view = self.load(thread).await?;
        if (view.graph.as_str(), view.graph_version) != (graph.name.as_str(), graph.version) {
            return Err(RunError::OtherGraph {
                thread: thread.to_owned(),
                stored: format!("{}@{}", view.graph, view.graph_version),
                given: format!("{}@{}", graph.name, graph.version),
            });
        }
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

    async fn superstep(
        &self,
        graph: &CompiledGraph,
        view: &mut ThreadView,
        epoch: Epoch,
        ready: Vec<Task>,
    ) -> Result<(), RunError> {
        let alone = ready.len() == 1 && view.pending.is_empty();
        let mut running: FuturesUnordered<_> = ready
            .into_iter()
            .map(|task| self.run_task(graph, view, epoch, task, alone))
            .collect::<Result<_, _>>()?;
        let mut failure = None;
        let mut records = Vec::new();
        let mut finished: Vec<TaskWrite> = Vec::new();
        let mut parked: Vec<ParkedTask> = Vec::new();
        while let Some(ran) = running.next().await {
            match ran.result {
                Ok(mut write) => {
                    if alone {
                        records = std::mem::take(&mut write.records);
                    }
                    finished.push(write);
                }
                Err(TaskError::Unsaved(error)) => return Err(error.into()),
                Err(TaskError::Node(NodeError::Parked)) => {
                    parked.push(self.park(&view.thread, epoch, &ran).await?);
                }
                Err(TaskError::Node(source)) => {
                    failure = failure.or(Some(RunError::Node { node: ran.task.node.clone(), source }));
                }
            }
        }
        drop(running);
        view.parked.retain(|old| !parked.iter().any(|new| new.task == old.task));
        view.parked.extend(parked);
        view.pending.extend(finished);
        if let Some(failure) = failure {
            return Err(failure);
        }
        if view.pending.is_empty() {
            return Ok(());
        }
        self.close(graph, view, epoch, records).await
    }

    /// Runs a node. What it came to is kept before its siblings are done, and together with what they come to at the
    /// same time; `alone`, it is kept with the end of the superstep.
    fn run_task(
        &self,
        graph: &CompiledGraph,
        view: &ThreadView,
        epoch: Epoch,
        task: Task,
        alone: bool,
    ) -> Result<impl Future<Output = Ran> + use<>, RunError> {
        let node =
            graph.nodes.get(&task.node).cloned().ok_or_else(|| RunError::NodeNotFound(task.node.clone()))?;
        let context = Context::new(Inner {
            checkpointer: Arc::clone(&self.checkpointer),
            clock: Arc::clone(&self.clock),
            thread: view.thread.clone(),
            epoch,
            task: task.id.clone(),
            input: task.input.clone(),
            began: self.clock.now(),
            cancel: self.cancel.child_token(),
            recorded: view.journal.get(&task.id).cloned().unwrap_or_default(),
            parked: view.parked.iter().filter(|parked| parked.task == task.id).cloned().collect(),
            progress: Default::default(),
        });
        let (state, checkpointer) = (view.state.clone(), Arc::clone(&self.checkpointer));
        let (thread, base) = (view.thread.clone(), view.head);
        Ok(async move {
            let result = node(context.clone(), state).await;
            let output = match result {
                // A node that swallowed the wait is parked all the same.
                _ if context.journal().parked.is_some() => Err(NodeError::Parked),
                result => result,
            };
            let Output { writes, goto } = match output {
                Ok(output) => output,
                Err(error) => return Ran { task, context, result: Err(TaskError::Node(error)) },
            };
            let (_, records) = context.take_unflushed(); // a finished task's journal is no longer needed
            let write = TaskWrite { thread, epoch, base, task: task.id.clone(), writes, goto, records };
            let kept = if alone { Ok(()) } else { checkpointer.write(write.clone()).await };
            Ran { task, context, result: kept.map(|()| write).map_err(TaskError::Unsaved) }
        })
    }

    async fn park(&self, thread: &str, epoch: Epoch, ran: &Ran) -> Result<ParkedTask, RunError> {
        let (journal, records) = ran.context.take_unflushed();
        let at = ran.context.journal().parked.take().ok_or_else(|| RunError::Node {
            node: ran.task.node.clone(),
            source: NodeError::failed(
                "validation_error",
                "the node returned `Parked` without waiting for anything",
            ),
        })?;
        let parked = ParkedTask {
            task: ran.task.id.clone(),
            position: at.position,
            park: at.park.clone(),
            input: at.input,
            answer: None,
        };
        self.checkpointer
            .park(TaskPark {
                thread: thread.to_owned(),
                epoch,
                task: ran.task.id.clone(),
                position: at.position,
                park: at.park,
                input: at.input,
                journal,
                records,
            })
            .await?;
        Ok(parked)
    }

    /// Applies the writes of the finished tasks in task order, routes, commits.
    async fn close(
        &self,
        graph: &CompiledGraph,
        view: &mut ThreadView,
        epoch: Epoch,
        records: Vec<HostRecord>,
    ) -> Result<(), RunError> {
        let order: BTreeMap<&str, usize> =
            view.tasks.iter().enumerate().map(|(index, task)| (task.id.as_str(), index)).collect();
        let mut pending = std::mem::take(&mut view.pending);
        pending.sort_by_key(|write| order.get(write.task.as_str()).copied());
        let writes: Vec<Write<'_>> = pending
            .iter()
            .flat_map(|task| {
                task.writes.iter().map(|(channel, value)| Write { writer: &task.task, channel, value })
            })
            .collect();
        let changes = reduce(&graph.channels, &view.state, &writes)?;
        for (channel, change) in &changes {
            view.state.apply(channel, change.clone());
        }
        let merged: Vec<String> = pending.iter().map(|write| write.task.clone()).collect();
        let step = view.step + 1;
        let mut tasks: Vec<Task> =
            view.tasks.iter().filter(|task| !merged.contains(&task.id)).cloned().collect();
        tasks.extend(name_tasks(step, route(graph, view, &pending)?));
        let commit = SuperstepCommit {
            thread: view.thread.clone(),
            graph: format!("{}@{}", graph.name, graph.version),
            epoch,
            expected: view.head,
            step,
            merged: merged.clone(),
            changes,
            tasks: tasks.clone(),
            joins: view.joins.clone(),
            answered: answered(view, &merged),
            actor: view.actor.clone(),
            records,
        };
        let head: Hash = self.checkpointer.commit(commit).await?;
        view.head = head;
        view.step = step;
        view.tasks = tasks;
        view.journal.retain(|task, _| !merged.contains(task));
        view.parked.retain(|parked| !merged.contains(&parked.task));
        Ok(())
    }
}

impl CompiledGraph {
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
            records: options.records,
        })
    }
}

/// The answers that these tasks went on with, in the order in which they were asked for.
fn answered(view: &ThreadView, merged: &[String]) -> Vec<Wake> {
    view.parked
        .iter()
        .filter(|parked| parked.answer.is_some() && merged.contains(&parked.task))
        .map(|parked| Wake {
            thread: view.thread.clone(),
            task: parked.task.clone(),
            position: parked.position,
        })
        .collect()
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

/// Next nodes after `finished`, in a fixed order, each plain target once.
///
/// A jump of the node itself comes first, then its conditional edges, then its edges: the first whose condition
/// holds, or, where none has a condition that holds, every plain one.
fn route(
    graph: &CompiledGraph,
    view: &mut ThreadView,
    finished: &[TaskWrite],
) -> Result<Vec<(String, Option<Value>)>, RunError> {
    let mut targets: Vec<(String, Option<Value>)> = Vec::new();
    let mut plain = BTreeSet::new();
    for write in finished {
        let node = node_of(view, &write.task)?;
        if let Some(goto) = &write.goto {
            for (target, input) in goto {
                if target != END && !graph.nodes.contains_key(target) {
                    return Err(RunError::NodeNotFound(target.clone()));
                }
                if target != END {
                    targets.push((target.clone(), Some(input.clone())));
                }
            }
            continue;
        }
        let mut next = follow_edges(graph, &view.state, &node)?;
        for join in graph.joins.iter().filter(|join| join.from.contains(&node)) {
            let sources: Vec<&str> = join.from.iter().map(String::as_str).collect();
            let key = format!("{}<{}", join.to, sources.join(","));
            let arrived = view.joins.entry(key.clone()).or_default();
            arrived.insert(node.clone());
            if *arrived == join.from {
                view.joins.remove(&key);
                next.push(join.to.clone());
            }
        }
        for target in next {
            if target != END && plain.insert(target.clone()) {
                targets.push((target, None));
            }
        }
    }
    Ok(targets)
}

fn follow_edges(graph: &CompiledGraph, state: &State, node: &str) -> Result<Vec<String>, RunError> {
    if let Some(branch) = graph.branches.get(node) {
        let outcome = (branch.outcome)(state);
        return match branch.targets.get(&outcome) {
            Some(target) => Ok(vec![target.clone()]),
            None => Err(RunError::UnknownOutcome { node: node.to_owned(), outcome }),
        };
    }
    let mut edges = graph.edges.iter().filter(|edge| edge.from == node);
    let held = edges.clone().find(|edge| edge.condition.as_ref().is_some_and(|condition| condition(state)));
    match held {
        Some(edge) => Ok(vec![edge.to.clone()]),
        None => {
            Ok(edges.by_ref().filter(|edge| edge.condition.is_none()).map(|edge| edge.to.clone()).collect())
        }
    }
}

fn node_of(view: &ThreadView, task: &str) -> Result<String, RunError> {
    view.tasks
        .iter()
        .find(|open| open.id == task)
        .map(|open| open.node.clone())
        .ok_or_else(|| RunError::NodeNotFound(task.to_owned()))
}

fn name_tasks(step: u64, targets: Vec<(String, Option<Value>)>) -> Vec<Task> {
    targets
        .into_iter()
        .enumerate()
        .map(|(index, (node, input))| Task { id: format!("{step}.{index}:{node}"), node, input })
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
