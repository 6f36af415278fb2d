//! Keys of services: tested when they are entered, kept in the vault, never anywhere else.
//!
//! A write to the vault is recorded before it is made and again when it is done, and so is a removal: after a crash
//! in between it is known that the vault may hold a key, and entering or revoking it again mends that.

use std::sync::Arc;

use cadre_core::secret::Secret;
use cadre_models::discover::probe_key;
use cadre_models::{Address, Endpoint, ProviderKind};
use cadre_store::aggregates::endpoint::{KeyChanged, KeyEntered, KeyState, VaultKeyRow, key_is};
use cadre_store::{Batch, ReadError};
use cadre_vault::{Vault, VaultKind};

use super::Engine;
use super::endpoints::{EndpointError, OfferedModel, disable, kind_of, name_of, offered};
use crate::vaults::VaultState;

/// A key as somebody hands it over.
pub enum NewKey {
    Typed(Secret<String>),
    /// The variable that the kind's key is usually in, of this program's own environment.
    FromEnvironment,
}

/// A key that was taken, and what it gives.
#[derive(Debug, Clone)]
pub struct AddedKey {
    pub name: String,
    pub kind: ProviderKind,
    pub address: String,
    /// Where it is kept.
    pub vault: VaultKind,
    pub models: Vec<OfferedModel>,
}

#[derive(Debug, Clone)]
pub struct KeyView {
    pub name: String,
    pub kind: String,
    /// The only address that it is sent to.
    pub address: String,
    pub vault: String,
    pub state: KeyState,
    /// It was kept in the memory of an earlier run and is gone.
    pub lost: bool,
    pub by: String,
    pub changed_at: i64,
}

impl Engine {
    /// Tests a key by asking for the models that it gives, and keeps it if the service takes it.
    ///
    /// # Errors
    /// The service refuses it or does not answer, there is no place to keep it, or the store failed. Then the key
    /// that was there before is still used.
    pub async fn add_key(
        &self,
        kind: &str,
        address: Option<&str>,
        key: NewKey,
        by: &str,
    ) -> Result<AddedKey, EndpointError> {
        let kind = kind_of(kind)?;
        if kind == ProviderKind::Scripted {
            return Err(EndpointError::TakesNoKey(kind));
        }
        let address = Address::new(kind, address)?;
        let key = match key {
            NewKey::Typed(key) => trimmed(&key),
            NewKey::FromEnvironment => from_environment(kind)?,
        };
        let cancel = self.inner.tasks.cancelled().child_token();
        let tested = Endpoint::at(address.clone(), Some(Secret::new(key.expose().clone())))?;
        let models = probe_key(tested, &cancel).await?;
        let name = name_of(kind, address.text());
        let vault = self.keep(&name, &address, key, by).await?;
        Ok(AddedKey { name, kind, address: address.text().to_owned(), vault, models: offered(kind, models) })
    }

    async fn keep(
        &self,
        name: &str,
        address: &Address,
        key: Secret<String>,
        by: &str,
    ) -> Result<VaultKind, EndpointError> {
        let _one_at_a_time = self.inner.keys.lock().await;
        let vault = self.inner.vaults.for_new_key().await?;
        let mut batch = Batch::new();
        batch.add(&KeyEntered {
            key: name.to_owned(),
            kind: address.kind().name().into(),
            address: address.text().to_owned(),
            vault: vault.kind().name().into(),
            by: by.to_owned(),
        });
        self.write_endpoints(batch).await?;
        vault.put(name, key).await?;
        self.key_is_now(name, KeyState::Kept, by).await?;
        self.remove_revoked(&vault).await?;
        Ok(vault.kind())
    }

    /// Stops using a key, disables what used it, and removes it from the vault. Again, if it was interrupted.
    ///
    /// # Errors
    /// There is no such key, the store failed, or the vault could not be reached: then the key is not used any more,
    /// and is removed when the vault is opened the next time.
    pub async fn revoke_key(&self, name: &str, by: &str) -> Result<(), EndpointError> {
        let _one_at_a_time = self.inner.keys.lock().await;
        let key = self.store().vault_key(name).await?.filter(|key| key.state != KeyState::Removed.name());
        let key = key.ok_or_else(|| EndpointError::UnknownKey(name.to_owned()))?;
        if key.state != KeyState::Revoked.name() {
            let mut batch = Batch::new();
            batch.guard(key_is(&key));
            batch.add(&changed(name, KeyState::Revoked, by));
            for endpoint in self.store().endpoints().await? {
                if endpoint.disabled_at.is_none() && endpoint.key.as_deref() == Some(name) {
                    disable(&mut batch, &endpoint, by);
                }
            }
            self.write_endpoints(batch).await?;
        }
        if let Some(vault) = self.inner.vaults.of_kind(&key.vault).await? {
            self.remove_revoked(&vault).await?;
        }
        Ok(())
    }

    /// Every key that is kept or was about to be, by name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keys(&self) -> Result<Vec<KeyView>, ReadError> {
        let mut views = Vec::new();
        for key in self.store().vault_keys().await? {
            let Some(state) = KeyState::from_name(&key.state) else { continue };
            if state == KeyState::Removed {
                continue;
            }
            views.push(KeyView {
                state,
                lost: self.is_lost(&key).await,
                name: key.name,
                kind: key.kind,
                address: key.address,
                vault: key.vault,
                by: key.by,
                changed_at: key.changed_at,
            });
        }
        Ok(views)
    }

    /// How the vault stands: tried now, if nobody did yet.
    pub async fn vault(&self) -> VaultState {
        self.inner.vaults.state().await
    }

    /// Only memory is looked into: a keychain could ask for its password because somebody opened a page.
    async fn is_lost(&self, key: &VaultKeyRow) -> bool {
        if key.vault != VaultKind::Memory.name() {
            return false;
        }
        match self.inner.vaults.of_kind(&key.vault).await {
            Ok(Some(memory)) => matches!(memory.get(&key.name).await, Ok(None)),
            _ => true,
        }
    }

    /// Removes what is revoked and still in this vault.
    async fn remove_revoked(&self, vault: &Arc<Vault>) -> Result<(), EndpointError> {
        for key in self.store().vault_keys().await? {
            if key.state == KeyState::Revoked.name() && key.vault == vault.kind().name() {
                vault.remove(&key.name).await?;
                self.key_is_now(&key.name, KeyState::Removed, &key.by).await?;
            }
        }
        Ok(())
    }

    async fn key_is_now(&self, name: &str, state: KeyState, by: &str) -> Result<(), EndpointError> {
        let mut batch = Batch::new();
        batch.add(&changed(name, state, by));
        self.write_endpoints(batch).await
    }
}

fn changed(name: &str, state: KeyState, by: &str) -> KeyChanged {
    KeyChanged { key: name.to_owned(), state: state.name().into(), by: by.to_owned() }
}

/// A pasted key often has blanks or a line break around it.
fn trimmed(key: &Secret<String>) -> Secret<String> {
    Secret::new(key.expose().trim().to_owned())
}

fn from_environment(kind: ProviderKind) -> Result<Secret<String>, EndpointError> {
    let variable = kind.key_variable().ok_or(EndpointError::TakesNoKey(kind))?;
    match std::env::var(variable).map(Secret::new) {
        Ok(key) if !key.expose().trim().is_empty() => Ok(trimmed(&key)),
        _ => Err(EndpointError::NotInEnvironment(variable.to_owned())),
    }
}
