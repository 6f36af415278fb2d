//! Backups of the open workspace, and the restore that is put in place when it is opened the next time.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cadre_agents::worktree::find_repository;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::{
    Batch, ClosedWorkspace, Comparison, RestoreOrder, RestoreProblem, Store, decided_restore, value_part,
};
use serde_json::json;

use super::inbox::NOBODY;
use super::{DATA_FOLDER, Engine, HOMES_FOLDER, PROJECTS_FOLDER, name_of};
use crate::answers::EXPIRED;
use crate::backup::{self, BackupError, BackupView, RestoreError};
use crate::clock::Host;

/// What there is to go back to, and what was decided.
#[derive(Debug)]
pub struct BackupsView {
    /// Where backups lie unless somebody says otherwise.
    pub folder: PathBuf,
    /// Newest first.
    pub backups: Vec<BackupView>,
    /// Put in place when the workspace is opened the next time.
    pub decided: Option<RestoreOrder>,
    /// Put in place when the workspace was opened.
    pub restored: Option<RestoreOrder>,
    pub problems: Vec<BackupsProblem>,
}

/// What is wrong, and keeps nobody from the rest.
#[derive(Debug, thiserror::Error)]
pub enum BackupsProblem {
    /// A restore that was decided, or looked so, is not done when it should be.
    #[error("{0}")]
    NotDone(String),
    /// Backups may lie there.
    #[error("{}: {source}", path.display())]
    Unread { path: PathBuf, source: std::io::Error },
}

/// Who has a backup put in place, and how that reached the host.
#[derive(Debug, Clone)]
pub struct RestoreDecision {
    pub backup: PathBuf,
    pub by: String,
    pub channel: String,
}

impl Engine {
    /// Writes a backup while work goes on, and checks it: below `to`, or where backups of this workspace lie.
    ///
    /// # Errors
    /// Agents see what lies in `to`, the disk is full or fails, or the record does not hold. Then there is no backup, and
    /// the workspace is as before.
    pub async fn back_up(&self, to: Option<&Path>, by: &str) -> Result<BackupView, BackupError> {
        let _one_at_a_time = self.inner.backups.try_lock().map_err(|_| BackupError::Busy)?;
        let workspace = self.workspace();
        let to = match to {
            None => backup::folder(workspace), // hidden from everybody
            Some(to) => self.unseen(to).await?,
        };
        backup::write(self.store(), workspace, &to, by, self.inner.shared.host.now()).await
    }

    /// The place without links, if no agent sees what lies there.
    async fn unseen(&self, to: &Path) -> Result<PathBuf, BackupError> {
        let real = without_links(to).ok_or_else(|| BackupError::NotAbsolute { path: to.to_owned() })?;
        let workspace = self.workspace();
        let homes = workspace.join(HOMES_FOLDER);
        let hidden = &self.inner.shared.gate.confinement().hidden;
        // A home is hidden from all but one.
        if !real.starts_with(&homes) && hidden.iter().any(|hidden| real.starts_with(hidden)) {
            return Ok(real);
        }
        let given: BTreeSet<String> =
            self.requests(u32::MAX).await?.into_iter().filter_map(|request| request.folder).collect();
        let given = given.into_iter().map(PathBuf::from).flat_map(|folder| {
            // A worktree's steps look at its repository too.
            let repository = find_repository(&folder).ok().flatten();
            [folder].into_iter().chain(repository.map(|repository| repository.common_dir))
        });
        match [homes, workspace.join(PROJECTS_FOLDER)]
            .into_iter()
            .chain(given)
            .find(|it| real.starts_with(it))
        {
            Some(folder) => Err(BackupError::SeenByAgents { path: to.to_owned(), folder }),
            None => Ok(real),
        }
    }

