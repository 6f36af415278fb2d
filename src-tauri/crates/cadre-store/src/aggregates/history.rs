//! A project's past: its checkpoints and those of its runs, and what happened between them. Each read is one statement,
//! and one more for the contents that its rows refer to.

use std::collections::HashMap;

use cadre_core::effect::Action;
use cadre_graph::Hash;
use serde_json::Value;

use crate::aggregates::thread::StoredCheckpoint;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Cell, Table};
use crate::read::{ReadError, blob_hash, typed};

pub(crate) static STEP_CHANGES: Table = Table {
    name: "step_changes",
    key: &["seq", "step"],
    columns: &["seq", "step", "project", "status", "runs", "summary", "changed_at"],
};

/// A checkpoint of a project's thread, or of a run's.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPoint {
    /// Its ledger entry.
    pub seq: i64,
    pub hash: Hash,
    pub parent: Option<Hash>,
    pub thread: String,
    pub step: u64,
    /// The tasks that it closed.
    pub merged: Vec<String>,
    /// Names of the channels that it changed.
    pub changed: Vec<String>,
    pub actor: String,
    pub at: i64,
}

row! {
pub struct PlaceRow {
    seq: i64,
    hash: Vec<u8>,
    parent: Option<Vec<u8>>,
    thread: String,
    step: i64,
}
}

/// Where a checkpoint stands among the others: enough to walk from one to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct PointPlace {
    pub seq: i64,
    pub hash: Hash,
    pub parent: Option<Hash>,
    pub thread: String,
    pub step: u64,
}

row! {
/// A run of a project, with the thread of the project that it was started by.
pub struct RunOfProject {
    pub id: String,
    pub step: String,
    pub attempt: u32,
    pub member: String,
    pub thread: String,
    pub line: Option<String>,
    pub status: String,
    pub category: Option<String>,
    pub started_at: i64,
    pub finished_at: Option<i64>,
}
}

row! {
pub struct StepChangeRow {
    pub seq: i64,
    pub project: String,
    pub step: String,
    pub status: String,
    pub runs: u32,
    summary: Option<Vec<u8>>,
    pub changed_at: i64,
}
}

/// A status that a step came to, with what it said about itself then.
#[derive(Debug, Clone)]
pub struct StepThen {
    pub row: StepChangeRow,
    pub summary: Option<String>,
}

row! {
pub struct DecisionThenRow {
    pub id: String,
    pub subject: String,
    pub thread: Option<String>,
    pub task: Option<String>,
    pub decision: String,
    reason: Option<Vec<u8>>,
    pub action_hash: Option<String>,
    pub by: String,
    pub channel: String,
    pub decided_at: i64,
}
}

/// A decision with what the person said.
#[derive(Debug, Clone)]
pub struct DecisionThen {
    pub row: DecisionThenRow,
    pub reason: Option<String>,
}

row! {
pub struct EffectThenRow {
    pub id: String,
    pub run: Option<String>,
    pub class: String,
    title: Vec<u8>,
    action: Vec<u8>,
    pub action_hash: String,
    pub status: String,
    pub granted_by: Option<String>,
    pub intended_at: i64,
    pub settled_at: Option<i64>,
}
}

/// An effect with its title.
#[derive(Debug, Clone)]
pub struct EffectThen {
    pub row: EffectThenRow,
    pub title: String,
}

/// An effect on a file, with its exact bytes.
#[derive(Debug, Clone)]
pub struct FileEffect {
    pub row: EffectThenRow,
    pub action: Action,
}

/// How [`EffectThenRow`]s are read that fulfil a condition, oldest first.
macro_rules! effects {
    ($condition:literal) => {
        concat!(
            "SELECT e.id, e.run, e.class, e.title, e.action, e.action_hash, e.status, p.granted_by,
                    e.intended_at, e.settled_at
             FROM effects e LEFT JOIN permits p ON p.id = e.permit WHERE ",
            $condition,
            " ORDER BY e.intended_at, e.id"
        )
    };
}

