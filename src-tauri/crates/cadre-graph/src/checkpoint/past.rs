//! What the port says about the past of a thread: its checkpoints, where threads branch off, and what was removed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{HostRecord, Task};
use crate::channel::State;
use crate::hash::Hash;

/// What made a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The thread's beginning.
    Input,
    /// A superstep.
    #[default]
    Loop,
    /// Somebody edited the state.
    Update,
    /// Somebody ended the thread.
    Cancel,
}

impl Source {
    /// A superstep is what is usual: it is not written down.
    pub fn is_loop(&self) -> bool {
        *self == Source::Loop
    }
}

/// One checkpoint with the state as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub summary: CheckpointSummary,
    pub state: State,
    /// What was open then: the next to run, and those that stayed parked.
    pub tasks: Vec<Task>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointSummary {
    pub hash: Hash,
    pub parent: Option<Hash>,
    /// The thread that made it. In the history of a fork, its source for what they share.
    pub thread: String,
    pub step: u64,
    pub source: Source,
    pub merged: Vec<String>,
    /// Names of the channels that changed.
    pub changed: Vec<String>,
    pub actor: String,
    /// The host's own words about it.
    pub metadata: Map<String, Value>,
    /// Unix time in microseconds.
    pub at: i64,
}

impl CheckpointSummary {
    /// What a listing's filter is held against.
    fn field(&self, key: &str) -> Option<Value> {
        match key {
            "source" => Some(json!(self.source)),
            "step" => Some(json!(self.step)),
            "actor" => Some(json!(self.actor)),
            "parent" => Some(json!(self.parent)),
            "thread" => Some(json!(self.thread)),
            custom => self.metadata.get(custom).cloned(),
        }
    }
}

/// Which checkpoints to list, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Of one thread, the past that it shares with its source included; else of all, each once.
    pub thread: Option<String>,
    /// Only what came before this checkpoint. An unknown one lists nothing.
    pub before: Option<Hash>,
    pub limit: Option<usize>,
    /// All of these hold: `source`, `step`, `actor`, `parent`, `thread`, or a key of the metadata.
    pub filter: Map<String, Value>,
}

impl Listing {
    pub fn of(thread: impl Into<String>) -> Self {
        Listing { thread: Some(thread.into()), ..Listing::default() }
    }

    #[must_use]
    pub fn before(mut self, checkpoint: Hash) -> Self {
        self.before = Some(checkpoint);
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    #[must_use]
    pub fn filter(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.filter.insert(key.into(), value.into());
        self
    }

    /// Whether a checkpoint passes the filter.
    pub fn takes(&self, summary: &CheckpointSummary) -> bool {
        self.filter.iter().all(|(key, wanted)| summary.field(key).as_ref() == Some(wanted))
    }
}

/// A new thread that shares the past of another one up to a checkpoint. Nothing is copied.
///
/// What was open there is open in the fork. A task that was under way keeps the calls that it had recorded when the
/// checkpoint was made, and their answers; what waits without an answer asks again. [`before`](Fork::before) moves that
/// cut to a later call: the fork of a node that asked twice can begin between the two questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fork {
    /// The new thread.
    pub thread: String,
    pub source: String,
    /// One of the source's checkpoints.
    pub at: Hash,
    /// Open tasks that keep every call recorded before this position.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cuts: BTreeMap<String, u32>,
    /// Finished tasks of the superstep that is not yet closed come along: for a copy of a thread as it stands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    pub actor: String,
    #[serde(skip)]
    pub records: Vec<HostRecord>,
}

impl Fork {
    /// `thread` begins where `source` was at the checkpoint `at`.
    pub fn new(thread: impl Into<String>, source: impl Into<String>, at: Hash) -> Self {
        Fork {
            thread: thread.into(),
            source: source.into(),
            at,
            cuts: BTreeMap::new(),
            pending: false,
            actor: String::new(),
            records: Vec::new(),
        }
    }

    /// The open task keeps what it recorded before this call, and makes the call itself anew.
    #[must_use]
    pub fn before(mut self, task: impl Into<String>, position: u32) -> Self {
        self.cuts.insert(task.into(), position);
        self
    }

    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = actor.into();
        self
    }

    #[must_use]
    pub fn records(mut self, records: Vec<HostRecord>) -> Self {
        self.records = records;
        self
    }
}

/// Where a forked thread branched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The thread that made the checkpoint.
    pub thread: String,
    pub step: u64,
    pub at: Hash,
}
