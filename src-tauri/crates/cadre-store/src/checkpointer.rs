//! The graph engine's port on this store: each call one batch, each read a walk of the thread's chain.

mod calls;
mod load;
mod past;
pub(crate) mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cadre_graph::{
    ChannelChange, Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, Fork, Hash,
    HostRecord, JournalCommit, JournalRecord, Listing, Park, ParkedTask, Source, State, SuperstepCommit,
    Task, TaskPark, TaskWrite, ThreadStart, ThreadView, Wake,
};
use serde_json::{Map, Value, json};

use crate::aggregates::thread::{
    Journaled, PARKED, Parked, Started, StoredChange, StoredCheckpoint, THREADS, Woken, Written,
    checkpoint_hash,
};
use crate::batch::{Batch, Guard, WriteError};
use crate::database::query;
use crate::ledger::Entry;
use crate::open::Store;
use crate::read::ReadError;

fn store_error(error: impl std::error::Error + Send + Sync + 'static) -> CheckpointError {
    CheckpointError::Store(Box::new(error))
}

impl From<ReadError> for CheckpointError {
    fn from(error: ReadError) -> Self {
        store_error(error)
    }
}

fn stored_changes(
    batch: &mut Batch,
    changes: BTreeMap<String, ChannelChange>,
) -> BTreeMap<String, StoredChange> {
    let store = |batch: &mut Batch, change| match change {
        ChannelChange::Set(value) => StoredChange::Set(batch.value(&value)),
        ChannelChange::Append(items) => {
            StoredChange::Append(items.iter().map(|item| batch.value(item)).collect())
        }
        ChannelChange::Remove => StoredChange::Remove,
        ChannelChange::Merge(entries) => {
            StoredChange::Merge(entries.into_iter().map(|(key, value)| (key, batch.value(&value))).collect())
        }
    };
    changes.into_iter().map(|(channel, change)| (channel, store(batch, change))).collect()
}

fn stored_tasks(batch: &mut Batch, tasks: Vec<Task>) -> Vec<Task> {
    tasks
        .into_iter()
        .map(|task| Task { input: task.input.map(|input| batch.value(&input)), ..task })
        .collect()
}

fn stored_metadata(batch: &mut Batch, metadata: Map<String, Value>) -> Option<Value> {
    (!metadata.is_empty()).then(|| batch.value(&Value::Object(metadata)))
}

fn data<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("stored records are plain JSON data")
}

fn add_journal(batch: &mut Batch, thread: &str, task: &str, journal: Vec<JournalRecord>) {
    for record in journal {
        let (result, failure) = match record.outcome {
            Ok(value) => (Some(batch.value(&value)), None),
            Err(failure) => (None, Some(failure)),
        };
        let stored = Journaled {
            thread: thread.to_owned(),
            task: task.to_owned(),
            position: record.position,
            call: record.kind,
            name: record.name,
            input: record.input,
            result,
            failure,
        };
        batch.entry("journal", 1, data(&stored));
    }
}

fn add_records(batch: &mut Batch, records: Vec<HostRecord>) {
    for record in records {
        batch.record(record);
    }
}

impl Store {
    /// Writes on a thread: conditional on the epoch, and on whatever else `batch` says.
    async fn write_thread(
        &self,
        thread: &str,
        epoch: Epoch,
        mut batch: Batch,
    ) -> Result<Vec<Entry>, CheckpointError> {
        batch.guards.insert(0, Guard::Epoch { thread: thread.to_owned(), epoch: epoch.0 });
        match self.write(batch).await {
            Ok(written) => Ok(written.entries),
            Err(WriteError::Refused { .. }) => Err(CheckpointError::Superseded { thread: thread.to_owned() }),
            Err(other) => Err(store_error(other)),
        }
    }
}

#[async_trait]
impl Checkpointer for Store {
    async fn start(&self, start: ThreadStart) -> Result<(), CheckpointError> {
        match self.start_if(start.clone(), []).await? {
            true => Ok(()),
            false => self.same_beginning(start).await,
        }
    }

    async fn claim(&self, thread: &str) -> Result<Epoch, CheckpointError> {
        if self.thread_start(thread).await?.is_none() {
            return Err(CheckpointError::UnknownThread { thread: thread.to_owned() });
        }
        let epoch = self.shared.writer.claim(thread.to_owned()).await.map_err(store_error)?;
        Ok(Epoch(epoch))
    }

