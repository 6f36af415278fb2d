//! The endpoints that a person enabled, as the gateway sees them: what may be chosen from, and the way to each.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use cadre_core::endpoint::EndpointTerms;
use cadre_models::catalogue::{Catalogue, Tier};
use cadre_models::routing::Candidate;
use cadre_models::scripted::ScriptedProvider;
use cadre_models::{Address, Code, Endpoint, ModelError, Provider, ProviderKind, connect};
use cadre_store::aggregates::endpoint::{KeyState, VaultKeyRow};
use cadre_store::{ReadError, Store};
use cadre_vault::VaultError;

use crate::models::Models;
use crate::vaults::Vaults;

/// A script that is longer is none.
const SCRIPT_LIMIT: u64 = 1 << 20;

/// Models of this name are passed on by an Ollama of this machine to its maker's.
const PASSED_ON: &str = "-cloud";

#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("the endpoint `{0}` is not enabled")]
    NotEnabled(String),
    #[error("the key `{0}` is not kept any more; enter it again")]
    NoKey(String),
    #[error("the key `{key}` lies in the {vault}, which this run of Cadre does not use")]
    KeyElsewhere { key: String, vault: String },
    #[error("the script {path} cannot be used: {reason}")]
    Script { path: String, reason: String },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<ProviderError> for ModelError {
    fn from(error: ProviderError) -> Self {
        let code = match error {
            ProviderError::Model(error) => return error,
            ProviderError::NoKey(_) | ProviderError::KeyElsewhere { .. } | ProviderError::Vault(_) => {
                Code::KeyMissing
            }
            ProviderError::Script { .. } => Code::NoScriptedAnswer,
            ProviderError::NotEnabled(_) | ProviderError::Read(_) => Code::EndpointNotFound,
        };
        ModelError::new(code, error.to_string())
    }
}

/// The endpoints of a workspace, with the vault that has their keys.
pub(crate) struct Endpoints {
    store: Store,
    vaults: Arc<Vaults>,
    catalogue: Catalogue,
}

impl Endpoints {
    pub(crate) fn new(store: Store, vaults: Arc<Vaults>) -> Self {
        Endpoints { store, vaults, catalogue: Catalogue::embedded() }
    }

    /// The way to an enabled endpoint, with its key. Drop it after the call: the key is lent, not given.
    pub(crate) async fn lend(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ProviderError> {
        let not_enabled = || ProviderError::NotEnabled(endpoint.to_owned());
        let row = self.store.endpoint(endpoint).await?.filter(|row| row.disabled_at.is_none());
        let terms = self.store.endpoint_terms(&row.ok_or_else(not_enabled)?).await?;
        let kind = ProviderKind::from_name(&terms.kind).ok_or_else(not_enabled)?;
        if kind == ProviderKind::Scripted {
            return Ok(Arc::new(script(Path::new(&terms.address)).await?));
        }
        let address = Address::new(kind, Some(&terms.address))?;
        let Some(name) = terms.key else { return Ok(connect(Endpoint::at(address, None)?)?) };
        let key = self.store.vault_key(&name).await?;
        // A key goes only to where it was entered for, whatever the terms say.
        let kept = |key: &VaultKeyRow| {
            key.state == KeyState::Kept.name() && key.kind == kind.name() && key.address == address.text()
        };
        let key = key.filter(kept).ok_or_else(|| ProviderError::NoKey(name.clone()))?;
        let vault = self.vaults.of_kind(&key.vault).await?;
        let vault =
            vault.ok_or_else(|| ProviderError::KeyElsewhere { key: name.clone(), vault: key.vault })?;
        let secret = vault.get(&name).await?.ok_or(ProviderError::NoKey(name))?;
        Ok(connect(Endpoint::at(address, Some(secret))?)?)
    }
}

#[async_trait]
impl Models for Endpoints {
    async fn candidates(&self, project: Option<&str>) -> Result<Vec<Candidate>, ReadError> {
        let mut candidates = Vec::new();
        for row in self.store.endpoints().await? {
            if row.disabled_at.is_some() {
                continue;
            }
            let terms = self.store.endpoint_terms(&row).await?;
            if terms.project.is_none() || terms.project.as_deref() == project {
                candidates.extend(candidates_of(&self.catalogue, &terms));
            }
        }
        Ok(candidates)
    }

