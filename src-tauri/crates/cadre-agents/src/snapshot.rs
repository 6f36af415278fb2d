//! Copies of files before their first change, so that any change, or all, can be undone.
//!
//! A store is one directory of blobs named by their SHA-256, so that equal contents are kept once. It knows
//! neither runs nor steps: which [`Before`] belongs to which change is recorded by the caller.

#[cfg(test)]
mod tests;

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::folder::{ExpectedTarget, FileHash, Folder, FolderError, HashingReader};

/// What stood at a path before the first write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Absent,
    Blob {
        sha256: FileHash,
        /// Bytes.
        len: u64,
        /// Permission bits, `0o777` at most.
        mode: u32,
    },
}

/// The way back differs from the way there only in who expects what; see [`SnapshotStore::restore`].
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the saved copy {sha256} is missing from the snapshot store")]
    Missing { sha256: FileHash },
    /// The copy's content no longer has its name's hash; the file was left as it is.
    #[error("the saved copy {sha256} is damaged: its content has the hash {found}")]
    Damaged { sha256: FileHash, found: FileHash },
    #[error("there is no space left in the snapshot store {}", path.display())]
    NoSpace { path: PathBuf },
    #[error("the snapshot store {}: {source}", path.display())]
    Store { path: PathBuf, source: io::Error },
}

#[derive(Debug)]
pub struct SnapshotStore {
    directory: PathBuf,
}

impl SnapshotStore {
    /// Opens the store, creating it for this user alone.
    pub fn open(directory: &Path) -> Result<Self, SnapshotError> {
        let failed = |source| store_error(directory, source);
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        // An existing directory keeps its mode otherwise.
        std::fs::set_permissions(directory, PermissionsExt::from_mode(0o700)).map_err(failed)?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Copies the file as it is now, durably, before it returns.
    pub fn save(&self, folder: &Folder, path: impl AsRef<Path>) -> Result<Before, SnapshotError> {
        let (file, mode) = match folder.open_for_snapshot(path.as_ref()) {
            Ok(opened) => opened,
            Err(FolderError::NotFound { .. }) => return Ok(Before::Absent),
            Err(error) => return Err(error.into()),
        };
        let mut reader = HashingReader::new(file);
        let failed = |source| store_error(&self.directory, source);
        // Mode 0600 from the start.
        let mut copy = NamedTempFile::new_in(&self.directory).map_err(failed)?;
        io::copy(&mut reader, &mut copy).map_err(failed)?;
        copy.as_file().sync_all().map_err(failed)?;
        let (sha256, len) = reader.finish();
        // Over an existing copy too: it may be damaged, and the bytes are here.
        copy.persist(self.place(sha256)).map_err(|error| failed(error.error))?;
        File::open(&self.directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
        Ok(Before::Blob { sha256, len, mode })
    }

    /// Copies a file that may be needed later, unless the same content is kept already. Durable after [`flush`](Self::flush).
    pub(crate) fn keep(
        &self,
        folder: &Folder,
        path: &Path,
        sha256: FileHash,
        len: u64,
    ) -> Result<(), SnapshotError> {
        let place = self.place(sha256);
        if place.metadata().is_ok_and(|kept| kept.len() == len) {
            return Ok(());
        }
        let (file, _) = folder.open_for_snapshot(path)?;
        let mut reader = HashingReader::new(file);
        let failed = |source| store_error(&self.directory, source);
        let mut copy = NamedTempFile::new_in(&self.directory).map_err(failed)?;
        io::copy(&mut reader, &mut copy).map_err(failed)?;
        let (found, _) = reader.finish();
        copy.persist(self.place(found)).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Makes everything durable that was kept: once for many files.
    pub(crate) fn flush(&self) -> Result<(), SnapshotError> {
        let failed = |source: io::Error| store_error(&self.directory, source);
        let directory = File::open(&self.directory).map_err(failed)?;
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&directory).map_err(|errno| failed(errno.into()))?;
        #[cfg(not(target_os = "linux"))]
        rustix::fs::sync();
        directory.sync_all().map_err(failed)
    }

    /// Puts back what stood there. `expected_now` is what the caller's own last write left; if anybody changed
    /// the file since, nothing happens and the answer is [`FolderError::Changed`].
    pub fn restore(
        &self,
        folder: &Folder,
        path: impl AsRef<Path>,
        before: &Before,
        expected_now: ExpectedTarget,
    ) -> Result<(), SnapshotError> {
        let path = path.as_ref();
        match before {
            Before::Absent => Ok(folder.delete(path, expected_now)?),
            Before::Blob { sha256, mode, .. } => self.put_back(folder, path, *sha256, *mode, expected_now),
        }
    }

    /// A saved copy, or `TooLarge` without having read it.
    pub fn read(&self, sha256: FileHash, limit: u64) -> Result<Vec<u8>, SnapshotError> {
        let bytes = match Folder::open(&self.directory)?.read(sha256.to_string(), limit) {
            Err(FolderError::NotFound { .. }) => return Err(SnapshotError::Missing { sha256 }),
            other => other?,
        };
        let found = FileHash::of_bytes(&bytes);
        if found == sha256 { Ok(bytes) } else { Err(SnapshotError::Damaged { sha256, found }) }
    }

    fn put_back(
        &self,
        folder: &Folder,
        path: &Path,
        sha256: FileHash,
        mode: u32,
        expected_now: ExpectedTarget,
    ) -> Result<(), SnapshotError> {
        let mut copy = match File::open(self.place(sha256)) {
            Ok(copy) => copy,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SnapshotError::Missing { sha256 });
            }
            Err(source) => return Err(store_error(&self.directory, source)),
        };
        if let Some(parent) = path.parent() {
            folder.create_dir_all(parent)?;
        }
        let mut found = sha256;
        let written = folder.write_from(path, &mut copy, expected_now, Some(mode), |hash| {
            found = hash;
            if hash == sha256 {
                Ok(())
            } else {
                Err(FolderError::Io { path: path.to_owned(), source: io::ErrorKind::InvalidData.into() })
            }
        });
        if found != sha256 {
            return Err(SnapshotError::Damaged { sha256, found });
        }
        written?;
        Ok(())
    }

    fn place(&self, sha256: FileHash) -> PathBuf {
        self.directory.join(sha256.to_string())
    }
}

fn store_error(directory: &Path, source: io::Error) -> SnapshotError {
    let path = directory.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SnapshotError::NoSpace { path },
        _ => SnapshotError::Store { path, source },
    }
}