    async fn load(&self, thread: &str) -> Result<Option<ThreadView>, CheckpointError> {
        let thread = thread.to_owned();
        let shared = Arc::clone(&self.shared);
        Ok(self.read(move |connection| load::thread_view(connection, &shared.newest, &thread)).await?)
    }

    async fn commit(&self, commit: SuperstepCommit) -> Result<Hash, CheckpointError> {
        let mut batch = Batch::new();
        batch.guard(Guard::Holds {
            table: &THREADS,
            key: vec![commit.thread.as_str().into()],
            column: "head",
            value: commit.expected.into(),
        });
        let stored = StoredCheckpoint {
            thread: commit.thread.clone(),
            step: commit.step,
            parent: Some(commit.expected),
            graph: commit.graph,
            source: commit.source,
            actor: commit.actor,
            metadata: stored_metadata(&mut batch, commit.metadata),
            merged: commit.merged,
            answers: self.answer_leaves(commit.answered).await?,
            change: stored_changes(&mut batch, commit.changes),
            tasks: stored_tasks(&mut batch, commit.tasks),
            joins: commit.joins,
        };
        batch.entry("checkpoint", 1, data(&stored));
        add_records(&mut batch, commit.records);
        let entries = self.write_thread(&commit.thread, commit.epoch, batch).await?;
        Ok(checkpoint_hash(&entries[0].data))
    }

    async fn write(&self, write: TaskWrite) -> Result<(), CheckpointError> {
        let mut batch = Batch::new();
        let output = batch.value(&json!([write.writes, write.goto]));
        let stored = Written { thread: write.thread.clone(), base: write.base, task: write.task, output };
        batch.entry("task.written", 1, data(&stored));
        add_records(&mut batch, write.records);
        self.write_thread(&write.thread, write.epoch, batch).await.map(drop)
    }

    async fn park(&self, park: TaskPark) -> Result<(), CheckpointError> {
        let mut batch = Batch::new();
        add_journal(&mut batch, &park.thread, &park.task, park.journal);
        let (on, due_at) = match &park.park {
            Park::Interrupt(interrupt) => ("interrupt", interrupt.expires_at.map(|at| at.to_string())),
            Park::Call { .. } => ("call", None),
            Park::Timer { at } => ("timer", Some(at.to_string())),
        };
        let parked = Parked {
            thread: park.thread.clone(),
            task: park.task,
            position: park.position,
            on: on.to_owned(),
            input: park.input,
            due_at,
            park: batch.value(&data(&park.park)),
        };
        batch.entry("task.parked", 1, data(&parked));
        add_records(&mut batch, park.records);
        self.write_thread(&park.thread, park.epoch, batch).await.map(drop)
    }

    async fn journal(&self, commit: JournalCommit) -> Result<(), CheckpointError> {
        let mut batch = Batch::new();
        add_journal(&mut batch, &commit.thread, &commit.task, commit.journal);
        add_records(&mut batch, commit.records);
        self.write_thread(&commit.thread, commit.epoch, batch).await.map(drop)
    }

    async fn wake(
        &self,
        wake: &Wake,
        answer: Value,
        records: Vec<HostRecord>,
    ) -> Result<(), CheckpointError> {
        let mut batch = Batch::new();
        add_wake(&mut batch, wake, &answer);
        add_records(&mut batch, records);
        match self.write(batch).await {
            Ok(_) => Ok(()),
            Err(WriteError::Refused { .. }) => {
                let parked = self.parked_tasks(&wake.thread).await?;
                let found =
                    parked.into_iter().find(|it| it.task == wake.task && it.position == wake.position);
                match found.and_then(|parked| parked.answer) {
                    Some(earlier) if earlier == answer => Ok(()),
                    Some(_) => Err(CheckpointError::AlreadyAnswered(wake.clone())),
                    None => Err(CheckpointError::NotParked(wake.clone())),
                }
            }
            Err(other) => Err(store_error(other)),
        }
    }

    async fn parked(&self, thread: &str) -> Result<Vec<ParkedTask>, CheckpointError> {
        Ok(self.parked_tasks(thread).await?)
    }

    async fn history(
        &self,
        thread: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        let (thread, before) = (thread.to_owned(), before.unwrap_or(u64::MAX));
        Ok(self.read(move |connection| past::history(connection, &thread, before, limit)).await?)
    }

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError> {
        Ok(self.read(move |connection| past::checkpoint(connection, hash)).await?)
    }

