//! Files of a project, reached beneath the project's folder by handle.
//!
//! Owns the rule that no path leads out: not `..`, not a link swapped in between, not a device, FIFO or hard
//! link. Knows nothing of permissions to act: the gate to effects asks [`is_protected`] and decides. All
//! functions block; call them from a blocking task. Unix only.

mod beneath;
mod error;
mod hash;
mod protected;
mod relative_path;
mod search;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use beneath::{Beneath, Links, Resolution};
use relative_path::RelativePath;
use write::Target;

pub use error::FolderError;
pub use hash::{FileHash, ParseFileHashError};
pub use protected::{ProtectedPath, is_protected};
pub use search::{SearchError, SearchLimits, SearchMatch, SearchPattern, SearchQuery, SearchResult};
pub use walk::{LeaveOut, WalkEntry, WalkOptions, WalkSummary};

pub(crate) use hash::HashingReader;

/// A directory whose handle stays open: it remains the same folder even if its path is moved or replaced.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    beneath: Beneath,
}

/// What a caller believes stands at a path it is about to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedTarget {
    Absent,
    Sha256(FileHash),
    /// Whatever is there. For callers that have nothing to lose, such as a cache.
    Any,
}

impl fmt::Display for ExpectedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no file"),
            Self::Sha256(hash) => write!(f, "{hash}"),
            Self::Any => f.write_str("anything"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
    Link,
    Fifo,
    Socket,
    Device,
    Unknown,
}

impl EntryKind {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self::of_type(FileType::from_raw_mode(stat.st_mode))
    }

    pub(crate) fn of_type(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Link,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::CharacterDevice | FileType::BlockDevice => Self::Device,
            FileType::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "symbolic link",
            Self::Fifo => "FIFO",
            Self::Socket => "socket",
            Self::Device => "device",
            Self::Unknown => "thing of unknown kind",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: OsString,
    pub kind: EntryKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    pub kind: EntryKind,
    /// Bytes.
    pub len: u64,
    /// Permission bits, `0o777` at most.
    pub mode: u32,
    /// Nanoseconds since the Unix epoch.
    pub modified_ns: i128,
    pub links: u64,
}

impl Metadata {
    fn of(stat: &Stat) -> Self {
        Self {
            kind: EntryKind::of(stat),
            len: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: permissions(stat),
            modified_ns: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
            links: link_count(stat),
        }
    }
}

