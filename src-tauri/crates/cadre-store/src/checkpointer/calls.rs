//! The recorded calls that the tasks of a fork begin with.

use std::collections::BTreeMap;

use cadre_graph::{Fork, Task};
use serde::Deserialize as _;

use super::load::{Beginning, beginning_of, start_seq};
use super::past::{CheckpointRow, ThreadRow, steps_of};
use crate::aggregates::thread::{Journaled, Parked, StoredCheckpoint, Woken};
use crate::aggregates::thread_past::{Forked, KeptAnswer, KeptCall, KeptWrite};
use crate::batch::commitment;
use crate::database::{Connection, query};
use crate::ledger::Entry;
use crate::read::ReadError;

#[derive(Default)]
pub(super) struct Kept {
    pub(super) journal: Vec<KeptCall>,
    pub(super) answers: Vec<KeptAnswer>,
    pub(super) written: Vec<KeptWrite>,
}

/// How far the calls of a task are kept.
#[derive(Clone, Copy)]
enum Until {
    /// The entry of the checkpoint.
    Entry(u64),
    Position(u32),
}

impl Until {
    fn takes(self, seq: u64, position: u32) -> bool {
        match self {
            Until::Entry(end) => seq < end,
            Until::Position(end) => position < end,
        }
    }
}

/// What is looked for while the ledger is read.
struct Search<'a> {
    thread: &'a str,
    tasks: BTreeMap<&'a str, Until>,
    waits: BTreeMap<(String, u32), (u64, Parked)>,
    kept: Kept,
}

/// What the open tasks of a checkpoint had recorded, as far as the fork keeps it.
pub(super) fn kept_by(
    connection: &Connection,
    fork: &Fork,
    source: &ThreadRow,
    at: &CheckpointRow,
    tasks: &[Task],
) -> Result<Kept, ReadError> {
    let until = |task: &Task| match fork.cuts.get(&task.id) {
        Some(position) => Some(Until::Position(*position)),
        // It was new then, and had recorded nothing.
        None if born(&task.id) == Some(at.step) => None,
        None => Some(Until::Entry(at.seq)),
    };
    let wanted: BTreeMap<&str, Until> =
        tasks.iter().filter_map(|task| Some((task.id.as_str(), until(task)?))).collect();
    // Where it branched off, the source has recorded in its own name; before, in the name of who made the checkpoint.
    let own = source.id == at.thread || source.step_of_origin() == Some(at.step);
    let thread = if own { source.id.as_str() } else { at.thread.as_str() };
    let mut search = Search { thread, tasks: wanted, waits: BTreeMap::new(), kept: Kept::default() };
    if !search.tasks.is_empty() {
        let from = search.inherit(connection)?;
        search.read(connection, from, fork.cuts.is_empty().then_some(at.seq))?;
    }
    let mut kept = search.kept;
    if fork.pending && source.head == at.hash {
        let sql = "SELECT task, seq FROM task_writes WHERE thread = ? ORDER BY seq";
        let written: Vec<(String, u64)> = query(sql).bind(source.id.as_str()).all(connection)?;
        kept.written = written.into_iter().map(|(task, seq)| KeptWrite { task, seq }).collect();
    }
    Ok(kept)
}

impl Search<'_> {
    /// Takes what the thread itself began with. Gives the entry after which its own calls lie.
    fn inherit(&mut self, connection: &Connection) -> Result<u64, ReadError> {
        let first = self.tasks.keys().filter_map(|task| born(task)).min().unwrap_or(0);
        let opened = steps_of(connection, self.thread, first, first, 1)?.first().map(|row| row.seq);
        let Some(start) = start_seq(connection, self.thread)? else {
            return Ok(opened.unwrap_or(0)); // the thread itself was deleted
        };
        if let Beginning::Forked(Forked { mut journal, mut answers, .. }) = beginning_of(connection, start)? {
            journal.retain(|call| self.takes(&call.task, call.seq, call.position));
            answers.retain(|wait| self.takes(&wait.task, wait.answer_seq, wait.position));
            (self.kept.journal, self.kept.answers) = (journal, answers);
        }
        Ok(opened.unwrap_or(u64::try_from(start).unwrap_or(0)))
    }

    /// Reads what the thread recorded after an entry, up to another one or until its tasks were closed.
    fn read(&mut self, connection: &Connection, after: u64, end: Option<u64>) -> Result<(), ReadError> {
        let sql = "SELECT seq, body FROM ledger WHERE seq > ? ORDER BY seq LIMIT 1024";
        let mut after = after;
        loop {
            let page: Vec<(u64, Vec<u8>)> = query(sql).bind(after).all(connection)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (seq, body) in page {
                let malformed = |source| ReadError::malformed(i64::try_from(seq).unwrap_or(0), source);
                if end.is_some_and(|end| seq >= end)
                    || self.look(&Entry::decode(&body).map_err(malformed)?)?
                {
                    return Ok(());
                }
            }
        }
    }

    /// Takes an entry that tells of a call. `true` when nothing more can come.
    fn look(&mut self, entry: &Entry) -> Result<bool, ReadError> {
        let is = |member: &str, value: &str| {
            entry.data.get(member).and_then(serde_json::Value::as_str) == Some(value)
        };
        if !is("thread", self.thread) {
            return Ok(false);
        }
        let seq = entry.seq;
        let malformed = |source| ReadError::malformed(i64::try_from(seq).unwrap_or(0), source);
        match entry.kind.as_str() {
            "journal" => {
                let call = Journaled::deserialize(&entry.data).map_err(malformed)?;
                if self.takes(&call.task, seq, call.position) {
                    self.kept.journal.push(KeptCall { task: call.task, position: call.position, seq });
                }
            }
            "task.parked" => {
                let wait = Parked::deserialize(&entry.data).map_err(malformed)?;
                self.waits.insert((wait.task.clone(), wait.position), (seq, wait));
            }
            "task.woken" => {
                let woken = Woken::deserialize(&entry.data).map_err(malformed)?;
                let answer = commitment(&woken.answer);
                let wait = self.waits.remove(&(woken.task.clone(), woken.position));
                if let (Some((parked_seq, wait)), Some(answer)) = (wait, answer)
                    && self.takes(&woken.task, seq, woken.position)
                {
                    self.kept.answers.push(KeptAnswer {
                        task: woken.task,
                        position: woken.position,
                        on: wait.on,
                        due_at: wait.due_at,
                        seq: parked_seq,
                        answer_seq: seq,
                        answer,
                    });
                }
            }
            "checkpoint" => {
                let checkpoint = StoredCheckpoint::deserialize(&entry.data).map_err(malformed)?;
                self.tasks.retain(|task, _| !checkpoint.merged.iter().any(|closed| closed == task));
                return Ok(self.tasks.is_empty());
            }
            _ => {}
        }
        Ok(false)
    }

    fn takes(&self, task: &str, seq: u64, position: u32) -> bool {
        self.tasks.get(task).is_some_and(|until| until.takes(seq, position))
    }
}

/// The superstep that opened a task, which its id begins with.
fn born(task: &str) -> Option<u64> {
    task.split('.').next()?.parse().ok()
}
