//! The one writer of a workspace file: a thread that owns the writing connection and groups commits.
//!
//! Callers hand over a [`Batch`] and wait until it is on the disk. Batches that come together share one transaction
//! and one flush; each has a savepoint of its own, so that one whose conditions fail rolls back alone.

use std::collections::HashMap;

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{
    Batch, Durability, Guard, Prepared, PreparedEntry, WriteError, Written, canonical_data, rename,
};
use crate::database::{Connection, DatabaseError, Source, query};
use crate::fault;
use crate::heads::Heads;
use crate::ledger::{Entry, GENESIS, leaf};
use crate::lock::Lock;
use crate::open::newest;
use crate::projection::changes_of;
use crate::record::Record as _;
use crate::redaction::needed_since;
use crate::values::{self, ValueKey};
use crate::writer_signing::DeviceKey;
use crate::{clock::StoreClock, sql};

/// How many batches may share a transaction: enough to amortise the flush, few enough to answer soon.
const GROUP: usize = 256;

type Reply = oneshot::Sender<Result<Written, WriteError>>;

pub(crate) struct Request {
    batch: Prepared,
    reply: Reply,
}

/// What the writer has to do, in the order in which it came.
enum Work {
    Write(Request),
    Claim { thread: String, reply: ClaimReply },
}

type ClaimReply = oneshot::Sender<Result<u64, WriteError>>;

/// What reaches the writer. A claim is no history, so it is not a batch.
pub(crate) enum Message {
    /// What comes together goes into one transaction.
    Write(Vec<Request>),
    Claim {
        thread: String,
        reply: ClaimReply,
    },
    Sign {
        key: DeviceKey,
        reply: oneshot::Sender<Result<(), WriteError>>,
    },
}

/// A way to the writer. Cheap to clone; the writer ends when the last one is gone.
#[derive(Clone)]
pub(crate) struct Writer {
    requests: mpsc::Sender<Message>,
    key: ValueKey,
}

/// The newest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: u64,
    pub leaf: Hash,
}

impl Default for Head {
    fn default() -> Self {
        Head::EMPTY
    }
}

impl Head {
    pub(crate) const EMPTY: Head = Head { seq: 0, leaf: GENESIS };
}

pub(crate) struct WriterLoop {
    pub(crate) connection: Connection,
    /// Where to connect again, if it is cut off.
    pub(crate) source: Source,
    pub(crate) clock: StoreClock,
    pub(crate) head: Head,
    pub(crate) heads: Heads,
    pub(crate) published: watch::Sender<Head>,
    /// Who holds which thread of a file. They are worth nothing to another program: it opens the file when this one is
    /// gone. On a shared workspace they are rows.
    pub(crate) epochs: HashMap<String, u64>,
    /// A content was taken away, and what is left of it in free pages is not overwritten yet.
    pub(crate) unclean: bool,
    /// Whether commits wait for the disk, as the connection was last told.
    pub(crate) synchronous: Option<bool>,
    /// Here, since the workspace is ours until the last write is done.
    pub(crate) _lock: Option<std::sync::Arc<Lock>>,
}

impl Writer {
    pub(crate) fn new(key: ValueKey) -> (Self, mpsc::Receiver<Message>) {
        let (requests, receiver) = mpsc::channel(1024);
        (Writer { requests, key }, receiver)
    }

