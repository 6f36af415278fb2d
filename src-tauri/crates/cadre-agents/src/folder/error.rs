//! What can go wrong in a folder, told apart by what the caller does about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::{EntryKind, ExpectedTarget, FileHash};

/// Every variant names the path as it was asked for, relative to the folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The path is absolute, climbs with `..`, or follows a link that leads out.
    #[error("{} leads out of the folder", path.display())]
    OutsideRoot { path: PathBuf },
    #[error("{} cannot name a file here: {reason}", path.display())]
    InvalidPath { path: PathBuf, reason: &'static str },
    #[error("{} does not exist", path.display())]
    NotFound { path: PathBuf },
    /// Somebody else changed the file since the caller looked; nothing was written.
    #[error("{} is not what was expected: expected {expected}, found {}", path.display(), Found(found))]
    Changed { path: PathBuf, expected: ExpectedTarget, found: Option<FileHash> },
    #[error("{} is not a regular file but a {kind}", path.display())]
    NotAFile { path: PathBuf, kind: EntryKind },
    #[error("{} is not a directory", path.display())]
    NotADirectory { path: PathBuf },
    /// A write never goes through a symbolic link, not even one that stays inside.
    #[error("{} goes through a symbolic link", path.display())]
    SymbolicLink { path: PathBuf },
    /// The same bytes have another name, which may lie outside.
    #[error("{} has {links} names (hard links); its other names may lie outside", path.display())]
    HardLinked { path: PathBuf, links: u64 },
    #[error("{} has {len} bytes, more than the {limit} allowed", path.display())]
    TooLarge { path: PathBuf, len: u64, limit: u64 },
    #[error("there is no space left to write {}", path.display())]
    NoSpace { path: PathBuf },
    #[error("{} lies on a read-only file system", path.display())]
    ReadOnly { path: PathBuf },
    #[error("the system does not permit access to {}", path.display())]
    Denied { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl FolderError {
    pub(crate) fn from_errno(path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        match errno {
            // openat2 answers EXDEV when a component would leave the root.
            Errno::XDEV => Self::OutsideRoot { path },
            Errno::LOOP => Self::SymbolicLink { path },
            Errno::NOENT => Self::NotFound { path },
            Errno::NOTDIR => Self::NotADirectory { path },
            Errno::ISDIR => Self::NotAFile { path, kind: EntryKind::Directory },
            Errno::NOSPC | Errno::DQUOT => Self::NoSpace { path },
            Errno::ROFS => Self::ReadOnly { path },
            Errno::ACCESS | Errno::PERM => Self::Denied { path },
            Errno::NAMETOOLONG => Self::InvalidPath { path, reason: "the name is too long" },
            _ => Self::Io { path, source: errno.into() },
        }
    }

    pub(crate) fn from_io(path: &Path, error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(code) => Self::from_errno(path, Errno::from_raw_os_error(code)),
            None => Self::Io { path: path.to_owned(), source: error },
        }
    }
}

struct Found<'a>(&'a Option<FileHash>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(hash) => write!(f, "{hash}"),
            None => f.write_str("no file"),
        }
    }
}
