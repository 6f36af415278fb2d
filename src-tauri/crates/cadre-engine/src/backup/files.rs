//! Copying files so that what arrived is known, and nothing arrives by half.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use cadre_agents::folder::FileHash;

use super::{AGENTS, ATTACHMENTS, BackupFile, RECORD, SNAPSHOTS};

pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Makes a folder, and those above it, for this user only. One that is there stays as it is; a file that is there
/// stays as well, and is in the way.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Copies one file, and gives the hash and length of what lies on the disk afterwards.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<(FileHash, u64)> {
    if let Some(folder) = to.parent() {
        make_private(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut copy = options.open(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()?;
    hash_of(to)
}

pub(super) fn hash_of(path: &Path) -> io::Result<(FileHash, u64)> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    Ok((FileHash::of_reader(&mut file)?, bytes))
}

/// Copies a whole folder below `into`; gives its files as a manifest names them. Links are not followed, and whatever
/// is neither file nor folder is left out.
pub(super) fn copy_tree(from: &Path, name: &str, into: &Path) -> io::Result<Vec<BackupFile>> {
    let mut copied = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(from.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let relative = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(relative);
            } else if kind.is_file() {
                let named = Path::new(name).join(&relative);
                let Some(path) = named.to_str().map(str::to_owned) else { continue };
                // One that was removed since the folder was read is in no backup.
                match copy(&entry.path(), &into.join(&named)) {
                    Ok((sha256, bytes)) => {
                        copied.push(BackupFile { path, sha256: sha256.to_string(), bytes });
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    copied.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(copied)
}

/// A manifest's path, if it names a place inside a backup: a manifest may come from anybody.
pub(super) fn place_of(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let first = path.components().next()?.as_os_str().to_str()?;
    let parts = path.components().count();
    let fits = match first {
        RECORD => parts == 1,
        SNAPSHOTS => parts == 2,
        ATTACHMENTS => parts == 3,
        AGENTS => parts > 1,
        _ => false,
    };
    fits.then(|| path.to_owned())
}

pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_only_places_inside_a_backup() {
        for (path, fits) in [
            ("cadre.sqlite", true),
            ("agents/engineering/scout.md", true),
            ("snapshots/ab", true),
            ("attachments/ab/notes.txt", true),
            ("agents/../../.ssh/authorized_keys", false),
            ("/etc/passwd", false),
            ("agents", false),
            ("snapshots/ab/cd", false),
            ("cadre.sqlite/x", false),
            ("backup.json", false),
            ("homes/gemini/settings.json", false),
            ("", false),
        ] {
            assert_eq!(place_of(path).is_some(), fits, "{path}");
        }
    }
}