    pub(crate) async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Write(vec![Request { batch: batch.prepare(&self.key), reply }]);
        self.requests.send(message).await.map_err(|_| WriteError::Closed)?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    pub(crate) async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Written, WriteError>> {
        let (requests, answers): (Vec<_>, Vec<_>) = batches
            .into_iter()
            .map(|batch| {
                let (reply, answer) = oneshot::channel();
                (Request { batch: batch.prepare(&self.key), reply }, answer)
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

    /// Has heads signed from here on.
    pub(crate) async fn sign(&self, key: DeviceKey) -> Result<(), WriteError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Message::Sign { key, reply }).await.map_err(|_| WriteError::Closed)?;
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
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        while requests.blocking_recv_many(&mut messages, GROUP) > 0 {
            let mut group = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Write(requests) => group.extend(requests.into_iter().map(Work::Write)),
                    Message::Claim { thread, reply } => group.push(Work::Claim { thread, reply }),
                    Message::Sign { key, reply } => {
                        self.commit_group(std::mem::take(&mut group));
                        let _ = reply.send(self.begin_signing(key));
                    }
                }
            }
            self.commit_group(group);
        }
        self.clean();
        if self.connection.is_shared() {
            return self.heads.keep_now(self.head, self.clock.now());
        }
        // Puts entries of class `Process` on the disk too, which the kept head must not run ahead of.
        match self.connection.run("PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(()) => self.heads.keep_now(self.head, self.clock.now()),
            Err(error) => tracing::warn!(%error, "the workspace file could not be brought up to date"),
        }
        if let Err(error) = self.connection.close() {
            tracing::warn!(%error, "the workspace file did not close cleanly");
        }
    }

    /// Takes a thread over. On a shared workspace nobody is in the middle of a write that an earlier claim allows: who
    /// writes holds the ledger.
    fn claim(&mut self, thread: String) -> Result<u64, WriteError> {
        if !self.connection.is_shared() {
            let epoch = self.epochs.entry(thread).or_default();
            *epoch += 1;
            return Ok(*epoch);
        }
        let sql = "INSERT INTO leases (thread, epoch) VALUES (?, 1)
                   ON CONFLICT (thread) DO UPDATE SET epoch = leases.epoch + 1 RETURNING epoch";
        Ok(query(sql).bind(thread).one(&self.connection)?)
    }

    /// Whether a commit whose answer was lost with its connection is there all the same: its last entry says so.
    fn was_committed(&mut self) -> bool {
        if !self.connection.is_gone() || self.reconnect().is_err() {
            return false;
        }
        let looked = || -> Result<Option<Vec<u8>>, DatabaseError> {
            self.connection.run(SHARED_BEGIN)?;
            // Waits for what is left of the one that was cut off.
            lock_ledger(&self.connection)?;
            let sql = "SELECT leaf FROM ledger WHERE seq = ?";
            let leaf = query(sql).bind(self.head.seq).optional(&self.connection)?;
            self.connection.run("COMMIT")?;
            Ok(leaf)
        };
        looked().is_ok_and(|leaf| leaf.as_deref() == Some(&self.head.leaf.as_bytes()[..]))
    }

    /// Another connection, if this one was cut off.
    fn reconnect(&mut self) -> Result<(), WriteError> {
        if self.connection.is_gone() {
            self.connection = self.source.writer()?;
        }
        Ok(())
    }

    fn commit_group(&mut self, group: Vec<Work>) {
        let writes = |work: &Work| matches!(work, Work::Write(_));
        if !self.connection.is_shared() && !group.iter().any(writes) {
            for work in group {
                if let Work::Claim { thread, reply } = work {
                    let _ = reply.send(self.claim(thread));
                }
            }
            return;
        }
        let before = self.head;
        let mut done = Done::default();
        let result = self.transaction(group, &mut done);
        match result {
            Ok(()) => {
                fault::after_commit(self.head.seq);
                self.keep_heads(&done);
                publish(&self.published, self.head);
                self.clean();
            }
            // Refusals fall with it: the rows that they were judged by may be among those taken back.
            Err(error) => {
                self.head = before;
                done.fail(&error);
            }
        }
        done.reply();
    }

    fn keep_heads(&mut self, done: &Done) {
        if let Some(signing) = &mut self.heads.signing {
            signing.committed(&done.leaves);
        }
        for restored in done.writes.iter().flat_map(|(_, outcome)| restored_in(outcome)) {
            self.heads.explained_by(&restored);
        }
        if done.writes.iter().any(|(_, outcome)| is_turning_point(outcome)) {
            self.heads.keep_now(self.head, self.clock.now());
        } else if done.full {
            self.heads.keep(self.head, self.clock.now());
        }
    }

    fn transaction(&mut self, group: Vec<Work>, done: &mut Done) -> Result<(), WriteError> {
        let is_full = |work: &Work| matches!(work, Work::Write(it) if it.batch.class == Durability::Full);
        done.full = group.iter().any(is_full);
        let alone = group.len() == 1;
        let mut works = group.into_iter();
        let mut failed = self.open_transaction(done.full).and_then(|()| self.follow_others()).err();
        while failed.is_none() {
            let Some(work) = works.next() else { break };
            match work {
                Work::Claim { thread, reply } => {
                    let claimed = self.claim(thread);
                    failed = claimed.as_ref().err().map(WriteError::again);
                    done.claims.push((reply, claimed));
                }
                Work::Write(Request { batch, reply }) => {
                    let outcome = if alone { self.whole(batch) } else { self.savepoint(batch) };
                    failed = outcome.as_ref().err().map(WriteError::again);
                    done.writes.push((reply, outcome.unwrap_or_else(Err)));
                }
            }
        }
        if failed.is_none() && self.heads.signing.is_some() {
            done.leaves = done.leaves_before(self.head);
            let turns = done.writes.iter().any(|(_, outcome)| is_turning_point(outcome));
            failed = self.sign_if_due(turns, &mut done.leaves).err();
        }
        if failed.is_none() && self.connection.is_shared() {
            failed = announce(&self.connection).err().map(WriteError::from);
        }
        if failed.is_none() {
            fault::before_commit(self.head.seq);
            failed = query("COMMIT").execute(&self.connection).err().map(WriteError::from);
            if failed.is_some() && self.was_committed() {
                failed = None;
            }
        }
        let Some(error) = failed else { return Ok(()) };
        for work in works {
            match work {
                Work::Write(request) => done.writes.push((request.reply, Err(error.again()))),
                Work::Claim { reply, .. } => done.claims.push((reply, Err(error.again()))),
            }
        }
        // SQLite may have rolled back by itself (a full disk); a second rollback then says so and changes nothing.
        let _ = query("ROLLBACK").execute(&self.connection);
        Err(error)
    }

    pub(crate) fn open_transaction(&mut self, full: bool) -> Result<(), WriteError> {
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
        let mode = if full { SHARED_BEGIN } else { SHARED_BEGIN_PROCESS };
        self.connection.run(mode)?;
        lock_ledger(&self.connection)?;
        self.head = newest(&self.connection)?.ok_or(DatabaseError::NoRow)?;
        Ok(())
    }

    /// What became of the one batch of a transaction. What failed is rolled back with the transaction, and an empty
    /// one is committed: nobody else was in it.
    fn whole(&mut self, batch: Prepared) -> Result<Result<Written, WriteError>, WriteError> {
        let before = self.head;
        let outcome = self.apply(batch);
        if let Err(error) = &outcome {
            self.head = before;
            // SQLite itself rolls everything back when the disk is full or fails: then there is no transaction left.
            if query("ROLLBACK").execute(&self.connection).is_err() {
                return Err(error.again());
            }
            let again = if self.connection.is_shared() { SHARED_BEGIN } else { "BEGIN" };
            query(again).execute(&self.connection)?;
        }
        Ok(outcome)
    }

    /// What became of one batch; an error of its own when the whole transaction is lost.
    fn savepoint(&mut self, batch: Prepared) -> Result<Result<Written, WriteError>, WriteError> {
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

    fn apply(&mut self, batch: Prepared) -> Result<Written, WriteError> {
        if let Some(guard) = self.first_refused(batch.guards)? {
            return Err(WriteError::Refused { guard });
        }
        if needed_since(&self.connection, &batch.redacted, batch.looked_at)? {
            return Err(WriteError::Refused { guard: usize::MAX });
        }
        let mut renamed = Vec::new();
        for value in batch.values {
            let new = value.commitment;
            let stored = value.put(&self.connection)?;
            if stored != new {
                renamed.push((new, stored));
            }
        }
        let mut entries = Vec::with_capacity(batch.entries.len());
        for new in batch.entries {
            let (data, canonical) = match renamed.is_empty() {
                true => (new.data, new.canonical),
                false => {
                    let data = rename(new.data, &renamed);
                    let canonical = canonical_data(&data);
                    (data, canonical)
                }
            };
            entries.push(self.append(PreparedEntry { data, canonical, ..new })?);
        }
        for commitment in batch.redacted {
            if !values::empty(&self.connection, commitment)? {
                return Err(WriteError::Refused { guard: usize::MAX }); // somebody else was first
            }
            self.unclean = true;
        }
        Ok(Written { entries })
    }

    /// The next entry, with what it does to the tables.
    pub(crate) fn append(&mut self, new: PreparedEntry) -> Result<Entry, WriteError> {
        let entry = Entry {
            at: self.clock.now(),
            data: new.data,
            kind: new.kind.to_owned(),
            prev: self.head.leaf,
            seq: self.head.seq + 1,
            v: new.v,
        };
        let body = entry.body_with(&new.canonical);
        let leaf = leaf(&body);
        let sql = "INSERT INTO ledger (seq, body, leaf) VALUES (?, ?, ?)";
        query(sql).bind(entry.seq).bind(body).bind(leaf).execute(&self.connection)?;
        for change in changes_of(&entry)?.unwrap_or_default() {
            sql::apply(&self.connection, entry.seq, change)?;
        }
        self.head = Head { seq: entry.seq, leaf };
        Ok(entry)
    }

    /// The first of the conditions that does not hold.
    fn first_refused(&self, guards: Vec<Guard>) -> Result<Option<usize>, WriteError> {
        for (index, guard) in guards.into_iter().enumerate() {
            let holds = match guard {
                Guard::Epoch { thread, epoch } if !self.connection.is_shared() => {
                    self.epochs.get(&thread) == Some(&epoch)
                }
                guard => sql::holds(&self.connection, guard)?,
            };
            if !holds {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

/// What became of a group, before anybody is told.
#[derive(Default)]
struct Done {
    writes: Vec<(Reply, Result<Written, WriteError>)>,
    claims: Vec<(ClaimReply, Result<u64, WriteError>)>,
    /// Of what was written, where heads are signed.
    leaves: Vec<Hash>,
    /// Some of it has to survive a loss of power.
    full: bool,
}

impl Done {
    /// The leaves of what was written: each entry names its predecessor's, and the head is the last one's.
    fn leaves_before(&self, head: Head) -> Vec<Hash> {
        let written = self.writes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
        let mut prevs = written.flat_map(|written| &written.entries).map(|entry| entry.prev);
        let any = prevs.next().is_some();
        prevs.chain(any.then_some(head.leaf)).collect()
    }

    fn fail(&mut self, error: &WriteError) {
        self.writes.iter_mut().for_each(|(_, outcome)| *outcome = Err(error.again()));
        self.claims.iter_mut().for_each(|(_, outcome)| *outcome = Err(error.again()));
    }

    /// A caller that went away loses nothing: what was written is there.
    fn reply(self) {
        for (reply, outcome) in self.writes {
            let _ = reply.send(outcome);
        }
        for (reply, outcome) in self.claims {
            let _ = reply.send(outcome);
        }
    }
}

/// Whatever the server's default is: what is read after the ledger is locked has to be what is there then.
const SHARED_BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
const SHARED_BEGIN_PROCESS: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off";

/// Until the end of the transaction nobody else writes this workspace, nor claims a thread of it.
fn lock_ledger(connection: &Connection) -> Result<(), DatabaseError> {
    connection.run("SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))")
}

/// Wakes the other programs of this workspace, once the transaction is committed.
pub(crate) fn announce(connection: &Connection) -> Result<(), DatabaseError> {
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
    let turns = |kind: &str| {
        matches!(kind, "decision.made" | "project.status" | "value.redacted" | WorkspaceRestored::KIND)
    };
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
