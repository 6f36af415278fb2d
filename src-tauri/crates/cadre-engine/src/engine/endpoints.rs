//! Endpoints: finding services that answer with models, agreeing to use one, and the end of that.

use std::collections::BTreeMap;
use std::path::Path;

use cadre_core::endpoint::{EndpointTerms, TermsProblem};
use cadre_models::catalogue::{Catalogue, NanoUsd, Tier};
use cadre_models::discover::{
    Candidate, LOOK_AROUND, LocalServer, ModelInfo, OfferedKey, is_set, local_servers, look_at, offered_keys,
};
use cadre_models::{Address, ModelError, Provider as _, ProviderKind};
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::endpoint::{
    EndpointDisabled, EndpointEnabled, EndpointRow, KeyState, VaultKeyRow, endpoint_is_enabled_as, key_is,
};
use cadre_store::{Batch, ReadError, WriteError};
use cadre_vault::VaultError;
use sha2::{Digest as _, Sha256};

use super::Engine;
use crate::endpoints::{ProviderError, is_local, script};

#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("`{0}` is no kind of service that Cadre knows")]
    UnknownKind(String),
    #[error("the terms cannot be agreed to")]
    Terms { problems: Vec<TermsProblem> },
    #[error("{0} answers nobody without a key; enter one first")]
    KeyNeeded(ProviderKind),
    #[error("{0} takes no key")]
    TakesNoKey(ProviderKind),
    #[error("`{0}` is not set where Cadre was started")]
    NotInEnvironment(String),
    #[error("there is no endpoint `{0}` that is enabled")]
    UnknownEndpoint(String),
    #[error("there is no key `{0}`")]
    UnknownKey(String),
    #[error("there is no project `{0}`")]
    UnknownProject(String),
    #[error("it has changed at the same time; look again")]
    Changed,
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A model as it is offered, with what the catalogue knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    pub id: String,
    pub title: Option<String>,
    /// Tokens of context.
    pub window: Option<u64>,
    pub tier: Option<Tier>,
    /// For a million tokens in and out; `None` where nobody knows.
    pub price: Option<(NanoUsd, NanoUsd)>,
}

/// A service that answered, with what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundService {
    pub kind: ProviderKind,
    pub address: String,
    pub local: bool,
    pub models: Vec<OfferedModel>,
}

/// What was found without asking anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    pub services: Vec<FoundService>,
    /// Keys in the environment of this program: their names, nothing else.
    pub environment: Vec<OfferedKey>,
}

/// What a person agrees to.
#[derive(Debug, Clone, Default)]
pub struct EndpointOffer {
    pub kind: String,
    /// Without one, the kind's own.
    pub address: Option<String>,
    pub name: String,
    pub models: Vec<String>,
    pub tiers: BTreeMap<String, String>,
    pub project: Option<String>,
    /// Nano-dollars a day.
    pub daily_limit: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct EndpointView {
    pub terms: EndpointTerms,
    pub local: bool,
    pub enabled_at: i64,
    pub enabled: bool,
    pub decision: String,
}

impl Engine {
    /// Looks for servers at these places of this machine and for keys in the environment. Takes nothing.
    pub async fn discover(&self, candidates: &[Candidate]) -> Discovery {
        let cancel = self.inner.tasks.cancelled().child_token();
        let servers = local_servers(candidates, LOOK_AROUND, &cancel).await;
        Discovery { services: servers.into_iter().map(found).collect(), environment: offered_keys(is_set) }
    }

    /// Asks one service, that somebody named, for its models.
    ///
    /// # Errors
    /// It is not known, does not answer, or wants a key.
    pub async fn look_at(&self, kind: &str, address: Option<&str>) -> Result<FoundService, EndpointError> {
        let kind = kind_of(kind)?;
        if kind == ProviderKind::Scripted {
            let path = address.unwrap_or_default();
            let models = script(Path::new(path)).await?.models(self.inner.tasks.cancelled()).await?;
            return Ok(FoundService {
                kind,
                address: path.to_owned(),
                local: true,
                models: offered(kind, models),
            });
        }
        let address = Address::new(kind, address)?;
        if address.needs_key() {
            return Err(EndpointError::KeyNeeded(kind));
        }
        let candidate = Candidate { kind, base_url: address.text().to_owned() };
        let cancel = self.inner.tasks.cancelled().child_token();
        Ok(found(look_at(&candidate, &cancel).await?))
    }

    /// Records that a person agrees to these terms; from now on they are a standing permit. Agreeing twice is
    /// agreeing once.
    ///
    /// # Errors
    /// The terms cannot be agreed to, a key is missing, or the store failed.
    pub async fn enable_endpoint(
        &self,
        offer: EndpointOffer,
        by: &str,
        channel: &str,
    ) -> Result<EndpointView, EndpointError> {
        let (terms, key) = self.terms(offer).await?;
        let before = self.store().endpoint(&terms.endpoint).await?;
        if let Some(row) = before.filter(|row| row.disabled_at.is_none())
            && self.store().endpoint_terms(&row).await? == terms
        {
            return Ok(view(row, terms));
        }
        let mut batch = Batch::new();
        if let Some(key) = &key {
            batch.guard(key_is(key));
        }
        let (decision, hash) = (self.inner.shared.host.id(), terms.hash());
        batch.add(&DecisionMade {
            id: decision.clone(),
            subject: "endpoint".into(),
            project: terms.project.clone(),
            answers: None,
            decision: "enable".into(),
            reason: None,
            action_hash: Some(hash.clone()),
            by: by.to_owned(),
            channel: channel.to_owned(),
        });
        let enabled = EndpointEnabled { terms, hash, decision, by: by.to_owned() };
        batch.add(&enabled);
        self.write_endpoints(batch).await?;
        self.look_again_at_limits().await;
        let id = &enabled.terms.endpoint;
        let row =
            self.store().endpoint(id).await?.ok_or_else(|| EndpointError::UnknownEndpoint(id.clone()))?;
        Ok(view(row, enabled.terms))
    }

