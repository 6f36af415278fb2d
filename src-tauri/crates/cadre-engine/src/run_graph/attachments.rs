//! What was given with a request, as a run gets it: what its agent reads is what was given.

use cadre_core::failure::Category;
use cadre_graph::{Context, NodeError};

use super::{RunInput, failure};
use crate::shared::Shared;

/// # Errors
/// A file is gone, or its content has changed since it was given.
pub(super) async fn check(shared: &Shared, context: &Context, input: &RunInput) -> Result<(), NodeError> {
    if input.attachments.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&str> = input.attachments.iter().map(|given| given.sha256.as_str()).collect();
    context
        .step("attachments", &hashes, || async {
            for given in &input.attachments {
                let checked = shared.attachments.check(&given.sha256, &given.name);
                checked.map_err(|error| failure(Category::DependencyFailure, error.to_string()))?;
            }
            Ok(())
        })
        .await
}
