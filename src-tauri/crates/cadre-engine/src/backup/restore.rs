//! Preparing a backup to be put in the place of a workspace, and ending that once it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cadre_graph::Hash;
use cadre_store::{
    Candidate, CopyError, Head, OpenError, PreparedRestore, ReadError, Restored, Store, WriteError,
    check_copy, decided_place, decided_restore, hash_of_copy, upgrade_copy,
};

use super::files::{copy, copy_tree, hash_of, is_full, make_private, place_of, sync};
use super::write::{Ended, blocking, free_name};
use super::{
    AGENTS, ATTACHMENTS, BackupFile, BackupKind, FORMAT, MANIFEST, Manifest, RECORD, REPLACED, SNAPSHOTS,
    replaced_folder,
};
use crate::engine::DATA_FOLDER;

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("another backup or restore is under way")]
    Busy,
    #[error(
        "a restore is decided already: {from} is put in place when the workspace is opened the next time"
    )]
    Decided { from: String },
    #[error("no restore is decided that could be taken back")]
    NoneDecided,
    #[error("{} is no backup: {why}", path.display())]
    NotABackup { path: PathBuf, why: String },
    #[error("the backup {} does not hold", path.display())]
    Damaged { path: PathBuf, findings: Vec<String> },
    #[error("the backup is of workspace {backup}, and here lies {here}")]
    OtherWorkspace { backup: String, here: String },
    #[error(
        "the backup {} is of another record than the one that lies here, though it bears the same name",
        path.display()
    )]
    OtherRecord { path: PathBuf },
    #[error("the backup was written by a newer Cadre: schema {found}, this one knows {known}")]
    Newer { found: i64, known: i64 },
    #[error("there is no space left in {}", path.display())]
    DiskFull { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the copy could not be made: {0}")]
    Copy(#[source] CopyError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl RestoreError {
    pub(crate) fn io(path: &Path, source: io::Error) -> RestoreError {
        let path = path.to_owned();
        match is_full(&source) {
            true => RestoreError::DiskFull { path },
            false => RestoreError::Io { path, source },
        }
    }

    pub(crate) fn copy(backup: &Path, error: CopyError) -> RestoreError {
        match error {
            CopyError::DiskFull { path } => RestoreError::DiskFull { path },
            CopyError::Io { path, source } => RestoreError::Io { path, source },
            CopyError::NewerSchema { found, known } => RestoreError::Newer { found, known },
            CopyError::Damaged { why, .. } => damaged(backup, vec![why]),
            error => RestoreError::Copy(error),
        }
    }
}

impl From<Ended> for RestoreError {
    fn from(_: Ended) -> Self {
        RestoreError::io(&PathBuf::new(), io::ErrorKind::Interrupted.into())
    }
}

fn damaged(backup: &Path, findings: Vec<String>) -> RestoreError {
    RestoreError::Damaged { path: backup.to_owned(), findings }
}

/// A backup that was copied, brought up to this version and checked, and waits for the word.
pub(crate) struct Prepared {
    pub(crate) restore: PreparedRestore,
    pub(crate) workspace: String,
    pub(crate) made_at: i64,
    pub(crate) head: Head,
    /// SHA-256 of the copy.
    pub(crate) copy: Hash,
    manifest: Option<String>,
}

impl Prepared {
    /// As the workspace compares it with what lies there.
    pub(crate) fn candidate(&self) -> Candidate {
        Candidate {
            file: self.restore.file(),
            workspace: self.workspace.clone(),
            head: self.head,
            manifest: self.manifest.clone(),
        }
    }
}

/// Copies a backup beside the record of a workspace. The workspace stays as it is: contents of files are only added.
pub(crate) async fn prepare(
    workspace: &Path,
    backup: &Path,
    here: Option<&str>,
) -> Result<Prepared, RestoreError> {
    let data = workspace.join(DATA_FOLDER);
    if let Some(order) = decided_restore(&data).map_err(|source| RestoreError::io(&data, source))? {
        return Err(RestoreError::Decided { from: order.from });
    }
    let Read { manifest, hash, made_at } = read(backup)?;
    if let Some(manifest) = &manifest {
        is_ours(&manifest.workspace, here)?;
    }
    let restore = PreparedRestore::begin(&data).map_err(|source| RestoreError::io(&data, source))?;
    let (from, into, place) = (backup.to_owned(), workspace.to_owned(), restore.place());
    blocking(move || match manifest {
        Some(manifest) if manifest.kind == BackupKind::Backup => {
            copy_named(&from, &manifest.files, &into, &place)
        }
        Some(_) => copy_replaced(&from, &place),
        None => copy_record(&from, &place),
    })
    .await?;
    let failed = |error| RestoreError::copy(backup, error);
    upgrade_copy(&restore.file()).await.map_err(failed)?;
    let file = restore.file();
    let hashed =
        blocking(move || hash_of_copy(&file).map_err(|source| RestoreError::io(&file, source))).await?;
    let checked = check_copy(&restore.file()).await.map_err(failed)?;
    if !checked.findings.is_empty() {
        return Err(damaged(backup, checked.findings.iter().map(ToString::to_string).collect()));
    }
    is_ours(&checked.workspace, here)?;
    Ok(Prepared {
        restore,
        workspace: checked.workspace,
        made_at,
        head: checked.head,
        copy: hashed,
        manifest: hash,
    })
}

/// A backup's folder with its manifest and the hash of that, or a record's file alone; and when it was made.
struct Read {
    manifest: Option<Manifest>,
    hash: Option<String>,
    made_at: i64,
}

fn read(backup: &Path) -> Result<Read, RestoreError> {
    let no_backup = |why: String| RestoreError::NotABackup { path: backup.to_owned(), why };
    let metadata = fs::metadata(backup).map_err(|error| no_backup(error.to_string()))?;
    if metadata.is_file() {
        let since = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let made_at = since.and_then(|since| i64::try_from(since.as_micros()).ok());
        return Ok(Read { manifest: None, hash: None, made_at: made_at.unwrap_or(0) });
    }
    match Manifest::read_with_hash(backup) {
        Ok((manifest, hash)) => {
            let made_at = manifest.made_at;
            Ok(Read { manifest: Some(manifest), hash: Some(hash), made_at })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(no_backup(format!("it has no {MANIFEST}")))
        }
        Err(error) => Err(damaged(backup, vec![format!("{MANIFEST}: {error}")])),
    }
}

/// A backup goes back to where it was made, or into a folder that never had a workspace.
fn is_ours(backup: &str, here: Option<&str>) -> Result<(), RestoreError> {
    match here {
        Some(here) if here != backup => {
            Err(RestoreError::OtherWorkspace { backup: backup.to_owned(), here: here.to_owned() })
        }
        _ => Ok(()),
    }
}

fn copy_named(
    backup: &Path,
    files: &[BackupFile],
    workspace: &Path,
    place: &Path,
) -> Result<(), RestoreError> {
    make_private(&place.join(AGENTS)).map_err(|source| RestoreError::io(place, source))?;
    for file in files {
        let relative = place_of(&file.path)
            .ok_or_else(|| damaged(backup, vec![format!("{} is no place in a backup", file.path)]))?;
        let from = backup.join(&relative);
        let is_content = relative.starts_with(SNAPSHOTS) || relative.starts_with(ATTACHMENTS);
        let same = match is_content {
            true => add_content(&from, file, workspace, &relative),
            false => copy(&from, &place.join(&relative)).map(|found| is_same(file, found)),
        };
        match same {
            Ok(true) => {}
            Ok(false) => return Err(damaged(backup, vec![format!("{} was changed", file.path)])),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(backup, vec![format!("{} is missing", file.path)]));
            }
            Err(source) => return Err(RestoreError::io(&from, source)),
        }
    }
    Ok(())
}

