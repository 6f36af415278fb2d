//! Going back to a checkpoint.

use cadre_engine::{RollbackView, RolledBack};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{EffectMomentDto, SpendThenDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::history::CheckpointQuery;

/// What going back would change, and what it would not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RollbackDto {
    pub checkpoint: String,
    /// What an agreement has to name.
    pub hash: String,
    pub files: Vec<FileBackDto>,
    pub steps: Vec<StepBackDto>,
    /// Runs that are stopped.
    pub stops: Vec<String>,
    /// Effects since then that cannot be taken back.
    pub stays: Vec<EffectMomentDto>,
    /// Since then. It stays spent.
    pub spent: SpendThenDto,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileBackDto {
    pub folder: String,
    pub path: String,
    /// SHA-256 of what stands there now, and of what is put back; `null` where nothing does.
    pub now: Option<String>,
    pub was: Option<String>,
    /// Why it is left as it is: `changed` by somebody, `undone` by a person, or `unreadable`.
    pub left: Option<String>,
}

/// A step that stands otherwise afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepBackDto {
    pub step: String,
    pub from: String,
    pub to: String,
}

impl From<RollbackView> for RollbackDto {
    fn from(view: RollbackView) -> Self {
        let files = view.rollback.files.into_iter().map(|it| FileBackDto {
            folder: it.folder,
            path: it.path,
            now: it.now,
            was: it.then,
            left: it.left.map(|left| left.name().into()),
        });
        let steps = view.rollback.steps.into_iter();
        RollbackDto {
            checkpoint: view.rollback.checkpoint,
            hash: view.hash,
            files: files.collect(),
            steps: steps.map(|it| StepBackDto { step: it.step, from: it.from, to: it.to }).collect(),
            stops: view.rollback.stops,
            stays: view.stays.into_iter().map(Into::into).collect(),
            spent: view.spent.into(),
        }
    }
}

/// What going back to a checkpoint would change.
pub struct Plan;

impl Operation for Plan {
    const NAME: &'static str = "project.rollback_plan";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Spend];
    type Input = CheckpointQuery;
    type Output = RollbackDto;

    async fn run(api: &Api, _caller: &Caller, input: CheckpointQuery) -> Result<RollbackDto, ApiError> {
        Ok(api.engine.rollback_plan(&input.project, &input.checkpoint).await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RollbackInput {
    pub project: String,
    pub checkpoint: String,
    /// Of what was shown.
    pub hash: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RolledBackDto {
    /// The line that the project goes on with.
    pub line: String,
    /// How many files were put back.
    pub files: u32,
    /// Those that were left as they are after all, with the reason.
    pub left: Vec<FileLeftDto>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileLeftDto {
    pub path: String,
    pub why: String,
}

impl From<RolledBack> for RolledBackDto {
    fn from(done: RolledBack) -> Self {
        let left = done.left.into_iter().map(|(path, why)| FileLeftDto { path, why });
        RolledBackDto { line: done.line, files: done.files, left: left.collect() }
    }
}

/// Goes back to a checkpoint, files included, if that changes what was shown. The project goes on from there; the line
/// that it leaves stays in its history.
pub struct RollBack;

impl Operation for RollBack {
    const NAME: &'static str = "project.roll_back";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Inbox];
    const DECIDES: bool = true;
    type Input = RollbackInput;
    type Output = RolledBackDto;

    async fn run(api: &Api, caller: &Caller, input: RollbackInput) -> Result<RolledBackDto, ApiError> {
        let (person, channel) = (&caller.person, caller.channel.name());
        let done =
            api.engine.roll_back(&input.project, &input.checkpoint, &input.hash, person, channel).await?;
        Ok(done.into())
    }
}