impl Store {
    /// Checkpoints of these threads and of the threads that they started, before a ledger entry, newest first.
    ///
    /// # Errors
    /// The database failed, or an entry cannot be read.
    pub async fn points(
        &self,
        threads: &[String],
        before: i64,
        limit: u32,
    ) -> Result<Vec<HistoryPoint>, ReadError> {
        let wanted = marks(threads);
        let sql = format!(
            "SELECT c.seq, c.hash, l.body FROM checkpoints c
             JOIN threads t ON t.id = c.thread JOIN ledger l ON l.seq = c.seq
             WHERE (t.id IN ({wanted}) OR t.parent_thread IN ({wanted})) AND c.seq < ?
             ORDER BY c.seq DESC LIMIT ?"
        );
        let threads = [threads, threads].concat();
        let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = self
            .read(move |connection| {
                let query = query(&sql).bind_all(threads.into_iter().map(Cell::Text));
                Ok(query.bind(before).bind(limit).all(connection)?)
            })
            .await?;
        rows.into_iter().map(|(seq, hash, body)| point(seq, &hash, &body)).collect()
    }

    /// One checkpoint, of whichever thread.
    ///
    /// # Errors
    /// The database failed, or its entry cannot be read.
    pub async fn point(&self, hash: Hash) -> Result<Option<HistoryPoint>, ReadError> {
        let sql =
            "SELECT c.seq, c.hash, l.body FROM checkpoints c JOIN ledger l ON l.seq = c.seq WHERE c.hash = ?";
        let row: Option<(i64, Vec<u8>, Vec<u8>)> =
            self.optional(query(sql).bind(hash.as_bytes().to_vec())).await?;
        row.map(|(seq, hash, body)| point(seq, &hash, &body)).transpose()
    }

