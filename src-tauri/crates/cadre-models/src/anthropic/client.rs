//! The calls of the Messages API.

use async_trait::async_trait;
use reqwest::RequestBuilder;
use tokio_util::sync::CancellationToken;

use super::normalise::MessagesNormaliser;
use super::protocol::{self, ModelPage};
use crate::chat::ChatRequest;
use crate::discover::{LIST_LIMITS, ModelInfo};
use crate::endpoint::Endpoint;
use crate::error::{Code, ModelError};
use crate::event::EventStream;
use crate::kind::ProviderKind;
use crate::provider::Provider;
use crate::transport::{Transport, sensitive};

const VERSION: &str = "2023-06-01";

/// More pages than any account has; a list without an end must have one.
const MAX_PAGES: usize = 20;

pub(crate) struct AnthropicProvider {
    transport: Transport,
}

impl AnthropicProvider {
    pub(crate) fn new(endpoint: Endpoint) -> Result<Self, ModelError> {
        Ok(Self { transport: Transport::new(endpoint)? })
    }

    fn authorised(&self, request: RequestBuilder) -> Result<RequestBuilder, ModelError> {
        let request = request.header("anthropic-version", VERSION);
        match self.transport.endpoint().key() {
            Some(key) => Ok(request.header("x-api-key", sensitive(key)?)),
            None => Ok(request),
        }
    }
}

#[async_trait]
impl Provider for AnthropicProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Anthropic
    }

    async fn stream(
        &self,
        request: &ChatRequest,
        cancel: &CancellationToken,
    ) -> Result<EventStream, ModelError> {
        let body = serde_json::to_vec(&protocol::request(request))
            .map_err(|error| ModelError::new(Code::InvalidRequest, error.to_string()))?;
        let url = self.transport.endpoint().url("/v1/messages");
        let post = self.authorised(self.transport.post(url, body))?;
        let normaliser = MessagesNormaliser::new(request.output_schema.is_some());
        self.transport.events(post, request.limits, cancel, normaliser).await
    }

    async fn models(&self, cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        let mut models = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = self.transport.endpoint().url("/v1/models");
            url.query_pairs_mut().append_pair("limit", "1000");
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after_id", after);
            }
            let get = self.authorised(self.transport.get(url))?;
            let page: ModelPage = self.transport.json(get, LIST_LIMITS, cancel).await?;
            models.extend(
                page.data
                    .into_iter()
                    .map(|row| ModelInfo { title: row.display_name, ..ModelInfo::named(row.id) }),
            );
            after = page.last_id.filter(|_| page.has_more);
            if after.is_none() {
                break;
            }
        }
        Ok(models)
    }
}
