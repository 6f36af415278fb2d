//! Going back to a checkpoint: exactly what it would change, as a person agrees to it.

use serde::{Deserialize, Serialize};

use crate::document;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    pub project: String,
    /// The thread that the project runs on, and its newest checkpoint: it is left there.
    pub line: String,
    pub head: String,
    /// The checkpoint that it goes on from.
    pub checkpoint: String,
    /// By folder and path.
    pub files: Vec<FileBack>,
    pub steps: Vec<StepBack>,
    /// Runs that are stopped.
    pub stops: Vec<String>,
}

/// A file that is put back, or left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBack {
    pub folder: String,
    pub path: String,
    /// SHA-256 of what stands there now, and of what stood there then; `None` where nothing does.
    pub now: Option<String>,
    pub then: Option<String>,
    /// Why it is left as it is; `None` for one that is put back.
    pub left: Option<FileLeft>,
}

/// Why a file is not put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileLeft {
    /// Somebody changed it since the project did.
    Changed,
    /// A person had the project's change of it taken back.
    Undone,
    /// It cannot be looked at.
    Unreadable,
}

impl FileLeft {
    pub fn name(self) -> &'static str {
        match self {
            FileLeft::Changed => "changed",
            FileLeft::Undone => "undone",
            FileLeft::Unreadable => "unreadable",
        }
    }
}

/// A step that stands otherwise afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepBack {
    pub step: String,
    pub from: String,
    pub to: String,
}

impl Rollback {
    /// What an agreement has to name.
    pub fn hash(&self) -> String {
        document::hash(document::ROLLBACK, self)
    }
}