    async fn fork(&self, fork: Fork) -> Result<(), CheckpointError> {
        self.fork_once(fork).await
    }

    async fn children(&self, thread: &str) -> Result<Vec<String>, CheckpointError> {
        let sql = "SELECT id FROM threads WHERE parent_thread = ? ORDER BY start_seq";
        Ok(self.all(query(sql).bind(thread)).await.map_err(ReadError::from)?)
    }

    async fn delete(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError> {
        let mut deleted = 0;
        for thread in threads {
            deleted += usize::from(self.delete_thread(thread, by).await?);
        }
        Ok(deleted)
    }

    async fn prune(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError> {
        let mut pruned = 0;
        for thread in threads {
            pruned += usize::from(self.prune_thread(thread, by).await?);
        }
        Ok(pruned)
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        let listing = listing.clone();
        Ok(self.read(move |connection| past::listed(connection, &listing)).await?)
    }
}

/// Adds the answer to a parked call, on the condition that it is open.
pub(crate) fn add_wake(batch: &mut Batch, wake: &Wake, answer: &Value) {
    batch.guard(Guard::Holds {
        table: &PARKED,
        key: vec![wake.thread.as_str().into(), wake.task.as_str().into(), wake.position.into()],
        column: "answer_seq",
        value: crate::projection::Cell::Null,
    });
    let woken = Woken {
        thread: wake.thread.clone(),
        task: wake.task.clone(),
        position: wake.position,
        answer: batch.value(answer),
    };
    batch.entry("task.woken", 1, data(&woken));
}

impl Store {
    /// Starts a thread if it is new and `conditions` hold, all in one transaction. `false` when one does not.
    ///
    /// # Errors
    /// The disk or the database failed.
    pub async fn start_if(
        &self,
        start: ThreadStart,
        conditions: impl IntoIterator<Item = Guard>,
    ) -> Result<bool, CheckpointError> {
        let mut batch = Batch::new();
        batch.guard(Guard::Absent { table: &THREADS, key: vec![start.thread.as_str().into()] });
        for condition in conditions {
            batch.guard(condition);
        }
        let root = StoredCheckpoint {
            thread: start.thread.clone(),
            step: 0,
            parent: None,
            graph: format!("{}@{}", start.graph, start.graph_version),
            source: Source::Loop,
            actor: start.actor,
            metadata: stored_metadata(&mut batch, start.metadata),
            merged: Vec::new(),
            answers: Vec::new(),
            change: stored_changes(&mut batch, start.changes),
            tasks: stored_tasks(&mut batch, start.tasks),
            joins: BTreeMap::new(),
        };
        let started = Started {
            thread: start.thread,
            graph: start.graph,
            graph_version: start.graph_version,
            parent: start.parent,
            root,
        };
        batch.entry("thread.started", 1, data(&started));
        add_records(&mut batch, start.records);
        match Store::write(self, batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Refused { .. }) => Ok(false),
            Err(other) => Err(store_error(other)),
        }
    }

    async fn same_beginning(&self, start: ThreadStart) -> Result<(), CheckpointError> {
        let exists = CheckpointError::ThreadExists { thread: start.thread.clone() };
        let thread = start.thread.clone();
        let found = self.read(move |connection| load::beginning(connection, &thread)).await?;
        let Some((started, state, tasks)) = found else { return Err(exists) };
        let mut wanted = State::default();
        for (channel, change) in start.changes {
            wanted.apply(&channel, change);
        }
        let same = started.graph == start.graph
            && started.graph_version == start.graph_version
            && started.parent == start.parent
            && state == wanted
            && tasks == start.tasks;
        if same { Ok(()) } else { Err(exists) }
    }

    pub(crate) async fn parked_tasks(&self, thread: &str) -> Result<Vec<ParkedTask>, ReadError> {
        let thread = thread.to_owned();
        self.read(move |connection| load::parked_tasks(connection, &thread)).await
    }

    async fn answer_leaves(&self, answered: Vec<Wake>) -> Result<Vec<Hash>, ReadError> {
        // Most supersteps go on with no answer, and then there is nothing to read.
        match answered.is_empty() {
            true => Ok(Vec::new()),
            false => self.read(move |connection| load::answer_leaves(connection, &answered)).await,
        }
    }
}