    pub fn backups(&self) -> BackupsView {
        let (backups, unread) = backup::list(self.workspace());
        let unread = unread.into_iter().map(|(path, source)| BackupsProblem::Unread { path, source });
        let mut problems: Vec<_> = unread.collect();
        let decided = self.store().decided_restore().unwrap_or_else(|error| {
            let why = format!(
                "what looks like a decided restore is none, and the next start sets it aside: {error}"
            );
            problems.push(BackupsProblem::NotDone(why));
            None
        });
        // What the last start said of a decision is over with it.
        let problem = self.inner.restore_problem.as_ref();
        let is_open = |it: &&RestoreProblem| it.decision.as_ref() == decided.as_ref().map(|it| &it.decision);
        problems.extend(problem.filter(is_open).map(|it| BackupsProblem::NotDone(it.why.clone())));
        let restored = self.store().restored().map(|restored| restored.order.clone());
        BackupsView { folder: backup::folder(self.workspace()), backups, decided, restored, problems }
    }

    /// Checks a backup, in itself and against the record, and has it put in place when the workspace is opened the
    /// next time. Until then all goes on as it is, and it can be taken back.
    ///
    /// # Errors
    /// The backup does not hold, is newer, of another workspace or of another record, or the disk is full. Then
    /// nothing is decided.
    pub async fn restore(&self, decision: &RestoreDecision) -> Result<RestoreOrder, RestoreError> {
        let _one_at_a_time = self.inner.backups.try_lock().map_err(|_| RestoreError::Busy)?;
        let (workspace, host, store) = (self.workspace(), &self.inner.shared.host, self.store());
        let prepared = backup::prepare(workspace, &decision.backup, Some(store.workspace_id())).await?;
        let compared = store.compare(&prepared.candidate()).await;
        let order = order(workspace, decision, &prepared, compared_with(decision, compared)?, host);
        // Whoever reads the record that is replaced sees why it ends there.
        let mut batch = Batch::new();
        batch.add(&order.decision_made());
        store.write(batch).await?;
        if let Err(source) = store.decide_restore(prepared.restore, &order) {
            close_undone(store, host).await?;
            return Err(RestoreError::io(workspace, source));
        }
        Ok(order)
    }

    /// Takes back a restore that is not in place yet.
    ///
    /// # Errors
    /// None is decided, or the disk failed.
    pub async fn take_back_restore(&self, by: &str, channel: &str) -> Result<(), RestoreError> {
        let _one_at_a_time = self.inner.backups.try_lock().map_err(|_| RestoreError::Busy)?;
        let data = self.data_folder();
        let failed = |source| RestoreError::io(&data, source);
        let order = decided_restore(&data).map_err(failed)?.ok_or(RestoreError::NoneDecided)?;
        self.store().clear_restore().map_err(failed)?;
        let mut batch = Batch::new();
        batch.add(&DecisionMade {
            id: self.inner.shared.host.id(),
            decision: "deny".into(),
            by: by.to_owned(),
            channel: channel.to_owned(),
            ..order.decision_made()
        });
        self.store().write(batch).await?;
        Ok(())
    }

    fn data_folder(&self) -> PathBuf {
        self.workspace().join(DATA_FOLDER)
    }
}

/// Ends the restore that opening put in place, and closes one that was decided and came to nothing. What of it could
/// not be done keeps nobody out: it is said, and the next opening tries again.
pub(super) async fn settle_restore(
    store: &Store,
    workspace: &Path,
    host: &Arc<dyn Host>,
) -> Result<Option<RestoreProblem>, RestoreError> {
    if let Some(restored) = store.restored() {
        let ended = backup::finish(workspace, restored, store, &name_of(workspace));
        return Ok(ended.err().map(|error| {
            tracing::warn!(%error, "a restore is in place, and not all of it");
            let rest = backup::agents_to_come(workspace);
            let why =
                format!("the record is that of the backup, and its agent files still lie in {rest}: {error}");
            RestoreProblem { decision: None, why }
        }));
    }
    let problem = store.restore_problem().cloned();
    if problem.as_ref().is_some_and(|problem| problem.decision.is_some()) {
        return Ok(problem);
    }
    let lapsed = close_undone(store, host).await?.then(|| RestoreProblem {
        decision: None,
        why: "a restore was decided, and Cadre ended before it was ready; the record is as it was".into(),
    });
    Ok(problem.or(lapsed))
}

