//! A project's history: what happened, how it stood at a checkpoint, what differs between two.

use cadre_engine::Cursor;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{ComparedDto, CursorDto, DiffDto, HistoryDto, ThenDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};

/// How many checkpoints come at once, and how many when the caller does not say.
const MOST: u32 = 500;
const USUAL: u32 = 200;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct HistoryQuery {
    pub project: String,
    /// Where the page before this one ended.
    pub before: Option<CursorDto>,
    pub limit: Option<u32>,
}

/// What happened in a project, newest first: its checkpoints, those of its runs, and between them decisions, effects,
/// and steps that failed or waited.
pub struct OfProject;

impl Operation for OfProject {
    const NAME: &'static str = "project.history";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects, Tag::Spend];
    type Input = HistoryQuery;
    type Output = HistoryDto;

    async fn run(api: &Api, _caller: &Caller, input: HistoryQuery) -> Result<HistoryDto, ApiError> {
        let limit = input.limit.unwrap_or(USUAL).clamp(1, MOST);
        let before = input.before.map(|it| Cursor { entry: it.entry, at: it.at.0 });
        Ok(api.engine.history(&input.project, before, limit).await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CheckpointQuery {
    pub project: String,
    /// The checkpoint's hash.
    pub checkpoint: String,
}

/// A project as it was at a checkpoint: its steps, files, spend and state, and what had been said.
pub struct Checkpoint;

impl Operation for Checkpoint {
    const NAME: &'static str = "project.checkpoint";
    const KIND: OperationKind = OperationKind::Query;
    // Later checkpoints follow it, and what it had changed can be taken back.
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = CheckpointQuery;
    type Output = ThenDto;

    async fn run(api: &Api, _caller: &Caller, input: CheckpointQuery) -> Result<ThenDto, ApiError> {
        Ok(api.engine.checkpoint(&input.project, &input.checkpoint).await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CompareCheckpointsQuery {
    pub project: String,
    /// Hashes of checkpoints.
    pub from: String,
    pub to: String,
}

/// Two checkpoints beside each other: state, files, steps, cost and time since they part.
pub struct Compare;

impl Operation for Compare {
    const NAME: &'static str = "project.compare";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = CompareCheckpointsQuery;
    type Output = ComparedDto;

    async fn run(
        api: &Api,
        _caller: &Caller,
        input: CompareCheckpointsQuery,
    ) -> Result<ComparedDto, ApiError> {
        Ok(api.engine.compare_checkpoints(&input.project, &input.from, &input.to).await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CompareFileQuery {
    pub project: String,
    pub from: String,
    pub to: String,
    pub folder: String,
    pub path: String,
}

/// What differs in one file between two checkpoints, line by line.
pub struct CompareFile;

impl Operation for CompareFile {
    const NAME: &'static str = "project.compare_file";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = CompareFileQuery;
    type Output = DiffDto;

    async fn run(api: &Api, _caller: &Caller, input: CompareFileQuery) -> Result<DiffDto, ApiError> {
        let sides = (input.from.as_str(), input.to.as_str());
        let file = (input.folder.as_str(), input.path.as_str());
        Ok(api.engine.compare_file(&input.project, sides, file).await?.into())
    }
}
