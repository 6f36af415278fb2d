//! The models that can be asked: those of the endpoints that a person enabled.

use std::sync::Arc;

use async_trait::async_trait;
use cadre_graph::NodeError;
use cadre_models::routing::Candidate;
use cadre_models::{Code, ModelError, Provider};
use cadre_store::ReadError;

use crate::shared::Shared;

/// Where models come from.
#[async_trait]
pub(crate) trait Models: Send + Sync {
    /// In the order in which their endpoints were enabled.
    async fn candidates(&self) -> Result<Vec<Candidate>, ReadError>;

    /// The way to an endpoint that is enabled, with its key for this call.
    async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError>;
}

/// A workspace where nobody enabled an endpoint.
pub(crate) struct NoModels;

#[async_trait]
impl Models for NoModels {
    async fn candidates(&self) -> Result<Vec<Candidate>, ReadError> {
        Ok(Vec::new())
    }

    async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError> {
        Err(ModelError::new(Code::EndpointNotFound, format!("the endpoint `{endpoint}` is not enabled")))
    }
}

impl Shared {
    pub(crate) async fn candidates(&self) -> Result<Vec<Candidate>, ReadError> {
        self.models.candidates().await
    }

    pub(crate) async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError> {
        self.models.provider(endpoint).await
    }

    /// Whether any model can be asked.
    pub(crate) async fn has_model(&self) -> Result<bool, NodeError> {
        let candidates = self.candidates().await.map_err(|error| NodeError::Store(error.to_string()))?;
        Ok(!candidates.is_empty())
    }
}
