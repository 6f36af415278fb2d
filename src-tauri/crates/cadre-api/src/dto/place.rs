//! Where a project works and what it was given, on the wire.

use cadre_core::attachment::Attachment;
use cadre_engine::PlaceView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Where a project's steps work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlaceDto {
    /// `fresh`, `worktree` or `in_place`.
    pub mode: String,
    /// Where steps write.
    pub folder: String,
    /// What they look at, if that is another folder.
    pub source: Option<String>,
    pub repository: Option<String>,
    /// The branch that has the result.
    pub branch: Option<String>,
    /// The commit that it begins at.
    pub base: Option<String>,
    /// How many files were not committed when the plan was made: a worktree begins without them.
    pub uncommitted: u32,
    /// The first hundred of them.
    pub uncommitted_files: Vec<String>,
    /// A merge, rebase or the like that was not finished.
    pub under_way: Option<String>,
    /// Steps that write beside each other, each in a worktree of its own that is merged when it is done.
    pub parallel: Vec<String>,
    /// Modes that a person may choose instead.
    pub choices: Vec<String>,
}

impl From<PlaceView> for PlaceDto {
    fn from(view: PlaceView) -> Self {
        PlaceDto {
            mode: view.mode.name().into(),
            folder: view.folder,
            source: view.source,
            repository: view.repository,
            branch: view.branch,
            base: view.base,
            uncommitted: view.uncommitted.total,
            uncommitted_files: view.uncommitted.files,
            under_way: view.uncommitted.under_way,
            parallel: view.parallel,
            choices: view.choices.into_iter().map(|mode| mode.name().into()).collect(),
        }
    }
}

/// A file that was given with a request, by its copy in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttachmentDto {
    pub name: String,
    pub sha256: String,
    pub bytes: u32,
}

impl From<Attachment> for AttachmentDto {
    fn from(given: Attachment) -> Self {
        AttachmentDto { name: given.name, sha256: given.sha256, bytes: given.bytes }
    }
}
