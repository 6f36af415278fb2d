//! Files that are given with a request: copied once, by their content, and never changed afterwards.
//!
//! A store is one folder with a folder for each content, named by its SHA-256, that has the file under its own name.
//! It knows neither requests nor steps. All functions block. Unix only.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use tempfile::NamedTempFile;

use crate::folder::{FileHash, HashingReader};
use crate::private_places::PrivatePlaces;

/// Bytes of one file.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Letters of a name.
const LONGEST_NAME: usize = 120;

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Without folders, and without what could be taken for something else.
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("{} is no file: a folder, a link or a device cannot be attached", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} is larger than 64 MiB; attach the folder that it lies in instead", path.display())]
    TooLarge { path: PathBuf },
    #[error("{} lies where keys or data of Cadre are kept, and is given to no agent", .0.display())]
    Private(PathBuf),
    #[error("the attachment {name} is not what was given: its content has changed")]
    Damaged { name: String },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

#[derive(Debug)]
pub struct AttachmentStore {
    directory: PathBuf,
}

impl AttachmentStore {
    /// Opens the store, creating it for this user alone.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(directory: &Path) -> Result<Self, AttachmentError> {
        make_folder(directory)?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Copies a file, durably, before it returns. The same content under the same name is kept once.
    ///
    /// # Errors
    /// It is no regular file, too large, private, or cannot be read.
    pub fn keep(&self, path: &Path, private: &PrivatePlaces) -> Result<Attachment, AttachmentError> {
        let failed = |source| AttachmentError::Io { path: path.to_owned(), source };
        let not_a_file = || AttachmentError::NotAFile { path: path.to_owned() };
        // Without waiting for somebody at the other end of a FIFO, and through no link.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(CWD, path, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Err(not_a_file()),
            Err(errno) => return Err(failed(errno.into())),
        };
        let stat = rustix::fs::fstat(&file).map_err(|errno| failed(errno.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(not_a_file());
        }
        // Links on the way are followed, so the place is judged by where they lead, if that is what was opened.
        let real = path.canonicalize().map_err(failed)?;
        let found = std::fs::metadata(&real).map_err(failed)?;
        if (found.dev(), found.ino()) != (stat.st_dev, stat.st_ino) {
            return Err(not_a_file());
        }
        if private.hold(&real) {
            return Err(AttachmentError::Private(path.to_owned()));
        }
        let mut reader = HashingReader::new(File::from(file).take(LARGEST + 1));
        let mut copy = NamedTempFile::new_in(&self.directory).map_err(failed)?;
        io::copy(&mut reader, &mut copy).map_err(failed)?;
        let (sha256, bytes) = reader.finish();
        if bytes > LARGEST {
            return Err(AttachmentError::TooLarge { path: path.to_owned() });
        }
        copy.as_file().set_permissions(Permissions::from_mode(0o400)).map_err(failed)?;
        copy.as_file().sync_all().map_err(failed)?;
        let attachment = Attachment { name: plain_name(path), sha256: sha256.to_string(), bytes };
        let place = self.path(&attachment.sha256, &attachment.name);
        let folder = self.directory.join(&attachment.sha256);
        make_folder(&folder)?;
        copy.persist(&place).map_err(|error| failed(error.error))?;
        for folder in [&folder, &self.directory] {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(attachment)
    }

    /// Where an attachment lies.
    pub fn path(&self, sha256: &str, name: &str) -> PathBuf {
        self.directory.join(sha256).join(name)
    }

    /// Looks whether an attachment is still what was given.
    ///
    /// # Errors
    /// It is gone, or its content has changed.
    pub fn check(&self, sha256: &str, name: &str) -> Result<(), AttachmentError> {
        let path = self.path(sha256, name);
        let hash = File::open(&path).and_then(|mut file| FileHash::of_reader(&mut file));
        match hash {
            Ok(found) if found.to_string() == sha256 => Ok(()),
            Ok(_) => Err(AttachmentError::Damaged { name: name.to_owned() }),
            Err(source) => Err(AttachmentError::Io { path, source }),
        }
    }
}

fn make_folder(path: &Path) -> Result<(), AttachmentError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| AttachmentError::Io { path: path.to_owned(), source })
}

