//! Forks, listings and removals: what the port says about the past of a thread.

use cadre_graph::{
    Checkpoint, CheckpointError, CheckpointSummary, Checkpointer as _, Fork, Hash, Listing, Source,
};

use super::calls::{Kept, kept_by};
use super::load::{Beginning, beginning_of, start_seq, stored_checkpoint, tasks, value};
use super::state::state_at;
use super::{add_records, data, store_error};
use crate::aggregates::thread::{CHECKPOINTS, StoredCheckpoint, THREADS};
use crate::aggregates::thread_past::{Deleted, Forked, Pruned, Segment};
use crate::batch::{Batch, Guard, WriteError};
use crate::database::{Connection, DatabaseError, FromRow, Row, query};
use crate::open::Store;
use crate::projection::Cell;
use crate::read::{ReadError, blob_hash};

/// How many checkpoints are read at once where a filter decides which are wanted.
const PAGE: usize = 256;

const THREAD: &str = "SELECT id, graph, graph_version, head, step, start_seq, lineage, kept_from
    FROM threads WHERE id = ?";
/// Threads whose history is not simply their own checkpoints.
const SPECIAL: &str = "SELECT id, graph, graph_version, head, step, start_seq, lineage, kept_from
    FROM threads WHERE lineage IS NOT NULL OR kept_from IS NOT NULL";
const OF_THREAD: &str = "SELECT c.seq, c.hash, c.thread, c.step, l.body
    FROM checkpoints c JOIN ledger l ON l.seq = c.seq
    WHERE c.thread = ? AND c.step >= ? AND c.step <= ? ORDER BY c.step DESC LIMIT ?";
const OF_ALL: &str = "SELECT c.seq, c.hash, c.thread, c.step, l.body
    FROM checkpoints c JOIN ledger l ON l.seq = c.seq WHERE c.seq < ? ORDER BY c.seq DESC LIMIT ?";
const BY_HASH: &str = "SELECT c.seq, c.hash, c.thread, c.step, l.body
    FROM checkpoints c JOIN ledger l ON l.seq = c.seq WHERE c.hash = ?";

/// A thread as its row has it.
pub(super) struct ThreadRow {
    pub(super) id: String,
    graph: String,
    graph_version: u32,
    pub(super) head: Vec<u8>,
    step: u64,
    start_seq: i64,
    lineage: Vec<Segment>,
    kept_from: u64,
}

impl FromRow for ThreadRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let lineage: Option<String> = row.get(6)?;
        let lineage = lineage.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text));
        Ok(ThreadRow {
            id: row.get(0)?,
            graph: row.get(1)?,
            graph_version: row.get(2)?,
            head: row.get(3)?,
            step: row.get(4)?,
            start_seq: row.get(5)?,
            lineage: lineage.map_err(|_| DatabaseError::Column {
                column: "lineage".into(),
                expected: "threads and steps",
                found: "another text",
            })?,
            kept_from: row.get::<Option<u64>>(7)?.unwrap_or(0),
        })
    }
}

impl ThreadRow {
    pub(super) fn find(connection: &Connection, thread: &str) -> Result<Option<Self>, ReadError> {
        Ok(query(THREAD).bind(thread).optional(connection)?)
    }

    /// Where its checkpoints lie, newest first.
    fn segments(&self) -> impl Iterator<Item = Segment> {
        [(self.id.clone(), u64::MAX)].into_iter().chain(self.lineage.clone())
    }

    /// The step at which it branched off, if it did.
    pub(super) fn step_of_origin(&self) -> Option<u64> {
        self.lineage.first().map(|(_, step)| *step)
    }
}

/// A checkpoint as its row and its entry have it.
pub(super) struct CheckpointRow {
    pub(super) seq: u64,
    pub(super) hash: Vec<u8>,
    pub(super) thread: String,
    pub(super) step: u64,
    body: Vec<u8>,
}

impl FromRow for CheckpointRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (seq, hash, thread, step) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(CheckpointRow { seq, hash, thread, step, body: row.get(4)? })
    }
}

