//! Backups of the open workspace, and the restore that is put in place when it is opened the next time.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cadre_agents::worktree::find_repository;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::{Batch, ClosedWorkspace, RestoreOrder, clear_restore, decided_restore};

use super::{DATA_FOLDER, Engine, HOMES_FOLDER, PROJECTS_FOLDER};
use crate::backup::{self, BackupError, BackupView, RestoreError};
use crate::clock::Host;

/// What there is to go back to, and what was decided.
#[derive(Debug, Clone)]
pub struct BackupsView {
    /// Where backups lie unless somebody says otherwise.
    pub folder: PathBuf,
    /// Newest first.
    pub backups: Vec<BackupView>,
    /// Put in place when the workspace is opened the next time.
    pub decided: Option<RestoreOrder>,
    /// Why it was not put in place when the workspace was opened.
    pub problem: Option<String>,
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

    /// # Errors
    /// The folder of backups cannot be read.
    pub fn backups(&self) -> Result<BackupsView, RestoreError> {
        let folder = backup::folder(self.workspace());
        let data = self.data_folder();
        let backups = backup::list(self.workspace()).map_err(|source| RestoreError::io(&folder, source))?;
        let decided = decided_restore(&data).map_err(|source| RestoreError::io(&data, source))?;
        let problem = self.store().restore_problem().filter(|_| decided.is_some()).map(str::to_owned);
        Ok(BackupsView { folder, backups, decided, problem })
    }

    /// Checks a backup and has it put in place when the workspace is opened the next time. Until then all goes on as
    /// it is, and it can be taken back.
    ///
    /// # Errors
    /// The backup does not hold, is newer or of another workspace, or the disk is full. Then nothing is decided.
    pub async fn restore(&self, decision: &RestoreDecision) -> Result<RestoreOrder, RestoreError> {
        let _one_at_a_time = self.inner.backups.try_lock().map_err(|_| RestoreError::Busy)?;
        let (workspace, host) = (self.workspace(), &self.inner.shared.host);
        let prepared =
            backup::prepare(workspace, &decision.backup, Some(self.store().workspace_id())).await?;
        let order = order(workspace, decision, &prepared, host);
        // Whoever reads the record that is replaced sees why it ends there.
        let mut batch = Batch::new();
        batch.add(&order.decision_made());
        self.store().write(batch).await?;
        prepared.restore.decide(&order).map_err(|source| RestoreError::io(workspace, source))?;
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
        clear_restore(&data).map_err(failed)?;
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

/// Checks a backup and has it put in place of a workspace that nobody has open, also of one that cannot be opened. The
/// next opening does it.
///
/// # Errors
/// A host has the workspace open; otherwise as for [`Engine::restore`].
pub async fn restore_closed(
    workspace: &Path,
    decision: &RestoreDecision,
    host: &Arc<dyn Host>,
) -> Result<RestoreOrder, RestoreError> {
    let failed = |source| RestoreError::io(workspace, source);
    std::fs::create_dir_all(workspace).map_err(failed)?;
    let workspace = workspace.canonicalize().map_err(failed)?;
    let closed = ClosedWorkspace::hold(&workspace.join(DATA_FOLDER))?;
    let prepared = backup::prepare(&workspace, &decision.backup, closed.workspace()).await?;
    let order = order(&workspace, decision, &prepared, host);
    prepared.restore.decide(&order).map_err(failed)?;
    Ok(order)
}

/// Takes back a restore that is decided and not in place, where nobody has the workspace open.
///
/// # Errors
/// A host has the workspace open, none is decided, or the disk failed.
pub fn take_back_closed(workspace: &Path) -> Result<(), RestoreError> {
    let failed = |source| RestoreError::io(workspace, source);
    let data = workspace.canonicalize().map_err(failed)?.join(DATA_FOLDER);
    match ClosedWorkspace::hold(&data)?.take_back_restore().map_err(failed)? {
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

fn order(
    workspace: &Path,
    decision: &RestoreDecision,
    prepared: &backup::Prepared,
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
        kept: backup::folder_for_replaced(workspace, now),
    }
}
