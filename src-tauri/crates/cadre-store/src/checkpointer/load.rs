//! A thread as it was written: the walk of its chain, and what of it still counts.

use std::collections::BTreeMap;

use cadre_graph::{
    ChannelChange, Epoch, Hash, JournalRecord, Park, ParkedTask, State, Task, TaskWrite, ThreadView, Wake,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::state::{NewestStates, newest_state};
use crate::aggregates::thread::{Journaled, Parked, Started, StoredChange, StoredCheckpoint, Woken, Written};
use crate::aggregates::thread_past::Forked;
use crate::batch::commitment;
use crate::database::{Connection, query};
use crate::ledger::Entry;
use crate::read::{ReadError, blob_hash, content, entry};

fn data<T: DeserializeOwned>(connection: &Connection, seq: i64) -> Result<T, ReadError> {
    serde_json::from_value(entry(connection, seq)?.data).map_err(|source| ReadError::malformed(seq, source))
}

pub(super) fn value<T: DeserializeOwned>(connection: &Connection, mark: &Value) -> Result<T, ReadError> {
    let commitment = commitment(mark).ok_or(ReadError::NoMark)?;
    Ok(content(connection, commitment)?.0)
}

fn change(connection: &Connection, stored: &StoredChange) -> Result<ChannelChange, ReadError> {
    Ok(match stored {
        StoredChange::Set(mark) => ChannelChange::Set(value(connection, mark)?),
        StoredChange::Remove => ChannelChange::Remove,
        StoredChange::Append(marks) => {
            ChannelChange::Append(marks.iter().map(|mark| value(connection, mark)).collect::<Result<_, _>>()?)
        }
        StoredChange::Merge(marks) => {
            let entries = marks.iter().map(|(key, mark)| Ok((key.clone(), value(connection, mark)?)));
            ChannelChange::Merge(entries.collect::<Result<_, ReadError>>()?)
        }
    })
}

pub(super) fn tasks(connection: &Connection, stored: &[Task]) -> Result<Vec<Task>, ReadError> {
    let task = |task: &Task| {
        let input = task.input.as_ref().map(|mark| value(connection, mark)).transpose()?;
        Ok(Task { input, ..task.clone() })
    };
    stored.iter().map(task).collect()
}

pub(super) fn start_seq(connection: &Connection, thread: &str) -> Result<Option<i64>, ReadError> {
    Ok(query("SELECT start_seq FROM threads WHERE id = ?").bind(thread).optional(connection)?)
}

/// How a thread came about.
pub(super) enum Beginning {
    Started(Started),
    Forked(Forked),
}

pub(super) fn beginning_of(connection: &Connection, start_seq: i64) -> Result<Beginning, ReadError> {
    let entry = entry(connection, start_seq)?;
    let malformed = |source| ReadError::malformed(start_seq, source);
    Ok(match entry.kind.as_str() {
        "thread.forked" => Beginning::Forked(serde_json::from_value(entry.data).map_err(malformed)?),
        _ => Beginning::Started(serde_json::from_value(entry.data).map_err(malformed)?),
    })
}

/// The thread's first entry, with the values of its first checkpoint.
pub(super) fn beginning(
    connection: &Connection,
    thread: &str,
) -> Result<Option<(Started, State, Vec<Task>)>, ReadError> {
    let Some(start_seq) = start_seq(connection, thread)? else { return Ok(None) };
    let Beginning::Started(started) = beginning_of(connection, start_seq)? else { return Ok(None) };
    let mut state = State::default();
    for (channel, stored) in &started.root.change {
        state.apply(channel, change(connection, stored)?);
    }
    let tasks = tasks(connection, &started.root.tasks)?;
    Ok(Some((started, state, tasks)))
}

/// A checkpoint as its entry has it, and when it was made.
pub(super) fn stored_checkpoint(seq: i64, body: &[u8]) -> Result<(i64, StoredCheckpoint), ReadError> {
    let malformed = |source| ReadError::malformed(seq, source);
    let mut entry = Entry::decode(body).map_err(malformed)?;
    let data = if entry.kind == "checkpoint" { entry.data } else { entry.data["root"].take() };
    Ok((entry.at, serde_json::from_value(data).map_err(malformed)?))
}

fn pending(connection: &Connection, thread: &str) -> Result<Vec<TaskWrite>, ReadError> {
    let sql = "SELECT seq FROM task_writes WHERE thread = ? ORDER BY seq";
    let write = |seq: i64| {
        let written: Written = data(connection, seq)?;
        let (writes, goto) = value(connection, &written.output)?;
        // A copy of a thread has it from another one.
        let (thread, base, task) = (thread.to_owned(), written.base, written.task);
        let epoch = Epoch(0); // it is committed: nobody writes it again under this
        Ok(TaskWrite { thread, epoch, base, task, writes, goto, records: Vec::new() })
    };
    query(sql).bind(thread).all(connection)?.into_iter().map(write).collect()
}

fn recorded_calls(
    connection: &Connection,
    thread: &str,
) -> Result<BTreeMap<String, Vec<JournalRecord>>, ReadError> {
    let mut journal: BTreeMap<String, Vec<JournalRecord>> = BTreeMap::new();
    let sql = "SELECT seq FROM journal WHERE thread = ? ORDER BY task, position";
    for seq in query(sql).bind(thread).all::<i64>(connection)? {
        let call: Journaled = data(connection, seq)?;
        let outcome = match (call.result, call.failure) {
            (Some(mark), _) => Ok(value(connection, &mark)?),
            (None, Some(failure)) => Err(failure),
            (None, None) => Ok(Value::Null),
        };
        let (position, kind, name, input) = (call.position, call.call, call.name, call.input);
        let record = JournalRecord { position, kind, name, input, outcome };
        journal.entry(call.task).or_default().push(record);
    }
    Ok(journal)
}

pub(super) fn parked_tasks(connection: &Connection, thread: &str) -> Result<Vec<ParkedTask>, ReadError> {
    let sql = "SELECT seq, answer_seq FROM parked WHERE thread = ? ORDER BY seq";
    let task = |(seq, answer_seq): (i64, Option<i64>)| {
        let parked: Parked = data(connection, seq)?;
        let park: Park = value(connection, &parked.park)?;
        let answer = |seq| value(connection, &data::<Woken>(connection, seq)?.answer);
        let (task, position, input) = (parked.task, parked.position, parked.input);
        Ok(ParkedTask { task, position, park, input, answer: answer_seq.map(answer).transpose()? })
    };
    query(sql).bind(thread).all(connection)?.into_iter().map(task).collect()
}

/// The leaves of the entries that gave these answers.
pub(super) fn answer_leaves(connection: &Connection, answered: &[Wake]) -> Result<Vec<Hash>, ReadError> {
    let sql = "SELECT l.leaf FROM parked p JOIN ledger l ON l.seq = p.answer_seq
               WHERE p.thread = ? AND p.task = ? AND p.position = ?";
    let leaf = |wake: &Wake| {
        let leaf: Vec<u8> =
            query(sql).bind(&wake.thread).bind(&wake.task).bind(wake.position).one(connection)?;
        blob_hash(&leaf)
    };
    answered.iter().map(leaf).collect()
}

/// The thread as it stands.
pub(super) fn thread_view(
    connection: &Connection,
    newest: &NewestStates,
    thread: &str,
) -> Result<Option<ThreadView>, ReadError> {
    let sql = "SELECT t.start_seq, t.head, l.seq, l.body FROM threads t
               JOIN checkpoints c ON c.hash = t.head JOIN ledger l ON l.seq = c.seq WHERE t.id = ?";
    let row: Option<(i64, Vec<u8>, i64, Vec<u8>)> = query(sql).bind(thread).optional(connection)?;
    let Some((start_seq, head, seq, body)) = row else { return Ok(None) };
    let head = blob_hash(&head)?;
    let (graph, graph_version, parent, actor, origin) = match beginning_of(connection, start_seq)? {
        Beginning::Started(it) => (it.graph, it.graph_version, it.parent, it.root.actor, None),
        Beginning::Forked(it) => {
            let origin = it.origin();
            (it.graph, it.graph_version, None, it.fork.actor, Some(origin))
        }
    };
    let state = newest_state(connection, newest, thread, head)?;
    let (_, newest) = stored_checkpoint(seq, &body)?;
    Ok(Some(ThreadView {
        thread: thread.to_owned(),
        graph,
        graph_version,
        head,
        step: newest.step,
        state,
        tasks: tasks(connection, &newest.tasks)?,
        joins: newest.joins,
        pending: pending(connection, thread)?,
        journal: recorded_calls(connection, thread)?,
        parked: parked_tasks(connection, thread)?,
        parent,
        actor,
        origin,
    }))
}