impl CheckpointRow {
    fn find(connection: &Connection, hash: Hash) -> Result<Option<Self>, ReadError> {
        Ok(query(BY_HASH).bind(hash).optional(connection)?)
    }

    fn stored(&self) -> Result<(i64, StoredCheckpoint), ReadError> {
        stored_checkpoint(signed(self.seq), &self.body)
    }

    fn summary(&self, connection: &Connection) -> Result<CheckpointSummary, ReadError> {
        let (at, stored) = self.stored()?;
        let metadata = stored.metadata.as_ref().map(|mark| value(connection, mark)).transpose()?;
        Ok(CheckpointSummary {
            hash: blob_hash(&self.hash)?,
            source: if stored.parent.is_none() { Source::Input } else { stored.source },
            parent: stored.parent,
            thread: stored.thread,
            step: stored.step,
            merged: stored.merged,
            changed: stored.change.into_keys().collect(),
            actor: stored.actor,
            metadata: metadata.unwrap_or_default(),
            at,
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Checkpoints that one thread made, from one step to another, newest first.
pub(super) fn steps_of(
    connection: &Connection,
    thread: &str,
    from: u64,
    to: u64,
    limit: usize,
) -> Result<Vec<CheckpointRow>, ReadError> {
    Ok(query(OF_THREAD).bind(thread).bind(from).bind(to).bind(limit).all(connection)?)
}

/// The history of a thread before a step, newest first.
pub(super) fn history(
    connection: &Connection,
    thread: &str,
    before: u64,
    limit: usize,
) -> Result<Vec<CheckpointSummary>, ReadError> {
    let mut summaries = Vec::new();
    let Some(row) = ThreadRow::find(connection, thread)? else { return Ok(summaries) };
    let Some(newest) = before.checked_sub(1) else { return Ok(summaries) };
    for (owner, to) in row.segments() {
        let left = limit - summaries.len();
        for row in steps_of(connection, &owner, row.kept_from, to.min(newest), left)? {
            summaries.push(row.summary(connection)?);
        }
        if summaries.len() == limit {
            break;
        }
    }
    Ok(summaries)
}

pub(super) fn listed(
    connection: &Connection,
    listing: &Listing,
) -> Result<Vec<CheckpointSummary>, ReadError> {
    let before = match listing.before {
        None => None,
        Some(hash) => match CheckpointRow::find(connection, hash)? {
            Some(row) => Some(row),
            None => return Ok(Vec::new()),
        },
    };
    let limit = listing.limit.unwrap_or(usize::MAX);
    let mut found: Vec<CheckpointSummary> = Vec::new();
    match &listing.thread {
        Some(thread) => {
            let mut step = before.map_or(u64::MAX, |row| row.step);
            while found.len() < limit {
                let page = history(connection, thread, step, PAGE)?;
                let Some(oldest) = page.last() else { break };
                step = oldest.step;
                found.extend(page.into_iter().filter(|summary| listing.takes(summary)));
            }
        }
        None => {
            let special: Vec<ThreadRow> = query(SPECIAL).all(connection)?;
            let mut seq = before.map_or(u64::MAX, |row| row.seq);
            while found.len() < limit {
                let page: Vec<CheckpointRow> = query(OF_ALL).bind(seq).bind(PAGE).all(connection)?;
                let Some(oldest) = page.last() else { break };
                seq = oldest.seq;
                for row in page.iter().filter(|row| is_seen(&special, row)) {
                    found.extend([row.summary(connection)?].into_iter().filter(|it| listing.takes(it)));
                }
            }
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// A checkpoint that is in the history of some thread, with the state as it was.
pub(super) fn checkpoint(connection: &Connection, hash: Hash) -> Result<Option<Checkpoint>, ReadError> {
    let Some(row) = CheckpointRow::find(connection, hash)? else { return Ok(None) };
    if !is_seen(&query(SPECIAL).all::<ThreadRow>(connection)?, &row) {
        return Ok(None);
    }
    let tasks = tasks(connection, &row.stored()?.1.tasks)?;
    Ok(Some(Checkpoint { summary: row.summary(connection)?, state: state_at(connection, hash)?, tasks }))
}

/// Whether a checkpoint is in the history of some thread: of its own, or of a fork.
fn is_seen(special: &[ThreadRow], row: &CheckpointRow) -> bool {
    let own = special.iter().find(|thread| thread.id == row.thread);
    let shares = |thread: &&ThreadRow| {
        thread.lineage.iter().any(|(owner, to)| *owner == row.thread && row.step <= *to)
    };
    own.is_none_or(|own| row.step >= own.kept_from)
        || special.iter().filter(shares).any(|thread| row.step >= thread.kept_from)
}

/// What a fork's entry says, and the row of the checkpoint that must still be there when it is written.
fn prepared(connection: &Connection, fork: &Fork) -> Result<(Forked, CheckpointRow), CheckpointError> {
    let unknown_thread = || CheckpointError::UnknownThread { thread: fork.source.clone() };
    let source = ThreadRow::find(connection, &fork.source)?.ok_or_else(unknown_thread)?;
    let unknown = || CheckpointError::UnknownCheckpoint { thread: fork.source.clone(), checkpoint: fork.at };
    let row = CheckpointRow::find(connection, fork.at)?.ok_or_else(unknown)?;
    let mut segments = source.segments();
    // What is left of the segments then is what came before.
    let found = segments.find(|(thread, to)| *thread == row.thread && row.step <= *to);
    found.filter(|_| row.step >= source.kept_from).ok_or_else(unknown)?;
    let (_, stored) = row.stored()?;
    if let Some(task) = fork.cuts.keys().find(|task| !stored.tasks.iter().any(|open| open.id == **task)) {
        return Err(CheckpointError::UnknownTask { task: task.clone(), checkpoint: fork.at });
    }
    let lineage = [(row.thread.clone(), row.step)].into_iter().chain(segments).collect();
    let Kept { journal, answers, written } = kept_by(connection, fork, &source, &row, &stored.tasks)?;
    let forked = Forked {
        fork: fork.clone(),
        graph: source.graph,
        graph_version: source.graph_version,
        step: row.step,
        open_tasks: stored.tasks.len() as u64,
        lineage,
        journal,
        answers,
        written,
    };
    Ok((forked, row))
}

/// The entries of the checkpoints that no other thread has in its history.
fn only_of(connection: &Connection, row: &ThreadRow) -> Result<Vec<u64>, ReadError> {
    let mut others: Vec<ThreadRow> = query(SPECIAL).all(connection)?;
    others.retain(|other| other.id != row.id);
    let mut alone = Vec::new();
    for (owner, to) in row.segments() {
        if owner != row.id && ThreadRow::find(connection, &owner)?.is_some() {
            continue;
        }
        let shared = others.iter().flat_map(|other| &other.lineage).filter(|(thread, _)| *thread == owner);
        let from = shared.map(|(_, step)| step + 1).max().unwrap_or(0);
        let rows = steps_of(connection, &owner, from, to, usize::MAX)?;
        alone.extend(rows.into_iter().map(|row| row.seq));
    }
    alone.sort_unstable();
    Ok(alone)
}

/// A thread that is to go: its row, the newest beginning of a thread of its graph, and what goes with it.
type Going = (ThreadRow, i64, Vec<u64>);

fn going(connection: &Connection, thread: &str) -> Result<Option<Going>, ReadError> {
    let Some(row) = ThreadRow::find(connection, thread)? else { return Ok(None) };
    let sql = "SELECT COALESCE(MAX(start_seq), 0) FROM threads WHERE graph = ?";
    let newest = query(sql).bind(row.graph.as_str()).one(connection)?;
    let checkpoints = only_of(connection, &row)?;
    Ok(Some((row, newest, checkpoints)))
}

impl Store {
    /// Forks a thread if the new one is not there and `conditions` hold, all in one transaction. `false` when one does
    /// not.
    ///
    /// # Errors
    /// The source has no such checkpoint, or the disk or the database failed.
    pub async fn fork_if(
        &self,
        mut fork: Fork,
        conditions: impl IntoIterator<Item = Guard>,
    ) -> Result<bool, CheckpointError> {
        let records = std::mem::take(&mut fork.records);
        let prepared = self.read(move |connection| Ok(prepared(connection, &fork))).await?;
        let (forked, row) = prepared?;
        let mut batch = Batch::new();
        batch.guard(Guard::Absent { table: &THREADS, key: vec![forked.fork.thread.as_str().into()] });
        // It could be removed meanwhile.
        batch.guard(Guard::Holds {
            table: &CHECKPOINTS,
            key: vec![row.seq.into()],
            column: "hash",
            value: Cell::Bytes(row.hash),
        });
        for condition in conditions {
            batch.guard(condition);
        }
        batch.entry("thread.forked", 1, data(&forked));
        add_records(&mut batch, records);
        match Store::write(self, batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Refused { .. }) => Ok(false),
            Err(other) => Err(store_error(other)),
        }
    }

    pub(super) async fn fork_once(&self, fork: Fork) -> Result<(), CheckpointError> {
        if self.thread_start(&fork.thread).await?.is_none() && self.fork_if(fork.clone(), []).await? {
            return Ok(());
        }
        let thread = fork.thread.clone();
        let there = move |connection: &Connection| {
            let start_seq = start_seq(connection, &thread)?;
            start_seq.map(|seq| beginning_of(connection, seq)).transpose()
        };
        match self.read(there).await? {
            Some(Beginning::Forked(earlier))
                if earlier.fork == (Fork { records: Vec::new(), ..fork.clone() }) =>
            {
                Ok(())
            }
            Some(_) => Err(CheckpointError::ThreadExists { thread: fork.thread }),
            None => Err(CheckpointError::UnknownCheckpoint { thread: fork.source, checkpoint: fork.at }),
        }
    }

    /// Removes one thread; `false` if there is none.
    pub(super) async fn delete_thread(&self, thread: &str, by: &str) -> Result<bool, CheckpointError> {
        loop {
            if self.thread_start(thread).await?.is_none() {
                return Ok(false);
            }
            // Who runs it now has lost it.
            let epoch = self.claim(thread).await?;
            let name = thread.to_owned();
            let going = self.read(move |connection| going(connection, &name)).await?;
            let Some((row, newest, checkpoints)) = going else { return Ok(false) };
            let mut batch = Batch::new();
            batch.guard(Guard::Holds {
                table: &THREADS,
                key: vec![thread.into()],
                column: "head",
                value: Cell::Bytes(row.head),
            });
            // A fork that began meanwhile, of it or of a fork of it, would lose what it shares.
            batch.guard(Guard::NoneAbove {
                table: &THREADS,
                columns: vec![("graph", row.graph.as_str().into())],
                column: "start_seq",
                number: newest,
            });
            let deleted =
                Deleted { thread: thread.to_owned(), graph: row.graph, by: by.to_owned(), checkpoints };
            batch.entry("thread.deleted", 1, data(&deleted));
            match self.write_thread(thread, epoch, batch).await {
                Err(CheckpointError::Superseded { .. }) => {} // looks again
                other => return other.map(|_| true),
            }
        }
    }

    /// Takes all but the newest checkpoint out of a thread's history; `false` if there is nothing to take.
    pub(super) async fn prune_thread(&self, thread: &str, by: &str) -> Result<bool, CheckpointError> {
        let name = thread.to_owned();
        let row = self.read(move |connection| ThreadRow::find(connection, &name)).await?;
        let Some(row) = row.filter(|row| row.kept_from != row.step) else { return Ok(false) };
        let mut batch = Batch::new();
        batch.guard(Guard::Holds {
            table: &THREADS,
            key: vec![thread.into()],
            column: "start_seq",
            value: row.start_seq.into(),
        });
        let pruned = Pruned { thread: thread.to_owned(), by: by.to_owned(), kept_from: row.step };
        batch.entry("thread.pruned", 1, data(&pruned));
        match Store::write(self, batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Refused { .. }) => Ok(false), // it was deleted meanwhile
            Err(other) => Err(store_error(other)),
        }
    }
}
