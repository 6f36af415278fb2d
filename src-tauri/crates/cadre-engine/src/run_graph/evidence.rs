//! Done by evidence: a run is done when what its step names exists and was checked, not when its agent says so.

use cadre_core::failure::Category;
use cadre_core::plan::EvidenceKind;
use cadre_graph::{Context, NodeError};

use super::{RunInput, RunOutcome, failure};
use crate::gate::reconcile::hash_now;

/// Checks what a run itself can show. What a person has to accept is asked by the step afterwards.
pub(super) async fn check(
    context: &Context,
    input: &RunInput,
    outcome: &RunOutcome,
) -> Result<(), NodeError> {
    let RunOutcome::Done { artifacts, .. } = outcome else { return Ok(()) };
    for evidence in &input.evidence {
        match evidence.kind {
            // The output was parsed as the agreed document before it came here; a person is asked by the step.
            EvidenceKind::OutputSchema | EvidenceKind::PersonAccepts => {}
            EvidenceKind::FileExists => {
                let written = artifacts.iter().find(|artifact| artifact.path == evidence.value);
                let wanted = written.map(|artifact| artifact.sha256.clone());
                file_exists(context, input, &evidence.value, wanted).await?;
            }
            EvidenceKind::CommandSucceeds => {
                return Err(failure(
                    Category::ConfigurationError,
                    format!(
                        "`{}` has to be run to prove the step, and only an agent with tools can run it",
                        evidence.value
                    ),
                ));
            }
        }
    }
    Ok(())
}

async fn file_exists(
    context: &Context,
    input: &RunInput,
    path: &str,
    wanted: Option<String>,
) -> Result<(), NodeError> {
    context
        .step("evidence", &(path, &wanted), || async {
            let found = hash_now(input.folder.as_ref(), path)
                .map_err(|error| failure(Category::ValidationError, error.to_string()))?;
            match (found, wanted.as_ref()) {
                (None, _) => Err(failure(
                    Category::DependencyFailure,
                    format!("{path} is named as evidence and is not there"),
                )),
                (Some(found), Some(wanted)) if found != *wanted => {
                    Err(failure(Category::DependencyFailure, format!("{path} is not what the step wrote")))
                }
                _ => Ok(()),
            }
        })
        .await
}