    /// Ends an endpoint's permit. Less is allowed afterwards.
    ///
    /// # Errors
    /// It is not enabled, or the store failed.
    pub async fn disable_endpoint(&self, id: &str, by: &str) -> Result<(), EndpointError> {
        let unknown = || EndpointError::UnknownEndpoint(id.to_owned());
        let row = self.store().endpoint(id).await?.filter(|row| row.disabled_at.is_none());
        let row = row.ok_or_else(unknown)?;
        let mut batch = Batch::new();
        disable(&mut batch, &row, by);
        self.write_endpoints(batch).await
    }

    /// Every endpoint that was ever enabled, the first one first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn endpoints(&self) -> Result<Vec<EndpointView>, ReadError> {
        let mut views = Vec::new();
        for row in self.store().endpoints().await? {
            let terms = self.store().endpoint_terms(&row).await?;
            views.push(view(row, terms));
        }
        Ok(views)
    }

    /// Asks an enabled endpoint, with its key, for the models that it has now. Costs nothing.
    ///
    /// # Errors
    /// It is not enabled, its key is gone, or it does not answer.
    pub async fn check_endpoint(&self, id: &str) -> Result<Vec<OfferedModel>, ProviderError> {
        let provider = self.inner.endpoints.lend(id).await?;
        let cancel = self.inner.tasks.cancelled().child_token();
        let models = provider.probe(&cancel).await?;
        Ok(offered(provider.kind(), models))
    }

    /// The offer as terms, with the key that was entered for this very service, if there is one.
    async fn terms(
        &self,
        offer: EndpointOffer,
    ) -> Result<(EndpointTerms, Option<VaultKeyRow>), EndpointError> {
        let kind = kind_of(&offer.kind)?;
        let (address, needs_key) = if kind == ProviderKind::Scripted {
            let path = offer.address.unwrap_or_default();
            script(Path::new(&path)).await?;
            (path, false)
        } else {
            let address = Address::new(kind, offer.address.as_deref())?;
            (address.text().to_owned(), address.needs_key())
        };
        let name = name_of(kind, &address);
        let key = self.store().vault_key(&name).await?;
        let key = key.filter(|key| key.state == KeyState::Kept.name() && key.address == address);
        if needs_key && key.is_none() {
            return Err(EndpointError::KeyNeeded(kind));
        }
        if let Some(project) = &offer.project
            && self.store().project(project).await?.is_none()
        {
            return Err(EndpointError::UnknownProject(project.clone()));
        }
        let endpoint = match &offer.project {
            Some(project) => format!("{name}@{project}"),
            None => name.clone(),
        };
        let terms = EndpointTerms {
            endpoint,
            kind: kind.name().into(),
            name: offer.name.trim().to_owned(),
            address,
            key: key.is_some().then_some(name),
            models: offer.models,
            tiers: offer.tiers,
            project: offer.project,
            daily_limit: offer.daily_limit,
        };
        let problems = terms.problems();
        if problems.is_empty() { Ok((terms, key)) } else { Err(EndpointError::Terms { problems }) }
    }

    pub(super) async fn write_endpoints(&self, batch: Batch) -> Result<(), EndpointError> {
        match self.store().write(batch).await {
            Ok(_) => Ok(()),
            Err(WriteError::Refused { .. }) => Err(EndpointError::Changed),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn disable(batch: &mut Batch, row: &EndpointRow, by: &str) {
    for guard in endpoint_is_enabled_as(row) {
        batch.guard(guard);
    }
    batch.add(&EndpointDisabled { endpoint: row.id.clone(), by: by.to_owned() });
}

pub(super) fn kind_of(name: &str) -> Result<ProviderKind, EndpointError> {
    // What was sent in the place of a kind may be a key that went into the wrong field.
    let shown = || name.chars().take(8).collect::<String>();
    ProviderKind::from_name(name).ok_or_else(|| EndpointError::UnknownKind(shown()))
}

/// The name of a service, and of its key: its kind, and where it is not at the usual place, which one it is.
pub(super) fn name_of(kind: ProviderKind, address: &str) -> String {
    let usual = Address::new(kind, None).is_ok_and(|usual| usual.text() == address);
    if usual {
        return kind.name().to_owned();
    }
    let hash = hex::encode(Sha256::digest(address.as_bytes()));
    format!("{}-{}", kind.name(), &hash[..8])
}

pub(super) fn offered(kind: ProviderKind, models: Vec<ModelInfo>) -> Vec<OfferedModel> {
    let catalogue = Catalogue::embedded();
    let offered = models.into_iter().map(|model| {
        let known = catalogue.find(kind, &model.id);
        OfferedModel {
            window: model.window.or(known.and_then(|known| known.window)),
            tier: known.and_then(|known| known.tier),
            price: known.and_then(|known| known.price).map(|price| (price.input, price.output)),
            id: model.id,
            title: model.title,
        }
    });
    offered.collect()
}

fn found(server: LocalServer) -> FoundService {
    let LocalServer { kind, base_url, models } = server;
    FoundService { local: is_local(kind, &base_url), models: offered(kind, models), kind, address: base_url }
}

fn view(row: EndpointRow, terms: EndpointTerms) -> EndpointView {
    let local = ProviderKind::from_name(&terms.kind).is_some_and(|kind| is_local(kind, &terms.address));
    EndpointView {
        terms,
        local,
        enabled_at: row.enabled_at,
        enabled: row.disabled_at.is_none(),
        decision: row.decision,
    }
}