    /// Every checkpoint of these threads, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn point_places(&self, threads: &[String]) -> Result<Vec<PointPlace>, ReadError> {
        let sql = format!(
            "SELECT seq, hash, parent, thread, step FROM checkpoints WHERE thread IN ({}) ORDER BY seq",
            marks(threads)
        );
        let threads = threads.to_vec();
        let read = move |connection: &_| {
            Ok(query(&sql).bind_all(threads.into_iter().map(Cell::Text)).all(connection)?)
        };
        let rows: Vec<PlaceRow> = self.read(read).await?;
        let place = |row: PlaceRow| {
            Ok(PointPlace {
                seq: row.seq,
                hash: blob_hash(&row.hash)?,
                parent: row.parent.as_deref().map(blob_hash).transpose()?,
                thread: row.thread,
                step: u64::try_from(row.step).unwrap_or(0),
            })
        };
        rows.into_iter().map(place).collect()
    }

    /// Oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn runs_with_lines(&self, project: &str) -> Result<Vec<RunOfProject>, ReadError> {
        let sql = "SELECT r.id, r.step, r.attempt, r.member, r.thread, t.parent_thread AS line, r.status, r.category,
                          r.started_at, r.finished_at
                   FROM runs r JOIN threads t ON t.id = r.thread WHERE r.project = ? ORDER BY r.started_at, r.id";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// What the steps of a project came to after one ledger entry, up to another, oldest first.
    ///
    /// # Errors
    /// The database failed, or a content is missing or redacted.
    pub async fn step_changes(
        &self,
        project: &str,
        after: i64,
        until: i64,
    ) -> Result<Vec<StepThen>, ReadError> {
        let sql = "SELECT * FROM step_changes WHERE project = ? AND seq > ? AND seq <= ? ORDER BY seq";
        let query = query(sql).bind(project).bind(after).bind(until);
        let rows: Vec<StepChangeRow> = self.all(query).await?;
        let values = self.contents(rows.iter().filter_map(|row| row.summary.as_deref())).await?;
        let then = |row: StepChangeRow| {
            let summary = row.summary.as_deref().map(|summary| typed(&values, blob_hash(summary)?));
            Ok(StepThen { summary: summary.transpose()?, row })
        };
        rows.into_iter().map(then).collect()
    }

    /// All that people decided on a project, oldest first.
    ///
    /// # Errors
    /// The database failed, or a content is missing or redacted.
    pub async fn decisions_of_project(&self, project: &str) -> Result<Vec<DecisionThen>, ReadError> {
        let sql = "SELECT id, subject, thread, task, decision, reason, action_hash, by, channel, decided_at
                   FROM decisions WHERE project = ? ORDER BY decided_at, id";
        let rows: Vec<DecisionThenRow> = self.all(query(sql).bind(project)).await?;
        let values = self.contents(rows.iter().filter_map(|row| row.reason.as_deref())).await?;
        let then = |row: DecisionThenRow| {
            let reason = row.reason.as_deref().map(|reason| typed(&values, blob_hash(reason)?));
            Ok(DecisionThen { reason: reason.transpose()?, row })
        };
        rows.into_iter().map(then).collect()
    }

    /// A project's effects that were intended after one time, up to another, oldest first.
    ///
    /// # Errors
    /// The database failed, or a content is missing or redacted.
    pub async fn effects_between(
        &self,
        project: &str,
        after: i64,
        until: i64,
    ) -> Result<Vec<EffectThen>, ReadError> {
        let sql = effects!("e.project = ? AND e.intended_at > ? AND e.intended_at <= ?");
        let query = query(sql).bind(project).bind(after).bind(until);
        let rows: Vec<EffectThenRow> = self.all(query).await?;
        let values = self.contents(rows.iter().map(|row| row.title.as_slice())).await?;
        let then =
            |row: EffectThenRow| Ok(EffectThen { title: typed(&values, blob_hash(&row.title)?)?, row });
        rows.into_iter().map(then).collect()
    }

    /// A project's effects on files, oldest first.
    ///
    /// # Errors
    /// The database failed, or a content is missing or redacted.
    pub async fn file_effects(&self, project: &str) -> Result<Vec<FileEffect>, ReadError> {
        let sql = effects!("e.project = ? AND e.class IN ('write', 'delete')");
        let rows: Vec<EffectThenRow> = self.all(query(sql).bind(project)).await?;
        let values = self.contents(rows.iter().map(|row| row.action.as_slice())).await?;
        let then =
            |row: EffectThenRow| Ok(FileEffect { action: typed(&values, blob_hash(&row.action)?)?, row });
        rows.into_iter().map(then).collect()
    }

    /// How much was said in a project's runs up to a time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_messages(&self, project: &str, until: i64) -> Result<u32, ReadError> {
        let sql = "SELECT COUNT(*) FROM messages WHERE project = ? AND said_at <= ?";
        Ok(self.one(query(sql).bind(project).bind(until)).await?)
    }

    async fn contents<'a>(
        &self,
        marks: impl Iterator<Item = &'a [u8]>,
    ) -> Result<HashMap<Hash, Value>, ReadError> {
        self.committed_values(&marks.map(blob_hash).collect::<Result<Vec<_>, _>>()?).await
    }
}

/// As many marks as there are threads; never none, which is no SQL.
fn marks(threads: &[String]) -> String {
    if threads.is_empty() { "NULL".into() } else { vec!["?"; threads.len()].join(", ") }
}

fn point(seq: i64, hash: &[u8], body: &[u8]) -> Result<HistoryPoint, ReadError> {
    let entry = Entry::decode(body).map_err(|source| ReadError::malformed(seq, source))?;
    let data = if entry.kind == "checkpoint" { entry.data } else { entry.data["root"].clone() };
    let stored: StoredCheckpoint =
        serde_json::from_value(data).map_err(|source| ReadError::malformed(seq, source))?;
    Ok(HistoryPoint {
        seq,
        hash: blob_hash(hash)?,
        parent: stored.parent,
        thread: stored.thread,
        step: stored.step,
        merged: stored.merged,
        changed: stored.change.into_keys().collect(),
        actor: stored.actor,
        at: entry.at,
    })
}
