//! Effects of a project, and taking file changes back.

use cadre_core::effect::Action;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{ActionDto, DiffDto, Micros};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::project::ProjectId;
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EffectDto {
    pub id: String,
    pub step: Option<String>,
    pub run: Option<String>,
    pub member: Option<String>,
    pub class: String,
    pub title: String,
    /// `intended`, `done`, `failed`, `unknown`, `undoing` or `undone`.
    pub status: String,
    /// The file that it changes, if it does.
    pub file: Option<FileDto>,
    /// What allowed it: `decision:<id>` or `policy:<rule>`.
    pub granted_by: Option<String>,
    pub undoable: bool,
    pub intended_at: Micros,
    pub settled_at: Option<Micros>,
}

/// A changed file, without its content: see `effect.diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileDto {
    pub folder: String,
    /// Relative to it.
    pub path: String,
    /// `new`, `changed` or `deleted`.
    pub change: String,
}

fn file(action: Action) -> Option<FileDto> {
    let (folder, path, change) = match action {
        Action::WriteFile { folder, path, before: None, .. } => (folder, path, "new"),
        Action::WriteFile { folder, path, .. } => (folder, path, "changed"),
        Action::DeleteFile { folder, path, .. } => (folder, path, "deleted"),
        Action::RunProgram { .. }
        | Action::CallModel { .. }
        | Action::AgentTool { .. }
        | Action::Git { .. } => return None,
    };
    Some(FileDto { folder, path, change: change.into() })
}

/// Oldest first.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "effect.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = ProjectId;
    type Output = Vec<EffectDto>;

    async fn run(api: &Api, _caller: &Caller, input: ProjectId) -> Result<Vec<EffectDto>, ApiError> {
        let effects = api.engine.effects(&input.project).await?.into_iter().map(|view| EffectDto {
            id: view.id,
            step: view.step,
            run: view.run,
            member: view.member,
            class: view.class,
            title: view.title,
            status: view.status,
            file: file(view.action),
            granted_by: view.granted_by,
            undoable: view.undoable,
            intended_at: Micros(view.intended_at),
            settled_at: view.settled_at.map(Micros),
        });
        Ok(effects.collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct EffectId {
    pub effect: String,
}

/// What an effect changed, line by line; empty if it was about no file.
pub struct Diff;

impl Operation for Diff {
    const NAME: &'static str = "effect.diff";
    const KIND: OperationKind = OperationKind::Query;
    // What an effect was does not change.
    const TAGS: &'static [Tag] = &[];
    type Input = EffectId;
    type Output = Vec<DiffDto>;

    async fn run(api: &Api, _caller: &Caller, input: EffectId) -> Result<Vec<DiffDto>, ApiError> {
        Ok(api.engine.effect_changes(&input.effect).await?.into_iter().map(Into::into).collect())
    }
}

/// An effect with the exact bytes that were approved.
pub struct Get;

impl Operation for Get {
    const NAME: &'static str = "effect.get";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    type Input = EffectId;
    type Output = EffectDetailDto;

    async fn run(api: &Api, _caller: &Caller, input: EffectId) -> Result<EffectDetailDto, ApiError> {
        let detail = api.engine.effect(&input.effect).await?;
        let said = |field: &str| detail.outcome[field].as_str().map(str::to_owned);
        let result = &detail.outcome["result"];
        Ok(EffectDetailDto {
            code: result["code"].as_i64().and_then(|code| i32::try_from(code).ok()),
            stdout: result["stdout"].as_str().map(str::to_owned),
            stderr: result["stderr"].as_str().map(str::to_owned),
            containment: result["containment"].as_str().map(str::to_owned),
            said: said("message").or_else(|| said("why")),
            action: detail.action.into(),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EffectDetailDto {
    pub action: ActionDto,
    /// Why it failed, or is unknown.
    pub said: Option<String>,
    /// Of a program that ran: its exit code, what it printed, how it was confined.
    pub code: Option<i32>,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub containment: Option<String>,
}

/// Puts back what stood there before the effect.
pub struct Undo;

impl Operation for Undo {
    const NAME: &'static str = "effect.undo";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    const DECIDES: bool = true;
    type Input = EffectId;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: EffectId) -> Result<Nothing, ApiError> {
        api.engine.undo(&input.effect, &caller.person, caller.channel.name()).await?;
        Ok(Nothing {})
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct UndoneCount {
    pub undone: u32,
}

/// Undoes every file change of a project, newest first.
pub struct UndoAll;

impl Operation for UndoAll {
    const NAME: &'static str = "effect.undo_all";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Projects];
    const DECIDES: bool = true;
    type Input = ProjectId;
    type Output = UndoneCount;

    async fn run(api: &Api, caller: &Caller, input: ProjectId) -> Result<UndoneCount, ApiError> {
        let undone = api.engine.undo_all(&input.project, &caller.person, caller.channel.name()).await?;
        Ok(UndoneCount { undone })
    }
}
