//! Why a secret could not be kept or read, and what to do about it.

use std::path::PathBuf;

/// None of these holds a secret, nor anything that a keychain's own error may carry of one.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("no keychain can be used here: {reason}")]
    NoKeychain { reason: String },
    #[error("the keychain is locked: {reason}")]
    Locked { reason: String },
    #[error("the keychain did not answer within {seconds} seconds")]
    NotAnswering { seconds: u64 },
    #[error("the keychain failed: {reason}")]
    Keychain { reason: String },
    #[error("it ended before it was done; what was there before is still there")]
    Ended,
    #[error("the passphrase does not open {path}")]
    WrongPassphrase { path: PathBuf },
    #[error("a vault file needs a passphrase")]
    EmptyPassphrase,
    #[error("{path} is not a vault file, or it is damaged: {reason}")]
    NotAVault { path: PathBuf, reason: String },
    #[error("what is kept as this device's key is none")]
    NotAKey,
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
}

impl VaultError {
    /// What a person can do now.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            VaultError::NoKeychain { .. } => {
                "Start a keychain (on Linux a Secret Service such as GNOME Keyring or KWallet), or choose a vault file."
            }
            VaultError::Locked { .. } | VaultError::NotAnswering { .. } => {
                "Unlock the keychain: it may be asking in a window of its own. Then try again."
            }
            VaultError::Ended => "Try again.",
            VaultError::Keychain { .. } => "Try again; if it stays, look into the keychain's own program.",
            VaultError::WrongPassphrase { .. } => "Enter the passphrase with which the file was made.",
            VaultError::EmptyPassphrase => "Choose a passphrase that nobody guesses.",
            VaultError::NotAVault { .. } => {
                "Put a backup of the file back, or choose another place and enter the keys again."
            }
            VaultError::NotAKey => {
                "Remove the entry `device-key` of this workspace from the vault; then verify the record, and a new key is made."
            }
            VaultError::File { .. } => "Check that you may read and write there and that the disk has space.",
        }
    }
}
