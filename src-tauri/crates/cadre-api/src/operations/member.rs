//! Members.

use cadre_core::org::AgentDefinition;
use cadre_engine::MemberKnown;
use cadre_engine::organisation::NewPerson;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{MemberDto, Micros, dollars};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// By name.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "member.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Members];
    type Input = Nothing;
    type Output = Vec<MemberDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<MemberDto>, ApiError> {
        let members = api.engine.members().await?.into_iter().map(|row| MemberDto {
            name: row.name,
            kind: row.kind,
            role: row.role,
            department: row.department,
            reports_to: row.reports_to,
            lifecycle: row.lifecycle,
            updated_at: Micros(row.updated_at),
        });
        Ok(members.collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct MemberName {
    pub name: String,
}

/// One member with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MemberDetailDto {
    pub name: String,
    /// Set for an agent.
    pub agent: Option<AgentDto>,
    pub working_hours: Option<String>,
    /// Who answers for a person while they are away.
    pub deputy: Option<String>,
    /// What it has carried out, newest first, at most 20.
    pub runs: Vec<MemberRunDto>,
}

/// What an agent's file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgentDto {
    /// Hash of this version.
    pub version: String,
    /// In the workspace's folder.
    pub file: String,
    pub description: String,
    pub capabilities: Vec<String>,
    pub tools: Vec<String>,
    pub tier: Option<String>,
    pub program: Option<String>,
    pub args: Vec<String>,
    pub turns: u32,
    pub tokens: u32,
    pub wall_minutes: u32,
    pub output_mib: u32,
    pub budget_usd: String,
    /// Classes of effects that are asked about each time.
    pub approvals: Vec<String>,
    pub context: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MemberRunDto {
    pub run: String,
    pub project: String,
    pub step: String,
    pub attempt: u32,
    /// `running`, `completed` or `failed`.
    pub status: String,
    pub started_at: Micros,
    pub finished_at: Option<Micros>,
}

impl From<AgentDefinition> for AgentDto {
    fn from(agent: AgentDefinition) -> Self {
        AgentDto {
            version: agent.hash(),
            file: format!("agents/{}/{}.md", agent.department, agent.name),
            description: agent.description,
            capabilities: agent.capabilities,
            tools: agent.tools,
            tier: agent.tier,
            program: agent.program,
            args: agent.args,
            turns: agent.limits.turns,
            tokens: agent.limits.tokens,
            wall_minutes: agent.limits.wall_minutes,
            output_mib: agent.limits.output_mib,
            budget_usd: dollars(agent.budget),
            approvals: agent.approvals.iter().map(|class| class.name().to_owned()).collect(),
            context: agent.context,
        }
    }
}

/// One member; `null` if there is none of this name.
pub struct Get;

impl Operation for Get {
    const NAME: &'static str = "member.get";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Members, Tag::Projects];
    type Input = MemberName;
    type Output = Option<MemberDetailDto>;

    async fn run(
        api: &Api,
        _caller: &Caller,
        input: MemberName,
    ) -> Result<Option<MemberDetailDto>, ApiError> {
        let Some(view) = api.engine.member(&input.name).await? else { return Ok(None) };
        let (agent, working_hours, deputy) = match view.known {
            MemberKnown::Agent(definition) => (Some((*definition).into()), None, None),
            MemberKnown::Person { working_hours, deputy } => (None, working_hours, deputy),
        };
        let runs = view.runs.into_iter().map(|run| MemberRunDto {
            run: run.id,
            project: run.project,
            step: run.step,
            attempt: run.attempt,
            status: run.status,
            started_at: Micros(run.started_at),
            finished_at: run.finished_at.map(Micros),
        });
        Ok(Some(MemberDetailDto { name: view.row.name, agent, working_hours, deputy, runs: runs.collect() }))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AddPersonInput {
    /// Unique among all members.
    pub name: String,
    pub role: String,
    pub department: String,
    pub reports_to: String,
    /// For example `Mon-Fri 09:00-17:00`.
    pub working_hours: Option<String>,
    /// Who answers for them while they are away.
    pub deputy: Option<String>,
}

/// Adds a person to the organisation.
pub struct AddPerson;

impl Operation for AddPerson {
    const NAME: &'static str = "member.add_person";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Members];
    const DECIDES: bool = true;
    type Input = AddPersonInput;
    type Output = Nothing;

    async fn run(api: &Api, _caller: &Caller, input: AddPersonInput) -> Result<Nothing, ApiError> {
        let AddPersonInput { name, role, department, reports_to, working_hours, deputy } = input;
        api.engine
            .add_person(NewPerson { name, role, department, reports_to, working_hours, deputy })
            .await?;
        Ok(Nothing {})
    }
}
