//! Projects.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::ProjectDto;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ProjectId {
    pub project: String,
}

pub struct Get;

impl Operation for Get {
    const NAME: &'static str = "project.get";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = ProjectId;
    type Output = ProjectDto;

    async fn run(api: &Api, _caller: &Caller, input: ProjectId) -> Result<ProjectDto, ApiError> {
        Ok(ProjectDto::new(api.engine.project(&input.project).await?))
    }
}

/// Newest first.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "project.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = Nothing;
    type Output = Vec<ProjectDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<ProjectDto>, ApiError> {
        Ok(api.engine.projects().await?.into_iter().map(ProjectDto::new).collect())
    }
}
