//! Whose a workspace is: the lock of its host, and a workspace that nobody has open.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::compare::{Candidate, Comparison, compare};
use crate::copy::CopyError;
use crate::database::{Connection, blocking};
use crate::heads::Heads;
use crate::open::{FILE, OpenError};
use crate::restore::{PreparedRestore, RestoreOrder, take_back};

pub(crate) const LOCK: &str = "cadre.lock";

/// A workspace that nobody has open, held for as long as this lives.
pub struct ClosedWorkspace {
    folder: PathBuf,
    /// Where heads are kept outside the file.
    heads: Option<PathBuf>,
    lock: Lock,
}

impl ClosedWorkspace {
    /// # Errors
    /// A host has it open, or the folder cannot be used.
    pub fn hold(folder: &Path, heads: Option<PathBuf>) -> Result<ClosedWorkspace, OpenError> {
        let io = |source| OpenError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        restrict(folder).map_err(io)?;
        Ok(ClosedWorkspace { folder: folder.to_owned(), heads, lock: lock(folder)? })
    }

    /// Takes back a restore that is decided and not in place. Says whether there was one.
    ///
    /// # Errors
    /// The disk failed. Then it can be taken back again.
    pub fn take_back_restore(&self) -> std::io::Result<bool> {
        take_back(&self.folder, &self.heads_of(self.workspace().unwrap_or_default()))
    }

    /// Decides what was prepared: the next opening puts it in place.
    ///
    /// # Errors
    /// The disk failed, or another restore was decided in the meantime. Then this one is not.
    pub fn decide(&self, restore: PreparedRestore, order: &RestoreOrder) -> std::io::Result<()> {
        restore.decide(order, &self.heads_of(&order.workspace))
    }

    fn heads_of(&self, workspace: &str) -> Heads {
        Heads::new(self.heads.clone().filter(|_| !workspace.is_empty()), workspace)
    }

    /// Whether a backup belongs to the record that lies here; `None` if it does not.
    ///
    /// # Errors
    /// Another program holds a file, or the disk failed. A record that is damaged is none.
    pub async fn compare(&self, candidate: &Candidate) -> Result<Option<Comparison>, CopyError> {
        let (heads, candidate) = (self.heads_of(&candidate.workspace), candidate.clone());
        let file = self.folder.join(FILE);
        blocking(move || {
            let is_there = fs::metadata(&file).is_ok_and(|metadata| metadata.len() > 0);
            let present = match is_there.then(|| Connection::read(&file)) {
                None => None,
                Some(Ok(connection)) => Some(connection),
                Some(Err(error)) if error.is_damage() => None,
                Some(Err(error)) => return Err(CopyError::of(&file, error)),
            };
            compare(present.as_ref(), &heads, &candidate)
        })
        .await
    }

    /// Id of the workspace that was opened here before, if one was.
    pub fn workspace(&self) -> Option<&str> {
        (!self.lock.found.is_empty()).then_some(&self.lock.found)
    }
}

/// The lock of the host, and who was here: a database file that is gone or empty looks like a new one.
pub(crate) struct Lock {
    file: fs::File,
    /// Id of the workspace that was opened here before; empty if there was none.
    pub(crate) found: String,
}

impl Lock {
    /// Before SQLite makes the file anew.
    pub(crate) fn expect_content(&self, file: &Path) -> Result<(), OpenError> {
        let is_there = fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0);
        match self.found.is_empty() || is_there {
            true => Ok(()),
            false => Err(OpenError::Damaged(format!(
                "it is gone or empty, and workspace {} was in it",
                self.found
            ))),
        }
    }

    pub(crate) fn remember(&self, workspace: &str) -> std::io::Result<()> {
        match self.found.is_empty() {
            true => (&self.file).write_all(workspace.as_bytes()),
            false => Ok(()),
        }
    }
}

pub(crate) fn lock(folder: &Path) -> Result<Lock, OpenError> {
    let path = folder.join(LOCK);
    let io = |source| OpenError::Folder { path: path.clone(), source };
    let mut options = fs::OpenOptions::new();
    let file = options.create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            let mut found = String::new();
            (&file).read_to_string(&mut found).map_err(io)?;
            Ok(Lock { file, found })
        }
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::Held { folder: folder.to_owned() }),
        Err(error) => Err(OpenError::Folder { path, source: error.into() }),
    }
}

/// Only the user may look into a workspace.
#[cfg(unix)]
pub(crate) fn restrict(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
pub(crate) fn restrict(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
