//! Finds providers without asking: servers that listen on this machine, and keys that the environment has.
//!
//! What is found is offered. Nothing is stored, and no key is read: only whether there is one.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroize;

use crate::chat::Limits;
use crate::endpoint::Endpoint;
use crate::error::ModelError;
use crate::kind::ProviderKind;
use crate::provider::connect;
use crate::transport::Transport;

/// A model that a provider offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    pub id: String,
    /// A name for people, if the provider has one.
    pub title: Option<String>,
    /// Tokens of context, if the provider says.
    pub window: Option<u64>,
    pub owner: Option<String>,
}

impl ModelInfo {
    pub(crate) fn named(id: String) -> Self {
        Self { id, title: None, window: None, owner: None }
    }
}

/// For lists of models, which every provider gives at once.
pub(crate) const LIST_LIMITS: Limits = list_limits(Duration::from_secs(15), Duration::from_secs(30));

/// How long to look around on this machine: who listens answers in milliseconds, and a window waits for it.
pub const LOOK_AROUND: Duration = Duration::from_secs(1);

const fn list_limits(first_byte: Duration, total: Duration) -> Limits {
    Limits { first_byte, idle: first_byte, total, max_line_bytes: usize::MAX, max_response_bytes: usize::MAX }
}

/// Tests a key that was entered and lists the models that it gives.
///
/// # Errors
/// [`crate::Code::KeyRejected`] for a key that the provider does not know.
pub async fn probe_key(endpoint: Endpoint, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
    connect(endpoint)?.probe(cancel).await
}

/// A server on this machine, with the models that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalServer {
    pub kind: ProviderKind,
    /// For [`Endpoint::new`].
    pub base_url: String,
    pub models: Vec<ModelInfo>,
}

/// Where a local server may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub kind: ProviderKind,
    pub base_url: String,
}

impl Candidate {
    /// The usual places of Ollama, LM Studio, llama-server and vLLM.
    pub fn usual() -> Vec<Candidate> {
        [ProviderKind::Ollama, ProviderKind::LmStudio, ProviderKind::LlamaServer, ProviderKind::Vllm]
            .into_iter()
            .filter_map(|kind| Some(Candidate { kind, base_url: kind.default_base_url()?.to_owned() }))
            .collect()
    }
}

/// Asks all candidates at once. Who does not answer with a list of models `within` the time is not there.
pub async fn local_servers(
    candidates: &[Candidate],
    within: Duration,
    cancel: &CancellationToken,
) -> Vec<LocalServer> {
    let asked = candidates.iter().map(|candidate| async move { ask(candidate, within, cancel).await.ok() });
    join_all(asked).await.into_iter().flatten().collect()
}

async fn ask(
    candidate: &Candidate,
    within: Duration,
    cancel: &CancellationToken,
) -> Result<LocalServer, ModelError> {
    let mut endpoint = Endpoint::new(candidate.kind, Some(&candidate.base_url), None)?;
    endpoint.connect_limit = within;
    list(candidate, endpoint, list_limits(within, within), cancel).await
}

/// Asks one server that somebody named, without a key, and says why it is none.
///
/// # Errors
/// The address cannot be used, nobody answers there, or not with a list of models.
pub async fn look_at(candidate: &Candidate, cancel: &CancellationToken) -> Result<LocalServer, ModelError> {
    let endpoint = Endpoint::new(candidate.kind, Some(&candidate.base_url), None)?;
    list(candidate, endpoint, LIST_LIMITS, cancel).await
}

async fn list(
    candidate: &Candidate,
    endpoint: Endpoint,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<LocalServer, ModelError> {
    let (kind, models) = if candidate.kind == ProviderKind::Ollama {
        (candidate.kind, ollama_models(endpoint, limits, cancel).await?)
    } else {
        listed_models(endpoint, limits, cancel).await?
    };
    Ok(LocalServer { kind, base_url: candidate.base_url.clone(), models })
}

#[derive(Deserialize)]
struct OllamaTags {
    models: Vec<OllamaModel>,
}

#[derive(Deserialize)]
struct OllamaModel {
    name: String,
}

/// Ollama's own list: nothing else that may listen there has one.
async fn ollama_models(
    endpoint: Endpoint,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<Vec<ModelInfo>, ModelError> {
    let transport = Transport::new(endpoint)?;
    let url = transport.endpoint().url_at_root("/api/tags");
    let tags: OllamaTags = transport.json(transport.get(url), limits, cancel).await?;
    Ok(tags.models.into_iter().map(|model| ModelInfo::named(model.name)).collect())
}

#[derive(Deserialize)]
struct ListedModels {
    data: Vec<ListedModel>,
}

#[derive(Deserialize)]
struct ListedModel {
    id: String,
    owned_by: Option<String>,
    max_model_len: Option<u64>,
}

/// The list that the others share. The ports 8000 and 8080 are everybody's, so `owned_by` says who it is; whoever
/// does not say is only what its format is.
async fn listed_models(
    endpoint: Endpoint,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<(ProviderKind, Vec<ModelInfo>), ModelError> {
    let asked = endpoint.kind();
    let transport = Transport::new(endpoint)?;
    let url = transport.endpoint().url("/models");
    let list: ListedModels = transport.json(transport.get(url), limits, cancel).await?;
    let owner = list.data.iter().find_map(|model| model.owned_by.as_deref()).unwrap_or_default();
    let kind = match owner {
        "llamacpp" => ProviderKind::LlamaServer,
        "vllm" => ProviderKind::Vllm,
        _ if asked == ProviderKind::LmStudio => ProviderKind::LmStudio,
        _ => ProviderKind::OpenAiCompatible,
    };
    let models = list.data.into_iter().map(|model| ModelInfo {
        window: model.max_model_len,
        owner: model.owned_by,
        ..ModelInfo::named(model.id)
    });
    Ok((kind, models.collect()))
}

/// A key that the environment has: its name, to be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferedKey {
    pub kind: ProviderKind,
    pub variable: &'static str,
}

/// The keys that `is_set` says are there; [`is_set`] asks this program's own environment.
pub fn offered_keys(is_set: impl Fn(&str) -> bool) -> Vec<OfferedKey> {
    ProviderKind::ALL
        .into_iter()
        .filter_map(|kind| Some(OfferedKey { kind, variable: kind.key_variable()? }))
        .filter(|offered| is_set(offered.variable))
        .collect()
}

/// Whether a variable has a value. The standard library can only copy it, so the copy is overwritten at once.
pub fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| {
        let mut bytes = value.into_encoded_bytes();
        let found = !bytes.is_empty();
        bytes.zeroize();
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_offered_by_name() {
        let offered = offered_keys(|variable| matches!(variable, "XAI_API_KEY" | "ANTHROPIC_API_KEY"));
        let names: Vec<_> = offered.iter().map(|offered| (offered.kind.name(), offered.variable)).collect();
        assert_eq!(
            names,
            [("anthropic", "ANTHROPIC_API_KEY"), ("xai", "XAI_API_KEY")],
            "those that are set, and nothing of their values"
        );
    }

    #[test]
    fn a_variable_that_is_missing_is_not_set() {
        assert!(!is_set("CADRE_MODELS_NOBODY_SETS_THIS"), "nothing is offered that is not there");
        assert!(is_set("PATH"), "every environment of a test has one");
    }
}