/// Contents are named by their hash and never change, so what is there stays, and what is missing is added. More than
/// the record refers to does no harm.
fn add_content(from: &Path, file: &BackupFile, workspace: &Path, relative: &Path) -> io::Result<bool> {
    let root = match relative.starts_with(SNAPSHOTS) {
        true => workspace.join(DATA_FOLDER),
        false => workspace.to_owned(),
    };
    let to = root.join(relative);
    if to.is_file() && is_same(file, hash_of(&to)?) {
        return hash_of(from).map(|found| is_same(file, found));
    }
    let folder = to.parent().unwrap_or(&root);
    make_private(folder)?;
    // Under its name only once it is whole.
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut fs::File::open(from)?, &mut part)?;
    part.as_file().sync_all()?;
    if !is_same(file, hash_of(part.path())?) {
        return Ok(false);
    }
    part.persist(&to).map_err(|error| error.error)?;
    sync(folder)?;
    Ok(true)
}

fn is_same(file: &BackupFile, (sha256, bytes): (cadre_agents::folder::FileHash, u64)) -> bool {
    file.bytes == bytes && file.sha256 == sha256.to_string()
}

/// A record lies as its host left it, maybe with a log beside it: what is in the log alone is part of it.
fn copy_record(file: &Path, place: &Path) -> Result<(), RestoreError> {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    let wal = PathBuf::from(wal);
    copy(file, &place.join(RECORD)).map_err(|source| RestoreError::io(file, source))?;
    match copy(&wal, &place.join(format!("{RECORD}-wal"))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RestoreError::io(&wal, error)),
        _ => Ok(()),
    }
}

