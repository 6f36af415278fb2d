//! Plans: making one, looking at a version, approving it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::PlanDto;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::request::RequestId;
use crate::operations::system::Nothing;

/// Plans a request; a request that has a project gets a further version.
pub struct Make;

impl Operation for Make {
    const NAME: &'static str = "plan.make";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Requests, Tag::Projects];
    type Input = RequestId;
    type Output = PlanDto;

    async fn run(api: &Api, caller: &Caller, input: RequestId) -> Result<PlanDto, ApiError> {
        let (project, version, plan) = api.engine.plan_request(&input.request, &caller.person).await?;
        let problems = api.engine.plan_problems(&plan).await?;
        Ok(PlanDto::new(project, version, &plan, problems.iter().map(ToString::to_string).collect()))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PlanVersion {
    pub project: String,
    pub version: u32,
}

pub struct Get;

impl Operation for Get {
    const NAME: &'static str = "plan.get";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = PlanVersion;
    type Output = PlanDto;

    async fn run(api: &Api, _caller: &Caller, input: PlanVersion) -> Result<PlanDto, ApiError> {
        let plan = api.engine.plan_version(&input.project, input.version).await?;
        let problems = api.engine.plan_problems(&plan).await?;
        let problems = problems.iter().map(ToString::to_string).collect();
        Ok(PlanDto::new(input.project, input.version, &plan, problems))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ApproveInput {
    pub project: String,
    pub version: u32,
    /// The hash of the plan that was shown.
    pub hash: String,
}

/// Approves exactly the version that was shown, and lets it begin.
pub struct Approve;

impl Operation for Approve {
    const NAME: &'static str = "plan.approve";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Inbox];
    type Input = ApproveInput;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: ApproveInput) -> Result<Nothing, ApiError> {
        let ApproveInput { project, version, hash } = input;
        api.engine.approve_plan(&project, version, &hash, &caller.person, caller.channel.name()).await?;
        Ok(Nothing {})
    }
}
