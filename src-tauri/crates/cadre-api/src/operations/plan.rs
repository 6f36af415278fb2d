//! Plans: making one, looking at a version, approving it.

use cadre_core::plan::Plan;
use cadre_core::workplace::WorkplaceMode;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::PlanDto;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::request::RequestId;
use crate::operations::system::Nothing;

async fn shown(api: &Api, project: String, version: u32, plan: &Plan) -> Result<PlanDto, ApiError> {
    let problems = api.engine.plan_problems(plan).await?;
    let place = api.engine.plan_place(&project, plan).await?;
    let problems = problems.iter().map(ToString::to_string).collect();
    Ok(PlanDto::new(project, version, plan, place, problems))
}

/// Plans a request; a request that has a project gets a further version.
pub struct Make;

impl Operation for Make {
    const NAME: &'static str = "plan.make";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Requests, Tag::Projects, Tag::Inbox];
    type Input = RequestId;
    type Output = PlanDto;

    async fn run(api: &Api, caller: &Caller, input: RequestId) -> Result<PlanDto, ApiError> {
        let (project, version, plan) = api.engine.plan_request(&input.request, &caller.person).await?;
        shown(api, project, version, &plan).await
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
        shown(api, input.project, input.version, &plan).await
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
    const DECIDES: bool = true;
    type Input = ApproveInput;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: ApproveInput) -> Result<Nothing, ApiError> {
        let ApproveInput { project, version, hash } = input;
        api.engine.approve_plan(&project, version, &hash, &caller.person, caller.channel.name()).await?;
        Ok(Nothing {})
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RefineInput {
    pub project: String,
    /// The version that the changes are meant for.
    pub version: u32,
    /// What to change, in words; handed to every step that reads the request.
    pub feedback: Option<String>,
    pub edits: Vec<StepEdit>,
    /// Where the work is to be done: `fresh`, `worktree` or `in_place`. Left out, it stays.
    #[serde(default)]
    pub workplace: Option<String>,
}

/// A change of one step. Fields that are null stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct StepEdit {
    pub step: String,
    #[serde(default)]
    pub remove: bool,
    pub title: Option<String>,
    pub instructions: Option<String>,
    pub assignee: Option<String>,
    pub depends_on: Option<Vec<String>>,
}

impl From<StepEdit> for cadre_engine::StepEdit {
    fn from(edit: StepEdit) -> Self {
        let StepEdit { step, remove, title, instructions, assignee, depends_on } = edit;
        cadre_engine::StepEdit { step, remove, title, instructions, assignee, depends_on }
    }
}

/// Makes a further version from feedback and edits; the versions before stay.
pub struct Refine;

impl Operation for Refine {
    const NAME: &'static str = "plan.refine";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Inbox];
    type Input = RefineInput;
    type Output = PlanDto;

    async fn run(api: &Api, caller: &Caller, input: RefineInput) -> Result<PlanDto, ApiError> {
        let RefineInput { project, version, feedback, edits, workplace } = input;
        let edits = edits.into_iter().map(Into::into).collect();
        let unknown = |name: &String| ApiError::new("invalid_input", format!("`{name}` is no place to work"));
        let workplace = workplace
            .map(|name| WorkplaceMode::from_name(&name).ok_or_else(|| unknown(&name)))
            .transpose()?;
        let (feedback, by) = (feedback.as_deref(), &caller.person);
        let (version, plan) =
            api.engine.refine_plan(&project, version, feedback, edits, workplace, by).await?;
        shown(api, project, version, &plan).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CompareInput {
    pub project: String,
    pub from: u32,
    pub to: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanDifferenceDto {
    /// Ids of steps.
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    /// Something outside the steps changed: title, assumptions, folder.
    pub frame: bool,
}

/// What differs between two versions.
pub struct Compare;

impl Operation for Compare {
    const NAME: &'static str = "plan.compare";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = CompareInput;
    type Output = PlanDifferenceDto;

    async fn run(api: &Api, _caller: &Caller, input: CompareInput) -> Result<PlanDifferenceDto, ApiError> {
        let difference = api.engine.compare_plans(&input.project, input.from, input.to).await?;
        Ok(PlanDifferenceDto {
            added: difference.added,
            removed: difference.removed,
            changed: difference.changed,
            frame: difference.frame,
        })
    }
}
