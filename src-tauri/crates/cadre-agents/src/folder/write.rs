//! Replacing, creating and deleting one file so that a reader sees the old bytes or the new, nothing between.
//!
//! New bytes go to a temporary file in the target's own directory, reached by handle. When the caller expects
//! a certain content, the two names are *exchanged* and the file that came out is checked: a change that slipped
//! in between the look and the rename is found, put back and reported, not lost.
//! Extended attributes and access-control lists of a replaced file are not carried over; its mode is.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(target_os = "linux")]
use rustix::fs::RenameFlags;
use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::hash::HashingReader;
use super::relative_path::TEMPORARY_PREFIX;
use super::{EntryKind, ExpectedTarget, FileHash, FolderError, link_count, permissions};

/// Directories share these by their identity; a collision only makes two writers take turns.
static WRITERS: [Mutex<()>; 32] = [const { Mutex::new(()) }; 32];

/// A file's place: the handle of its directory, its name there, and the path that errors show.
pub(crate) struct Target<'a> {
    pub(crate) parent: OwnedFd,
    pub(crate) name: &'a OsStr,
    pub(crate) path: &'a Path,
}

/// What stood at the target when it was looked at.
struct Standing {
    stat: Stat,
    /// Known only if the caller expects a certain content.
    hash: Option<FileHash>,
}

impl Target<'_> {
    fn error(&self, errno: Errno) -> FolderError {
        FolderError::from_errno(self.path, errno)
    }

    /// The regular, singly linked file at the target, or `None`; anything else is refused.
    pub(crate) fn regular(&self) -> Result<Option<Stat>, FolderError> {
        let stat = match rustix::fs::statat(&self.parent, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(self.error(errno)),
        };
        check_writable_kind(self.path, &stat)?;
        Ok(Some(stat))
    }

    fn hash(&self, name: &OsStr) -> Result<FileHash, FolderError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.parent, name, flags, Mode::empty())
            .map_err(|errno| self.error(errno))?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| self.error(errno))?;
        check_writable_kind(self.path, &stat)?;
        FileHash::of_reader(&mut File::from(file)).map_err(|error| FolderError::from_io(self.path, error))
    }

    fn changed(&self, expected: ExpectedTarget, found: Option<FileHash>) -> FolderError {
        FolderError::Changed { path: self.path.to_owned(), expected, found }
    }

    fn standing(&self, expected: ExpectedTarget) -> Result<Option<Standing>, FolderError> {
        let found = self.regular()?;
        match (expected, found) {
            (ExpectedTarget::Any, found) => Ok(found.map(|stat| Standing { stat, hash: None })),
            (ExpectedTarget::Absent, None) => Ok(None),
            (ExpectedTarget::Sha256(_), None) => Err(self.changed(expected, None)),
            (ExpectedTarget::Absent, Some(_)) => Err(self.changed(expected, Some(self.hash(self.name)?))),
            (ExpectedTarget::Sha256(wanted), Some(stat)) => {
                let hash = self.hash(self.name)?;
                if hash != wanted {
                    return Err(self.changed(expected, Some(hash)));
                }
                Ok(Some(Standing { stat, hash: Some(hash) }))
            }
        }
    }

    /// Keeps Cadre's own writers to one directory apart, so that putting back never meets another's exchange.
    /// Not a lock on the file system: a program in the project could hold that one forever.
    fn lock(&self) -> Result<MutexGuard<'static, ()>, FolderError> {
        let stat = rustix::fs::fstat(&self.parent).map_err(|errno| self.error(errno))?;
        let shard = BuildHasherDefault::<DefaultHasher>::default().hash_one((stat.st_dev, stat.st_ino));
        let lock = &WRITERS[usize::try_from(shard).unwrap_or_default() % WRITERS.len()];
        // The lock guards nothing in memory, so a panic of another writer leaves nothing broken.
        Ok(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn sync_directory(&self) -> Result<(), FolderError> {
        rustix::fs::fsync(&self.parent).map_err(|errno| self.error(errno))
    }
}

