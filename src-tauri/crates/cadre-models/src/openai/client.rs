//! The calls of the chat format.

use async_trait::async_trait;
use reqwest::RequestBuilder;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::normalise::ChatNormaliser;
use super::protocol::{self, ModelList};
use crate::chat::ChatRequest;
use crate::discover::{LIST_LIMITS, ModelInfo};
use crate::endpoint::Endpoint;
use crate::error::{Code, ModelError};
use crate::event::EventStream;
use crate::kind::ProviderKind;
use crate::provider::Provider;
use crate::transport::{Transport, sensitive};

pub(crate) struct OpenAiProvider {
    transport: Transport,
    kind: ProviderKind,
}

impl OpenAiProvider {
    pub(crate) fn new(endpoint: Endpoint) -> Result<Self, ModelError> {
        let kind = endpoint.kind();
        Ok(Self { transport: Transport::new(endpoint)?, kind })
    }

    fn authorised(&self, request: RequestBuilder) -> Result<RequestBuilder, ModelError> {
        match self.transport.endpoint().key() {
            Some(key) => {
                let bearer = Zeroizing::new(format!("Bearer {key}"));
                Ok(request.header("authorization", sensitive(&bearer)?))
            }
            None => Ok(request),
        }
    }
}

#[async_trait]
impl Provider for OpenAiProvider {
    fn kind(&self) -> ProviderKind {
        self.kind
    }

    async fn stream(
        &self,
        request: &ChatRequest,
        cancel: &CancellationToken,
    ) -> Result<EventStream, ModelError> {
        let body = serde_json::to_vec(&protocol::request(self.kind, request))
            .map_err(|error| ModelError::new(Code::InvalidRequest, error.to_string()))?;
        let url = self.transport.endpoint().url("/chat/completions");
        let post = self.authorised(self.transport.post(url, body))?;
        self.transport.events(post, request.limits, cancel, ChatNormaliser::new(self.kind)).await
    }

    async fn models(&self, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        let url = self.transport.endpoint().url("/models");
        let list: ModelList =
            self.transport.json(self.authorised(self.transport.get(url))?, LIST_LIMITS, cancel).await?;
        let models = list.data.into_iter().map(|row| ModelInfo {
            title: row.name,
            window: row.context_length.or(row.max_model_len),
            owner: row.owned_by,
            ..ModelInfo::named(row.id)
        });
        Ok(models.collect())
    }

    async fn probe(&self, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        if self.kind == ProviderKind::OpenRouter {
            // It shows its models to everybody, so the list proves nothing about the key.
            let url = self.transport.endpoint().url("/key");
            let get = self.authorised(self.transport.get(url))?;
            let _: Value = self.transport.json(get, LIST_LIMITS, cancel).await?;
        }
        self.models(cancel).await
    }
}
