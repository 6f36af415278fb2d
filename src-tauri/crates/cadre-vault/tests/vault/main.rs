//! Each kind of vault against the real thing: GNOME Keyring on a bus of its own, files on a disk.

mod file;
#[cfg(target_os = "linux")]
mod keychain;
mod memory;

use cadre_core::secret::Secret;
use cadre_vault::{Vault, VaultError, VaultOptions, VaultPlace};

async fn open(workspace: &str, place: VaultPlace) -> Result<Vault, VaultError> {
    Vault::open(&VaultOptions { workspace: workspace.into(), place }).await
}

async fn put(vault: &Vault, name: &str, secret: &str) {
    vault.put(name, Secret::new(secret.into())).await.expect("can be written");
}

async fn got(vault: &Vault, name: &str) -> Option<String> {
    vault.get(name).await.expect("can be read").map(|secret| secret.expose().clone())
}

/// Why it did not open; a vault itself cannot be shown.
fn refusal(opened: Result<Vault, VaultError>) -> VaultError {
    match opened {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

/// What holds for each kind.
async fn keeps_replaces_and_forgets(vault: &Vault) {
    assert_eq!(got(vault, "provider").await, None, "nothing is there at first");
    put(vault, "provider", "first-secret").await;
    put(vault, "other", "other-secret").await;
    assert_eq!(got(vault, "provider").await.as_deref(), Some("first-secret"));
    put(vault, "provider", "second-secret: ü \n\"").await;
    assert_eq!(
        got(vault, "provider").await.as_deref(),
        Some("second-secret: ü \n\""),
        "the newer one, byte for byte"
    );
    vault.remove("provider").await.expect("can be removed");
    assert_eq!(got(vault, "provider").await, None, "it is gone");
    vault.remove("provider").await.expect("removing what is gone is no error: a click may come twice");
    assert_eq!(got(vault, "other").await.as_deref(), Some("other-secret"), "others stay");
}
