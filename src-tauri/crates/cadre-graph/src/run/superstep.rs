//! One superstep: run what is ready in parallel, keep what each came to, apply the writes in a fixed order, commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Map, Value};

use super::attempt::{Attempt, ended, is_retry};
use super::route::{name_tasks, route};
use super::{RunError, Runner};
use crate::channel::{ChannelChange, Write, reduce};
use crate::checkpoint::{
    CheckpointError, Epoch, HostRecord, ParkedTask, Source, SuperstepCommit, Task, TaskPark, TaskWrite,
    ThreadView, Wake,
};
use crate::context::{Context, Inner};
use crate::graph::CompiledGraph;
use crate::hash::Hash;
use crate::node::{NodeError, Output};
use crate::stream::{Event, Feed};

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

/// A node that has finished, or that somebody says has.
pub(super) struct Done {
    /// The task, or who says so.
    pub(super) writer: String,
    /// `None` where only the state is edited: nothing follows from it.
    pub(super) node: Option<String>,
    pub(super) writes: Vec<(String, Value)>,
    pub(super) goto: Option<Vec<(String, Value)>>,
}

/// What closes a superstep.
pub(super) struct Closing {
    pub(super) done: Vec<Done>,
    /// Tasks that are open no longer.
    pub(super) closed: Vec<String>,
    pub(super) source: Source,
    pub(super) actor: String,
    pub(super) metadata: Map<String, Value>,
    pub(super) records: Vec<HostRecord>,
}

