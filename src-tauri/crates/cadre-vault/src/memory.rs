//! Secrets for this run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use cadre_core::secret::Secret;
use zeroize::Zeroizing;

use crate::error::VaultError;

#[derive(Default)]
pub(crate) struct MemoryVault(Mutex<BTreeMap<String, Zeroizing<String>>>);

impl MemoryVault {
    pub(crate) fn put(&self, name: &str, secret: Secret<String>) -> Result<(), VaultError> {
        self.entries().insert(name.to_owned(), Zeroizing::new(secret.expose().clone()));
        drop(secret);
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<Secret<String>> {
        self.entries().get(name).map(|secret| Secret::new(String::clone(secret)))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.entries().remove(name);
        Ok(())
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Zeroizing<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
