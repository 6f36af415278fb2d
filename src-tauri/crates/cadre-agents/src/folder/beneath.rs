//! Opening what lies beneath a root, by handle, so that no link swapped in the meantime leads out.
//!
//! The kernel resolves the whole path under a lock-free walk that it restarts on a race (`openat2`).
//! Where that call is missing or forbidden (kernels before 5.6, some container filters), each component is
//! opened from the handle of its parent without following links; links inside the folder are then refused.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use super::FolderError;
use super::relative_path::RelativePath;

/// `openat2` reports EAGAIN when a rename raced it; an attacker must not make that endless.
#[cfg(target_os = "linux")]
const RACE_RETRIES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// The kernel keeps the walk beneath the root.
    Kernel,
    /// One `openat` per component, links refused.
    ByComponent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Follow links that stay inside. Reading only.
    Inside,
    Refuse,
}

#[derive(Debug)]
pub(crate) struct Beneath {
    root: OwnedFd,
    resolution: Resolution,
}

impl Beneath {
    /// `root` is without links. One that was put there since is not followed.
    pub(crate) fn open(root: &Path, wanted: Resolution) -> Result<Self, Errno> {
        let root = open_root(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC)?;
        let mut beneath = Self { root, resolution: wanted };
        if wanted == Resolution::Kernel && !beneath.kernel_resolves() {
            beneath.resolution = Resolution::ByComponent;
        }
        Ok(beneath)
    }

    pub(crate) fn directory(&self, path: &RelativePath, links: Links) -> Result<OwnedFd, FolderError> {
        self.file(path, OFlags::RDONLY | OFlags::DIRECTORY, links)
    }

    /// Never blocks on a FIFO and never becomes the controlling terminal's owner.
    pub(crate) fn file(
        &self,
        path: &RelativePath,
        flags: OFlags,
        links: Links,
    ) -> Result<OwnedFd, FolderError> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = match self.resolution {
            Resolution::Kernel => self.by_kernel(path, flags, links),
            Resolution::ByComponent => self.by_component(path, flags),
        };
        opened.map_err(|errno| FolderError::from_errno(path.as_path(), errno))
    }

    #[cfg(target_os = "linux")]
    fn kernel_resolves(&self) -> bool {
        use rustix::fs::{ResolveFlags, openat2};
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat2(&self.root, ".", flags, Mode::empty(), ResolveFlags::BENEATH).is_ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn kernel_resolves(&self) -> bool {
        false
    }

    #[cfg(target_os = "linux")]
    fn by_kernel(&self, path: &RelativePath, flags: OFlags, links: Links) -> Result<OwnedFd, Errno> {
        use rustix::fs::{ResolveFlags, openat2};
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if links == Links::Refuse {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let name = or_dot(path);
        for _ in 0..RACE_RETRIES {
            match openat2(&self.root, name, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                done => return done,
            }
        }
        Err(Errno::AGAIN)
    }

    #[cfg(not(target_os = "linux"))]
    fn by_kernel(&self, path: &RelativePath, flags: OFlags, _links: Links) -> Result<OwnedFd, Errno> {
        self.by_component(path, flags)
    }

    fn by_component(&self, path: &RelativePath, flags: OFlags) -> Result<OwnedFd, Errno> {
        let steps = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut parent: Option<OwnedFd> = None;
        let mut components = path.components().peekable();
        while let Some(component) = components.next() {
            let from = parent.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
            let flags = if components.peek().is_some() { steps } else { flags | OFlags::NOFOLLOW };
            parent = Some(open_refusing_links(from, component, flags)?);
        }
        match parent {
            Some(opened) => Ok(opened),
            None => rustix::fs::openat(&self.root, ".", flags, Mode::empty()),
        }
    }
}

#[cfg(target_os = "linux")]
fn open_root(root: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    match openat2(CWD, root, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Err(Errno::NOSYS | Errno::PERM) => open_named_root(root, flags),
        done => done,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_root(root: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    open_named_root(root, flags)
}

/// Without the kernel's help only the last part of the name is held against links.
fn open_named_root(root: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(CWD, root, flags | OFlags::NOFOLLOW, Mode::empty())
}

/// `O_DIRECTORY | O_NOFOLLOW` answers ENOTDIR for a link; told apart so that the caller learns the cause.
fn open_refusing_links(from: impl AsFd, name: &std::ffi::OsStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::{AtFlags, FileType, statat};
    let from = from.as_fd();
    rustix::fs::openat(from, name, flags, Mode::empty()).map_err(|errno| {
        let is_link = errno == Errno::NOTDIR
            && statat(from, name, AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink);
        if is_link { Errno::LOOP } else { errno }
    })
}

#[cfg(target_os = "linux")]
fn or_dot(path: &RelativePath) -> &Path {
    if path.as_path().as_os_str().is_empty() { Path::new(".") } else { path.as_path() }
}
