//! Files that are given with a request: copied once, by their content, and never changed afterwards.
//!
//! A store is one folder with a folder for each content, named by its SHA-256, that has the file under its own name.
//! What no request has taken yet lies in a second folder in the same way, until the store is opened the next time. It
//! knows neither requests nor steps. All functions block. Unix only.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use tempfile::NamedTempFile;

use sha2::{Digest as _, Sha256};

use crate::folder::{FileHash, HashingReader};
use crate::private_places::PrivatePlaces;

/// Bytes of one file.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Bytes of everything that no request has taken yet: whoever uploads without end does not fill the disk.
const MOST_WAITING: u64 = 1024 * 1024 * 1024;

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
    #[error("files of more than 1 GiB wait for a request already")]
    NoRoom,
    #[error("what was uploaded as {name} is not here any more; attach it again")]
    Gone { name: String },
    #[error("the attachment {name} is not what was given: its content has changed")]
    Damaged { name: String },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

#[derive(Debug)]
pub struct AttachmentStore {
    directory: PathBuf,
    /// On the same file system.
    uploads: PathBuf,
}

impl AttachmentStore {
    /// Opens the store, creating it for this user alone.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(directory: &Path, uploads: &Path) -> Result<Self, AttachmentError> {
        make_folder(directory)?;
        match std::fs::remove_dir_all(uploads) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(AttachmentError::Io { path: uploads.to_owned(), source });
            }
            _ => {}
        }
        Ok(Self { directory: directory.to_owned(), uploads: uploads.to_owned() })
    }

    /// Copies a file, durably, before it returns. The same content under the same name is kept once.
    ///
    /// # Errors
    /// It is no regular file, too large, private, or cannot be read.
    pub fn keep(&self, path: &Path, private: &PrivatePlaces) -> Result<Attachment, AttachmentError> {
        let (copy, attachment) = self.copy(path, private)?;
        self.settle(copy, &self.directory, &attachment)?;
        Ok(attachment)
    }

    /// Copies a file that no request has taken yet.
    ///
    /// # Errors
    /// As for [`keep`](Self::keep), or too much waits already.
    pub fn hold(&self, path: &Path, private: &PrivatePlaces) -> Result<Attachment, AttachmentError> {
        let uploads = self.uploads()?;
        let (copy, attachment) = self.copy(path, private)?;
        self.settle(copy, uploads, &attachment)?;
        Ok(attachment)
    }

    /// Begins to take a file that arrives in parts. No request has taken it yet.
    ///
    /// # Errors
    /// Too much waits already, or the folder cannot be written.
    pub fn receive(&self, name: &str) -> Result<Upload, AttachmentError> {
        let uploads = self.uploads()?;
        let failed = |source| AttachmentError::Io { path: uploads.to_owned(), source };
        let file = NamedTempFile::new_in(uploads).map_err(failed)?;
        Ok(Upload { file, hasher: Sha256::new(), bytes: 0, name: plain_name(Path::new(name)) })
    }

    /// Keeps what arrived, until a request takes it.
    ///
    /// # Errors
    /// It could not be written.
    pub fn finish(&self, upload: Upload) -> Result<Attachment, AttachmentError> {
        let Upload { file, hasher, bytes, name } = upload;
        let attachment = Attachment { name, sha256: hex::encode(hasher.finalize()), bytes };
        self.settle(file, &self.uploads, &attachment)?;
        Ok(attachment)
    }

    /// Takes what was uploaded, for good. What is kept already is taken once more.
    ///
    /// # Errors
    /// It is not here, or no longer what was uploaded.
    pub fn take(&self, sha256: &str, name: &str) -> Result<Attachment, AttachmentError> {
        let gone = || AttachmentError::Gone { name: name.to_owned() };
        // Both become parts of a path.
        if sha256.parse::<FileHash>().is_err() || plain_name(Path::new(name)) != name {
            return Err(gone());
        }
        let place = self.path(sha256, name);
        if !place.exists() {
            let upload = self.uploads.join(sha256).join(name);
            let folder = self.directory.join(sha256);
            make_folder(&folder)?;
            match std::fs::rename(&upload, &place) {
                Ok(()) => sync(&[&folder, &self.directory])?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // Only what is empty goes.
                    let _ = std::fs::remove_dir(&folder);
                    return Err(gone());
                }
                Err(source) => return Err(AttachmentError::Io { path: upload, source }),
            }
        }
        self.check(sha256, name)?;
        let bytes =
            std::fs::metadata(&place).map_err(|source| AttachmentError::Io { path: place, source })?.len();
        Ok(Attachment { name: name.to_owned(), sha256: sha256.to_owned(), bytes })
    }

    /// The first bytes of an attachment, at most `limit`, after a look whether it is still what was given.
    ///
    /// # Errors
    /// It is gone, or its content has changed.
    pub fn beginning(&self, sha256: &str, name: &str, limit: u64) -> Result<Vec<u8>, AttachmentError> {
        self.check(sha256, name)?;
        let path = self.path(sha256, name);
        let mut read = Vec::new();
        let done = File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut read));
        done.map_err(|source| AttachmentError::Io { path, source })?;
        Ok(read)
    }

    /// The folder of uploads, as long as there is room in it.
    fn uploads(&self) -> Result<&Path, AttachmentError> {
        make_folder(&self.uploads)?;
        match bytes_below(&self.uploads) {
            Ok(waiting) if waiting > MOST_WAITING => Err(AttachmentError::NoRoom),
            Ok(_) => Ok(&self.uploads),
            Err(source) => Err(AttachmentError::Io { path: self.uploads.clone(), source }),
        }
    }

    fn copy(
        &self,
        path: &Path,
        private: &PrivatePlaces,
    ) -> Result<(NamedTempFile, Attachment), AttachmentError> {
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
        Ok((copy, Attachment { name: plain_name(path), sha256: sha256.to_string(), bytes }))
    }

    /// Gives a copy its place below `root`, durably.
    fn settle(
        &self,
        copy: NamedTempFile,
        root: &Path,
        attachment: &Attachment,
    ) -> Result<(), AttachmentError> {
        let folder = root.join(&attachment.sha256);
        let place = folder.join(&attachment.name);
        let failed = |source| AttachmentError::Io { path: place.clone(), source };
        copy.as_file().set_permissions(Permissions::from_mode(0o400)).map_err(failed)?;
        copy.as_file().sync_all().map_err(failed)?;
        make_folder(&folder)?;
        copy.persist(&place).map_err(|error| failed(error.error))?;
        sync(&[&folder, root])
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

/// A file that arrives in parts. Given up, it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    file: NamedTempFile,
    hasher: Sha256,
    bytes: u64,
    name: String,
}

