//! A checkpointer without a disk: for tests, and as the shortest description of what the port promises.

mod past;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::channel::State;
use crate::checkpoint::{
    Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, Fork, HostRecord, JournalCommit,
    JournalRecord, Listing, ParkedTask, Source, SuperstepCommit, Task, TaskPark, TaskWrite, ThreadStart,
    ThreadView, Wake,
};
use crate::hash::{Hash, canonical, digest};

#[derive(Default)]
pub struct MemoryCheckpointer(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    threads: BTreeMap<String, Thread>,
    records: Vec<HostRecord>,
    /// Of whatever came last: puts checkpoints and calls in their order.
    seq: u64,
}

struct Thread {
    beginning: Beginning,
    epoch: Epoch,
    view: ThreadView,
    /// Oldest first. A fork has what it shares from its source.
    history: Vec<Arc<Kept>>,
    /// By task, closed ones too: a fork can begin in the middle of one.
    calls: BTreeMap<String, Vec<Call>>,
    /// What lies before this step was pruned.
    kept_from: u64,
}

enum Beginning {
    Start(Box<ThreadStart>),
    Fork(Fork),
}

struct Kept {
    seq: u64,
    checkpoint: Checkpoint,
    joins: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone)]
struct Call {
    seq: u64,
    what: Recorded,
}

#[derive(Clone)]
enum Recorded {
    Made(JournalRecord),
    Answered(Box<ParkedTask>),
}

impl Memory {
    fn next(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}

impl MemoryCheckpointer {
    /// Everything the host has had committed, in order.
    pub fn records(&self) -> Vec<HostRecord> {
        self.lock().records.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One conditional transaction on a thread.
    fn write<T>(
        &self,
        thread: &str,
        epoch: Epoch,
        change: impl FnOnce(&mut Thread, u64) -> Result<T, CheckpointError>,
        records: Vec<HostRecord>,
    ) -> Result<T, CheckpointError> {
        let mut memory = self.lock();
        let seq = memory.next();
        let found = memory
            .threads
            .get_mut(thread)
            .ok_or_else(|| CheckpointError::UnknownThread { thread: thread.into() })?;
        if found.epoch != epoch {
            return Err(CheckpointError::Superseded { thread: thread.into() });
        }
        let result = change(found, seq)?;
        memory.records.extend(records);
        Ok(result)
    }
}

/// A checkpoint's hash covers what it was made from, the state included.
fn hash_of(thread: &str, step: u64, parent: Option<Hash>, merged: &[String], state: &State) -> Hash {
    let body = json!({
        "thread": thread, "step": step, "parent": parent, "merged": merged,
        "state": state.clone().into_value(),
    });
    digest(0x02, &canonical(&body).expect("a JSON value always has canonical bytes"))
}

impl Thread {
    /// The record of calls that a task made, and the one that it goes on from.
    fn recorded(&mut self, task: &str, journal: Vec<JournalRecord>, seq: u64) {
        let calls = self.calls.entry(task.to_owned()).or_default();
        calls.extend(journal.iter().cloned().map(|record| Call { seq, what: Recorded::Made(record) }));
        self.view.journal.entry(task.to_owned()).or_default().extend(journal);
    }

    fn close(&mut self, commit: SuperstepCommit, seq: u64) -> Result<Hash, CheckpointError> {
        let SuperstepCommit { thread, expected, step, merged, changes, tasks, joins, source, .. } = commit;
        if self.view.head != expected {
            return Err(CheckpointError::Superseded { thread });
        }
        let changed = changes.keys().cloned().collect();
        for (channel, change) in changes {
            self.view.state.apply(&channel, change);
        }
        let open = |task: &str| tasks.iter().any(|it: &Task| it.id == task);
        self.view.journal.retain(|task, _| open(task));
        self.view.parked.retain(|parked| open(&parked.task));
        let head = hash_of(&thread, step, Some(expected), &merged, &self.view.state);
        let summary = CheckpointSummary {
            hash: head,
            parent: Some(expected),
            thread,
            step,
            source,
            merged,
            changed,
            actor: commit.actor,
            metadata: commit.metadata,
            at: 0,
        };
        let checkpoint = Checkpoint { summary, state: self.view.state.clone(), tasks: tasks.clone() };
        self.history.push(Arc::new(Kept { seq, checkpoint, joins: joins.clone() }));
        self.view.head = head;
        self.view.step = step;
        self.view.tasks = tasks;
        self.view.joins = joins;
        self.view.pending.clear();
        Ok(head)
    }
}

fn begun(start: &ThreadStart, seq: u64) -> Thread {
    let mut state = State::default();
    for (channel, change) in &start.changes {
        state.apply(channel, change.clone());
    }
    let head = hash_of(&start.thread, 0, None, &[], &state);
    let summary = CheckpointSummary {
        hash: head,
        parent: None,
        thread: start.thread.clone(),
        step: 0,
        source: Source::Input,
        merged: Vec::new(),
        changed: start.changes.keys().cloned().collect(),
        actor: start.actor.clone(),
        metadata: start.metadata.clone(),
        at: 0,
    };
    let root = Checkpoint { summary, state: state.clone(), tasks: start.tasks.clone() };
    let view = ThreadView {
        thread: start.thread.clone(),
        graph: start.graph.clone(),
        graph_version: start.graph_version,
        head,
        step: 0,
        state,
        tasks: start.tasks.clone(),
        joins: BTreeMap::new(),
        pending: Vec::new(),
        journal: BTreeMap::new(),
        parked: Vec::new(),
        parent: start.parent.clone(),
        actor: start.actor.clone(),
        origin: None,
    };
    Thread {
        beginning: Beginning::Start(Box::new(start.clone())),
        epoch: Epoch(0),
        view,
        history: vec![Arc::new(Kept { seq, checkpoint: root, joins: BTreeMap::new() })],
        calls: BTreeMap::new(),
        kept_from: 0,
    }
}

#[async_trait]
impl Checkpointer for MemoryCheckpointer {
    async fn start(&self, start: ThreadStart) -> Result<(), CheckpointError> {
        let mut memory = self.lock();
        if let Some(existing) = memory.threads.get(&start.thread) {
            return match &existing.beginning {
                Beginning::Start(earlier) if **earlier == start => Ok(()),
                _ => Err(CheckpointError::ThreadExists { thread: start.thread }),
            };
        }
        let thread = begun(&start, memory.next());
        memory.records.extend(start.records);
        memory.threads.insert(start.thread, thread);
        Ok(())
    }