impl Runner {
    pub(super) async fn superstep(
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
        let policy = graph.policies.get(&task.node).cloned();
        let waited = view.parked.iter().filter(|parked| parked.task == task.id);
        let (retries, parked): (Vec<_>, Vec<_>) = waited.cloned().partition(is_retry);
        let began = self.clock.now();
        let context = Context::new(Inner {
            checkpointer: Arc::clone(&self.checkpointer),
            clock: Arc::clone(&self.clock),
            thread: view.thread.clone(),
            epoch,
            task: task.id.clone(),
            node: task.node.clone(),
            input: task.input.clone(),
            feed: self.feed.clone(),
            tries_again: policy.as_ref().is_some_and(|policy| policy.retry.is_some()),
            moved: AtomicI64::new(began),
            began,
            cancel: self.cancel.child_token(),
            recorded: view.journal.get(&task.id).cloned().unwrap_or_default(),
            parked,
            progress: Default::default(),
        });
        let attempt = Attempt {
            node,
            name: task.node.clone(),
            graph: format!("{}@{}", graph.name, graph.version),
            policy,
            cache: self.cache.clone(),
            clock: Arc::clone(&self.clock),
            failed: u32::try_from(retries.len()).unwrap_or(u32::MAX),
        };
        let (state, checkpointer) = (view.state.clone(), Arc::clone(&self.checkpointer));
        let (thread, base, feed) = (view.thread.clone(), view.head, self.feed.clone());
        Ok(async move {
            if let Some(feed) = &feed {
                let (task, node, input) = (task.id.clone(), task.node.clone(), task.input.clone());
                feed.push(Event::TaskBegan { task, node, input });
            }
            let result = attempt.run(&context, state).await;
            if let Some(feed) = &feed {
                feed.push(ended(&task.id, &task.node, &result));
            }
            let Output { writes, goto } = match result {
                Ok((output, _)) => output,
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

    /// Closes the superstep with what its finished tasks came to.
    async fn close(
        &self,
        graph: &CompiledGraph,
        view: &mut ThreadView,
        epoch: Epoch,
        records: Vec<HostRecord>,
    ) -> Result<(), RunError> {
        let (done, closed) = take_finished(view)?;
        let (actor, metadata) = (view.actor.clone(), self.metadata.clone());
        let closing = Closing { done, closed, source: Source::Loop, actor, metadata, records };
        self.commit(graph, view, epoch, closing).await.map(drop)
    }

    /// Applies writes in their order, routes, commits.
    pub(super) async fn commit(
        &self,
        graph: &CompiledGraph,
        view: &mut ThreadView,
        epoch: Epoch,
        closing: Closing,
    ) -> Result<Hash, RunError> {
        let Closing { done, mut closed, source, actor, metadata, records } = closing;
        let writes: Vec<Write<'_>> = done
            .iter()
            .flat_map(|done| {
                done.writes.iter().map(|(channel, value)| Write { writer: &done.writer, channel, value })
            })
            .collect();
        let mut changes = reduce(&graph.channels, &view.state, &writes)?;
        for (channel, change) in &changes {
            view.state.apply(channel, change.clone());
        }
        let step = view.step + 1;
        let routed = route(graph, view, &done, &closed)?;
        closed.extend(routed.closed);
        for channel in routed.cleared {
            changes.remove(&channel);
            if view.state.value(&channel).is_some() {
                view.state.apply(&channel, ChannelChange::Remove);
                changes.insert(channel, ChannelChange::Remove);
            }
        }
        let mut tasks: Vec<Task> =
            view.tasks.iter().filter(|task| !closed.contains(&task.id)).cloned().collect();
        tasks.extend(name_tasks(step, routed.targets));
        let commit = SuperstepCommit {
            thread: view.thread.clone(),
            graph: format!("{}@{}", graph.name, graph.version),
            epoch,
            expected: view.head,
            step,
            merged: closed.clone(),
            changes,
            tasks: tasks.clone(),
            joins: view.joins.clone(),
            answered: answered(view, &closed),
            source,
            actor,
            metadata,
            records,
        };
        let head: Hash = self.checkpointer.commit(commit).await?;
        view.head = head;
        view.step = step;
        view.tasks = tasks;
        view.journal.retain(|task, _| !closed.contains(task));
        view.parked.retain(|parked| !closed.contains(&parked.task));
        if let Some(feed) = &self.feed {
            show(feed, view, done);
        }
        Ok(head)
    }
}

/// What whoever follows the thread sees of a superstep's end.
fn show(feed: &Feed, view: &ThreadView, done: Vec<Done>) {
    let step = view.step;
    for Done { writer, node, writes, .. } in done {
        feed.push(Event::Update { step, task: writer, node: node.unwrap_or_default(), writes });
    }
    feed.push(Event::Values { step, state: view.state.clone() });
    let open = view.tasks.iter().map(|task| task.id.clone()).collect();
    feed.push(Event::Checkpoint { step, hash: view.head, open });
}

/// The finished tasks of the open superstep in task order, and their ids.
pub(super) fn take_finished(view: &mut ThreadView) -> Result<(Vec<Done>, Vec<String>), RunError> {
    let order: BTreeMap<&str, (usize, &str)> = view
        .tasks
        .iter()
        .enumerate()
        .map(|(index, task)| (task.id.as_str(), (index, task.node.as_str())))
        .collect();
    let mut pending = std::mem::take(&mut view.pending);
    pending.sort_by_key(|write| order.get(write.task.as_str()).copied());
    let mut done = Vec::with_capacity(pending.len());
    for TaskWrite { task, writes, goto, .. } in pending {
        let (_, node) = order.get(task.as_str()).ok_or_else(|| RunError::NodeNotFound(task.clone()))?;
        done.push(Done { writer: task, node: Some((*node).to_owned()), writes, goto });
    }
    let closed = done.iter().map(|done| done.writer.clone()).collect();
    Ok((done, closed))
}

/// The answers that these tasks went on with, in the order in which they were asked for.
fn answered(view: &ThreadView, closed: &[String]) -> Vec<Wake> {
    view.parked
        .iter()
        .filter(|parked| parked.answer.is_some() && closed.contains(&parked.task))
        .map(|parked| Wake {
            thread: view.thread.clone(),
            task: parked.task.clone(),
            position: parked.position,
        })
        .collect()
}
