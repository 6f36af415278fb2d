//! This device's key: taken from the vault when work begins or a decision is made, so that heads of the record are
//! signed. Where there is none that lasts, heads stay unsigned, and `verify` says so.

use std::sync::Arc;
use std::time::Duration;

use cadre_core::signing::DeviceSigner as _;
use cadre_store::{DeviceKey, VerifyError, VerifyReport, WriteError};
use cadre_vault::VaultError;

use super::Engine;
use crate::tasks::TaskKind;

/// A decision does not wait longer for a keychain that asks its person first. The head is signed once it has answered.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum SigningError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Engine {
    /// Signs heads from here on, if there is a vault that lasts. Tried once a run.
    pub async fn sign_heads(&self) {
        let mut tried = self.inner.signing.lock().await;
        if !*tried {
            *tried = true;
            if let Err(error) = self.begin_signing().await {
                tracing::warn!(%error, "heads of the record are not signed in this run");
            }
        }
    }

    /// The same, without anybody waiting for it.
    pub(super) fn sign_heads_soon(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(TaskKind::Watch, async move { engine.sign_heads().await });
    }

    /// Before a decision: so that its own head is signed, where the vault answers at once.
    pub(super) async fn sign_before_deciding(&self) {
        self.sign_heads_soon();
        let signing = tokio::time::timeout(PATIENCE, self.sign_heads()).await;
        if signing.is_err() {
            tracing::warn!("the vault does not answer; the decision is recorded, and signed when it does");
        }
    }

    async fn begin_signing(&self) -> Result<(), SigningError> {
        let Some(vault) = self.inner.vaults.lasting().await? else { return Ok(()) };
        let device = &self.inner.shared.host_name;
        if let Some(key) = vault.device_key(device).await? {
            return Ok(self.store().sign_heads(DeviceKey { signer: Arc::new(key), is_known: true }).await?);
        }
        // It signs first and is kept then: a key that was kept has always signed something.
        let key = Arc::new(cadre_vault::DeviceKey::random(device));
        let signer = Arc::clone(&key);
        self.store().sign_heads(DeviceKey { signer, is_known: false }).await?;
        Ok(vault.keep_device_key(&key).await?)
    }

    /// # Errors
    /// The workspace could not be looked at.
    pub async fn verify(&self) -> Result<VerifyReport, VerifyError> {
        if self.store().signs_heads() {
            return self.store().verify().await;
        }
        match self.public_key().await {
            Ok(Some(key)) => self.store().verify_for(key).await,
            Ok(None) => self.store().verify().await,
            Err(error) => {
                tracing::warn!(%error, "this device's key cannot be compared with the kept head's");
                self.store().verify().await
            }
        }
    }

    async fn public_key(&self) -> Result<Option<[u8; 32]>, VaultError> {
        let Some(vault) = self.inner.vaults.lasting().await? else { return Ok(None) };
        let key = vault.device_key(&self.inner.shared.host_name).await?;
        Ok(key.map(|key| key.public_key()))
    }
}
