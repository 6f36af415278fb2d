//! The one trait that every provider implements, and the way to a provider of each kind.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::anthropic::AnthropicProvider;
use crate::chat::{ChatRequest, ChatResponse};
use crate::discover::ModelInfo;
use crate::endpoint::Endpoint;
use crate::error::{Code, ModelError};
use crate::event::{EventStream, collect};
use crate::kind::ProviderKind;
use crate::openai::OpenAiProvider;
use crate::structured;

/// A service that answers chats. Calls are made once: whoever calls decides about another attempt.
#[async_trait]
pub trait Provider: Send + Sync {
    fn kind(&self) -> ProviderKind;

    /// Sends the request; returns when the provider has taken it.
    ///
    /// Cancelling ends this call and the stream with [`Code::Cancelled`] and closes the connection.
    async fn stream(
        &self,
        request: &ChatRequest,
        cancel: &CancellationToken,
    ) -> Result<EventStream, ModelError>;

    /// The models that the provider offers.
    async fn models(&self, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError>;

    /// Tests the key and lists the models that it may use. Costs nothing.
    async fn probe(&self, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        self.models(cancel).await
    }
}

/// The provider at an endpoint. Nothing is sent yet.
///
/// # Errors
/// When the system's TLS certificates cannot be read, and for [`ProviderKind::Scripted`], which has no endpoint.
pub fn connect(endpoint: Endpoint) -> Result<Arc<dyn Provider>, ModelError> {
    match endpoint.kind() {
        ProviderKind::Anthropic => Ok(Arc::new(AnthropicProvider::new(endpoint)?)),
        ProviderKind::Scripted => {
            let message = "a scripted provider is made from a script and has no address";
            Err(ModelError::new(Code::BadBaseUrl, message))
        }
        ProviderKind::OpenAi
        | ProviderKind::Xai
        | ProviderKind::OpenRouter
        | ProviderKind::Ollama
        | ProviderKind::LmStudio
        | ProviderKind::LlamaServer
        | ProviderKind::Vllm
        | ProviderKind::OpenAiCompatible => Ok(Arc::new(OpenAiProvider::new(endpoint)?)),
    }
}

/// The whole answer of one call; with [`ChatRequest::output_schema`], checked against it.
///
/// # Errors
/// Those of the stream, and [`structured::read`]'s when the answer has the wrong shape: its `repair_hint` is what to
/// tell the model in a second request.
pub async fn complete(
    provider: &dyn Provider,
    request: &ChatRequest,
    cancel: &CancellationToken,
) -> Result<ChatResponse, ModelError> {
    let events = provider.stream(request, cancel).await?;
    let response = collect(provider.kind(), &request.model, events).await?;
    structured::check(request, response)
}
