//! The operating system's keychain.
//!
//! A store is made anew for each call: a keychain that was restarted, or came only after Cadre, is found, and nothing
//! stays connected in between. Its own crate remembers a failed start until the process ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cadre_core::secret::Secret;
use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroize as _;

use crate::error::VaultError;

/// Builds for development do not touch what the installed Cadre keeps.
const SERVICE: &str = if cfg!(debug_assertions) { "Cadre (development)" } else { "Cadre" };

/// The name under which opening writes, to see whether it can.
const PROBE: &str = "probe";

/// As long as a person may need to type a password into the keychain's own window.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Keychain {
    workspace: String,
}

impl Keychain {
    pub(crate) async fn open(workspace: String) -> Result<Keychain, VaultError> {
        let keychain = Keychain { workspace };
        // An empty keychain and one that nobody unlocked both say that there is no such entry.
        keychain.put(PROBE, Secret::new("written to see whether it can be".to_owned())).await?;
        keychain.remove(PROBE).await?;
        Ok(keychain)
    }

    pub(crate) async fn put(&self, name: &str, secret: Secret<String>) -> Result<(), VaultError> {
        self.with_entry(name, move |entry| entry.set_password(secret.expose())).await
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<Secret<String>>, VaultError> {
        self.with_entry(name, |entry| match entry.get_password() {
            Ok(password) => Ok(Some(Secret::new(password))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.with_entry(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }

    /// Keychains answer when they like, and may ask the person first.
    async fn with_entry<T: Send + 'static>(
        &self,
        name: &str,
        act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, VaultError> {
        let user = format!("{}/{name}", self.workspace);
        let label = format!("{SERVICE}: {name}");
        let work = move || {
            let store = store().map_err(no_keychain)?;
            let label = HashMap::from([("label", label.as_str())]);
            // Only the Secret Service shows a label; the others know no such thing.
            let label = cfg!(all(unix, not(target_os = "macos"))).then_some(&label);
            let entry = store.build(SERVICE, &user, label).map_err(failed)?;
            act(&entry).map_err(failed)
        };
        // A thread of its own: the runtime waits for its blocking tasks when it ends, and a keychain may never answer.
        let (answer, answered) = tokio::sync::oneshot::channel();
        let started = std::thread::Builder::new().name("keychain".into()).spawn(move || {
            // Nobody listens any more once the patience is at its end.
            drop(answer.send(work()));
        });
        started.map_err(|error| VaultError::Keychain { reason: error.to_string() })?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(VaultError::Ended),
            Err(_) => Err(VaultError::NotAnswering { seconds: PATIENCE.as_secs() }),
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

fn no_keychain(error: Error) -> VaultError {
    VaultError::NoKeychain { reason: reason(error) }
}

fn failed(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked { reason: reason(error) },
        other => VaultError::Keychain { reason: reason(other) },
    }
}

/// Some of these errors carry what they read. They are shown by `Display` alone, which does not show it.
fn reason(error: Error) -> String {
    match error {
        Error::PlatformFailure(source) | Error::NoStorageAccess(source) => source.to_string(),
        Error::BadEncoding(mut bytes) => {
            bytes.zeroize();
            "what lies there is no text".into()
        }
        Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            "what lies there cannot be read".into()
        }
        // The entries themselves are of no use to anybody who reads this.
        Error::Ambiguous(entries) => format!("{} entries have this name", entries.len()),
        other => other.to_string(),
    }
}
