//! Lines of a project: each is a thread. A project begins with one; going back to a checkpoint leaves it for another,
//! which shares its past up to there. Nobody goes on with a line that was left.

use serde::{Deserialize, Serialize};

use super::history::STEP_CHANGES;
use super::project::{PROJECTS, STEPS};
use crate::batch::Guard;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Cell, Table, inserted, updated};
use crate::read::ReadError;
use crate::record::{Record, RowChange};

pub(crate) static LINES: Table = Table {
    name: "lines",
    key: &["thread"],
    columns: &["thread", "project", "leaves", "checkpoint", "decision", "began_at"],
};

/// A person went back: the project goes on from a checkpoint, on a line of its own. Written with the thread's fork.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectRolledBack {
    pub project: String,
    pub thread: String,
    /// The line that it was on.
    pub leaves: String,
    pub checkpoint: String,
    pub decision: String,
    /// The status that the project has now.
    pub status: String,
    /// Steps that stand otherwise now: they have not begun, or did not end as they had.
    pub steps: Vec<(String, String)>,
}

impl Record for ProjectRolledBack {
    const KIND: &'static str = "project.rolled_back";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let mut changes = vec![
            updated!(PROJECTS, [self.project.clone()],
                thread: self.thread.clone(), status: self.status, updated_at: entry.at),
            inserted!(LINES,
                thread: self.thread, project: self.project.clone(), leaves: self.leaves,
                checkpoint: self.checkpoint, decision: self.decision, began_at: entry.at),
        ];
        for (step, status) in self.steps {
            changes.push(updated!(STEPS, [self.project.clone(), step.clone()],
                status: status.clone(), runs: 0i64, summary: Cell::Null, started_at: Cell::Null,
                finished_at: Cell::Null));
            changes.push(inserted!(STEP_CHANGES,
                seq: entry.seq, project: self.project.clone(), step: step, status: status, runs: 0i64,
                changed_at: entry.at));
        }
        changes
    }
}

row! {
pub struct LineRow {
    pub thread: String,
    pub project: String,
    pub leaves: String,
    /// The hash of the checkpoint that it goes on from.
    pub checkpoint: String,
    pub decision: String,
    pub began_at: i64,
}
}

/// The project still runs on this thread.
pub fn project_is_on(project: &str, thread: &str) -> Guard {
    Guard::Holds { table: &PROJECTS, key: vec![project.into()], column: "thread", value: thread.into() }
}

impl Store {
    /// The lines that began by going back, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lines(&self, project: &str) -> Result<Vec<LineRow>, ReadError> {
        let sql = "SELECT * FROM lines WHERE project = ? ORDER BY began_at, thread";
        Ok(self.all(query(sql).bind(project)).await?)
    }
}