/// A decision without its deed: whoever reads the record must not take it for done. Says whether there was one.
async fn close_undone(store: &Store, host: &Arc<dyn Host>) -> Result<bool, RestoreError> {
    let Some(made) = store.undone_restore().await? else { return Ok(false) };
    let mut batch = Batch::new();
    batch.add(&DecisionMade {
        id: host.id(),
        subject: made.subject,
        project: None,
        answers: None,
        decision: EXPIRED.into(),
        reason: Some(value_part(json!("It was decided and not put in place."))),
        action_hash: made.action_hash,
        by: NOBODY.into(),
        channel: "start".into(),
    });
    store.write(batch).await?;
    Ok(true)
}

fn compared_with(
    decision: &RestoreDecision,
    compared: Result<Option<Comparison>, cadre_store::CopyError>,
) -> Result<Comparison, RestoreError> {
    let compared = compared.map_err(|error| RestoreError::copy(&decision.backup, error))?;
    compared.ok_or_else(|| RestoreError::OtherRecord { path: decision.backup.clone() })
}

/// Checks a backup and has it put in place of a workspace that nobody has open, also of one that cannot be opened. The
/// next opening does it.
///
/// # Errors
/// A host has the workspace open; otherwise as for [`Engine::restore`].
pub async fn restore_closed(
    workspace: &Path,
    state: Option<&Path>,
    decision: &RestoreDecision,
    host: &Arc<dyn Host>,
) -> Result<RestoreOrder, RestoreError> {
    let failed = |source| RestoreError::io(workspace, source);
    std::fs::create_dir_all(workspace).map_err(failed)?;
    let workspace = workspace.canonicalize().map_err(failed)?;
    let closed = ClosedWorkspace::hold(&workspace.join(DATA_FOLDER), state.map(heads_in))?;
    let prepared = backup::prepare(&workspace, &decision.backup, closed.workspace()).await?;
    let compared = closed.compare(&prepared.candidate()).await;
    let order = order(&workspace, decision, &prepared, compared_with(decision, compared)?, host);
    closed.decide(prepared.restore, &order).map_err(failed)?;
    Ok(order)
}

/// Takes back a restore that is decided and not in place, where nobody has the workspace open.
///
/// # Errors
/// A host has the workspace open, none is decided, or the disk failed.
pub fn take_back_closed(workspace: &Path, state: Option<&Path>) -> Result<(), RestoreError> {
    let failed = |source| RestoreError::io(workspace, source);
    let data = workspace.canonicalize().map_err(failed)?.join(DATA_FOLDER);
    match ClosedWorkspace::hold(&data, state.map(heads_in))?.take_back_restore().map_err(failed)? {
        true => Ok(()),
        false => Err(RestoreError::NoneDecided),
    }
}

/// The whole path, also of what is not there yet; `None` where it is not told by the path alone.
fn without_links(path: &Path) -> Option<PathBuf> {
    let (there, real) = path
        .is_absolute()
        .then(|| path.ancestors().find_map(|there| Some((there, there.canonicalize().ok()?))))
        .flatten()?;
    let rest = path.strip_prefix(there).ok()?;
    let is_plain = rest.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| real.components().chain(rest.components()).collect())
}

/// Where heads are kept outside workspaces.
pub(super) fn heads_in(state: &Path) -> PathBuf {
    state.join("heads")
}

fn order(
    workspace: &Path,
    decision: &RestoreDecision,
    prepared: &backup::Prepared,
    compared: Comparison,
    host: &Arc<dyn Host>,
) -> RestoreOrder {
    let now = host.now();
    RestoreOrder {
        decision: host.id(),
        workspace: prepared.workspace.clone(),
        by: decision.by.clone(),
        channel: decision.channel.clone(),
        decided_at: now,
        from: decision.backup.to_string_lossy().into_owned(),
        made_at: prepared.made_at,
        backup: prepared.head,
        copy: prepared.copy,
        compared,
        kept: backup::folder_for_replaced(workspace, now),
    }
}