fn check_writable_kind(path: &Path, stat: &Stat) -> Result<(), FolderError> {
    match EntryKind::of(stat) {
        EntryKind::File if stat.st_nlink > 1 => {
            Err(FolderError::HardLinked { path: path.to_owned(), links: link_count(stat) })
        }
        EntryKind::File => Ok(()),
        EntryKind::Link => Err(FolderError::SymbolicLink { path: path.to_owned() }),
        kind => Err(FolderError::NotAFile { path: path.to_owned(), kind }),
    }
}

/// Writes all of `source`; `mode` overrides the mode of the file that stood there.
/// `verify` sees the hash of what was written before it becomes visible.
pub(crate) fn replace(
    target: &Target<'_>,
    source: &mut dyn Read,
    expected: ExpectedTarget,
    mode: Option<u32>,
    verify: impl FnOnce(FileHash) -> Result<(), FolderError>,
) -> Result<FileHash, FolderError> {
    let _alone = target.lock()?;
    let standing = target.standing(expected)?;
    let mode = mode.or(standing.as_ref().map(|standing| permissions(&standing.stat)));
    let mut temporary = Temporary::create(target)?;
    let hash = temporary.fill(target, source, mode)?;
    verify(hash)?;
    match (expected, &standing) {
        (ExpectedTarget::Absent, _) => publish_absent(target, &mut temporary)?,
        (ExpectedTarget::Sha256(_), Some(standing)) => {
            publish_expected(target, &mut temporary, expected, standing)?;
        }
        _ => temporary.rename_over(target)?,
    }
    target.sync_directory()?;
    Ok(hash)
}

/// Deletes the file. With `Absent` expected there must be none, and nothing is done.
pub(crate) fn delete(target: &Target<'_>, expected: ExpectedTarget) -> Result<(), FolderError> {
    let _alone = target.lock()?;
    let standing = target.standing(expected)?;
    let Some(standing) = standing else {
        return match expected {
            ExpectedTarget::Absent => Ok(()),
            _ => Err(FolderError::NotFound { path: target.path.to_owned() }),
        };
    };
    // Moved aside first: what is deleted is then what was checked, whatever was put in its place.
    let aside = unused_name();
    rustix::fs::renameat(&target.parent, target.name, &target.parent, &aside)
        .map_err(|errno| target.error(errno))?;
    if let Err(error) = check_taken_out(target, &aside, expected, &standing) {
        rename_without_replacing(target.parent.as_fd(), &aside, target.name)
            .map_err(|errno| target.error(errno))?;
        return Err(error);
    }
    rustix::fs::unlinkat(&target.parent, &aside, AtFlags::empty()).map_err(|errno| target.error(errno))?;
    target.sync_directory()
}

fn publish_absent(target: &Target<'_>, temporary: &mut Temporary<'_>) -> Result<(), FolderError> {
    match rename_without_replacing(target.parent.as_fd(), &temporary.name, target.name) {
        Ok(()) => {
            temporary.published = true;
            Ok(())
        }
        Err(Errno::EXIST) => Err(target.changed(ExpectedTarget::Absent, target.hash(target.name).ok())),
        Err(errno) => Err(target.error(errno)),
    }
}

fn publish_expected(
    target: &Target<'_>,
    temporary: &mut Temporary<'_>,
    expected: ExpectedTarget,
    standing: &Standing,
) -> Result<(), FolderError> {
    match exchange(target.parent.as_fd(), &temporary.name, target.name) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Err(target.changed(expected, None)),
        // Some network and FUSE file systems cannot exchange: look once more, as late as possible.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            target.standing(expected)?;
            return temporary.rename_over(target);
        }
        Err(errno) => return Err(target.error(errno)),
    }
    // From here the temporary name holds what was replaced, and the guard deletes it.
    if let Err(error) = check_taken_out(target, &temporary.name, expected, standing) {
        // If it cannot be put back, it must at least not be deleted.
        temporary.published = true;
        exchange(target.parent.as_fd(), &temporary.name, target.name).map_err(|errno| target.error(errno))?;
        temporary.published = false;
        return Err(error);
    }
    Ok(())
}

