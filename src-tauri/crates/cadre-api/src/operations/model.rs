//! Services that answer with models: what is found, what a person agreed to.

use std::collections::BTreeMap;

use cadre_core::budget::DOLLAR;
use cadre_engine::{
    Candidate, EndpointOffer, EndpointView, FoundService, OfferedModel, ProviderKind, Tier, VaultState,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{Micros, dollars};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::key::KeyDto;
use crate::operations::system::Nothing;

/// A model that a service offers, with what Cadre knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ModelDto {
    pub id: String,
    pub title: Option<String>,
    /// Tokens of context.
    #[specta(type = Option<specta_typescript::Number>)]
    pub window: Option<u64>,
    /// `weak`, `base` or `strong`.
    pub tier: Option<String>,
    /// Dollars for a million tokens, as text; `null` where nobody knows.
    pub price: Option<PriceDto>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PriceDto {
    pub input_usd: String,
    pub output_usd: String,
}

impl From<OfferedModel> for ModelDto {
    fn from(model: OfferedModel) -> Self {
        let tier = |tier| match tier {
            Tier::Weak => "weak",
            Tier::Base => "base",
            Tier::Strong => "strong",
        };
        ModelDto {
            id: model.id,
            title: model.title,
            window: model.window,
            tier: model.tier.map(|it| tier(it).to_owned()),
            price: model.price.map(|(input, output)| PriceDto {
                input_usd: input.to_string(),
                output_usd: output.to_string(),
            }),
        }
    }
}

/// A kind of service that Cadre can talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KindDto {
    pub kind: String,
    pub title: String,
    /// Where it usually is; `null` if it has to be said.
    pub address: Option<String>,
    pub needs_key: bool,
    /// A model answers. Otherwise a script does, and that is said wherever it answers.
    pub is_model: bool,
}

impl From<ProviderKind> for KindDto {
    fn from(kind: ProviderKind) -> Self {
        KindDto {
            kind: kind.name().into(),
            title: kind.title().into(),
            address: kind.default_base_url().map(str::to_owned),
            needs_key: kind.needs_key(),
            is_model: kind.is_model(),
        }
    }
}

/// Where keys are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VaultDto {
    /// `keychain`, `file` or `memory`: where a key that is entered now goes.
    pub kind: String,
    /// It is still there after a restart.
    pub lasts: bool,
    /// Why the one that was chosen cannot be used.
    pub problem: Option<String>,
    pub what_to_do: Option<String>,
}

impl From<VaultState> for VaultDto {
    fn from(state: VaultState) -> Self {
        let (problem, what_to_do) = state.problem.unzip();
        VaultDto {
            kind: state.kind.name().into(),
            lasts: state.kind.lasts(),
            problem,
            what_to_do: what_to_do.map(str::to_owned),
        }
    }
}

/// A service that a person agreed to use, under these terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EndpointDto {
    pub id: String,
    pub kind: KindDto,
    pub name: String,
    pub address: String,
    /// What is sent there does not leave this machine.
    pub local: bool,
    /// Name of the key that is sent along.
    pub key: Option<String>,
    /// The models that may be called.
    pub models: Vec<String>,
    /// By tier, where one was chosen.
    pub tiers: BTreeMap<String, String>,
    /// The one project whose data may go there.
    pub project: Option<String>,
    /// What its calls may cost in a day.
    pub daily_limit_usd: Option<String>,
    pub enabled: bool,
    pub enabled_at: Micros,
    /// The decision that allows it.
    pub decision: String,
}

