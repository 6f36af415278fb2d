//! The contract between Cadre and a function agent: one JSON document in on standard input, one out on
//! standard output, log lines on standard error.
//!
//! These are wire types, versioned by `contract`; a program in any language can speak them
//! (`docs/function-agents.md`). A function agent changes nothing itself: files that it wants written are
//! proposals, which Cadre writes through an approved effect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const CONTRACT_VERSION: u32 = 1;

/// What a function agent reads from standard input.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FunctionInput {
    /// [`CONTRACT_VERSION`].
    pub contract: u32,
    /// What the step asks for.
    pub task: FunctionTask,
    /// Absolute path of the folder to look at; read-only for the program.
    pub folder: String,
    /// `data` of the steps that this one depends on, by step id.
    #[serde(default)]
    pub inputs: BTreeMap<String, Value>,
    /// Files that were given with the request; read-only for the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FunctionAttachment>,
    /// Unix time in microseconds that the run counts as "now", so that a repeated run gives the same bytes.
    pub now: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionAttachment {
    pub name: String,
    /// Absolute.
    pub path: String,
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FunctionTask {
    pub title: String,
    #[serde(default)]
    pub instructions: String,
}

/// What it prints to standard output, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FunctionOutput {
    Failed { contract: u32, error: FunctionError },
    Done(FunctionResult),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionResult {
    pub contract: u32,
    /// One or two sentences for the conversation.
    pub summary: String,
    /// Handed to the steps that depend on this one.
    pub data: Value,
    /// Files that it proposes to write.
    #[serde(default)]
    pub files: Vec<ProposedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedFile {
    /// Relative to the project's folder, with `/`.
    pub path: String,
    pub media_type: String,
    /// UTF-8 text.
    pub content: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// One of the twelve error categories (facts.md F1), for example `validation_error`.
    pub category: String,
    pub message: String,
    #[serde(default)]
    pub hint: Option<String>,
}
