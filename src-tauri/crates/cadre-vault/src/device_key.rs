//! This device's key for one workspace: with it the heads of the record are signed.
//!
//! It is another one in each workspace, so that nobody who sees two of them knows that they are of one device.

use cadre_core::secret::Secret;
use cadre_core::signing::DeviceSigner;
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroize as _;

use crate::{Vault, VaultError};

/// Its name in the vault.
const NAME: &str = "device-key";

/// An Ed25519 key. It overwrites itself when it goes.
pub struct DeviceKey {
    device: String,
    key: SigningKey,
}

impl DeviceKey {
    /// A new one, which is not kept anywhere yet.
    pub fn random(device: &str) -> DeviceKey {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .expect("an operating system without randomness cannot run anything safely");
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        DeviceKey { device: device.to_owned(), key }
    }
}

impl DeviceSigner for DeviceKey {
    fn device(&self) -> &str {
        &self.device
    }

    fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    fn sign(&self, statement: &[u8]) -> [u8; 64] {
        self.key.sign(statement).to_bytes()
    }
}

impl Vault {
    /// The key that was kept, under this device's name of today.
    ///
    /// # Errors
    /// The place cannot be read, or what lies there is no key.
    pub async fn device_key(&self, device: &str) -> Result<Option<DeviceKey>, VaultError> {
        let Some(kept) = self.get(NAME).await? else { return Ok(None) };
        let mut seed = [0; 32];
        hex::decode_to_slice(kept.expose(), &mut seed).map_err(|_| VaultError::NotAKey)?;
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        Ok(Some(DeviceKey { device: device.to_owned(), key }))
    }

    /// Keeps a new key. Whoever has signed with it first never finds a key here that has signed nothing.
    ///
    /// # Errors
    /// The place cannot be written to.
    pub async fn keep_device_key(&self, key: &DeviceKey) -> Result<(), VaultError> {
        self.put(NAME, Secret::new(hex::encode(key.key.as_bytes()))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VaultOptions, VaultPlace};

    async fn vault() -> Vault {
        let options = VaultOptions { workspace: "w1".into(), place: VaultPlace::Memory };
        Vault::open(&options).await.expect("memory is there")
    }

    #[tokio::test]
    async fn a_key_that_was_kept_signs_the_same() {
        let vault = vault().await;
        assert!(vault.device_key("laptop").await.expect("reads").is_none(), "nobody made one");
        let made = DeviceKey::random("laptop");
        vault.keep_device_key(&made).await.expect("memory can be written to");
        let kept = vault.device_key("renamed").await.expect("reads").expect("it was kept");
        assert_eq!(kept.public_key(), made.public_key());
        assert_eq!(kept.sign(b"a statement"), made.sign(b"a statement"), "Ed25519 has no chance in it");
        assert_eq!((made.device(), kept.device()), ("laptop", "renamed"));
        assert_ne!(DeviceKey::random("laptop").public_key(), made.public_key());
    }

    #[tokio::test]
    async fn what_is_no_key_is_said_to_be_none() {
        let vault = vault().await;
        for kept in ["", "no digits", "00", &"0".repeat(66)] {
            vault.put(NAME, Secret::new(kept.to_owned())).await.expect("memory can be written to");
            assert!(matches!(vault.device_key("laptop").await, Err(VaultError::NotAKey)), "{kept}");
        }
    }
}
