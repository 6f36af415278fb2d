//! The models that can be asked: those of the endpoints that a person enabled.

use std::sync::Arc;

use async_trait::async_trait;
use cadre_graph::NodeError;
use cadre_models::routing::Candidate;
use cadre_models::{ModelError, Provider};
use cadre_store::ReadError;

use crate::shared::Shared;

/// Where models come from.
#[async_trait]
pub(crate) trait Models: Send + Sync {
    /// Those that may see a project's data, or without one what belongs to no project. In the order in which their
    /// endpoints were enabled.
    async fn candidates(&self, project: Option<&str>) -> Result<Vec<Candidate>, ReadError>;

    /// The way to an endpoint that is enabled, with its key for this call.
    async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError>;
}

impl Shared {
    /// The models that may be asked about a project, or about what belongs to none.
    pub(crate) async fn candidates(&self, project: Option<&str>) -> Result<Vec<Candidate>, ReadError> {
        self.models.candidates(project).await
    }

    pub(crate) async fn provider(&self, endpoint: &str) -> Result<Arc<dyn Provider>, ModelError> {
        self.models.provider(endpoint).await
    }

    /// Whether any model can be asked about a project.
    pub(crate) async fn has_model(&self, project: &str) -> Result<bool, NodeError> {
        let candidates =
            self.candidates(Some(project)).await.map_err(|error| NodeError::Store(error.to_string()))?;
        Ok(!candidates.is_empty())
    }
}
