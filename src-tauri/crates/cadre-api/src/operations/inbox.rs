//! The Inbox: what waits for a person, and the decision.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{DiffDto, InboxItemDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// What has waited longest is first.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "inbox.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Inbox];
    type Input = Nothing;
    type Output = Vec<InboxItemDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<InboxItemDto>, ApiError> {
        Ok(api.engine.inbox().await?.into_iter().map(Into::into).collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ItemId {
    pub item: String,
}

/// What an item would change, against what stands there now, line by line; empty if it is about no file or agent.
pub struct Diff;

impl Operation for Diff {
    const NAME: &'static str = "inbox.diff";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Inbox];
    type Input = ItemId;
    type Output = Vec<DiffDto>;

    async fn run(api: &Api, _caller: &Caller, input: ItemId) -> Result<Vec<DiffDto>, ApiError> {
        Ok(api.engine.proposed_changes(&input.item).await?.into_iter().map(Into::into).collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct DecideInput {
    pub item: String,
    /// One of the item's allowed decisions.
    pub decision: String,
    /// A reason, an answer, or what to change.
    pub text: Option<String>,
    /// For an approval: the hash that was shown.
    pub action_hash: Option<String>,
    /// For `edit` of a file: the content that is approved in place of the proposed one.
    pub content: Option<String>,
}

/// Decides once; the work goes on, or not.
pub struct Decide;

impl Operation for Decide {
    const NAME: &'static str = "inbox.decide";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Inbox, Tag::Projects];
    const DECIDES: bool = true;
    type Input = DecideInput;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: DecideInput) -> Result<Nothing, ApiError> {
        let decision = cadre_engine::Decision {
            item: input.item,
            decision: input.decision,
            text: input.text,
            action_hash: input.action_hash,
            edited_content: input.content,
            by: caller.person.clone(),
            channel: caller.channel.name().to_owned(),
        };
        api.engine.decide(decision).await?;
        Ok(Nothing {})
    }
}