    async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError> {
        Ok(self.lend(endpoint).await?)
    }
}

/// The models of these terms. Where a person chose the model of a tier, no other one of theirs has that tier.
fn candidates_of(catalogue: &Catalogue, terms: &EndpointTerms) -> Vec<Candidate> {
    // A newer Cadre wrote a kind that this one does not know.
    let Some(kind) = ProviderKind::from_name(&terms.kind) else { return Vec::new() };
    let local = is_local(kind, &terms.address);
    let candidate = |model: &String| {
        let local = local && !model.ends_with(PASSED_ON);
        let mut candidate = Candidate::new(catalogue, terms.endpoint.as_str(), kind, local, model.as_str());
        let chosen = terms.tiers.iter().find(|(_, chosen)| *chosen == model);
        candidate.tier = match chosen {
            Some((tier, _)) => Tier::from_name(tier),
            None => candidate.tier.filter(|tier| !terms.tiers.contains_key(tier.name())),
        };
        candidate
    };
    terms.models.iter().map(candidate).collect()
}

/// What is sent there does not leave this machine.
pub(crate) fn is_local(kind: ProviderKind, address: &str) -> bool {
    kind == ProviderKind::Scripted
        || Address::new(kind, Some(address)).is_ok_and(|address| address.is_local())
}

/// Reads a script. What is wrong with it is said without its text: the path may be of any file.
pub(crate) async fn script(path: &Path) -> Result<ScriptedProvider, ProviderError> {
    let refused = |reason: String| ProviderError::Script { path: path.display().to_string(), reason };
    let known = tokio::fs::metadata(path).await.map_err(|error| refused(error.to_string()))?;
    if !path.is_absolute() || !known.is_file() || known.len() > SCRIPT_LIMIT {
        return Err(refused("it is no file of at most 1 MiB with a full path".into()));
    }
    let text = tokio::fs::read_to_string(path).await.map_err(|error| refused(error.to_string()))?;
    ScriptedProvider::from_toml(&text).map_err(|error| refused(error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_s_choice_for_a_tier_stands_over_the_catalogue() {
        let terms = |kind: &str, address: &str, models: &[&str], tiers: &[(&str, &str)]| EndpointTerms {
            endpoint: "e".into(),
            kind: kind.into(),
            name: "E".into(),
            address: address.into(),
            key: None,
            models: models.iter().map(|&model| model.into()).collect(),
            tiers: tiers.iter().map(|&(tier, model)| (tier.into(), model.into())).collect(),
            project: None,
            daily_limit: None,
        };
        let shown = |terms: EndpointTerms| {
            let candidates = candidates_of(&Catalogue::embedded(), &terms);
            let line = |it: &Candidate| {
                let tier = it.tier.map_or("-", Tier::name);
                format!("{} {tier} {}{}", it.model, it.price.input, if it.assumed { "?" } else { "" })
            };
            candidates.iter().map(line).collect::<Vec<_>>().join(", ")
        };
        let claude = ["claude-sonnet-4-5", "claude-sonnet-4", "claude-opus-4-5"];
        let anthropic = "https://api.anthropic.com";
        assert_eq!(
            shown(terms("anthropic", anthropic, &claude, &[("base", "claude-sonnet-4")])),
            "claude-sonnet-4-5 - $3.00, claude-sonnet-4 base $3.00, claude-opus-4-5 strong $5.00"
        );
        let ollama = ["qwen3:8b", "big-cloud"];
        assert_eq!(
            shown(terms("ollama", "http://127.0.0.1:11434/v1", &ollama, &[("weak", "qwen3:8b")])),
            "qwen3:8b weak $0.00, big-cloud - $15.00?",
            "what an Ollama passes on to its maker is not free like this machine"
        );
        assert_eq!(shown(terms("of-tomorrow", anthropic, &["m"], &[])), "");
    }
}
