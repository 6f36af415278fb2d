//! Agent files.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgentsReadDto {
    /// Live now, by name.
    pub saved: Vec<String>,
    /// In the Inbox, because they would widen what an agent may do.
    pub waiting: Vec<String>,
    pub refused: Vec<RefusedDto>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RefusedDto {
    pub path: String,
    pub reason: String,
}

/// Reads the workspace's agents folder and takes over what changed.
pub struct Read;

impl Operation for Read {
    const NAME: &'static str = "agent.read";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Members, Tag::Inbox];
    type Input = Nothing;
    type Output = AgentsReadDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<AgentsReadDto, ApiError> {
        let read = api.engine.read_agents().await?;
        let refused = read.refused.into_iter();
        Ok(AgentsReadDto {
            saved: read.saved,
            waiting: read.waiting,
            refused: refused.map(|it| RefusedDto { path: it.path, reason: it.reason.to_string() }).collect(),
        })
    }
}
