//! What changed in a folder while somebody worked in it with their own hands.
//!
//! A look before keeps copies, a look after is compared with it. Ignored files are not looked at, except those in the
//! folder itself (`.env` and its like) and git's hooks and settings, which run or steer programs later.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::folder::{EntryKind, Folder, FolderError, WalkOptions};
use crate::snapshot::{SnapshotError, SnapshotStore};

/// More files than this are not looked at.
pub const MOST_FILES: usize = 5_000;
/// A larger file is compared by its length and time, and no copy of it is kept.
pub const MOST_BYTES_OF_A_FILE: u64 = 2 * 1024 * 1024;
/// Beyond this, all together, as for a larger file.
pub const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// A folder's files at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// By path, relative to the folder.
    pub files: BTreeMap<String, SeenFile>,
    /// Whether all were looked at.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFile {
    /// `None` for what is too large to be read each time.
    pub sha256: Option<String>,
    pub len: u64,
    /// Nanoseconds since 1970, as text; only of files without a hash.
    pub modified: Option<String>,
}

/// One path that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub before: Option<SeenFile>,
    pub after: Option<SeenFile>,
}

/// Looks at the folder's files; with a store, also keeps copies of them.
///
/// # Errors
/// The folder cannot be read, or the copies cannot be kept.
pub fn look(folder: &Folder, keep: Option<&SnapshotStore>) -> Result<Listing, SnapshotError> {
    let (paths, complete) = paths(folder)?;
    let mut listing = Listing { files: BTreeMap::new(), complete };
    let mut room = MOST_BYTES;
    for path in paths {
        let Some(name) = path.to_str() else {
            listing.complete = false; // a name that is not text cannot be shown to anybody
            continue;
        };
        match see(folder, &path, &mut room, keep) {
            Ok(seen) => drop(listing.files.insert(name.to_owned(), seen)),
            Err(SnapshotError::Folder(FolderError::NotFound { .. })) => {} // gone since it was listed
            Err(SnapshotError::Folder(_)) => listing.complete = false,
            Err(error) => return Err(error),
        }
    }
    if let Some(store) = keep {
        store.flush()?;
    }
    Ok(listing)
}

impl Listing {
    /// What is different in `after`. Where one of the two is not complete, a file that only one of them has may have
    /// been there all the time, and is not named.
    pub fn changes_to(&self, after: &Listing) -> Vec<Change> {
        let mut changes = Vec::new();
        for (path, before) in &self.files {
            let now = after.files.get(path);
            if now != Some(before) && (now.is_some() || after.complete) {
                changes.push(Change {
                    path: path.clone(),
                    before: Some(before.clone()),
                    after: now.cloned(),
                });
            }
        }
        for (path, now) in
            after.files.iter().filter(|(path, _)| self.complete && !self.files.contains_key(*path))
        {
            changes.push(Change { path: path.clone(), before: None, after: Some(now.clone()) });
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        changes
    }
}

fn paths(folder: &Folder) -> Result<(Vec<PathBuf>, bool), FolderError> {
    let mut paths = Vec::new();
    let options = WalkOptions { hidden: true, ..WalkOptions::default() };
    let summary = folder.walk(&options, |entry| {
        if entry.kind == EntryKind::File {
            paths.push(entry.path.clone());
        }
        if paths.len() >= MOST_FILES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let complete = !summary.cut && summary.unreadable == 0 && paths.len() < MOST_FILES;
    for (place, only) in [("", None), (".git", Some("config")), (".git/hooks", None)] {
        // Not every folder is a repository.
        for entry in folder.list(place).unwrap_or_default() {
            let path = Path::new(place).join(&entry.name);
            let wanted = only.is_none_or(|name| entry.name == name) && entry.kind == EntryKind::File;
            if wanted && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    Ok((paths, complete))
}

fn see(
    folder: &Folder,
    path: &Path,
    room: &mut u64,
    keep: Option<&SnapshotStore>,
) -> Result<SeenFile, SnapshotError> {
    let metadata = folder.metadata(path)?;
    let len = metadata.len;
    if len > MOST_BYTES_OF_A_FILE || len > *room {
        return Ok(SeenFile { sha256: None, len, modified: Some(metadata.modified_ns.to_string()) });
    }
    *room -= len;
    let sha256 = folder.hash(path)?;
    if let Some(store) = keep {
        store.keep(folder, path, sha256, len)?;
    }
    Ok(SeenFile { sha256: Some(sha256.to_string()), len, modified: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::ExpectedTarget;
    use crate::snapshot::Before;
    use std::fs;

    fn names(changes: &[Change]) -> Vec<String> {
        let how = |change: &Change| match (&change.before, &change.after) {
            (None, _) => "new",
            (_, None) => "gone",
            _ => "other",
        };
        changes.iter().map(|change| format!("{} {}", how(change), change.path)).collect()
    }

    #[test]
    fn every_change_is_found_and_what_was_there_can_be_put_back() {
        let (project, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |path: &str, text: &str| {
            let path = project.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for (path, text) in [
            ("same", "1"),
            ("src/other", "before"),
            ("gone", "1"),
            (".gitignore", "out\n.env\n"),
            (".env", "KEY=1"),
            ("out/big", "1"),
            (".git/hooks/pre-commit", "1"),
            (".git/index", "1"),
        ] {
            write(path, text);
        }
        let folder = Folder::open(project.path()).unwrap();
        let store = SnapshotStore::open(kept.path()).unwrap();
        let before = look(&folder, Some(&store)).unwrap();
        assert!(before.complete && before.changes_to(&look(&folder, None).unwrap()).is_empty());
        for (path, text) in [
            ("src/other", "after"),
            (".env", "KEY=2"),
            ("out/big", "2"),
            (".git/hooks/pre-commit", "2"),
            (".git/index", "2"),
            ("sub/new", "1"),
        ] {
            write(path, text);
        }
        fs::remove_file(project.path().join("gone")).unwrap();
        let changes = before.changes_to(&look(&folder, None).unwrap());
        let expected =
            ["other .env", "other .git/hooks/pre-commit", "gone gone", "other src/other", "new sub/new"];
        assert_eq!(names(&changes), expected, "built files and git's own bookkeeping are not looked at");

        let old = changes[3].before.clone().unwrap();
        let sha256 = old.sha256.unwrap().parse().unwrap();
        store
            .restore(
                &folder,
                "src/other",
                &Before::Blob { sha256, len: old.len, mode: 0o644 },
                ExpectedTarget::Any,
            )
            .unwrap();
        assert_eq!(fs::read_to_string(project.path().join("src/other")).unwrap(), "before");
    }

    #[test]
    fn a_cut_listing_names_no_file_that_it_may_only_have_missed() {
        let seen = |text: &str| SeenFile { sha256: Some(text.into()), len: 1, modified: None };
        let listing = |files: &[(&str, &str)], complete| Listing {
            files: files.iter().map(|(path, text)| ((*path).to_owned(), seen(text))).collect(),
            complete,
        };
        let before = listing(&[("a", "1"), ("b", "1")], true);
        assert_eq!(names(&before.changes_to(&listing(&[("a", "2")], false))), ["other a"]);
        let before = listing(&[("a", "1")], false);
        assert_eq!(names(&before.changes_to(&listing(&[("a", "2"), ("c", "1")], true))), ["other a"]);
    }
}