impl Folder {
    /// Opens an existing directory; a link to one is followed here, and only here.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        Self::open_resolving(root, Resolution::Kernel)
    }

    fn open_resolving(root: &Path, resolution: Resolution) -> Result<Self, FolderError> {
        let failed = |error| FolderError::from_io(root, error);
        let path = root.canonicalize().map_err(failed)?;
        let beneath =
            Beneath::open(&path, resolution).map_err(|errno| FolderError::from_errno(root, errno))?;
        Ok(Self { path, beneath })
    }

    /// Where the folder was when it was opened, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entries of a directory (`""` for the folder itself), sorted by name.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<Entry>, FolderError> {
        let path = RelativePath::parse(path.as_ref())?;
        let directory = self.beneath.directory(&path, Links::Inside)?;
        entries(&directory).map_err(|errno| FolderError::from_errno(path.as_path(), errno))
    }

    /// Of the thing itself: a link is described, not followed.
    pub fn metadata(&self, path: impl AsRef<Path>) -> Result<Metadata, FolderError> {
        let path = RelativePath::parse(path.as_ref())?;
        let failed = |errno| FolderError::from_errno(path.as_path(), errno);
        if path.as_path().as_os_str().is_empty() {
            let root = self.beneath.directory(&path, Links::Refuse)?;
            return Ok(Metadata::of(&rustix::fs::fstat(&root).map_err(failed)?));
        }
        let (parent, name) = path.split()?;
        let parent = self.beneath.directory(&parent, Links::Inside)?;
        let stat = rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        Ok(Metadata::of(&stat))
    }

    /// The whole file, or `TooLarge` without having read it.
    pub fn read(&self, path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>, FolderError> {
        let path = path.as_ref();
        let (file, stat) = self.open_file(path, Links::Inside)?;
        let too_large = |len| FolderError::TooLarge { path: path.to_owned(), len, limit };
        let len = Metadata::of(&stat).len;
        if len > limit {
            return Err(too_large(len));
        }
        let mut bytes = Vec::new();
        // One byte more than allowed, so that a file that grew meanwhile is seen to have grown.
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| FolderError::from_io(path, error))?;
        if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// At most `len` bytes from `offset`; fewer at the end of the file.
    pub fn read_range(&self, path: impl AsRef<Path>, offset: u64, len: u64) -> Result<Vec<u8>, FolderError> {
        let path = path.as_ref();
        let failed = |error| FolderError::from_io(path, error);
        let (mut file, _) = self.open_file(path, Links::Inside)?;
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    pub fn hash(&self, path: impl AsRef<Path>) -> Result<FileHash, FolderError> {
        let path = path.as_ref();
        let (mut file, _) = self.open_file(path, Links::Inside)?;
        FileHash::of_reader(&mut file).map_err(|error| FolderError::from_io(path, error))
    }

    /// Puts `bytes` at `path` at once and durably; the directory must exist. Returns the new content's hash.
    pub fn write_atomic(
        &self,
        path: impl AsRef<Path>,
        bytes: &[u8],
        expected: ExpectedTarget,
    ) -> Result<FileHash, FolderError> {
        self.write_from(path.as_ref(), &mut &*bytes, expected, None, |_| Ok(()))
    }

    /// Deletes one regular file.
    pub fn delete(&self, path: impl AsRef<Path>, expected: ExpectedTarget) -> Result<(), FolderError> {
        let path = RelativePath::parse(path.as_ref())?;
        write::delete(&self.target(&path)?, expected)
    }

    /// Creates the directory and its missing parents; through no link.
    pub fn create_dir_all(&self, path: impl AsRef<Path>) -> Result<(), FolderError> {
        let path = RelativePath::parse(path.as_ref())?;
        path.check_creatable()?;
        let mut done = PathBuf::new();
        for component in path.components() {
            let parent = self.beneath.directory(&RelativePath::parse(&done)?, Links::Refuse)?;
            match rustix::fs::mkdirat(&parent, component, Mode::from_raw_mode(0o777)) {
                Ok(()) => {
                    rustix::fs::fsync(&parent)
                        .map_err(|errno| FolderError::from_errno(path.as_path(), errno))?;
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(FolderError::from_errno(path.as_path(), errno)),
            }
            done.push(component);
        }
        // The last component may have existed as something else.
        self.beneath.directory(&path, Links::Refuse).map(drop)
    }

    /// As [`Folder::write_atomic`], from a reader; `verify` may still refuse what was read.
    pub(crate) fn write_from(
        &self,
        path: &Path,
        source: &mut dyn Read,
        expected: ExpectedTarget,
        mode: Option<u32>,
        verify: impl FnOnce(FileHash) -> Result<(), FolderError>,
    ) -> Result<FileHash, FolderError> {
        let path = RelativePath::parse(path)?;
        let target = self.target(&path)?;
        if target.regular()?.is_none() {
            path.check_creatable()?;
        }
        write::replace(&target, source, expected, mode, verify)
    }

    /// A regular file opened for reading, and its metadata by the same handle.
    pub(crate) fn open_file(&self, path: &Path, links: Links) -> Result<(File, Stat), FolderError> {
        let path = RelativePath::parse(path)?;
        let file = self.beneath.file(&path, OFlags::RDONLY, links).map_err(|error| match error {
            // A socket cannot be opened; say what it is.
            FolderError::Io { path, source } if source.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
                FolderError::NotAFile { path, kind: EntryKind::Socket }
            }
            other => other,
        })?;
        let stat =
            rustix::fs::fstat(&file).map_err(|errno| FolderError::from_errno(path.as_path(), errno))?;
        match EntryKind::of(&stat) {
            EntryKind::File => Ok((file.into(), stat)),
            kind => Err(FolderError::NotAFile { path: path.as_path().to_owned(), kind }),
        }
    }

    /// A regular file, through no link, with its permission bits.
    pub(crate) fn open_for_snapshot(&self, path: &Path) -> Result<(File, u32), FolderError> {
        let (file, stat) = self.open_file(path, Links::Refuse)?;
        Ok((file, Metadata::of(&stat).mode))
    }

    fn target<'a>(&self, path: &'a RelativePath) -> Result<Target<'a>, FolderError> {
        let (parent, name) = path.split()?;
        let parent = self.beneath.directory(&parent, Links::Refuse)?;
        Ok(Target { parent, name, path: path.as_path() })
    }
}

/// Its width differs between architectures.
fn link_count(stat: &Stat) -> u64 {
    fn widen(count: impl Into<u64>) -> u64 {
        count.into()
    }
    widen(stat.st_nlink)
}

/// As wide as on Linux, everywhere; set-user-ID and its like are left out.
fn permissions(stat: &Stat) -> u32 {
    fn widen(mode: impl Into<u32>) -> u32 {
        mode.into()
    }
    widen(stat.st_mode) & 0o777
}

fn entries(directory: &OwnedFd) -> Result<Vec<Entry>, Errno> {
    use std::os::unix::ffi::OsStrExt;
    let mut entries = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let mut kind = EntryKind::of_type(entry.file_type());
        if kind == EntryKind::Unknown {
            // Some file systems do not tell in the listing.
            kind = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_or(EntryKind::Unknown, |stat| EntryKind::of(&stat));
        }
        entries.push(Entry { name: name.to_owned(), kind });
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}
