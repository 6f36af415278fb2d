//! Which repository a folder belongs to, found by looking at files alone: no program runs before it is known which
//! folders it may see.
//!
//! A `.git` file can name any folder of this machine, so it is believed only where the repository that it names
//! knows the folder too: a linked worktree by its own entry, a submodule by lying in its parent's `.git/modules`.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::GitError;

/// A repository as it is reached from one of its folders. All paths are absolute and without links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top of the checkout; of a bare repository the repository itself.
    pub top: PathBuf,
    /// What belongs to this checkout: its HEAD and its index.
    pub git_dir: PathBuf,
    /// What all worktrees share: objects and refs.
    pub common_dir: PathBuf,
    pub bare: bool,
    /// The folder, relative to the top; empty for the top itself.
    pub subfolder: String,
}

/// The repository that `folder` lies in; `None` when it lies in none.
///
/// # Errors
/// There is one, and it is of a kind that is left alone.
pub fn find_repository(folder: &Path) -> Result<Option<Repository>, GitError> {
    let folder = folder.canonicalize().map_err(|source| GitError::io(folder, source))?;
    for top in folder.ancestors() {
        let found = match fs::symlink_metadata(top.join(".git")) {
            Ok(entry) if entry.is_dir() => Some((top.join(".git"), top.join(".git"), false)),
            Ok(entry) if entry.is_file() => Some(named_by_file(top)?),
            Ok(_) => return Err(unsupported(top, "its .git is a link")),
            Err(source) if !is_nothing(&source) => return Err(GitError::io(&top.join(".git"), source)),
            Err(_) if is_git_dir(top) => Some((top.to_owned(), top.to_owned(), true)),
            Err(_) => None,
        };
        let Some((git_dir, common_dir, bare)) = found else { continue };
        if !is_git_dir(&common_dir) {
            return Err(unsupported(top, "its .git is not a repository"));
        }
        let within = folder.strip_prefix(top).unwrap_or(Path::new(""));
        let text = |path: &Path| path.to_str().map(str::to_owned);
        let (Some(subfolder), Some(_)) = (text(within), text(&common_dir)) else {
            return Err(unsupported(top, "its path is not valid text"));
        };
        let subfolder = if bare { String::new() } else { subfolder };
        return Ok(Some(Repository { top: top.to_owned(), git_dir, common_dir, bare, subfolder }));
    }
    Ok(None)
}

/// Whether an error says that nothing is there, and not that it could not be looked at.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The Git folders that a `.git` file names.
fn named_by_file(top: &Path) -> Result<(PathBuf, PathBuf, bool), GitError> {
    let git_dir = path_in(&top.join(".git"), "gitdir: ", top)
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| unsupported(top, "its .git file names no folder"))?;
    let common = path_in(&git_dir.join("commondir"), "", &git_dir).and_then(|path| path.canonicalize().ok());
    if let Some(common) = common {
        let back = path_in(&git_dir.join("gitdir"), "", &git_dir);
        if back.as_deref() == Some(&top.join(".git")) && git_dir.starts_with(common.join("worktrees")) {
            return Ok((git_dir, common, false));
        }
        return Err(unsupported(top, "its .git file names a repository that does not know it"));
    }
    let is_submodule = top.ancestors().skip(1).any(|above| git_dir.starts_with(above.join(".git/modules")));
    match is_submodule {
        true => Ok((git_dir.clone(), git_dir, false)),
        false => Err(unsupported(top, "its .git file names a folder elsewhere")),
    }
}

/// What HEAD, objects and refs make.
fn is_git_dir(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

fn unsupported(top: &Path, why: &'static str) -> GitError {
    GitError::Unsupported { path: top.to_owned(), why }
}

/// The path on the only line of a file of Git, after `prefix`; relative ones begin at `base`.
fn path_in(file: &Path, prefix: &str, base: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(file).ok()?;
    let path = text.strip_prefix(prefix)?.trim_end_matches(['\r', '\n']);
    Some(without_dots(&base.join(path)))
}

/// Resolves `.` and `..` by name alone, for paths of which the end may not exist.
fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(clean.pop()),
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// The entry of a linked worktree in its repository, found by the repository's own record: the worktree's `.git`
/// file lies where steps write, and is not asked.
pub(super) fn entry_of(common_dir: &Path, worktree: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(common_dir.join("worktrees")).ok()?;
    let back = worktree.join(".git");
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|entry| path_in(&entry.join("gitdir"), "", entry).as_deref() == Some(&back))
}
