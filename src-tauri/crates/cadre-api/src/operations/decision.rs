//! What people decided.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};

/// How many come at once.
const MOST: u32 = 500;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct DecisionQuery {
    /// Of this project only.
    pub project: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DecisionDto {
    pub id: String,
    /// What was decided on: `plan`, `undo`, or an Inbox item's reason.
    pub subject: String,
    pub project: Option<String>,
    /// `approve`, `deny` and so on.
    pub decision: String,
    /// What the person said with it.
    pub reason: Option<String>,
    /// Hash of the exact bytes that were decided on.
    pub action_hash: Option<String>,
    pub by: String,
    /// `window`, `notification`, `cli` or `http`.
    pub channel: String,
    pub at: Micros,
}

/// Newest first, at most 500.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "decision.list";
    const KIND: OperationKind = OperationKind::Query;
    // Whatever is recorded as decided drops the Inbox too.
    const TAGS: &'static [Tag] = &[Tag::Inbox];
    type Input = DecisionQuery;
    type Output = Vec<DecisionDto>;

    async fn run(api: &Api, _caller: &Caller, input: DecisionQuery) -> Result<Vec<DecisionDto>, ApiError> {
        let decisions = api.engine.decisions(input.project.as_deref(), MOST).await?.into_iter();
        Ok(decisions
            .map(|view| DecisionDto {
                id: view.row.id,
                subject: view.row.subject,
                project: view.row.project,
                decision: view.row.decision,
                reason: view.reason,
                action_hash: view.row.action_hash,
                by: view.row.by,
                channel: view.row.channel,
                at: Micros(view.row.decided_at),
            })
            .collect())
    }
}
