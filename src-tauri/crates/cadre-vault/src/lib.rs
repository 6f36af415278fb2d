//! Where secrets lie: the system's keychain, a file under a passphrase, or the memory of this run.
//!
//! A vault belongs to one workspace; what another one keeps in the same place is neither seen nor touched. A secret
//! goes in and comes out as [`Secret`], one at a time, and is never listed. Deliberately absent: who may have a
//! secret, and a record of its uses; both are the engine's, before it asks here.

mod device_key;
mod error;
mod file;
mod keychain;
mod memory;

use std::path::{Path, PathBuf};

use cadre_core::secret::Secret;

pub use device_key::DeviceKey;
pub use error::VaultError;

use file::FileVault;
use keychain::Keychain;
use memory::MemoryVault;

/// Which kind of place holds the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultKind {
    Keychain,
    File,
    Memory,
}

impl VaultKind {
    /// The name in records and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            VaultKind::Keychain => "keychain",
            VaultKind::File => "file",
            VaultKind::Memory => "memory",
        }
    }

    /// Whether what is put there is still there after a restart.
    pub fn lasts(self) -> bool {
        self != VaultKind::Memory
    }
}

/// Where the secrets are to lie. Not `Debug`, because of the passphrase.
pub enum VaultPlace {
    /// The keychain of the operating system, unlocked by the person's login.
    Keychain,
    /// A file that is encrypted with a passphrase; made if it is not there. Somebody has chosen it.
    File { path: PathBuf, passphrase: Secret<String>, work: Work },
    /// This process, until it ends.
    Memory,
}

impl VaultPlace {
    /// The file that it is, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            VaultPlace::File { path, .. } => Some(path),
            VaultPlace::Keychain | VaultPlace::Memory => None,
        }
    }

    pub fn kind(&self) -> VaultKind {
        match self {
            VaultPlace::Keychain => VaultKind::Keychain,
            VaultPlace::File { .. } => VaultKind::File,
            VaultPlace::Memory => VaultKind::Memory,
        }
    }
}

/// How much computing it takes to try one passphrase on a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Work {
    /// About a second on this machine.
    #[default]
    Second,
    /// Next to nothing: for tests, which guard nothing.
    Little,
}

pub struct VaultOptions {
    /// Id of the workspace whose secrets these are.
    pub workspace: String,
    pub place: VaultPlace,
}

/// An open vault.
pub struct Vault(Place);

enum Place {
    Keychain(Keychain),
    File(FileVault),
    Memory(MemoryVault),
}

impl Vault {
    /// Opens the place and proves that it can be written to: that nothing was found there proves nothing.
    ///
    /// # Errors
    /// There is no keychain, it stays locked, the passphrase is wrong, or the file cannot be read or written.
    pub async fn open(options: &VaultOptions) -> Result<Vault, VaultError> {
        let workspace = options.workspace.clone();
        Ok(Vault(match &options.place {
            VaultPlace::Keychain => Place::Keychain(Keychain::open(workspace).await?),
            VaultPlace::File { path, passphrase, work } => {
                Place::File(FileVault::open(workspace, path.clone(), passphrase, *work).await?)
            }
            VaultPlace::Memory => Place::Memory(MemoryVault::default()),
        }))
    }

    pub fn kind(&self) -> VaultKind {
        match &self.0 {
            Place::Keychain(_) => VaultKind::Keychain,
            Place::File(_) => VaultKind::File,
            Place::Memory(_) => VaultKind::Memory,
        }
    }

    /// Keeps a secret under a name, in the place of one that is there.
    ///
    /// # Errors
    /// The place cannot be written to. Then what was there before is still there.
    pub async fn put(&self, name: &str, secret: Secret<String>) -> Result<(), VaultError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.put(name, secret).await,
            Place::File(file) => file.put(name, secret).await,
            Place::Memory(memory) => memory.put(name, secret),
        }
    }

    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// The place cannot be read.
    pub async fn get(&self, name: &str) -> Result<Option<Secret<String>>, VaultError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.get(name).await,
            Place::File(file) => Ok(file.get(name)),
            Place::Memory(memory) => Ok(memory.get(name)),
        }
    }

    /// Removes a secret. That there is none is no error.
    ///
    /// # Errors
    /// The place cannot be written to; the secret is still there.
    pub async fn remove(&self, name: &str) -> Result<(), VaultError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.remove(name).await,
            Place::File(file) => file.remove(name).await,
            Place::Memory(memory) => memory.remove(name),
        }
    }
}