/// The last part of a path as a name that means the same everywhere it is shown, and hides nothing.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let odd = |letter: char| {
        letter.is_control()
            || matches!(letter, '/' | '\\' | '\u{fffd}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}')
    };
    let name: String = name.chars().map(|letter| if odd(letter) { '_' } else { letter }).collect();
    let name = name.trim_start_matches(['.', '-', ' ']).trim_end();
    let skip = name.chars().count().saturating_sub(LONGEST_NAME);
    // The end stays: it says what kind of file it is.
    let name: String = name.chars().skip(skip).collect();
    if name.is_empty() { "file".into() } else { name }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    fn store() -> (tempfile::TempDir, AttachmentStore) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = AttachmentStore::open(&folder.path().join("attachments")).expect("opens");
        (folder, store)
    }

    fn keep(store: &AttachmentStore, path: &Path) -> Result<Attachment, AttachmentError> {
        store.keep(path, &PrivatePlaces::default())
    }

    #[test]
    fn what_lies_in_a_private_place_is_not_copied_by_whatever_way_it_is_named() {
        let (folder, store) = store();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("home/.ssh")).expect("is made");
        std::fs::create_dir_all(at("data")).expect("is made");
        for name in ["home/.ssh/id_ed25519", "data/cadre.sqlite", "home/notes.txt"] {
            std::fs::write(at(name), "x").expect("is written");
        }
        symlink(at("home/.ssh"), at("innocent")).expect("is made");
        symlink(at("data"), at("home/data")).expect("is made");
        let private = PrivatePlaces::new([at("data")]);
        for name in [
            "home/.ssh/id_ed25519",
            "home/../home/.ssh/id_ed25519",
            "innocent/id_ed25519",
            "data/cadre.sqlite",
            "home/data/cadre.sqlite",
        ] {
            let refused = store.keep(&at(name), &private);
            assert!(matches!(refused, Err(AttachmentError::Private(_))), "{name}: {refused:?}");
        }
        let left = std::fs::read_dir(at("attachments")).expect("is there").count();
        assert_eq!(left, 0, "what is refused leaves nothing");
        store.keep(&at("home/notes.txt"), &private).expect("what lies beside is nobody's secret");
    }

    #[test]
    fn a_file_is_kept_by_its_content_and_noticed_when_it_changes() {
        let (folder, store) = store();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "some notes").expect("is written");
        let kept = keep(&store, &path).expect("is kept");
        assert_eq!((kept.name.as_str(), kept.bytes), ("notes.txt", 10));
        assert_eq!(keep(&store, &path).expect("is kept"), kept, "the same is kept once");
        std::fs::remove_file(&path).expect("is removed");
        let copy = store.path(&kept.sha256, &kept.name);
        assert_eq!(std::fs::read_to_string(&copy).expect("is there"), "some notes");
        store.check(&kept.sha256, &kept.name).expect("it is what was given");
        std::fs::remove_file(&copy).expect("is removed");
        std::fs::write(&copy, "other notes").expect("is written");
        let noticed = store.check(&kept.sha256, &kept.name);
        assert!(matches!(noticed, Err(AttachmentError::Damaged { .. })), "{noticed:?}");
    }

    #[test]
    fn only_regular_files_of_a_bearable_size_are_kept() {
        let (folder, store) = store();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("real"), "x").expect("is written");
        symlink(at("real"), at("link")).expect("is made");
        let fifo = rustix::fs::mknodat(CWD, at("fifo"), FileType::Fifo, Mode::from_raw_mode(0o600), 0);
        fifo.expect("is made");
        for name in ["link", "fifo", "attachments"] {
            let refused = keep(&store, &at(name));
            assert!(matches!(refused, Err(AttachmentError::NotAFile { .. })), "{name}: {refused:?}");
        }
        File::create(at("huge")).and_then(|file| file.set_len(LARGEST + 1)).expect("is made");
        let refused = keep(&store, &at("huge"));
        assert!(matches!(refused, Err(AttachmentError::TooLarge { .. })), "{refused:?}");
        assert!(keep(&store, &at("nowhere")).is_err());
        let left = std::fs::read_dir(at("attachments")).expect("is there").count();
        assert_eq!(left, 0, "what is refused leaves nothing");
    }

    #[test]
    fn a_name_hides_nothing() {
        for (name, expected) in [
            (b"report.pdf".as_slice(), "report.pdf"),
            (b"..hidden", "hidden"),
            (b"-rf", "rf"),
            (b"a\nb\tc", "a_b_c"),
            ("a\u{202e}gpj.exe".as_bytes(), "a_gpj.exe"),
            (b"\xff", "_"),
            (b"...", "file"),
        ] {
            assert_eq!(plain_name(Path::new(OsStr::from_bytes(name))), expected, "{name:?}");
        }
        let long = format!("{}.txt", "x".repeat(200));
        assert!(
            plain_name(Path::new(&long)).ends_with("x.txt")
                && plain_name(Path::new(&long)).len() == LONGEST_NAME
        );
    }
}
