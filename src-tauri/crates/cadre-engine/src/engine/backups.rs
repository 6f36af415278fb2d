//! Backups of the open workspace, and the restore that is put in place when it is opened the next time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::{Batch, ClosedWorkspace, RestoreOrder, clear_restore, decided_restore};

use super::{DATA_FOLDER, Engine};
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
    /// The disk is full or fails, or the record does not hold. Then there is no backup, and the workspace is as before.
    pub async fn back_up(&self, to: Option<&Path>, by: &str) -> Result<BackupView, BackupError> {
        let _one_at_a_time = self.inner.backups.try_lock().map_err(|_| BackupError::Busy)?;
        let workspace = self.workspace();
        let to = to.map_or_else(|| backup::folder(workspace), Path::to_owned);
        if !to.is_absolute() {
            return Err(BackupError::NotAbsolute { path: to });
        }
        backup::write(self.store(), workspace, &to, by, self.inner.shared.host.now()).await
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
