//! What work costs, and the limits on it.

use cadre_core::budget::Room;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{Micros, dollars};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::project::ProjectId;
use crate::operations::system::Nothing;

/// A limit and what counts against it, reservations of calls under way included. Amounts in dollars, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BudgetDto {
    /// `day`, for the workspace, or `project`.
    pub scope: String,
    pub charged_usd: String,
    pub most_usd: String,
    /// Whole percents, 100 at most.
    pub used_percent: u8,
}

impl BudgetDto {
    fn new(room: Room) -> Self {
        let percent = i128::from(room.charged) * 100 / i128::from(room.most.max(1));
        BudgetDto {
            scope: room.scope.name().into(),
            charged_usd: dollars(room.charged),
            most_usd: dollars(room.most),
            used_percent: u8::try_from(percent.clamp(0, 100)).unwrap_or(100),
        }
    }
}

/// One call of a model: who called, what was chosen and why, what was reserved and what it cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SpendDto {
    pub id: String,
    /// `work`, `intake` or `planning`.
    pub purpose: String,
    pub step: Option<String>,
    pub member: Option<String>,
    pub endpoint: String,
    pub model: String,
    /// `reserved` while the call runs, `known`, or `assumed` when nobody said what was used.
    pub status: String,
    pub reserved_usd: String,
    pub charged_usd: String,
    /// Tokens: read at full price, read from the cache, written to it, generated.
    #[specta(type = specta_typescript::Number)]
    pub input: i64,
    #[specta(type = specta_typescript::Number)]
    pub cached: i64,
    #[specta(type = specta_typescript::Number)]
    pub cache_write: i64,
    #[specta(type = specta_typescript::Number)]
    pub output: i64,
    pub why: String,
    pub rejected: Vec<RejectedDto>,
    pub at: Micros,
    pub settled_at: Option<Micros>,
}

/// A model that was not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RejectedDto {
    pub model: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProjectSpendDto {
    pub budgets: Vec<BudgetDto>,
    pub charged_usd: String,
    /// Oldest first.
    pub calls: Vec<SpendDto>,
}

/// What a project's calls of models cost.
pub struct OfProject;

impl Operation for OfProject {
    const NAME: &'static str = "project.spend";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Spend];
    type Input = ProjectId;
    type Output = ProjectSpendDto;

    async fn run(api: &Api, _caller: &Caller, input: ProjectId) -> Result<ProjectSpendDto, ApiError> {
        let calls = api.engine.spend(&input.project).await?;
        let charged = calls.iter().fold(0_i64, |sum, call| sum.saturating_add(call.row.charged));
        let budgets = api.engine.rooms(Some(&input.project)).await?;
        Ok(ProjectSpendDto {
            budgets: budgets.into_iter().map(BudgetDto::new).collect(),
            charged_usd: dollars(charged),
            calls: calls.into_iter().map(call).collect(),
        })
    }
}

fn call(view: cadre_engine::SpendView) -> SpendDto {
    let cadre_engine::SpendView { row, receipt } = view;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let rejected = receipt["rejected"].as_array().map(Vec::as_slice).unwrap_or_default();
    SpendDto {
        why: text(&receipt["why"]),
        rejected: rejected
            .iter()
            .map(|it| RejectedDto { model: text(&it["model"]), why: text(&it["why"]) })
            .collect(),
        id: row.id,
        purpose: row.purpose,
        step: row.step,
        member: row.member,
        endpoint: row.endpoint,
        model: row.model,
        status: row.status,
        reserved_usd: dollars(row.reserved),
        charged_usd: dollars(row.charged),
        input: row.input.unwrap_or(0),
        cached: row.cached.unwrap_or(0),
        cache_write: row.cache_write.unwrap_or(0),
        output: row.output.unwrap_or(0),
        at: Micros(row.reserved_at),
        settled_at: row.settled_at.map(Micros),
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BudgetQuery {
    /// With the limit of this project too.
    pub project: Option<String>,
}

/// The limits that hold.
pub struct Budgets;

impl Operation for Budgets {
    const NAME: &'static str = "budget.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Spend];
    type Input = BudgetQuery;
    type Output = Vec<BudgetDto>;

    async fn run(api: &Api, _caller: &Caller, input: BudgetQuery) -> Result<Vec<BudgetDto>, ApiError> {
        Ok(api.engine.rooms(input.project.as_deref()).await?.into_iter().map(BudgetDto::new).collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BudgetInput {
    /// Whose limit; without it the workspace's limit a day.
    pub project: Option<String>,
    /// Whole cents.
    #[specta(type = specta_typescript::Number)]
    pub most_cents: i64,
}

/// Sets a limit on money.
pub struct SetBudget;

impl Operation for SetBudget {
    const NAME: &'static str = "budget.set";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Spend];
    const DECIDES: bool = true;
    type Input = BudgetInput;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: BudgetInput) -> Result<Nothing, ApiError> {
        let most = input.most_cents.saturating_mul(cadre_core::budget::DOLLAR / 100);
        api.engine.set_budget(input.project.as_deref(), most, &caller.person).await?;
        Ok(Nothing {})
    }
}
