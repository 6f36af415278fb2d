//! A checkpointer without a disk: for tests, and as the shortest description of what the port promises.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::channel::{ChannelChange, State};
use crate::checkpoint::{
    Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, HostRecord, JournalCommit,
    JournalRecord, ParkedTask, SuperstepCommit, Task, TaskPark, TaskWrite, ThreadStart, ThreadView, Wake,
};
use crate::hash::{Hash, canonical, digest};

#[derive(Default)]
pub struct MemoryCheckpointer(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    threads: BTreeMap<String, Thread>,
    records: Vec<HostRecord>,
}

struct Thread {
    start: ThreadStart,
    epoch: Epoch,
    view: ThreadView,
    history: Vec<Checkpoint>,
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
        change: impl FnOnce(&mut Thread) -> T,
        records: Vec<HostRecord>,
    ) -> Result<T, CheckpointError> {
        let mut memory = self.lock();
        let found = memory
            .threads
            .get_mut(thread)
            .ok_or_else(|| CheckpointError::UnknownThread { thread: thread.into() })?;
        if found.epoch != epoch {
            return Err(CheckpointError::Superseded { thread: thread.into() });
        }
        let result = change(found);
        memory.records.extend(records);
        Ok(result)
    }
}

fn checkpoint_of(
    thread: &str,
    step: u64,
    parent: Option<Hash>,
    merged: Vec<String>,
    changes: &BTreeMap<String, ChannelChange>,
    state: State,
    actor: &str,
) -> Checkpoint {
    let changed: Vec<String> = changes.keys().cloned().collect();
    let body = json!({
        "thread": thread, "step": step, "parent": parent, "merged": merged, "changed": changed,
        "state": state.clone().into_value(),
    });
    let bytes = canonical(&body).expect("a JSON value always has canonical bytes");
    let summary = CheckpointSummary {
        hash: digest(0x02, &bytes),
        parent,
        thread: thread.to_owned(),
        step,
        merged,
        changed,
        actor: actor.to_owned(),
        at: 0,
    };
    Checkpoint { summary, state }
}

fn tasks_journal<'a>(view: &'a mut ThreadView, task: &str) -> &'a mut Vec<JournalRecord> {
    view.journal.entry(task.to_owned()).or_default()
}

#[async_trait]
impl Checkpointer for MemoryCheckpointer {
    async fn start(&self, start: ThreadStart) -> Result<(), CheckpointError> {
        let mut memory = self.lock();
        if let Some(existing) = memory.threads.get(&start.thread) {
            return match existing.start == start {
                true => Ok(()),
                false => Err(CheckpointError::ThreadExists { thread: start.thread }),
            };
        }
        let mut state = State::default();
        for (channel, change) in &start.changes {
            state.apply(channel, change.clone());
        }
        let root = checkpoint_of(&start.thread, 0, None, vec![], &start.changes, state.clone(), &start.actor);
        let view = ThreadView {
            thread: start.thread.clone(),
            graph: start.graph.clone(),
            graph_version: start.graph_version,
            head: root.summary.hash,
            step: 0,
            state,
            tasks: start.tasks.clone(),
            joins: BTreeMap::new(),
            pending: Vec::new(),
            journal: BTreeMap::new(),
            parked: Vec::new(),
            parent: start.parent.clone(),
            actor: start.actor.clone(),
        };
        memory.records.extend(start.records.clone());
        let thread = Thread { start: start.clone(), epoch: Epoch(0), view, history: vec![root] };
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
        let SuperstepCommit {
            thread,
            graph: _,
            epoch,
            expected,
            step,
            merged,
            changes,
            tasks,
            joins,
            answered: _,
            actor,
            records,
        } = commit;
        self.write(
            &thread.clone(),
            epoch,
            move |found| {
                if found.view.head != expected {
                    return Err(CheckpointError::Superseded { thread });
                }
                for (channel, change) in &changes {
                    found.view.state.apply(channel, change.clone());
                }
                let open: Vec<&str> = tasks.iter().map(|task: &Task| task.id.as_str()).collect();
                found.view.journal.retain(|task, _| open.contains(&task.as_str()));
                found.view.parked.retain(|parked| open.contains(&parked.task.as_str()));
                let state = found.view.state.clone();
                let checkpoint =
                    checkpoint_of(&thread, step, Some(expected), merged, &changes, state, &actor);
                let head = checkpoint.summary.hash;
                found.history.push(checkpoint);
                found.view.head = head;
                found.view.step = step;
                found.view.tasks = tasks;
                found.view.joins = joins;
                found.view.pending.clear();
                Ok(head)
            },
            records,
        )?
    }

    async fn write(&self, write: TaskWrite) -> Result<(), CheckpointError> {
        let records = write.records.clone();
        self.write(&write.thread.clone(), write.epoch, |found| found.view.pending.push(write), records)
    }

    async fn park(&self, park: TaskPark) -> Result<(), CheckpointError> {
        let TaskPark { thread, epoch, task, position, park, input, journal, records } = park;
        let parked = ParkedTask { task: task.clone(), position, park, input, answer: None };
        self.write(
            &thread,
            epoch,
            |found| {
                tasks_journal(&mut found.view, &task).extend(journal);
                found.view.parked.push(parked);
            },
            records,
        )
    }

    async fn journal(&self, commit: JournalCommit) -> Result<(), CheckpointError> {
        let JournalCommit { thread, epoch, task, journal, records } = commit;
        self.write(&thread, epoch, |found| tasks_journal(&mut found.view, &task).extend(journal), records)
    }

    async fn wake(
        &self,
        wake: &Wake,
        answer: Value,
        records: Vec<HostRecord>,
    ) -> Result<(), CheckpointError> {
        let mut memory = self.lock();
        let parked = memory.threads.get_mut(&wake.thread).and_then(|thread| {
            thread
                .view
                .parked
                .iter_mut()
                .find(|parked| parked.task == wake.task && parked.position == wake.position)
        });
        match parked {
            None => Err(CheckpointError::NotParked(wake.clone())),
            Some(parked) => match &parked.answer {
                Some(earlier) if *earlier == answer => Ok(()),
                Some(_) => Err(CheckpointError::AlreadyAnswered(wake.clone())),
                None => {
                    parked.answer = Some(answer);
                    memory.records.extend(records);
                    Ok(())
                }
            },
        }
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
        Ok(found
            .history
            .iter()
            .rev()
            .map(|checkpoint| checkpoint.summary.clone())
            .filter(|summary| before.is_none_or(|before| summary.step < before))
            .take(limit)
            .collect())
    }

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError> {
        let memory = self.lock();
        Ok(memory
            .threads
            .values()
            .flat_map(|thread| &thread.history)
            .find(|checkpoint| checkpoint.summary.hash == hash)
            .cloned())
    }
}
