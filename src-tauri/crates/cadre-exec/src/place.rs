//! A place as it was named: opened part by part, so that no link that was put on the way leads elsewhere, and known
//! again by what it is.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use cadre_exec::Stage;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::control::Failure;

/// Nothing is read and no device is woken.
#[cfg(target_os = "linux")]
const LOOK: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const LOOK: OFlags = OFlags::NONBLOCK;

/// What a file or folder is, whatever its name; the same wherever it is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
}

/// Open for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Handle {
    opened: OwnedFd,
    pub(crate) identity: Identity,
    pub(crate) is_dir: bool,
}

impl Handle {
    /// Opens an absolute path that is written without links.
    pub(crate) fn open(path: &Path) -> Result<Handle, Failure> {
        if !path.is_absolute() {
            return Err(Failure::spec(format!("{} is not an absolute path", path.display())));
        }
        let failed = |errno: Errno| Failure {
            errno: Some(errno.raw_os_error()),
            ..Failure::spec(format!("{}: {}", path.display(), std::io::Error::from(errno)))
        };
        let mut opened = part(CWD, OsStr::new("/")).map_err(failed)?;
        for component in path.components() {
            match component {
                Component::Normal(name) => opened = part(opened.as_fd(), name).map_err(failed)?,
                Component::ParentDir => return Err(elsewhere(path)),
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
            if kind(&opened).map_err(failed)? == FileType::Symlink {
                return Err(elsewhere(path));
            }
        }
        let stat = fstat(&opened).map_err(failed)?;
        #[allow(clippy::unnecessary_cast, reason = "the types of these numbers differ from system to system")]
        let identity = Identity { device: stat.st_dev as u64, number: stat.st_ino as u64 };
        let is_dir = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        Ok(Handle { opened, identity, is_dir })
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.opened.as_fd()
    }
}

/// A link itself and not where it leads; where that cannot be opened the system says that it is one.
fn part(at: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd, Errno> {
    openat(at, name, LOOK | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn kind(opened: &OwnedFd) -> Result<FileType, Errno> {
    Ok(FileType::from_raw_mode(fstat(opened)?.st_mode))
}

/// It is not what was approved under this name.
pub(crate) fn elsewhere(path: &Path) -> Failure {
    let message = match path.canonicalize() {
        Ok(real) if real != path => {
            format!("{} was approved, and it leads to {} now", path.display(), real.display())
        }
        _ => format!("{} was approved, and another one lies there now", path.display()),
    };
    Failure { stage: Stage::Elsewhere, ..Failure::spec(message) }
}
