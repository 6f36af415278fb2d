//! Backups of a workspace as folders: written while work goes on, checked, listed, and prepared to be put in place.
//!
//! A backup has the record, the agent files, the attachments and the contents of files from before their changes. It
//! has no project's folder, which is the user's own, and no key: keys lie in the vault. [`Manifest`] is written last,
//! so a folder without one is no backup.

mod files;
mod restore;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cadre_agents::folder::FileHash;
use cadre_store::{CopyError, Head, ReadError, WriteError};
use serde::{Deserialize, Serialize};

use crate::engine::DATA_FOLDER;

pub(crate) use files::make_private;
pub use restore::RestoreError;
pub(crate) use restore::{Prepared, finish, folder_for_replaced, prepare};
pub(crate) use write::write;

pub(crate) const AGENTS: &str = "agents";
pub(crate) const ATTACHMENTS: &str = "attachments";
pub(crate) const SNAPSHOTS: &str = "snapshots";
/// Where backups lie in a workspace unless somebody says otherwise.
const BACKUPS: &str = "backups";
/// Where the records lie, in Cadre's own data, that restores replaced.
const REPLACED: &str = "replaced";
const RECORD: &str = "cadre.sqlite";
const MANIFEST: &str = "backup.json";
/// Of the manifest. A newer one may say what this version cannot read.
const FORMAT: u32 = 1;

/// Where backups of a workspace lie.
pub(crate) fn folder(workspace: &Path) -> PathBuf {
    workspace.join(BACKUPS)
}

pub(crate) fn replaced_folder(workspace: &Path) -> PathBuf {
    workspace.join(DATA_FOLDER).join(REPLACED)
}

/// Where the agent files lie that a restore could not put in their place yet.
pub(crate) fn agents_to_come(workspace: &Path) -> String {
    cadre_store::decided_place(&workspace.join(DATA_FOLDER)).join(AGENTS).display().to_string()
}

/// How a backup came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// Somebody asked for it; all of it was checked.
    Backup,
    /// The record that a restore replaced, as it lay there. It may be what was wrong.
    Replaced,
}

impl BackupKind {
    pub fn name(self) -> &'static str {
        match self {
            BackupKind::Backup => "backup",
            BackupKind::Replaced => "replaced",
        }
    }
}

/// What a backup says of itself: `backup.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) kind: BackupKind,
    pub(crate) workspace: String,
    pub(crate) name: String,
    /// Unix time in microseconds.
    pub(crate) made_at: i64,
    pub(crate) by: String,
    /// The newest entry of the record, as far as it could be read.
    pub(crate) head: Option<Head>,
    /// Every file with its hash. Empty for a record that was replaced: it was moved, not read.
    pub(crate) files: Vec<BackupFile>,
    /// What was found wrong and is in it all the same.
    pub(crate) problems: Vec<String>,
}

/// One file, by its path in the backup with `/` between its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackupFile {
    pub(crate) path: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// A backup for whoever looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupView {
    pub path: PathBuf,
    pub kind: BackupKind,
    pub workspace: String,
    pub made_at: i64,
    pub by: String,
    pub head: Option<Head>,
    pub bytes: u64,
    pub files: usize,
    pub problems: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("another backup or restore is under way")]
    Busy,
    #[error("a folder for backups is named by its whole path: {}", path.display())]
    NotAbsolute { path: PathBuf },
    /// What a backup has is hidden from agents, and there it would not be.
    #[error("agents see {}, so no backup is made in {}", folder.display(), path.display())]
    SeenByAgents { path: PathBuf, folder: PathBuf },
    #[error("there is no space left for the backup in {}", path.display())]
    DiskFull { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the record does not hold, so no backup was made of it")]
    Damaged { findings: Vec<String> },
    #[error("the copy could not be made: {0}")]
    Copy(#[source] CopyError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("that the backup was made could not be recorded, so it was removed: {0}")]
    Write(#[from] WriteError),
}

impl BackupError {
    fn io(path: &Path, source: io::Error) -> BackupError {
        let path = path.to_owned();
        match files::is_full(&source) {
            true => BackupError::DiskFull { path },
            false => BackupError::Io { path, source },
        }
    }
}

impl From<CopyError> for BackupError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::DiskFull { path } => BackupError::DiskFull { path },
            CopyError::Io { path, source } => BackupError::Io { path, source },
            CopyError::Damaged { why, .. } => BackupError::Damaged { findings: vec![why] },
            error => BackupError::Copy(error),
        }
    }
}

impl Manifest {
    fn read(folder: &Path) -> io::Result<Manifest> {
        Ok(Manifest::read_with_hash(folder)?.0)
    }

    /// With the SHA-256 of the very bytes that were read.
    fn read_with_hash(folder: &Path) -> io::Result<(Manifest, String)> {
        let text = fs::read(folder.join(MANIFEST))?;
        let manifest: Manifest = serde_json::from_slice(&text)?;
        match manifest.format {
            FORMAT => Ok((manifest, FileHash::of_bytes(&text).to_string())),
            newer => Err(io::Error::new(io::ErrorKind::Unsupported, format!("its form is {newer}"))),
        }
    }

    /// Gives the SHA-256 of what was written.
    fn write(&self, folder: &Path) -> io::Result<String> {
        let (path, text) = (folder.join(MANIFEST), serde_json::to_vec_pretty(self)?);
        fs::write(&path, &text)?;
        fs::File::open(&path)?.sync_all()?;
        Ok(FileHash::of_bytes(&text).to_string())
    }

    fn view(self, path: PathBuf) -> BackupView {
        let record = fs::metadata(path.join(RECORD)).map_or(0, |metadata| metadata.len());
        let bytes = match self.kind {
            BackupKind::Backup => self.files.iter().map(|file| file.bytes).sum(),
            BackupKind::Replaced => record,
        };
        BackupView {
            kind: self.kind,
            workspace: self.workspace,
            made_at: self.made_at,
            by: self.by,
            head: self.head,
            bytes,
            files: self.files.len(),
            problems: self.problems,
            path,
        }
    }
}

/// The backups that lie in a workspace and the records that restores replaced, newest first; and which of the folders
/// could not be read. What is no backup is not among them.
pub(crate) fn list(workspace: &Path) -> (Vec<BackupView>, Vec<(PathBuf, io::Error)>) {
    let (mut backups, mut unread) = (Vec::new(), Vec::new());
    for folder in [folder(workspace), replaced_folder(workspace)] {
        match list_in(&folder) {
            Ok(mut found) => backups.append(&mut found),
            Err(error) => unread.push((folder, error)),
        }
    }
    backups.sort_by(|one, other| (other.made_at, &other.path).cmp(&(one.made_at, &one.path)));
    (backups, unread)
}

fn list_in(folder: &Path) -> io::Result<Vec<BackupView>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut backups = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_part = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_part {
            continue;
        }
        match Manifest::read(&path) {
            Ok(manifest) => backups.push(manifest.view(path)),
            Err(error) => tracing::debug!(path = %path.display(), %error, "a folder among backups is none"),
        }
    }
    Ok(backups)
}
