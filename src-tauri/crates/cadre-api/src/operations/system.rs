//! How the application stands.

use cadre_core::status::ProjectStatus;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::StatusDto;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};

/// No input.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
pub struct Nothing {}

pub struct Status;

impl Operation for Status {
    const NAME: &'static str = "system.status";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System, Tag::Projects, Tag::Inbox];
    type Input = Nothing;
    type Output = StatusDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<StatusDto, ApiError> {
        let overview = api.engine.overview().await?;
        Ok(StatusDto {
            version: env!("CARGO_PKG_VERSION").into(),
            workspace: api.engine.workspace().to_string_lossy().into_owned(),
            workspace_id: overview.workspace_id.clone(),
            entries: overview.entries,
            containment: api.engine.containment().to_string(),
            running: overview.count(ProjectStatus::Running),
            waiting: overview.waiting,
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Stopped {
    /// Projects that were stopped and can be resumed.
    pub projects: u32,
}

/// Stops everything: running programs end, every project is held, state stays.
pub struct StopEverything;

impl Operation for StopEverything {
    const NAME: &'static str = "system.stop_everything";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System, Tag::Projects];
    type Input = Nothing;
    type Output = Stopped;

    async fn run(api: &Api, caller: &Caller, _input: Nothing) -> Result<Stopped, ApiError> {
        Ok(Stopped { projects: api.engine.stop_everything(&caller.person).await? })
    }
}
