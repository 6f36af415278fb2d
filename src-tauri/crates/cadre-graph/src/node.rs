//! What a node gives back: the parts of the state that it changed, or why it could not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::channel::StateError;

/// A finished node's result: only what changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub(crate) writes: Vec<(String, Value)>,
    pub(crate) goto: Option<Vec<(String, Value)>>,
}

impl Output {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a write to a channel.
    #[must_use]
    pub fn write(mut self, channel: impl Into<String>, value: Value) -> Self {
        self.writes.push((channel.into(), value));
        self
    }

    /// Leaves the subgraph and jumps to a node of the graph that holds it, in place of the subgraph's edges. What else was
    /// open in the subgraph is closed.
    #[must_use]
    pub fn goto_parent(self, node: impl AsRef<str>, input: Value) -> Self {
        self.goto(format!("../{}", node.as_ref()), input)
    }

    /// Jumps to `node` in place of the node's edges. Called several times it fans out, each with its own input.
    #[must_use]
    pub fn goto(mut self, node: impl Into<String>, input: Value) -> Self {
        self.goto.get_or_insert_with(Vec::new).push((node.into(), input));
        self
    }
}

/// Why a node did not finish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// Not a failure: the node waits. Comes from [`Context`](crate::Context) and is passed up with `?`.
    #[error("the node is parked")]
    Parked,
    /// The node's code took another course than its record. Never a guess, never retried.
    #[error("recorded call {position} is {recorded}, the node now asks for {asked}")]
    NonDeterministic { position: u32, recorded: String, asked: String },
    /// The thread was cancelled, or its host is shutting down; what is recorded stays.
    #[error("stopped: {cause}")]
    Stopped { cause: String },
    /// The store refused or failed.
    #[error("{0}")]
    Store(String),
    #[error("{message}")]
    Failed { category: String, message: String },
}

impl NodeError {
    pub fn failed(category: impl Into<String>, message: impl Into<String>) -> Self {
        NodeError::Failed { category: category.into(), message: message.into() }
    }
}

impl From<StateError> for NodeError {
    fn from(error: StateError) -> Self {
        NodeError::failed("validation_error", error.to_string())
    }
}

impl From<serde_json::Error> for NodeError {
    fn from(error: serde_json::Error) -> Self {
        NodeError::failed("validation_error", error.to_string())
    }
}
