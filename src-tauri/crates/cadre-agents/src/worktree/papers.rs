//! Working papers between worktrees: handed out to a parallel step's own, and taken in again when it is merged.
//!
//! They are never committed, so git does not carry them. What was handed out is noted beside the worktree's entry:
//! taken in is only what the step changed, or an old copy would undo what another step wrote meanwhile.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::GitError;
use crate::folder::{EntryKind, ExpectedTarget, FileHash, Folder, FolderError, WalkOptions};

/// In the worktree's entry in the repository, which goes with it.
const NOTE: &str = "cadre-papers";

/// A paper larger than this is none.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(super) fn hand_out(from: &Path, to: &Path, within: &Path, entry: &Path) -> Result<(), GitError> {
    let (from, to) = (Folder::open(from)?, Folder::open(to)?);
    let mut handed = BTreeMap::new();
    for path in papers(&from, within)? {
        let hash = copy(&from, &to, &path)?;
        handed.insert(path.to_string_lossy().into_owned(), hash.to_string());
    }
    let note = serde_json::to_vec(&handed).map_err(|error| GitError::io(entry, error.into()))?;
    Folder::open(entry)?.write_atomic(NOTE, &note, ExpectedTarget::Any)?;
    Ok(())
}

pub(super) fn take_in(from: &Path, to: &Path, within: &Path, entry: &Path) -> Result<(), GitError> {
    let note = match std::fs::read(entry.join(NOTE)) {
        Ok(note) => note,
        Err(error) if error.kind() == io::ErrorKind::NotFound => b"{}".to_vec(),
        Err(error) => return Err(GitError::io(entry, error)),
    };
    let handed: BTreeMap<String, String> = serde_json::from_slice(&note).unwrap_or_default();
    let from = match Folder::open(from) {
        Ok(folder) => folder,
        Err(FolderError::NotFound { .. }) => return Ok(()), // taken away by an attempt before this one
        Err(error) => return Err(error.into()),
    };
    let to = Folder::open(to)?;
    for path in papers(&from, within)? {
        let now = from.hash(&path)?.to_string();
        if handed.get(path.to_string_lossy().as_ref()) != Some(&now) {
            copy(&from, &to, &path)?;
        }
    }
    Ok(())
}

/// Links and devices among them are nobody's paper and stay where they are.
fn papers(folder: &Folder, within: &Path) -> Result<Vec<PathBuf>, GitError> {
    let mut found = Vec::new();
    let options =
        WalkOptions { start: within.to_owned(), ignore_rules: false, hidden: true, ..WalkOptions::default() };
    match folder.metadata(within) {
        Ok(metadata) if metadata.kind == EntryKind::Directory => {}
        Ok(_) | Err(FolderError::NotFound { .. }) => return Ok(found),
        Err(error) => return Err(error.into()),
    }
    folder.walk(&options, |entry| {
        if entry.kind == EntryKind::File {
            found.push(entry.path.clone());
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn copy(from: &Folder, to: &Folder, path: &Path) -> Result<FileHash, GitError> {
    let bytes = from.read(path, LARGEST)?;
    if let Some(parent) = path.parent() {
        to.create_dir_all(parent)?;
    }
    Ok(to.write_atomic(path, &bytes, ExpectedTarget::Any)?)
}