fn copy_replaced(backup: &Path, place: &Path) -> Result<(), RestoreError> {
    copy_record(&backup.join(RECORD), place)?;
    let agents = backup.join(AGENTS);
    if agents.is_dir() {
        copy_tree(&agents, AGENTS, place).map_err(|source| RestoreError::io(&agents, source))?;
    }
    Ok(())
}

/// Where the record goes that is replaced, seen from Cadre's own data: on the same disk, so that it is moved in one
/// step. The folder of backups may be on another.
pub(crate) fn folder_for_replaced(workspace: &Path, now: i64) -> String {
    let name = free_name(&replaced_folder(workspace), now, "");
    format!("{REPLACED}/{name}")
}

/// Ends a restore whose record is in place: what was replaced is listed, and the agent files follow. Again, if it was
/// interrupted or could not be done.
pub(crate) fn finish(
    workspace: &Path,
    restored: &Restored,
    store: &Store,
    name: &str,
) -> Result<(), RestoreError> {
    let data = workspace.join(DATA_FOLDER);
    let kept = data.join(&restored.order.kept);
    if kept.join(RECORD).exists() {
        let manifest = Manifest {
            format: FORMAT,
            kind: BackupKind::Replaced,
            workspace: store.workspace_id().to_owned(),
            name: name.to_owned(),
            made_at: restored.order.decided_at,
            by: restored.order.by.clone(),
            head: restored.replaced,
            files: Vec::new(),
            problems: Vec::new(),
        };
        manifest.write(&kept).map_err(|source| RestoreError::io(&kept, source))?;
    }
    exchange_agents(workspace, &decided_place(&data).join(AGENTS), &kept)?;
    // Nothing was replaced: the folder had no workspace. One that is not empty stays.
    let _ = fs::remove_dir(&kept);
    store.clear_restore().map_err(|source| RestoreError::io(&data, source))
}

/// The agent files of the backup take the place of those that are there, or those stay.
fn exchange_agents(workspace: &Path, new: &Path, kept: &Path) -> Result<(), RestoreError> {
    if !new.exists() {
        return Ok(());
    }
    let (agents, aside) = (workspace.join(AGENTS), kept.join(AGENTS));
    if fs::symlink_metadata(&agents).is_ok() {
        fs::rename(&agents, &aside).map_err(|source| RestoreError::io(&aside, source))?;
    }
    if let Err(source) = fs::rename(new, &agents) {
        if let Err(error) = fs::rename(&aside, &agents) {
            tracing::warn!(%error, "the agent files from before a restore stay in {}", aside.display());
        }
        return Err(RestoreError::io(&agents, source));
    }
    sync(workspace).map_err(|source| RestoreError::io(workspace, source))
}
