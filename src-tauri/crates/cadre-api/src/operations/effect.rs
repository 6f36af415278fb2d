//! Effects of a project, and taking file changes back.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{ActionDto, Micros};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::project::ProjectId;
use crate::operations::system::Nothing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EffectDto {
    pub id: String,
    pub class: String,
    pub title: String,
    /// `intended`, `done`, `failed`, `unknown`, `undoing` or `undone`.
    pub status: String,
    pub action: ActionDto,
    /// What allowed it: `decision:<id>` or `policy:<rule>`.
    pub granted_by: Option<String>,
    pub undoable: bool,
    pub intended_at: Micros,
    pub settled_at: Option<Micros>,
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
            class: view.class,
            title: view.title,
            status: view.status,
            action: view.action.into(),
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
