//! Folders that requests are about.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecentFolderDto {
    pub path: String,
    /// When the newest request about it was filed.
    pub used_at: Micros,
    /// It lies in a git repository, so that changes get a worktree and a branch.
    pub is_repository: bool,
}

/// The folders of past requests that are still there, newest first, at most twenty.
pub struct Recent;

impl Operation for Recent {
    const NAME: &'static str = "folder.recent";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = Nothing;
    type Output = Vec<RecentFolderDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<RecentFolderDto>, ApiError> {
        let recent = api.engine.recent_folders().await?.into_iter();
        let shown = recent.map(|it| RecentFolderDto {
            path: it.path,
            used_at: Micros(it.used_at),
            is_repository: it.is_repository,
        });
        Ok(shown.collect())
    }
}
