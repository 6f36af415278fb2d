//! Standing rules.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RuleDto {
    pub id: String,
    pub project: String,
    /// One line that says what it allows.
    pub allows: String,
    pub made_at: Micros,
    pub expires_at: Micros,
    /// Neither ended nor expired.
    pub holds: bool,
}

/// Newest first, those that ended or expired included.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "rule.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = Nothing;
    type Output = Vec<RuleDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<RuleDto>, ApiError> {
        let rules = api.engine.rules().await?.into_iter().map(|view| RuleDto {
            id: view.id,
            project: view.project,
            allows: view.allows,
            made_at: Micros(view.made_at),
            expires_at: Micros(view.expires_at),
            holds: view.holds,
        });
        Ok(rules.collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RuleId {
    pub rule: String,
}

/// Ends a rule: from now on it is asked again. Less is allowed afterwards, so no decision is needed.
pub struct End;

impl Operation for End {
    const NAME: &'static str = "rule.end";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = RuleId;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: RuleId) -> Result<Nothing, ApiError> {
        api.engine.end_rule(&input.rule, &caller.person).await?;
        Ok(Nothing {})
    }
}