/// Is the file that was taken out, now called `name`, the one that was looked at?
fn check_taken_out(
    target: &Target<'_>,
    name: &OsStr,
    expected: ExpectedTarget,
    standing: &Standing,
) -> Result<(), FolderError> {
    let taken = rustix::fs::statat(&target.parent, name, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|errno| target.error(errno))?;
    check_writable_kind(target.path, &taken)?;
    let Some(wanted) = standing.hash else { return Ok(()) };
    // Same inode, size and time of change: renaming moves ctime on some file systems, mtime on none.
    let same = (taken.st_dev, taken.st_ino, taken.st_size, taken.st_mtime, taken.st_mtime_nsec)
        == (
            standing.stat.st_dev,
            standing.stat.st_ino,
            standing.stat.st_size,
            standing.stat.st_mtime,
            standing.stat.st_mtime_nsec,
        );
    if same {
        return Ok(());
    }
    let found = target.hash(name)?;
    if found == wanted { Ok(()) } else { Err(target.changed(expected, Some(found))) }
}

#[cfg(target_os = "linux")]
fn exchange(parent: BorrowedFd<'_>, one: &OsStr, other: &OsStr) -> Result<(), Errno> {
    rustix::fs::renameat_with(parent, one, parent, other, RenameFlags::EXCHANGE)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_parent: BorrowedFd<'_>, _one: &OsStr, _other: &OsStr) -> Result<(), Errno> {
    Err(Errno::NOTSUP)
}

/// `link` fails atomically if the name exists, everywhere; the flagged rename only where it is supported.
fn rename_without_replacing(parent: BorrowedFd<'_>, from: &OsStr, to: &OsStr) -> Result<(), Errno> {
    #[cfg(target_os = "linux")]
    match rustix::fs::renameat_with(parent, from, parent, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        done => return done,
    }
    rustix::fs::linkat(parent, from, parent, to, AtFlags::empty())?;
    rustix::fs::unlinkat(parent, from, AtFlags::empty())
}

/// A temporary file that deletes itself unless it was renamed to its final name.
struct Temporary<'a> {
    parent: BorrowedFd<'a>,
    name: OsString,
    file: File,
    published: bool,
}

impl<'a> Temporary<'a> {
    fn create(target: &'a Target<'_>) -> Result<Self, FolderError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let name = unused_name();
        // 0o666 is narrowed by the user's umask, as for any file this user creates.
        let file = rustix::fs::openat(&target.parent, &name, flags, Mode::from_raw_mode(0o666))
            .map_err(|errno| target.error(errno))?;
        Ok(Self { parent: target.parent.as_fd(), name, file: file.into(), published: false })
    }

    fn fill(
        &mut self,
        target: &Target<'_>,
        source: &mut dyn Read,
        mode: Option<u32>,
    ) -> Result<FileHash, FolderError> {
        let failed = |error| FolderError::from_io(target.path, error);
        let mut reader = HashingReader::new(source);
        io::copy(&mut reader, &mut self.file).map_err(failed)?;
        if let Some(mode) = mode {
            rustix::fs::fchmod(&self.file, mode_of(mode)).map_err(|errno| target.error(errno))?;
        }
        self.file.sync_all().map_err(failed)?;
        Ok(reader.finish().0)
    }

    fn rename_over(&mut self, target: &Target<'_>) -> Result<(), FolderError> {
        rustix::fs::renameat(self.parent, &self.name, self.parent, target.name)
            .map_err(|errno| target.error(errno))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.published {
            // Nothing can be done about a failure here; the prefix tells what the file was.
            let _ = rustix::fs::unlinkat(self.parent, &self.name, AtFlags::empty());
        }
    }
}

/// Permission bits only: new content never inherits set-user-ID.
fn mode_of(permissions: u32) -> Mode {
    /// The system's own width.
    fn narrow<T: TryFrom<u32> + Default>(mode: u32) -> T {
        T::try_from(mode).unwrap_or_default()
    }
    Mode::from_raw_mode(narrow(permissions & 0o777))
}

/// Unguessable enough not to collide; creation is exclusive, so a collision is an error, not a loss.
fn unused_name() -> OsString {
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{TEMPORARY_PREFIX}{:x}-{random:016x}", std::process::id()).into()
}
