//! What was said in a project's runs.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};

/// How many messages come at once, and how many when the caller does not say.
const MOST: u32 = 500;
const USUAL: u32 = 200;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ConversationQuery {
    pub project: String,
    /// Only what was said before this.
    pub before: Option<Micros>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MessageDto {
    pub run: String,
    pub step: String,
    /// Its place in the run's conversation.
    pub place: u32,
    /// `task`, `agent`, `tool` or `system`.
    pub role: String,
    /// Who said it: a member, a tool, or Cadre.
    pub name: String,
    pub text: String,
    /// What belongs to it beside its text, as JSON: calls of tools, a diff, a result.
    pub data: Option<String>,
    pub at: Micros,
}

/// The newest messages, oldest first.
pub struct OfProject;

impl Operation for OfProject {
    const NAME: &'static str = "project.conversation";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Conversation];
    type Input = ConversationQuery;
    type Output = Vec<MessageDto>;

    async fn run(api: &Api, _caller: &Caller, input: ConversationQuery) -> Result<Vec<MessageDto>, ApiError> {
        let limit = input.limit.unwrap_or(USUAL).min(MOST);
        let before = input.before.map(|before| before.0);
        let messages = api.engine.conversation(&input.project, before, limit).await?;
        Ok(messages.into_iter().map(Into::into).collect())
    }
}

impl From<cadre_engine::Said> for MessageDto {
    fn from(said: cadre_engine::Said) -> Self {
        MessageDto {
            run: said.row.run,
            step: said.row.step,
            place: u32::try_from(said.row.place).unwrap_or(u32::MAX),
            role: said.row.role,
            name: said.row.name,
            text: said.text,
            data: said.data.map(|data| data.to_string()),
            at: Micros(said.row.said_at),
        }
    }
}
