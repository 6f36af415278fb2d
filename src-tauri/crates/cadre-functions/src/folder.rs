//! Looking at a folder that may be hostile: ignore rules, no symbolic links, no devices, bounded reads.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::display::{self, NAME_LIMIT};
use crate::failure::Failure;

/// Folders in which version control keeps its own data.
const VERSION_CONTROL: [&str; 5] = [".git", ".hg", ".svn", ".jj", ".bzr"];

/// A file or folder that could not be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

/// The canonical path of the folder to look at.
pub(crate) fn open(given: &str) -> Result<PathBuf, Failure> {
    let folder = || display::clip_middle(given, NAME_LIMIT);
    if !Path::new(given).is_absolute() {
        return Err(Failure::FolderNotAbsolute { folder: folder() });
    }
    let fail = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Failure::FolderMissing { folder: folder() },
        ErrorKind::PermissionDenied => Failure::FolderForbidden { folder: folder() },
        ErrorKind::NotADirectory => Failure::NotAFolder { folder: folder() },
        _ => Failure::FolderUnreadable { folder: folder(), source: error },
    };
    let canonical = std::fs::canonicalize(given).map_err(fail)?;
    if !canonical.is_dir() {
        return Err(Failure::NotAFolder { folder: folder() });
    }
    std::fs::read_dir(&canonical).map_err(fail)?;
    Ok(canonical)
}

/// The folder's own name, for titles.
pub(crate) fn name(folder: &Path) -> String {
    match folder.file_name() {
        Some(name) => display::shown_path(Path::new(name)),
        None => "/".to_owned(),
    }
}

pub(crate) fn relative(folder: &Path, path: &Path) -> String {
    display::shown_path(path.strip_prefix(folder).unwrap_or(path))
}

/// Walks everything that the folder's ignore rules leave, hidden files included, in the order of names.
/// Ignore files also hold without a repository; the user's global rules do not, for they differ per machine.
pub(crate) fn walk(folder: &Path) -> ignore::Walk {
    ignore::WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .parents(lies_inside_a_repository(folder))
        .follow_links(false)
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .filter_entry(|entry| !VERSION_CONTROL.iter().any(|name| entry.file_name() == *name))
        .build()
}

/// Rules of folders above count only for a part of a repository. A worktree has its own `.git` and may well
/// lie in a folder that the repository around it ignores.
fn lies_inside_a_repository(folder: &Path) -> bool {
    !folder.join(".git").exists() && folder.ancestors().skip(1).any(|above| above.join(".git").exists())
}

/// What a walk reports instead of an entry.
pub(crate) fn skipped(folder: &Path, error: &ignore::Error) -> Skipped {
    let path = path_of(error).map_or_else(|| ".".to_owned(), |path| relative(folder, path));
    let reason = error.io_error().map_or_else(
        || "its ignore rules or its entry could not be read".to_owned(),
        |error| reason_of(error).to_owned(),
    );
    Skipped { path, reason }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// Words that do not differ between machines, which the texts of the operating system do.
pub(crate) fn reason_of(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "may not be read",
        ErrorKind::NotFound => "disappeared while it was looked at",
        ErrorKind::InvalidInput => "not a regular file",
        ErrorKind::FileTooLarge => "too large to be read",
        _ => "could not be read",
    }
}

/// Opens a regular file. A FIFO or a device would block for ever, a symbolic link could lead out of the folder.
pub(crate) fn open_file(path: &Path) -> std::io::Result<File> {
    let refuse = || std::io::Error::from(ErrorKind::InvalidInput);
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(refuse());
    }
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(refuse());
    }
    Ok(file)
}

/// The whole text of a file of at most `limit` bytes, lossy for invalid UTF-8.
pub(crate) fn read_text(path: &Path, limit: u64) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    open_file(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(std::io::Error::from(ErrorKind::FileTooLarge));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}