impl Upload {
    /// # Errors
    /// It is too large by now, or could not be written.
    pub fn write(&mut self, part: &[u8]) -> Result<(), AttachmentError> {
        self.bytes += part.len() as u64;
        if self.bytes > LARGEST {
            return Err(AttachmentError::TooLarge { path: PathBuf::from(&self.name) });
        }
        self.hasher.update(part);
        let written = self.file.write_all(part);
        written.map_err(|source| AttachmentError::Io { path: PathBuf::from(&self.name), source })
    }
}

/// Of everything in folders of contents, and of what is still arriving.
fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            // Taken by a request in this moment.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        bytes += if meta.is_dir() { bytes_below(&entry.path())? } else { meta.len() };
    }
    Ok(bytes)
}

fn sync(folders: &[&Path]) -> Result<(), AttachmentError> {
    for path in folders {
        let synced = File::open(path).and_then(|folder| folder.sync_all());
        synced.map_err(|source| AttachmentError::Io { path: path.to_path_buf(), source })?;
    }
    Ok(())
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
        let store = AttachmentStore::open(&folder.path().join("attachments"), &folder.path().join("uploads"))
            .expect("opens");
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
    fn what_arrives_in_parts_waits_until_a_request_takes_it_and_no_longer_than_the_store_is_open() {
        let (folder, store) = store();
        let upload = |parts: &[&str]| {
            let mut upload = store.receive("../notes.txt").expect("begins");
            for part in parts {
                upload.write(part.as_bytes()).expect("is written");
            }
            store.finish(upload).expect("is whole")
        };
        let arrived = upload(&["some ", "notes"]);
        assert_eq!((arrived.name.as_str(), arrived.bytes), ("notes.txt", 10));
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "some notes").expect("is written");
        assert_eq!(
            store.hold(&path, &PrivatePlaces::default()).expect("is copied"),
            arrived,
            "by whatever way the same content comes"
        );
        let place = store.path(&arrived.sha256, &arrived.name);
        assert!(!place.exists(), "no request has taken it");
        for _ in 0..2 {
            assert_eq!(store.take(&arrived.sha256, &arrived.name).expect("is taken"), arrived);
        }
        assert_eq!(store.beginning(&arrived.sha256, &arrived.name, 4).expect("is read"), b"some");
        let other = upload(&["never sent"]);
        drop(store);
        let store = AttachmentStore::open(&folder.path().join("attachments"), &folder.path().join("uploads"))
            .expect("opens");
        assert!(place.exists(), "what a request took stays");
        let gone = store.take(&other.sha256, &other.name);
        assert!(matches!(gone, Err(AttachmentError::Gone { .. })), "{gone:?}");
        assert!(!store.directory.join(&other.sha256).exists(), "and leaves no empty folder");
    }

    #[test]
    fn an_upload_has_a_limit_and_leaves_nothing_when_it_is_given_up() {
        let (_folder, store) = store();
        let mut upload = store.receive("huge").expect("begins");
        let part = vec![0; 1024 * 1024];
        let refused = (0..65).find_map(|_| upload.write(&part).err()).expect("it ends some time");
        assert!(matches!(refused, AttachmentError::TooLarge { .. }), "{refused:?}");
        drop(upload);
        let left = std::fs::read_dir(&store.uploads).expect("is there").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn what_waits_for_a_request_has_a_limit() {
        let (_folder, store) = store();
        let waiting = store.receive("sparse").expect("begins");
        waiting.file.as_file().set_len(MOST_WAITING + 1).expect("is made");
        let refused = store.receive("one more");
        assert!(matches!(refused, Err(AttachmentError::NoRoom)), "{refused:?}");
        drop(waiting);
        store.receive("one more").expect("there is room again");
    }

    #[test]
    fn nothing_outside_is_taken_by_a_name() {
        let (folder, store) = store();
        std::fs::write(folder.path().join("secret"), "x").expect("is written");
        let hash = FileHash::of_bytes(b"x").to_string();
        for (sha256, name) in [
            ("..", "secret"),
            (hash.as_str(), "../../secret"),
            (hash.as_str(), ""),
            (hash.as_str(), "secret"),
        ] {
            let refused = store.take(sha256, name);
            assert!(matches!(refused, Err(AttachmentError::Gone { .. })), "{sha256}/{name}: {refused:?}");
        }
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
