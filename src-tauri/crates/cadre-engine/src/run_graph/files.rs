//! Writing a file of a project: what stands there is looked at, then the exact bytes go through the gate.

use cadre_agents::folder::FileHash;
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_graph::{Context, NodeError};

use super::perform::{Asked, Doer, perform};
use super::{Artifact, failure};
use crate::gate::reconcile::hash_now;
use crate::shared::Shared;

/// Writes `content` to `path` in `folder`. `allowed` names what permits it without the policy being asked.
pub(crate) async fn write_file(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    folder: &str,
    path: &str,
    content: &str,
    allowed: Option<String>,
) -> Result<Artifact, NodeError> {
    let before: Option<String> = context
        .step("before", path, || async {
            hash_now(folder.as_ref(), path)
                .map_err(|error| failure(Category::ValidationError, error.to_string()))
        })
        .await?;
    let action = Action::WriteFile {
        folder: folder.to_owned(),
        path: path.to_owned(),
        before,
        content_sha256: FileHash::of_bytes(content.as_bytes()).to_string(),
        content: content.to_owned(),
        host: shared.host_name.clone(),
    };
    let written = perform(shared, context, doer, Asked { action, allowed }).await?;
    let sha256 = written["sha256"].as_str().unwrap_or_default().to_owned();
    let not_as_approved = written["as_approved"] == false;
    Ok(Artifact { path: path.to_owned(), sha256, not_as_approved })
}
