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
