//! The one writer of a workspace file: a thread that owns the writing connection and groups commits.
//!
//! Callers hand over a [`Batch`] and wait until it is on the disk. Batches that come together share one transaction
//! and one flush; each has a savepoint of its own, so that one whose conditions fail rolls back alone.

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, Durability, WriteError, Written, resolve};
use crate::database::{Connection, DatabaseError, Source, query};
use crate::fault;
use crate::heads::Heads;
use crate::ledger::{Entry, GENESIS, leaf};
use crate::lock::Lock;
use crate::open::newest;
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
    /// What comes together goes into one transaction.
    Write(Vec<Request>),
    Claim {
        thread: String,
        reply: oneshot::Sender<Result<u64, WriteError>>,
    },
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
    pub(crate) connection: Connection,
    /// Where to connect again, if it is cut off.
    pub(crate) source: Source,
    pub(crate) key: ValueKey,
    pub(crate) clock: StoreClock,
    pub(crate) head: Head,
    pub(crate) heads: Heads,
    pub(crate) published: watch::Sender<Head>,
    /// Whether commits wait for the disk, as the connection was last told.
    pub(crate) synchronous: Option<bool>,
    /// Here, since the workspace is ours until the last write is done.
    pub(crate) _lock: Option<std::sync::Arc<Lock>>,
}

impl Writer {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Message>) {
        let (requests, receiver) = mpsc::channel(1024);
        (Writer { requests }, receiver)
    }

    pub(crate) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Write(vec![Request { batch, reply }]);
        self.requests.send(message).await.map_err(|_| WriteError::Closed)?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    pub(crate) async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Written, WriteError>> {
        let (requests, answers): (Vec<_>, Vec<_>) = batches
            .into_iter()
            .map(|batch| {
                let (reply, answer) = oneshot::channel();
                (Request { batch, reply }, answer)
            })
            .unzip();
        let sent = self.requests.send(Message::Write(requests)).await;
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(match (&sent, answer.await) {
                (Ok(()), Ok(outcome)) => outcome,
                _ => Err(WriteError::Closed),
            });
        }
        outcomes
    }

    /// Takes a thread over; gives the new epoch.
    pub(crate) async fn claim(&self, thread: String) -> Result<u64, WriteError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Message::Claim { thread, reply }).await.map_err(|_| WriteError::Closed)?;
        answer.await.map_err(|_| WriteError::Closed)?
    }
}

