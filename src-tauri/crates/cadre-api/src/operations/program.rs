//! Agent programs on this machine.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProgramDto {
    pub id: String,
    pub title: String,
    /// `None` when it is not installed.
    pub path: Option<String>,
    /// The member that it is, if it was added.
    pub member: Option<String>,
    /// The command by which a person signs in.
    pub sign_in: String,
}

/// The agent programs that Cadre knows, installed or not.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "agent.programs";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Members];
    type Input = Nothing;
    type Output = Vec<ProgramDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<ProgramDto>, ApiError> {
        let programs = api.engine.agent_programs().await?.into_iter().map(|view| ProgramDto {
            id: view.id,
            title: view.title,
            path: view.path,
            member: view.member,
            sign_in: view.sign_in,
        });
        Ok(programs.collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ProgramId {
    pub program: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AddedMember {
    pub member: String,
}

/// Makes an installed agent program a member.
pub struct Add;

impl Operation for Add {
    const NAME: &'static str = "agent.add_program";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Members];
    const DECIDES: bool = true;
    type Input = ProgramId;
    type Output = AddedMember;

    async fn run(api: &Api, caller: &Caller, input: ProgramId) -> Result<AddedMember, ApiError> {
        let added =
            api.engine.add_agent_program(&input.program, &caller.person, caller.channel.name()).await?;
        Ok(AddedMember { member: added })
    }
}
