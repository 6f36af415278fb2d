//! The workspace's vault, opened when a key is first wanted: looking at projects must not make a keychain ask for its
//! password.
//!
//! Where the chosen vault cannot be opened, a new key is kept in memory for this run, and that is said. Nothing of
//! that is remembered: a keychain that comes later is found the next time.

use std::sync::Arc;

use cadre_vault::{Vault, VaultError, VaultKind, VaultOptions, VaultPlace};
use tokio::sync::Mutex;

pub(crate) struct Vaults {
    options: VaultOptions,
    memory: Arc<Vault>,
    chosen: Mutex<Chosen>,
}

#[derive(Default)]
struct Chosen {
    vault: Option<Arc<Vault>>,
    /// Why it did not open the last time.
    refused: Option<(String, &'static str)>,
}

/// How the vault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultState {
    /// Where a key that is entered now would go.
    pub kind: VaultKind,
    /// Why the chosen vault cannot be used, and what to do about that.
    pub problem: Option<(String, &'static str)>,
}

impl Vaults {
    pub(crate) async fn new(workspace: &str, place: VaultPlace) -> Result<Vaults, VaultError> {
        let workspace = workspace.to_owned();
        let memory = VaultOptions { workspace: workspace.clone(), place: VaultPlace::Memory };
        Ok(Vaults {
            options: VaultOptions { workspace, place },
            memory: Arc::new(Vault::open(&memory).await?),
            chosen: Mutex::default(),
        })
    }

    /// For a new key: the chosen vault, or memory where a keychain was chosen and there is none. A vault file that
    /// does not open is an error: somebody chose it and will want to know.
    pub(crate) async fn for_new_key(&self) -> Result<Arc<Vault>, VaultError> {
        match self.open().await {
            Err(_) if matches!(self.options.place, VaultPlace::Keychain) => Ok(Arc::clone(&self.memory)),
            opened => opened,
        }
    }

    /// The vault of this kind, for a key that was put there; `None` if this run has another one.
    pub(crate) async fn of_kind(&self, kind: &str) -> Result<Option<Arc<Vault>>, VaultError> {
        if kind == VaultKind::Memory.name() {
            return Ok(Some(Arc::clone(&self.memory)));
        }
        if kind != self.options.place.kind().name() {
            return Ok(None);
        }
        self.open().await.map(Some)
    }

    /// The chosen vault, if what is put there is still there after a restart.
    pub(crate) async fn lasting(&self) -> Result<Option<Arc<Vault>>, VaultError> {
        match self.options.place.kind().lasts() {
            true => self.open().await.map(Some),
            false => Ok(None),
        }
    }

    /// Tries the chosen vault if nobody did yet, and says how it stands.
    pub(crate) async fn state(&self) -> VaultState {
        let mut chosen = self.chosen.lock().await;
        if chosen.vault.is_none() && chosen.refused.is_none() {
            // Why it was refused is part of what is said below.
            let _ = self.open_locked(&mut chosen).await;
        }
        let kind = match (self.options.place.kind(), &chosen.refused) {
            (VaultKind::Keychain, Some(_)) => VaultKind::Memory,
            (kind, _) => kind,
        };
        VaultState { kind, problem: chosen.refused.clone() }
    }

    async fn open(&self) -> Result<Arc<Vault>, VaultError> {
        self.open_locked(&mut *self.chosen.lock().await).await
    }

    async fn open_locked(&self, chosen: &mut Chosen) -> Result<Arc<Vault>, VaultError> {
        if let Some(vault) = &chosen.vault {
            return Ok(Arc::clone(vault));
        }
        let opened = match &self.options.place {
            VaultPlace::Memory => Ok(Arc::clone(&self.memory)),
            _ => Vault::open(&self.options).await.map(Arc::new),
        };
        match opened {
            Ok(vault) => {
                *chosen = Chosen { vault: Some(Arc::clone(&vault)), refused: None };
                Ok(vault)
            }
            Err(error) => {
                chosen.refused = Some((error.to_string(), error.what_to_do()));
                Err(error)
            }
        }
    }
}