impl From<EndpointView> for EndpointDto {
    fn from(view: EndpointView) -> Self {
        let EndpointView { terms, local, enabled, enabled_at, decision } = view;
        let kind = match ProviderKind::from_name(&terms.kind) {
            Some(kind) => kind.into(),
            // A newer Cadre wrote it; this one calls nobody there.
            None => KindDto {
                title: terms.kind.clone(),
                kind: terms.kind,
                address: None,
                needs_key: false,
                is_model: true,
            },
        };
        EndpointDto {
            id: terms.endpoint,
            kind,
            name: terms.name,
            address: terms.address,
            local,
            key: terms.key,
            models: terms.models,
            tiers: terms.tiers,
            project: terms.project,
            daily_limit_usd: terms.daily_limit.map(dollars),
            enabled,
            enabled_at: Micros(enabled_at),
            decision,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EndpointsDto {
    /// The first one first; those that were disabled too.
    pub endpoints: Vec<EndpointDto>,
    pub keys: Vec<KeyDto>,
    pub vault: VaultDto,
    /// Every kind of service that can be enabled.
    pub kinds: Vec<KindDto>,
}

/// What was agreed to, the keys, and where they are kept.
pub struct Endpoints;

impl Operation for Endpoints {
    const NAME: &'static str = "model.endpoints";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = Nothing;
    type Output = EndpointsDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<EndpointsDto, ApiError> {
        Ok(EndpointsDto {
            endpoints: api.engine.endpoints().await?.into_iter().map(Into::into).collect(),
            keys: api.engine.keys().await?.into_iter().map(Into::into).collect(),
            vault: api.engine.vault().await.into(),
            kinds: ProviderKind::ALL.into_iter().map(Into::into).collect(),
        })
    }
}

/// A service that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ServiceDto {
    pub kind: KindDto,
    pub address: String,
    pub local: bool,
    pub models: Vec<ModelDto>,
}

impl From<FoundService> for ServiceDto {
    fn from(found: FoundService) -> Self {
        ServiceDto {
            kind: found.kind.into(),
            address: found.address,
            local: found.local,
            models: found.models.into_iter().map(Into::into).collect(),
        }
    }
}

/// A key in the environment of the program that is the host. It is offered, not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OfferedKeyDto {
    pub kind: KindDto,
    pub variable: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DiscoveryDto {
    pub services: Vec<ServiceDto>,
    pub environment: Vec<OfferedKeyDto>,
}

/// Looks around on this machine. Nothing is taken and nothing leaves it.
///
/// It provides no tag: nothing that is recorded changes who listens.
pub struct Discover;

impl Operation for Discover {
    const NAME: &'static str = "model.discover";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[];
    type Input = Nothing;
    type Output = DiscoveryDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<DiscoveryDto, ApiError> {
        let found = api.engine.discover(&Candidate::usual()).await;
        let offered = found.environment.into_iter();
        Ok(DiscoveryDto {
            services: found.services.into_iter().map(Into::into).collect(),
            environment: offered
                .map(|key| OfferedKeyDto { kind: key.kind.into(), variable: key.variable.into() })
                .collect(),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ServiceInput {
    pub kind: String,
    /// Without one, where this kind usually is.
    pub address: Option<String>,
}

/// Asks one service that needs no key for its models.
pub struct LookAt;

impl Operation for LookAt {
    const NAME: &'static str = "model.look_at";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[];
    type Input = ServiceInput;
    type Output = ServiceDto;

    async fn run(api: &Api, _caller: &Caller, input: ServiceInput) -> Result<ServiceDto, ApiError> {
        Ok(api.engine.look_at(&input.kind, input.address.as_deref()).await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct EndpointId {
    pub endpoint: String,
}

/// Asks an enabled endpoint, with its key, for the models that it has now. Costs nothing.
pub struct Check;

impl Operation for Check {
    const NAME: &'static str = "model.check";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[];
    type Input = EndpointId;
    type Output = Vec<ModelDto>;

    async fn run(api: &Api, _caller: &Caller, input: EndpointId) -> Result<Vec<ModelDto>, ApiError> {
        Ok(api.engine.check_endpoint(&input.endpoint).await?.into_iter().map(Into::into).collect())
    }
}

/// What a person agrees to.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct EnableInput {
    pub kind: String,
    /// Without one, where this kind usually is.
    pub address: Option<String>,
    /// What people call it.
    pub name: String,
    /// The models that may be called.
    pub models: Vec<String>,
    /// For `weak`, `base` and `strong` the model to take, where one is chosen.
    #[serde(default)]
    pub tiers: BTreeMap<String, String>,
    /// Only this project's data may go there.
    pub project: Option<String>,
    /// What its calls may cost in a day, in whole cents.
    #[specta(type = Option<specta_typescript::Number>)]
    pub daily_limit_cents: Option<i64>,
}

/// Agrees to these terms: from now on they are a standing permit for calls.
pub struct Enable;

impl Operation for Enable {
    const NAME: &'static str = "model.enable";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    const DECIDES: bool = true;
    type Input = EnableInput;
    type Output = EndpointDto;

    async fn run(api: &Api, caller: &Caller, input: EnableInput) -> Result<EndpointDto, ApiError> {
        let offer = EndpointOffer {
            kind: input.kind,
            address: input.address,
            name: input.name,
            models: input.models,
            tiers: input.tiers,
            project: input.project,
            daily_limit: input.daily_limit_cents.map(|cents| cents.saturating_mul(DOLLAR / 100)),
        };
        Ok(api.engine.enable_endpoint(offer, &caller.person, caller.channel.name()).await?.into())
    }
}

/// Ends an endpoint's permit. Less is allowed afterwards, so no decision is needed.
pub struct Disable;

impl Operation for Disable {
    const NAME: &'static str = "model.disable";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = EndpointId;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: EndpointId) -> Result<Nothing, ApiError> {
        api.engine.disable_endpoint(&input.endpoint, &caller.person).await?;
        Ok(Nothing {})
    }
}
