//! Evidence for somebody else: entries, the values that they refer to, and what proves that they are of a record whose
//! head a device has signed. Checked with nothing but the file.
//!
//! A bundle is lines of JSON: a [`Header`], then [`Line`]s, then one that counts them. It is read line by line, so that
//! its size is no matter; a line that is longer than any that is written here is refused before it is read.

mod check;
mod write;

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::read::ReadError;
use crate::signed_head::SignedHead;

pub use check::{BundleError, BundleReport, BundleSigner, check_bundle};

pub(crate) const FORMAT: &str = "cadre-evidence";
pub(crate) const VERSION: u32 = 1;

/// What a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All entries: the tree is computed from them.
    Workspace,
    /// Those of one project, each with its place in the tree.
    Project(String),
    /// One of them, without values.
    Entry(u64),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) v: u32,
    pub(crate) workspace: String,
    pub(crate) scope: Scope,
    /// The tree that everything in the bundle is of.
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Line {
    Head {
        signed: SignedHead,
        /// From its tree to the bundle's.
        consistency: Vec<Hash>,
    },
    Entry {
        /// As it lies.
        body: String,
        /// Its path in the tree, where not all entries are there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<Vec<Hash>>,
    },
    /// 32 random bytes and the canonical bytes that were committed to.
    Value { commitment: Hash, salt: String, bytes: String },
    /// A value whose content was taken away.
    Redacted { commitment: Hash },
    /// How many lines there are of each, so that one that was cut off is known.
    End { heads: u64, entries: u64, values: u64 },
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("there is no project {0} in this record")]
    NoProject(String),
    #[error("there is no entry {0} in this record")]
    NoEntry(u64),
    #[error(
        "the head is not of this record: it is of another workspace, or of a record that went another way"
    )]
    OtherHead,
    #[error("an entry of the record cannot be read; `cadre verify` says which")]
    Damaged,
    #[error("the file could not be written: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Read(#[from] ReadError),
}
