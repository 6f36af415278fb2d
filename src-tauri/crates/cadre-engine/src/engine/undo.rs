//! Undoing file changes: one, or all of a project, newest first. An undo is recorded like what it undoes.

use cadre_agents::folder::{ExpectedTarget, FileHash, Folder, FolderError};
use cadre_agents::snapshot::{Before, SnapshotError};
use cadre_core::effect::Action;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::effect::{
    EffectRow, EffectSettled, UndoIntended, UndoRefused, effect_has_status,
};
use cadre_store::{Batch, ReadError, WriteError, value_part};
use serde_json::{Value, json};

use super::Engine;
use crate::workplace::ProjectPlace;

#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("there is no effect `{0}`")]
    Unknown(String),
    #[error("`{title}` cannot be undone: {reason}")]
    NotUndoable { title: String, reason: &'static str },
    /// Somebody changed the file since; it was left as it is.
    #[error("{0}")]
    Changed(FolderError),
    #[error("the files are put back; the branch {branch} could not be changed: {why}")]
    Branch { branch: String, why: String },
    #[error(transparent)]
    Snapshot(SnapshotError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

#[derive(Debug, Clone)]
pub struct EffectView {
    pub id: String,
    /// The step that it belongs to, with the member who carries it out.
    pub step: Option<String>,
    pub run: Option<String>,
    pub member: Option<String>,
    pub class: String,
    pub title: String,
    pub status: String,
    pub action: Action,
    pub granted_by: Option<String>,
    pub intended_at: i64,
    pub settled_at: Option<i64>,
    /// A file change that is done and not undone yet, or whose undo was begun and not ended.
    pub undoable: bool,
}

/// An effect with its exact bytes and what came of it.
#[derive(Debug, Clone)]
pub struct EffectDetail {
    pub action: Action,
    /// As it was recorded; null while it is not settled.
    pub outcome: Value,
}

impl Engine {
    /// # Errors
    /// There is no such effect, or the store failed.
    pub async fn effect(&self, effect: &str) -> Result<EffectDetail, UndoError> {
        let row = self.store().effect(effect).await?.ok_or_else(|| UndoError::Unknown(effect.to_owned()))?;
        let outcome = self.store().effect_outcome(&row).await?.unwrap_or_default();
        Ok(EffectDetail { action: self.store().effect_action(&row).await?, outcome })
    }

    /// A project's effects, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn effects(&self, project: &str) -> Result<Vec<EffectView>, ReadError> {
        let mut views = Vec::new();
        let runs = self.store().runs(project).await?;
        for row in self.store().effects(project).await? {
            let action = self.store().effect_action(&row).await?;
            let run = runs.iter().find(|run| Some(&run.id) == row.run.as_ref());
            views.push(EffectView {
                // A step that a person carries out has no run; its effects name the place of one all the same.
                step: run.map(|run| run.step.clone()).or_else(|| step_of(project, row.run.as_deref()?)),
                member: run.map(|run| run.member.clone()),
                run: row.run.clone(),
                title: self.store().effect_title(&row).await?,
                granted_by: self.store().permit_grantor(&row.permit).await?,
                undoable: matches!(row.status.as_str(), "done" | "undoing") && is_file_change(&action),
                id: row.id,
                class: row.class,
                status: row.status,
                action,
                intended_at: row.intended_at,
                settled_at: row.settled_at,
            });
        }
        Ok(views)
    }

    /// Puts back what stood there before. Refused when the file was changed since.
    ///
    /// # Errors
    /// It is no file change, was undone, the file was changed since, or the copy is missing.
    pub async fn undo(&self, effect: &str, by: &str, channel: &str) -> Result<(), UndoError> {
        let project = self.undo_file(effect, by, channel).await?;
        self.commit_undone(project.as_deref().unwrap_or_default(), effect, by).await
    }

    /// Gives the project that the file is of.
    async fn undo_file(&self, effect: &str, by: &str, channel: &str) -> Result<Option<String>, UndoError> {
        let row = self.store().effect(effect).await?.ok_or_else(|| UndoError::Unknown(effect.to_owned()))?;
        let action = self.store().effect_action(&row).await?;
        let title = self.store().effect_title(&row).await?;
        let refused = |reason| UndoError::NotUndoable { title, reason };
        if !is_file_change(&action) {
            return Err(refused("only changes of files can be taken back"));
        }
        match row.status.as_str() {
            "done" if !self.intend_undo(&row, by, channel).await? => {
                Err(refused("somebody takes it back at the same time"))
            }
            "done" | "undoing" => {
                self.put_back(&row, action).await?;
                Ok(row.project)
            }
            _ => Err(refused("it is not done, or undone already")),
        }
    }

    /// Ends what was begun when the workspace was last open. An undo that is refused now leaves its reason on record.
    pub(super) async fn resume_undos(&self) -> Result<(), ReadError> {
        for row in self.store().undoing_effects().await? {
            let action = self.store().effect_action(&row).await?;
            if let Err(error) = self.put_back(&row, action).await {
                tracing::warn!(%error, effect = row.id, "an undo that was under way could not be ended");
            }
        }
        Ok(())
    }

    /// Undoes all file changes of a project, newest first; gives how many. Stops at the first that cannot be.
    ///
    /// # Errors
    /// As for [`undo`](Self::undo).
    pub async fn undo_all(&self, project: &str, by: &str, channel: &str) -> Result<u32, UndoError> {
        let mut undone = 0;
        let effects = self.effects(project).await?;
        for effect in effects.iter().rev().filter(|effect| effect.undoable) {
            self.undo_file(&effect.id, by, channel).await?;
            undone += 1;
        }
        if let Some(oldest) = effects.iter().find(|effect| effect.undoable) {
            self.commit_undone(project, &oldest.id, by).await?;
        }
        Ok(undone)
    }

    /// Records the decision and what is about to happen; `false` when the effect no longer stands.
    async fn intend_undo(&self, row: &EffectRow, by: &str, channel: &str) -> Result<bool, UndoError> {
        let decision = self.inner.shared.host.id();
        let mut batch = Batch::new();
        batch.guard(effect_has_status(&row.id, "done"));
        batch.add(&DecisionMade {
            id: decision.clone(),
            subject: "undo".into(),
            project: row.project.clone(),
            answers: None,
            decision: "undo".into(),
            reason: None,
            action_hash: Some(row.action_hash.clone()),
            by: by.to_owned(),
            channel: channel.to_owned(),
        });
        batch.add(&UndoIntended { effect: row.id.clone(), decision });
        match self.store().write(batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Refused { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts back what stood there, and records how it went.
    pub(super) async fn put_back(&self, row: &EffectRow, action: Action) -> Result<(), UndoError> {
        let snapshots = self.inner.shared.gate.snapshots();
        let place = self.place_of(row.project.as_deref().unwrap_or_default()).await?;
        let restored =
            tokio::task::spawn_blocking(move || restore(&snapshots, &action, place.as_ref())).await;
        let restored = restored.map_err(|_| UndoError::Unknown(row.id.clone()))?;
        let mut batch = Batch::new();
        batch.guard(effect_has_status(&row.id, "undoing"));
        match &restored {
            Ok(()) => {
                let outcome = value_part(json!({ "status": "undone" }));
                batch.add(&EffectSettled { effect: row.id.clone(), status: "undone".into(), outcome });
            }
            Err(error) => {
                let why = value_part(json!(error.to_string()));
                batch.add(&UndoRefused { effect: row.id.clone(), why });
            }
        }
        match self.store().write(batch).await {
            // Two people undid it at the same time: the other has recorded it.
            Ok(_) | Err(WriteError::Refused { .. }) => restored,
            Err(error) => Err(error.into()),
        }
    }
}

/// The step in `project/step/attempt`.
fn step_of(project: &str, run: &str) -> Option<String> {
    let (step, _) = run.strip_prefix(project)?.strip_prefix('/')?.rsplit_once('/')?;
    Some(step.to_owned())
}

fn is_file_change(action: &Action) -> bool {
    matches!(action, Action::WriteFile { .. } | Action::DeleteFile { .. })
}

fn restore(
    snapshots: &cadre_agents::snapshot::SnapshotStore,
    action: &Action,
    place: Option<&ProjectPlace>,
) -> Result<(), UndoError> {
    let (folder, path, before, now) = match action {
        Action::WriteFile { folder, path, before, content_sha256, .. } => {
            (folder, path, before.as_ref(), Some(content_sha256))
        }
        Action::DeleteFile { folder, path, before, .. } => (folder, path, Some(before), None),
        Action::RunProgram { .. }
        | Action::AgentTool { .. }
        | Action::CallModel { .. }
        | Action::Git { .. } => return Ok(()),
    };
    let hash = |text: &String| text.parse::<FileHash>().ok();
    let folder = place.map_or_else(|| folder.clone(), |place| place.folder_now(folder));
    let opened = Folder::open(folder.as_ref()).map_err(UndoError::Changed)?;
    let before = match before.and_then(hash) {
        None => Before::Absent,
        // The mode is that of the file in its place: a write keeps it.
        Some(sha256) => Before::Blob { sha256, len: 0, mode: mode_of(&opened, path) },
    };
    let expected = now.and_then(hash).map_or(ExpectedTarget::Absent, ExpectedTarget::Sha256);
    let wanted = match &before {
        Before::Absent => None,
        Before::Blob { sha256, .. } => Some(*sha256),
    };
    match snapshots.restore(&opened, path, &before, expected) {
        Ok(()) => Ok(()),
        // It is as it was before: this undo had come so far when the host ended.
        Err(SnapshotError::Folder(FolderError::Changed { found, .. })) if found == wanted => Ok(()),
        Err(SnapshotError::Folder(error)) => Err(UndoError::Changed(error)),
        Err(error) => Err(UndoError::Snapshot(error)),
    }
}

fn mode_of(folder: &Folder, path: &str) -> u32 {
    folder.metadata(path).map_or(0o644, |metadata| metadata.mode & 0o777)
}
