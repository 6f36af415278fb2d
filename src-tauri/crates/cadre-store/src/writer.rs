//! The one writer of a workspace file: a task that owns the writing connection and groups commits.
//!
//! Callers hand over a [`Batch`] and wait until it is on the disk. Batches that come together share one transaction
//! and one flush; each has a savepoint of its own, so that one whose conditions fail rolls back alone.

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot, watch};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, Durability, WriteError, Written, resolve};
use crate::fault;
use crate::heads::Heads;
use crate::ledger::{Entry, GENESIS, leaf};
use crate::lock::Lock;
use crate::projection::changes_of;
use crate::record::Record as _;
use crate::values::{self, ValueKey};
use crate::{clock::StoreClock, sql};

/// How many batches may share a transaction: enough to amortise the flush, few enough to answer soon.
const GROUP: usize = 256;

type Reply = oneshot::Sender<Result<Written, WriteError>>;

pub(crate) struct Request {
    batch: Batch,
    reply: Reply,
}

/// What reaches the writer. A claim is no history, so it is not a batch.
pub(crate) enum Message {
    Write(Request),
    Claim { thread: String, reply: oneshot::Sender<Result<u64, WriteError>> },
}

/// A way to the writer. Cheap to clone; the writer ends when the last one is gone.
#[derive(Clone)]
pub(crate) struct Writer {
    requests: mpsc::Sender<Message>,
}

/// The newest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: u64,
    pub leaf: Hash,
}

impl Head {
    pub(crate) const EMPTY: Head = Head { seq: 0, leaf: GENESIS };
}

pub(crate) struct WriterLoop {
    pub(crate) connection: SqliteConnection,
    pub(crate) key: ValueKey,
    pub(crate) clock: StoreClock,
    pub(crate) head: Head,
    pub(crate) heads: Heads,
    pub(crate) published: watch::Sender<Head>,
    /// Whether commits wait for the disk, as the connection was last told.
    pub(crate) synchronous: Option<bool>,
    /// Here, since the workspace is ours until the last write is done.
    pub(crate) _lock: std::sync::Arc<Lock>,
}

impl Writer {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Message>) {
        let (requests, receiver) = mpsc::channel(1024);
        (Writer { requests }, receiver)
    }

    pub(crate) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Message::Write(Request { batch, reply })).await.map_err(|_| WriteError::Closed)?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Takes a thread over; gives the new epoch.
    pub(crate) async fn claim(&self, thread: String) -> Result<u64, WriteError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Message::Claim { thread, reply }).await.map_err(|_| WriteError::Closed)?;
        answer.await.map_err(|_| WriteError::Closed)?
    }
}

