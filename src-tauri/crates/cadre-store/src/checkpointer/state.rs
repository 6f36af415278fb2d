//! The state at a checkpoint: the changes that lead to it, and the values that still count.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use cadre_graph::{ChannelChange, Hash, State};
use serde::Deserialize;
use serde_json::Value;

use crate::database::{Connection, query};
use crate::read::{ReadError, blob_hash, content};

/// What a checkpoint did, and to which one. The rest of its entry is passed over.
#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    change: BTreeMap<String, Change>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Set(Mark),
    Append(Vec<Mark>),
    Merge(BTreeMap<String, Mark>),
    Remove,
}

#[derive(Deserialize)]
struct Mark {
    #[serde(rename = "$value")]
    commitment: Hash,
}

/// The entry of a checkpoint, and of a thread's first one.
#[derive(Deserialize)]
struct Body {
    data: Link,
}

#[derive(Deserialize)]
struct FirstBody {
    data: First,
}

#[derive(Deserialize)]
struct First {
    root: Link,
}

/// A state whose checkpoint is known.
#[derive(Clone)]
struct Known {
    head: Hash,
    state: State,
    /// Of the values that were read for it.
    bytes: usize,
    used: u64,
}

/// So much is kept of the states that were read last, and so much of one of them.
const KEPT_BYTES: usize = 32 << 20;
const KEPT_OF_ONE: usize = 16 << 20;

/// The newest states that were read. What is read next of the same thread is only what came since.
#[derive(Default)]
pub(crate) struct NewestStates(Mutex<Newest>);

#[derive(Default)]
struct Newest {
    threads: HashMap<String, Known>,
    bytes: usize,
    uses: u64,
}

impl NewestStates {
    /// Forgets all of them: a content was redacted.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Newest::default();
    }

    fn get(&self, thread: &str) -> Option<Known> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.uses += 1;
        let uses = newest.uses;
        let known = newest.threads.get_mut(thread)?;
        known.used = uses;
        Some(known.clone())
    }

    fn keep(&self, thread: &str, known: Known) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.bytes -= newest.threads.remove(thread).map_or(0, |old| old.bytes);
        if known.bytes > KEPT_OF_ONE {
            return;
        }
        newest.uses += 1;
        newest.bytes += known.bytes;
        let used = newest.uses;
        newest.threads.insert(thread.to_owned(), Known { used, ..known });
        while newest.bytes > KEPT_BYTES {
            let oldest = newest.threads.iter().min_by_key(|(_, known)| known.used);
            let Some(oldest) = oldest.map(|(thread, _)| thread.clone()) else { break };
            newest.bytes -= newest.threads.remove(&oldest).map_or(0, |old| old.bytes);
        }
    }
}

/// The state of a thread's newest checkpoint, which is `head`.
pub(super) fn newest_state(
    connection: &Connection,
    newest: &NewestStates,
    thread: &str,
    head: Hash,
) -> Result<State, ReadError> {
    // Another program of a shared workspace can redact what is kept here.
    let known = if connection.is_shared() { None } else { newest.get(thread) };
    let walk = Walk::back_from(connection, head, known.as_ref().map(|known| known.head))?;
    let known = known.filter(|_| walk.reached_known);
    let (before, bytes) = known.map_or_else(Default::default, |known| (known.state, known.bytes));
    let (state, read) = walk.state(connection, before)?;
    if !connection.is_shared() {
        newest.keep(thread, Known { head, state: state.clone(), bytes: bytes + read, used: 0 });
    }
    Ok(state)
}

/// The state at any checkpoint.
pub(super) fn state_at(connection: &Connection, hash: Hash) -> Result<State, ReadError> {
    Ok(Walk::back_from(connection, hash, None)?.state(connection, State::default())?.0)
}

/// The changes that lead to a checkpoint, newest first.
struct Walk {
    links: Vec<Link>,
    /// It ends at the checkpoint whose state was known, not at the first one.
    reached_known: bool,
}

impl Walk {
    fn back_from(connection: &Connection, head: Hash, known: Option<Hash>) -> Result<Walk, ReadError> {
        let mut walk = Walk { links: Vec::new(), reached_known: false };
        let mut next = Some(head);
        // Checkpoints of one thread follow each other; a fork goes on in another one.
        while let Some(hash) = next {
            if Some(hash) == known {
                walk.reached_known = true;
                break;
            }
            let sql = "SELECT seq, thread, step FROM checkpoints WHERE hash = ?";
            let place: Option<(i64, String, u64)> = query(sql).bind(hash).optional(connection)?;
            let Some((seq, thread, step)) = place else { return Err(ReadError::NoMark) };
            next = walk.follow(connection, &thread, step, hash, known)?;
            if next == Some(hash) {
                return Err(ReadError::Cut { seq });
            }
        }
        Ok(walk)
    }

    /// Goes back through one thread; gives the parent of the oldest that belongs to the chain.
    fn follow(
        &mut self,
        connection: &Connection,
        thread: &str,
        step: u64,
        from: Hash,
        known: Option<Hash>,
    ) -> Result<Option<Hash>, ReadError> {
        let sql = "SELECT c.seq, c.hash, c.parent, l.body FROM checkpoints c JOIN ledger l ON l.seq = c.seq
                   WHERE c.thread = ? AND c.step <= ? ORDER BY c.step DESC";
        let mut next = Some(from);
        query(sql).bind(thread).bind(step).until(connection, |row| {
            if next.is_none()
                || next == known
                || next.map(|hash| hash.as_bytes().to_vec()) != Some(row.get(1)?)
            {
                return Ok(false);
            }
            let parent: Option<Vec<u8>> = row.get(2)?;
            let malformed = |source| ReadError::Malformed { seq: row.get(0).unwrap_or(0), source };
            let body = row.bytes(3)?;
            self.links.push(match &parent {
                Some(_) => serde_json::from_slice::<Body>(body).map_err(malformed)?.data,
                None => serde_json::from_slice::<FirstBody>(body).map_err(malformed)?.data.root,
            });
            next = parent.map(|parent| blob_hash(&parent)).transpose()?;
            Ok::<_, ReadError>(true)
        })?;
        Ok(next)
    }

    /// What the changes make of the state before them, and how many bytes were read for it.
    fn state(&self, connection: &Connection, before: State) -> Result<(State, usize), ReadError> {
        let mut replaced = HashSet::new();
        let mut counts = Vec::new();
        for link in &self.links {
            for (channel, change) in &link.change {
                if !replaced.contains(channel.as_str()) {
                    counts.push((channel, change));
                }
                if matches!(change, Change::Set(_) | Change::Remove) {
                    replaced.insert(channel.as_str());
                }
            }
        }
        let (mut state, mut bytes) = (before, 0);
        for (channel, change) in counts.into_iter().rev() {
            let mut value = |mark: &Mark| -> Result<Value, ReadError> {
                let (value, length) = content(connection, mark.commitment)?;
                bytes += length;
                Ok(value)
            };
            let change = match change {
                Change::Set(mark) => ChannelChange::Set(value(mark)?),
                Change::Remove => ChannelChange::Remove,
                Change::Append(marks) => {
                    ChannelChange::Append(marks.iter().map(value).collect::<Result<_, _>>()?)
                }
                Change::Merge(marks) => {
                    let entries = marks.iter().map(|(key, mark)| Ok((key.clone(), value(mark)?)));
                    ChannelChange::Merge(entries.collect::<Result<_, ReadError>>()?)
                }
            };
            state.apply(channel, change);
        }
        Ok((state, bytes))
    }
}
