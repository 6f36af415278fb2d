//! A file under a passphrase, for a machine without a keychain.
//!
//! The format is age's, so that `age --decrypt` opens it without Cadre; inside is JSON. The file is small and written
//! whole: to a new one beside it, flushed, then renamed. Who writes holds a lock and reads first, because another
//! workspace may keep its secrets in the same file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::SecretString;
use cadre_core::secret::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Work;
use crate::error::VaultError;

/// Far more than all keys of a person need.
const MAX_BYTES: u64 = 8 << 20;

/// By workspace, then by name.
type Entries = BTreeMap<String, BTreeMap<String, Zeroizing<String>>>;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    entries: Entries,
}

const VERSION: u32 = 1;

pub(crate) struct FileVault(Arc<Inner>);

struct Inner {
    workspace: String,
    path: PathBuf,
    passphrase: SecretString,
    work: Work,
    /// This workspace's own, which nobody else writes.
    ours: Mutex<BTreeMap<String, Zeroizing<String>>>,
}

impl FileVault {
    pub(crate) async fn open(
        workspace: String,
        path: PathBuf,
        passphrase: &Secret<String>,
        work: Work,
    ) -> Result<FileVault, VaultError> {
        if passphrase.expose().trim().is_empty() {
            return Err(VaultError::EmptyPassphrase);
        }
        let passphrase = SecretString::from(passphrase.expose().clone());
        blocking(move || {
            let mut inner = Inner { workspace, path, passphrase, work, ours: Mutex::default() };
            // Another name for the file must stay one: what is renamed over it would replace the name.
            inner.path = inner.path.canonicalize().unwrap_or(inner.path);
            let _lock = inner.lock()?;
            let mut content = inner.read()?;
            // Written back at once: a file that can be read and not written is found out before a key is entered.
            inner.write(&content)?;
            let ours = content.entries.remove(&inner.workspace).unwrap_or_default();
            inner.ours = Mutex::new(ours);
            Ok(FileVault(Arc::new(inner)))
        })
        .await
    }

    pub(crate) async fn put(&self, name: &str, secret: Secret<String>) -> Result<(), VaultError> {
        self.change(name, Some(Zeroizing::new(secret.expose().clone()))).await
    }

    pub(crate) fn get(&self, name: &str) -> Option<Secret<String>> {
        self.0.ours().get(name).map(|secret| Secret::new(String::clone(secret)))
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.change(name, None).await
    }

    async fn change(&self, name: &str, secret: Option<Zeroizing<String>>) -> Result<(), VaultError> {
        let (inner, name) = (Arc::clone(&self.0), name.to_owned());
        blocking(move || {
            let _lock = inner.lock()?;
            let mut content = inner.read()?;
            let ours = content.entries.entry(inner.workspace.clone()).or_default();
            match secret {
                Some(secret) => ours.insert(name, secret),
                None => ours.remove(&name),
            };
            inner.write(&content)?;
            *inner.ours() = content.entries.remove(&inner.workspace).unwrap_or_default();
            Ok(())
        })
        .await
    }
}

impl Inner {
    fn ours(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Zeroizing<String>>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held until the file is dropped.
    fn lock(&self) -> Result<File, VaultError> {
        let path = with_ending(&self.path, "lock");
        let locked = private().truncate(false).open(&path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| VaultError::File { path, source })
    }

    /// What the file holds; nothing if it is not there yet.
    fn read(&self) -> Result<Content, VaultError> {
        let path = || self.path.clone();
        let sealed = match File::open(&self.path) {
            Ok(file) => {
                let mut sealed = Vec::new();
                let read = file.take(MAX_BYTES + 1).read_to_end(&mut sealed);
                read.map_err(|source| VaultError::File { path: path(), source })?;
                sealed
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Content { version: VERSION, entries: Entries::new() });
            }
            Err(source) => return Err(VaultError::File { path: path(), source }),
        };
        let damaged = |reason: &str| VaultError::NotAVault { path: path(), reason: reason.to_owned() };
        let identity = age::scrypt::Identity::new(self.passphrase.clone());
        let plain = match age::decrypt(&identity, &sealed) {
            Ok(plain) => Zeroizing::new(plain),
            Err(age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed) => {
                return Err(VaultError::WrongPassphrase { path: path() });
            }
            Err(error) => return Err(damaged(&error.to_string())),
        };
        // serde's own words could repeat what is inside.
        let content: Content =
            serde_json::from_slice(&plain).map_err(|_| damaged("its content is not what Cadre writes"))?;
        match content.version {
            VERSION => Ok(content),
            _ => Err(damaged("a newer Cadre wrote it")),
        }
    }

    fn write(&self, content: &Content) -> Result<(), VaultError> {
        let plain = serde_json::to_vec(content).expect("a map of texts is always JSON");
        let plain = Zeroizing::new(plain);
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        if self.work == Work::Little {
            recipient.set_work_factor(1);
        }
        let sealed = age::encrypt(&recipient, &plain)
            .map_err(|error| VaultError::NotAVault { path: self.path.clone(), reason: error.to_string() })?;
        let new = with_ending(&self.path, "new");
        let written = (|| {
            // Left over by a process that was killed: under the lock nobody else is writing it.
            match std::fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = private().create_new(true).open(&new)?;
            file.write_all(&sealed)?;
            file.sync_all()?;
            std::fs::rename(&new, &self.path)?;
            flush_folder(&self.path)
        })();
        written.map_err(|source| VaultError::File { path: self.path.clone(), source })
    }
}

/// For writing, by nobody but this user.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The rename is on the disk only once its folder is.
fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Deriving a key from a passphrase takes a second of computing, on purpose.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(VaultError::Ended))
}