    async fn claim(&self, thread: &str) -> Result<Epoch, CheckpointError> {
        let mut memory = self.lock();
        let found = memory
            .threads
            .get_mut(thread)
            .ok_or_else(|| CheckpointError::UnknownThread { thread: thread.into() })?;
        found.epoch.0 += 1;
        Ok(found.epoch)
    }

    async fn load(&self, thread: &str) -> Result<Option<ThreadView>, CheckpointError> {
        Ok(self.lock().threads.get(thread).map(|thread| thread.view.clone()))
    }

    async fn commit(&self, commit: SuperstepCommit) -> Result<Hash, CheckpointError> {
        let (thread, epoch, mut commit) = (commit.thread.clone(), commit.epoch, commit);
        let records = std::mem::take(&mut commit.records);
        self.write(&thread, epoch, |found, seq| found.close(commit, seq), records)
    }

    async fn write(&self, write: TaskWrite) -> Result<(), CheckpointError> {
        let records = write.records.clone();
        let keep = |found: &mut Thread, _| {
            found.view.pending.push(write.clone());
            Ok(())
        };
        self.write(&write.thread, write.epoch, keep, records)
    }

    async fn park(&self, park: TaskPark) -> Result<(), CheckpointError> {
        let TaskPark { thread, epoch, task, position, park, input, journal, records } = park;
        let parked = ParkedTask { task: task.clone(), position, park, input, answer: None };
        let change = |found: &mut Thread, seq| {
            found.recorded(&task, journal, seq);
            found.view.parked.push(parked);
            Ok(())
        };
        self.write(&thread, epoch, change, records)
    }

    async fn journal(&self, commit: JournalCommit) -> Result<(), CheckpointError> {
        let JournalCommit { thread, epoch, task, journal, records } = commit;
        let change = |found: &mut Thread, seq| {
            found.recorded(&task, journal, seq);
            Ok(())
        };
        self.write(&thread, epoch, change, records)
    }

    async fn wake(
        &self,
        wake: &Wake,
        answer: Value,
        records: Vec<HostRecord>,
    ) -> Result<(), CheckpointError> {
        let mut memory = self.lock();
        let seq = memory.next();
        let not_parked = || CheckpointError::NotParked(wake.clone());
        let thread = memory.threads.get_mut(&wake.thread).ok_or_else(not_parked)?;
        let waits = |parked: &&mut ParkedTask| parked.task == wake.task && parked.position == wake.position;
        let parked = thread.view.parked.iter_mut().find(waits).ok_or_else(not_parked)?;
        match &parked.answer {
            Some(earlier) if *earlier == answer => Ok(()),
            Some(_) => Err(CheckpointError::AlreadyAnswered(wake.clone())),
            None => {
                parked.answer = Some(answer);
                let what = Recorded::Answered(Box::new(parked.clone()));
                thread.calls.entry(wake.task.clone()).or_default().push(Call { seq, what });
                memory.records.extend(records);
                Ok(())
            }
        }
    }

    async fn fork(&self, fork: Fork) -> Result<(), CheckpointError> {
        self.lock().fork(fork)
    }

    async fn children(&self, thread: &str) -> Result<Vec<String>, CheckpointError> {
        let memory = self.lock();
        let children = memory.threads.values().map(|it| &it.view);
        let children = children.filter(|view| view.parent.as_ref().is_some_and(|it| it.thread == thread));
        Ok(children.map(|view| view.thread.clone()).collect())
    }

    async fn delete(&self, threads: &[String], _by: &str) -> Result<usize, CheckpointError> {
        let mut memory = self.lock();
        Ok(threads.iter().filter(|thread| memory.threads.remove(*thread).is_some()).count())
    }

    async fn prune(&self, threads: &[String], _by: &str) -> Result<usize, CheckpointError> {
        Ok(self.lock().prune(threads))
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        Ok(self.lock().list(listing))
    }

    async fn parked(&self, thread: &str) -> Result<Vec<ParkedTask>, CheckpointError> {
        Ok(self.lock().threads.get(thread).map(|thread| thread.view.parked.clone()).unwrap_or_default())
    }

    async fn history(
        &self,
        thread: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        let memory = self.lock();
        let Some(found) = memory.threads.get(thread) else { return Ok(Vec::new()) };
        let summaries = found.seen().rev().map(|kept| &kept.checkpoint.summary);
        let wanted = summaries.filter(|summary| before.is_none_or(|before| summary.step < before));
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError> {
        let memory = self.lock();
        let mut seen = memory.threads.values().flat_map(Thread::seen);
        Ok(seen.find(|kept| kept.checkpoint.summary.hash == hash).map(|kept| kept.checkpoint.clone()))
    }
}