impl WriterLoop {
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        while requests.blocking_recv_many(&mut messages, GROUP) > 0 {
            let mut group = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Write(requests) => group.extend(requests),
                    Message::Claim { thread, reply } => {
                        // What was asked for before the claim is written before it.
                        self.commit_group(std::mem::take(&mut group));
                        let _ = reply.send(self.claim(thread));
                    }
                }
            }
            self.commit_group(group);
        }
        if self.connection.is_shared() {
            return self.heads.keep_now(self.head);
        }
        // Puts entries of class `Process` on the disk too, which the kept head must not run ahead of.
        match self.connection.run("PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(()) => self.heads.keep_now(self.head),
            Err(error) => tracing::warn!(%error, "the workspace file could not be brought up to date"),
        }
        if let Err(error) = self.connection.close() {
            tracing::warn!(%error, "the workspace file did not close cleanly");
        }
    }

    fn claim(&mut self, thread: String) -> Result<u64, WriteError> {
        let sql = "INSERT INTO leases (thread, epoch) VALUES (?, 1)
                   ON CONFLICT (thread) DO UPDATE SET epoch = leases.epoch + 1 RETURNING epoch";
        if !self.connection.is_shared() {
            return Ok(query(sql).bind(thread).one(&self.connection)?);
        }
        // Not while another program is in the middle of a write that it may do by an earlier claim.
        self.reconnect()?;
        let transaction = self.connection.transaction()?;
        lock_ledger(&self.connection)?;
        let epoch = query(sql).bind(thread).one(&self.connection)?;
        transaction.commit()?;
        Ok(epoch)
    }

    /// Another connection, if this one was cut off.
    fn reconnect(&mut self) -> Result<(), WriteError> {
        if self.connection.is_gone() {
            self.connection = self.source.writer()?;
        }
        Ok(())
    }

    fn commit_group(&mut self, group: Vec<Request>) {
        if group.is_empty() {
            return;
        }
        let before = self.head;
        let full = group.iter().any(|request| request.batch.class == Durability::Full);
        let mut outcomes = Vec::with_capacity(group.len());
        let result = self.transaction(group, full, &mut outcomes);
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
                publish(&self.published, self.head);
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

    fn transaction(
        &mut self,
        group: Vec<Request>,
        full: bool,
        outcomes: &mut Vec<(Reply, Result<Written, WriteError>)>,
    ) -> Result<(), WriteError> {
        let alone = group.len() == 1;
        let mut requests = group.into_iter();
        let mut failed = self.open_transaction(full).err();
        while failed.is_none() {
            let Some(request) = requests.next() else { break };
            let outcome = if alone { self.whole(request.batch) } else { self.savepoint(request.batch) };
            match outcome {
                Ok(outcome) => outcomes.push((request.reply, outcome)),
                Err(error) => {
                    outcomes.push((request.reply, Err(error.again())));
                    failed = Some(error);
                }
            }
        }
        if failed.is_none() && self.connection.is_shared() {
            failed = announce(&self.connection).err().map(WriteError::from);
        }
        if failed.is_none() {
            fault::before_commit(self.head.seq);
            failed = query("COMMIT").execute(&self.connection).err().map(WriteError::from);
        }
        let Some(error) = failed else { return Ok(()) };
        outcomes.extend(requests.map(|request| (request.reply, Err(error.again()))));
        // SQLite may have rolled back by itself (a full disk); a second rollback then says so and changes nothing.
        let _ = query("ROLLBACK").execute(&self.connection);
        Err(error)
    }

    fn open_transaction(&mut self, full: bool) -> Result<(), WriteError> {
        if self.connection.is_shared() {
            return self.open_shared(full);
        }
        if self.synchronous != Some(full) {
            self.synchronous = None; // unknown, if the next line fails
            let mode = if full { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            self.connection.run(mode)?;
            self.synchronous = Some(full);
        }
        query("BEGIN IMMEDIATE").execute(&self.connection)?;
        Ok(())
    }

    /// The head is what all writers wait for; who has it knows the newest entry, whoever wrote it.
    fn open_shared(&mut self, full: bool) -> Result<(), WriteError> {
        self.reconnect()?;
        let mode = if full { "BEGIN" } else { "BEGIN; SET LOCAL synchronous_commit = off" };
        self.connection.run(mode)?;
        lock_ledger(&self.connection)?;
        self.head = newest(&self.connection)?.ok_or(DatabaseError::NoRow)?;
        Ok(())
    }

    /// What became of the one batch of a transaction. What failed is rolled back with the transaction, and an empty
    /// one is committed: nobody else was in it.
    fn whole(&mut self, batch: Batch) -> Result<Result<Written, WriteError>, WriteError> {
        let before = self.head;
        let outcome = self.apply(batch);
        if let Err(error) = &outcome {
            self.head = before;
            // SQLite itself rolls everything back when the disk is full or fails: then there is no transaction left.
            if query("ROLLBACK").execute(&self.connection).is_err() {
                return Err(error.again());
            }
            query("BEGIN").execute(&self.connection)?;
        }
        Ok(outcome)
    }

    /// What became of one batch; an error of its own when the whole transaction is lost.
    fn savepoint(&mut self, batch: Batch) -> Result<Result<Written, WriteError>, WriteError> {
        let before = self.head;
        query("SAVEPOINT batch").execute(&self.connection)?;
        let outcome = self.apply(batch);
        if let Err(error) = &outcome {
            self.head = before;
            // SQLite itself rolls everything back when the disk is full or fails: then the savepoint is gone, and
            // what followed would be committed statement by statement.
            if query("ROLLBACK TO batch").execute(&self.connection).is_err() {
                return Err(error.again());
            }
        }
        query("RELEASE batch").execute(&self.connection)?;
        Ok(outcome)
    }

    fn apply(&mut self, batch: Batch) -> Result<Written, WriteError> {
        if let Some(guard) = sql::first_refused(&self.connection, batch.guards)? {
            return Err(WriteError::Refused { guard });
        }
        let mut commitments = Vec::with_capacity(batch.values.len());
        for bytes in batch.values {
            commitments.push(values::put(&self.connection, &self.key, bytes)?);
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
            let sql = "INSERT INTO ledger (seq, body, leaf) VALUES (?, ?, ?)";
            query(sql).bind(entry.seq).bind(body).bind(leaf).execute(&self.connection)?;
            for change in changes_of(&entry)?.unwrap_or_default() {
                sql::apply(&self.connection, entry.seq, change)?;
            }
            self.head = Head { seq: entry.seq, leaf };
            entries.push(entry);
        }
        Ok(Written { entries })
    }
}

/// Until the end of the transaction nobody else writes this workspace, nor claims a thread of it.
fn lock_ledger(connection: &Connection) -> Result<(), DatabaseError> {
    connection.run("SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))")
}

/// Wakes the other programs of this workspace, once the transaction is committed.
fn announce(connection: &Connection) -> Result<(), DatabaseError> {
    connection.run("SELECT pg_notify(current_schema(), '')")
}

/// Another program's entry can be known before ours is.
pub(crate) fn publish(published: &watch::Sender<Head>, head: Head) {
    published.send_if_modified(|known| {
        let newer = head.seq > known.seq;
        if newer {
            *known = head;
        }
        newer
    });
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