impl WriterLoop {
    pub(crate) async fn run(mut self, mut requests: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        while requests.recv_many(&mut messages, GROUP).await > 0 {
            let mut group = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Write(request) => group.push(request),
                    Message::Claim { thread, reply } => {
                        // What was asked for before the claim is written before it.
                        self.commit_group(std::mem::take(&mut group)).await;
                        let _ = reply.send(self.claim(thread).await);
                    }
                }
            }
            self.commit_group(group).await;
        }
        // Puts entries of class `Process` on the disk too, which the kept head must not run ahead of.
        match self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await {
            Ok(_) => self.heads.keep_now(self.head),
            Err(error) => tracing::warn!(%error, "the workspace file could not be brought up to date"),
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the workspace file did not close cleanly");
        }
    }

    async fn claim(&mut self, thread: String) -> Result<u64, WriteError> {
        let epoch: i64 = sqlx::query_scalar(
            "INSERT INTO leases (thread, epoch) VALUES (?, 1)
             ON CONFLICT (thread) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
        )
        .bind(thread)
        .fetch_one(&mut self.connection)
        .await?;
        Ok(u64::try_from(epoch).unwrap_or(0))
    }

    async fn commit_group(&mut self, group: Vec<Request>) {
        if group.is_empty() {
            return;
        }
        let before = self.head;
        let full = group.iter().any(|request| request.batch.class == Durability::Full);
        let mut outcomes = Vec::with_capacity(group.len());
        let result = self.transaction(group, full, &mut outcomes).await;
        match result {
            Ok(()) => {
                fault::after_commit(self.head.seq);
                for restored in outcomes.iter().flat_map(|(_, outcome)| restored_in(outcome)) {
                    self.heads.explained_by(&restored);
                }
                if outcomes.iter().any(|(_, outcome)| is_turning_point(outcome)) {
                    self.heads.keep_now(self.head);
                } else if full {
                    self.heads.keep(self.head);
                }
                self.published.send_replace(self.head);
                for (reply, outcome) in outcomes {
                    let _ = reply.send(outcome); // a caller that went away loses nothing: the entry is there
                }
            }
            Err(error) => {
                // Refusals fall with it: the rows that they were judged by may be among those taken back.
                self.head = before;
                for (reply, _) in outcomes {
                    let _ = reply.send(Err(error.again()));
                }
            }
        }
    }

    async fn transaction(
        &mut self,
        group: Vec<Request>,
        full: bool,
        outcomes: &mut Vec<(Reply, Result<Written, WriteError>)>,
    ) -> Result<(), WriteError> {
        let alone = group.len() == 1;
        let mut requests = group.into_iter();
        let mut failed = self.open_transaction(full).await.err();
        while failed.is_none() {
            let Some(request) = requests.next() else { break };
            let outcome =
                if alone { self.whole(request.batch).await } else { self.savepoint(request.batch).await };
            match outcome {
                Ok(outcome) => outcomes.push((request.reply, outcome)),
                Err(error) => {
                    outcomes.push((request.reply, Err(error.again())));
                    failed = Some(error);
                }
            }
        }
        if failed.is_none() {
            fault::before_commit(self.head.seq);
            failed = self.connection.execute("COMMIT").await.err().map(WriteError::from);
        }
        let Some(error) = failed else { return Ok(()) };
        outcomes.extend(requests.map(|request| (request.reply, Err(error.again()))));
        // SQLite may have rolled back by itself (a full disk); a second rollback then says so and changes nothing.
        let _ = self.connection.execute("ROLLBACK").await;
        Err(error)
    }

    async fn open_transaction(&mut self, full: bool) -> Result<(), WriteError> {
        if self.synchronous != Some(full) {
            self.synchronous = None; // unknown, if the next line fails
            let mode = if full { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            self.connection.execute(mode).await?;
            self.synchronous = Some(full);
        }
        self.connection.execute("BEGIN IMMEDIATE").await?;
        Ok(())
    }

    /// What became of the one batch of a transaction. What failed is rolled back with the transaction, and an empty
    /// one is committed: nobody else was in it.
    async fn whole(&mut self, batch: Batch) -> Result<Result<Written, WriteError>, WriteError> {
        let before = self.head;
        let outcome = self.apply(batch).await;
        if let Err(error) = &outcome {
            self.head = before;
            // SQLite itself rolls everything back when the disk is full or fails: then there is no transaction left.
            if self.connection.execute("ROLLBACK").await.is_err() {
                return Err(error.again());
            }
            self.connection.execute("BEGIN").await?;
        }
        Ok(outcome)
    }

    /// What became of one batch; an error of its own when the whole transaction is lost.
    async fn savepoint(&mut self, batch: Batch) -> Result<Result<Written, WriteError>, WriteError> {
        let before = self.head;
        self.connection.execute("SAVEPOINT batch").await?;
        let outcome = self.apply(batch).await;
        if let Err(error) = &outcome {
            self.head = before;
            // SQLite itself rolls everything back when the disk is full or fails: then the savepoint is gone, and
            // what followed would be committed statement by statement.
            if self.connection.execute("ROLLBACK TO batch").await.is_err() {
                return Err(error.again());
            }
        }
        self.connection.execute("RELEASE batch").await?;
        Ok(outcome)
    }

    async fn apply(&mut self, batch: Batch) -> Result<Written, WriteError> {
        if let Some(guard) = sql::first_refused(&mut self.connection, batch.guards).await? {
            return Err(WriteError::Refused { guard });
        }
        let mut commitments = Vec::with_capacity(batch.values.len());
        for bytes in batch.values {
            commitments.push(values::put(&mut self.connection, &self.key, bytes).await?);
        }
        let mut entries = Vec::with_capacity(batch.entries.len());
        for new in batch.entries {
            let entry = Entry {
                at: self.clock.now(),
                data: resolve(new.data, &commitments),
                kind: new.kind.to_owned(),
                prev: self.head.leaf,
                seq: self.head.seq + 1,
                v: new.v,
            };
            let body = entry.body();
            let leaf = leaf(&body);
            sqlx::query("INSERT INTO ledger (seq, body, leaf) VALUES (?, ?, ?)")
                .bind(i64::try_from(entry.seq).unwrap_or(i64::MAX))
                .bind(body)
                .bind(leaf.as_bytes().to_vec())
                .execute(&mut self.connection)
                .await?;
            for change in changes_of(&entry)?.unwrap_or_default() {
                sql::apply(&mut self.connection, entry.seq, change).await?;
            }
            self.head = Head { seq: entry.seq, leaf };
            entries.push(entry);
        }
        Ok(Written { entries })
    }
}

/// Whether something was written after which a file that is put back would hide most: a decision, a project's end.
fn is_turning_point(outcome: &Result<Written, WriteError>) -> bool {
    let turns = |kind: &str| matches!(kind, "decision.made" | "project.status" | WorkspaceRestored::KIND);
    outcome.as_ref().is_ok_and(|written| written.entries.iter().any(|entry| turns(&entry.kind)))
}

/// The restores among what was written.
fn restored_in(outcome: &Result<Written, WriteError>) -> Vec<WorkspaceRestored> {
    let entries = outcome.as_ref().map_or(&[][..], |written| &written.entries[..]);
    let restored = entries.iter().filter(|entry| entry.kind == WorkspaceRestored::KIND);
    restored.filter_map(|entry| WorkspaceRestored::deserialize(&entry.data).ok()).collect()
}

impl WriteError {
    /// The same failure for each batch of a group.
    fn again(&self) -> WriteError {
        match self {
            WriteError::DiskFull => WriteError::DiskFull,
            WriteError::Locked => WriteError::Locked,
            WriteError::Database(error) => WriteError::Database(std::sync::Arc::clone(error)),
            _ => WriteError::Closed,
        }
    }
}
