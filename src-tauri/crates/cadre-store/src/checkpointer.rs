//! The graph engine's port on this store: each call one batch, each read a walk of the thread's chain.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cadre_graph::{
    ChannelChange, Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, Hash, HostRecord,
    JournalCommit, JournalRecord, Park, ParkedTask, State, SuperstepCommit, Task, TaskPark, TaskWrite,
    ThreadStart, ThreadView, Wake,
};
use serde_json::{Value, json};

use crate::aggregates::thread::{
    Journaled, PARKED, Parked, Started, StoredChange, StoredCheckpoint, THREADS, Woken, Written,
    checkpoint_hash,
};
use crate::batch::{Batch, Guard, WriteError};
use crate::ledger::Entry;
use crate::open::Store;
use crate::read::{ReadError, blob_hash};

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

    /// The thread's first entry, with the values of its first checkpoint.
    async fn beginning(&self, thread: &str) -> Result<Option<(Started, State, Vec<Task>)>, ReadError> {
        let Some(start_seq) = self.thread_start(thread).await? else { return Ok(None) };
        let started: Started = self.entry_data(start_seq).await?;
        let mut state = State::default();
        for (channel, change) in started.root.change.clone() {
            state.apply(&channel, self.change(change).await?);
        }
        let tasks = self.tasks(started.root.tasks.clone()).await?;
        Ok(Some((started, state, tasks)))
    }

    async fn change(&self, stored: StoredChange) -> Result<ChannelChange, ReadError> {
        Ok(match stored {
            StoredChange::Set(mark) => ChannelChange::Set(self.value(&mark).await?),
            StoredChange::Append(marks) => {
                let mut items = Vec::with_capacity(marks.len());
                for mark in marks {
                    items.push(self.value(&mark).await?);
                }
                ChannelChange::Append(items)
            }
            StoredChange::Merge(marks) => {
                let mut entries = serde_json::Map::new();
                for (key, mark) in marks {
                    entries.insert(key, self.value(&mark).await?);
                }
                ChannelChange::Merge(entries)
            }
        })
    }

    async fn tasks(&self, stored: Vec<Task>) -> Result<Vec<Task>, ReadError> {
        let mut tasks = Vec::with_capacity(stored.len());
        for task in stored {
            let input = match &task.input {
                Some(mark) => Some(self.value(mark).await?),
                None => None,
            };
            tasks.push(Task { input, ..task });
        }
        Ok(tasks)
    }

    /// The checkpoints from the root to `seq`, oldest first, with the sequence number of each.
    async fn chain(&self, seq: i64) -> Result<Vec<(i64, StoredCheckpoint)>, ReadError> {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "WITH RECURSIVE chain(seq, parent) AS (
               SELECT seq, parent FROM checkpoints WHERE seq = ?
               UNION ALL
               SELECT c.seq, c.parent FROM checkpoints c JOIN chain ON c.hash = chain.parent
             )
             SELECT l.seq, l.body FROM chain JOIN ledger l ON l.seq = chain.seq ORDER BY l.seq",
        )
        .bind(seq)
        .fetch_all(&self.shared.pool)
        .await?;
        let decode = |(seq, body): (i64, Vec<u8>)| -> Result<_, ReadError> {
            let entry = Entry::decode(&body).map_err(|source| ReadError::malformed(seq, source))?;
            let data = if entry.kind == "checkpoint" { entry.data } else { entry.data["root"].clone() };
            let checkpoint =
                serde_json::from_value(data).map_err(|source| ReadError::malformed(seq, source))?;
            Ok((seq, checkpoint))
        };
        rows.into_iter().map(decode).collect()
    }

    /// The state at the end of a chain: of each channel only what still counts is read.
    async fn state_of(&self, chain: &[(i64, StoredCheckpoint)]) -> Result<State, ReadError> {
        let mut state = State::default();
        for (index, (_, checkpoint)) in chain.iter().enumerate() {
            for (channel, change) in &checkpoint.change {
                let replaced = chain[index + 1..]
                    .iter()
                    .any(|(_, later)| matches!(later.change.get(channel), Some(StoredChange::Set(_))));
                if !replaced {
                    state.apply(channel, self.change(change.clone()).await?);
                }
            }
        }
        Ok(state)
    }

    async fn pending(&self, thread: &str, epoch: Epoch) -> Result<Vec<TaskWrite>, ReadError> {
        let mut pending = Vec::new();
        for seq in self.seqs("SELECT seq FROM task_writes WHERE thread = ? ORDER BY seq", thread).await? {
            let written: Written = self.entry_data(seq).await?;
            let output = self.value(&written.output).await?;
            let (writes, goto) =
                serde_json::from_value(output).map_err(|source| ReadError::malformed(seq, source))?;
            pending.push(TaskWrite {
                thread: written.thread,
                epoch,
                base: written.base,
                task: written.task,
                writes,
                goto,
                records: Vec::new(),
            });
        }
        Ok(pending)
    }

    async fn recorded_calls(&self, thread: &str) -> Result<BTreeMap<String, Vec<JournalRecord>>, ReadError> {
        let mut journal: BTreeMap<String, Vec<JournalRecord>> = BTreeMap::new();
        let sql = "SELECT seq FROM journal WHERE thread = ? ORDER BY task, position";
        for seq in self.seqs(sql, thread).await? {
            let call: Journaled = self.entry_data(seq).await?;
            let outcome = match (call.result, call.failure) {
                (Some(mark), _) => Ok(self.value(&mark).await?),
                (None, Some(failure)) => Err(failure),
                (None, None) => Ok(Value::Null),
            };
            let record = JournalRecord {
                position: call.position,
                kind: call.call,
                name: call.name,
                input: call.input,
                outcome,
            };
            journal.entry(call.task).or_default().push(record);
        }
        Ok(journal)
    }

    pub(crate) async fn parked_tasks(&self, thread: &str) -> Result<Vec<ParkedTask>, ReadError> {
        let rows: Vec<(i64, Option<i64>)> =
            sqlx::query_as("SELECT seq, answer_seq FROM parked WHERE thread = ? ORDER BY seq")
                .bind(thread)
                .fetch_all(&self.shared.pool)
                .await?;
        let mut tasks = Vec::with_capacity(rows.len());
        for (seq, answer_seq) in rows {
            let parked: Parked = self.entry_data(seq).await?;
            let park: Park = self.typed_value(&parked.park).await?;
            let answer = match answer_seq {
                Some(seq) => {
                    let woken: Woken = self.entry_data(seq).await?;
                    Some(self.value(&woken.answer).await?)
                }
                None => None,
            };
            tasks.push(ParkedTask {
                task: parked.task,
                position: parked.position,
                park,
                input: parked.input,
                answer,
            });
        }
        Ok(tasks)
    }

    /// The leaves of the entries that gave these answers.
    async fn answer_leaves(&self, answered: &[Wake]) -> Result<Vec<Hash>, ReadError> {
        let mut leaves = Vec::with_capacity(answered.len());
        for wake in answered {
            let leaf: Vec<u8> = sqlx::query_scalar(
                "SELECT l.leaf FROM parked p JOIN ledger l ON l.seq = p.answer_seq
                 WHERE p.thread = ? AND p.task = ? AND p.position = ?",
            )
            .bind(&wake.thread)
            .bind(&wake.task)
            .bind(wake.position)
            .fetch_one(&self.shared.pool)
            .await?;
            leaves.push(blob_hash(&leaf)?);
        }
        Ok(leaves)
    }

    async fn summary(&self, hash: Hash, seq: i64) -> Result<CheckpointSummary, ReadError> {
        let entry = self.entry(seq).await?;
        let data = if entry.kind == "checkpoint" { entry.data } else { entry.data["root"].clone() };
        let stored: StoredCheckpoint =
            serde_json::from_value(data).map_err(|source| ReadError::malformed(seq, source))?;
        Ok(CheckpointSummary {
            hash,
            parent: stored.parent,
            thread: stored.thread,
            step: stored.step,
            merged: stored.merged,
            changed: stored.change.into_keys().collect(),
            actor: stored.actor,
            at: entry.at,
        })
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
        Ok(self.load_thread(thread).await?)
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
            actor: commit.actor,
            merged: commit.merged,
            answers: self.answer_leaves(&commit.answered).await?,
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
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT seq, hash FROM checkpoints WHERE thread = ? AND step < ? ORDER BY step DESC LIMIT ?",
        )
        .bind(thread)
        .bind(before)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.shared.pool)
        .await
        .map_err(store_error)?;
        let mut summaries = Vec::with_capacity(rows.len());
        for (seq, hash) in rows {
            summaries.push(self.summary(blob_hash(&hash)?, seq).await?);
        }
        Ok(summaries)
    }

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError> {
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM checkpoints WHERE hash = ?")
            .bind(hash.as_bytes().to_vec())
            .fetch_optional(&self.shared.pool)
            .await
            .map_err(store_error)?;
        let Some(seq) = seq else { return Ok(None) };
        let chain = self.chain(seq).await?;
        let state = self.state_of(&chain).await?;
        Ok(Some(Checkpoint { summary: self.summary(hash, seq).await?, state }))
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
            actor: start.actor,
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
        let Some((started, state, tasks)) = self.beginning(&start.thread).await? else { return Err(exists) };
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

    async fn load_thread(&self, thread: &str) -> Result<Option<ThreadView>, ReadError> {
        let Some(start_seq) = self.thread_start(thread).await? else { return Ok(None) };
        let started: Started = self.entry_data(start_seq).await?;
        let (head, seq): (Vec<u8>, i64) = sqlx::query_as(
            "SELECT t.head, c.seq FROM threads t JOIN checkpoints c ON c.hash = t.head WHERE t.id = ?",
        )
        .bind(thread)
        .fetch_one(&self.shared.pool)
        .await?;
        let chain = self.chain(seq).await?;
        let state = self.state_of(&chain).await?;
        let Some((_, newest)) = chain.last() else { return Err(ReadError::Cut { seq }) };
        let epoch = Epoch(0); // a pending write is committed: nobody writes it again under this
        Ok(Some(ThreadView {
            thread: thread.to_owned(),
            graph: started.graph,
            graph_version: started.graph_version,
            head: blob_hash(&head)?,
            step: newest.step,
            state,
            tasks: self.tasks(newest.tasks.clone()).await?,
            joins: newest.joins.clone(),
            pending: self.pending(thread, epoch).await?,
            journal: self.recorded_calls(thread).await?,
            parked: self.parked_tasks(thread).await?,
            parent: started.parent,
            actor: started.root.actor,
        }))
    }
}
