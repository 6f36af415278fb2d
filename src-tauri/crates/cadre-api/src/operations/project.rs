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

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct HoldInput {
    pub project: String,
    /// `false` lets it go on.
    pub held: bool,
}

/// Holds a project, or lets it go on: what runs ends, nothing new begins.
pub struct Hold;

impl Operation for Hold {
    const NAME: &'static str = "project.hold";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    const DECIDES: bool = true;
    type Input = HoldInput;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: HoldInput) -> Result<Nothing, ApiError> {
        api.engine.hold(&input.project, input.held, &caller.person).await?;
        Ok(Nothing {})
    }
}

/// Ends a project for good. Running programs are stopped; what was done stays and can be undone.
pub struct Abort;

impl Operation for Abort {
    const NAME: &'static str = "project.abort";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Inbox];
    const DECIDES: bool = true;
    type Input = ProjectId;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: ProjectId) -> Result<Nothing, ApiError> {
        api.engine.abort(&input.project, &caller.person).await?;
        Ok(Nothing {})
    }
}
