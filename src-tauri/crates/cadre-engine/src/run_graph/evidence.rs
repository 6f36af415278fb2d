//! Done by evidence: a step is done when what it names exists and was checked, not when somebody says so.

use cadre_core::effect::{Action, Recovery};
use cadre_core::failure::Category;
use cadre_core::plan::{Evidence, EvidenceKind};
use cadre_graph::{Context, NodeError};

use super::perform::{Asked, Doer, is_said, perform, result_by_person};
use super::{Artifact, failure};
use crate::gate::reconcile::hash_now;
use crate::shared::Shared;

/// Where evidence is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a str,
    /// What a command may look at beside the folder.
    pub(crate) reads: &'a [String],
}

/// Checks everything that can be checked without a person; what a person has to accept is the step's to ask.
pub(crate) async fn check(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    place: Place<'_>,
    evidence: &[Evidence],
    artifacts: &[Artifact],
) -> Result<(), NodeError> {
    for named in evidence {
        match named.kind {
            // The output was parsed as the agreed document before it came here.
            EvidenceKind::OutputSchema | EvidenceKind::PersonAccepts => {}
            EvidenceKind::FileExists => {
                let written = artifacts.iter().find(|artifact| artifact.path == named.value);
                file_exists(
                    context,
                    place.folder,
                    &named.value,
                    written.map(|artifact| artifact.sha256.as_str()),
                )
                .await?;
            }
            EvidenceKind::CommandSucceeds => {
                command_succeeds(shared, context, doer, place, &named.value).await?
            }
        }
    }
    Ok(())
}

/// The named files that are not there.
pub(crate) fn missing_files<'a>(folder: &str, evidence: &'a [Evidence]) -> Vec<&'a str> {
    evidence
        .iter()
        .filter(|named| named.kind == EvidenceKind::FileExists)
        .filter(|named| !matches!(hash_now(folder.as_ref(), &named.value), Ok(Some(_))))
        .map(|named| named.value.as_str())
        .collect()
}

async fn file_exists(
    context: &Context,
    folder: &str,
    path: &str,
    wanted: Option<&str>,
) -> Result<(), NodeError> {
    context
        .step("evidence", &(path, wanted), || async {
            let found = hash_now(folder.as_ref(), path)
                .map_err(|error| failure(Category::ValidationError, error.to_string()))?;
            match (found, wanted) {
                (None, _) => Err(failure(
                    Category::DependencyFailure,
                    format!("{path} is named as evidence and is not there"),
                )),
                (Some(found), Some(wanted)) if found != wanted => {
                    Err(failure(Category::DependencyFailure, format!("{path} is not what the step wrote")))
                }
                _ => Ok(()),
            }
        })
        .await
}

/// Runs the named command in the project's folder, through the gate like any other, and wants an exit code of 0.
async fn command_succeeds(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    place: Place<'_>,
    command: &str,
) -> Result<(), NodeError> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    let words =
        words.ok_or_else(|| failure(Category::ValidationError, format!("`{command}` is not a command")))?;
    let resolved: (String, Option<String>) = context
        .step("resolve", &words, || async {
            let found = shared.resolve_program(&words[0], place.folder);
            let (found, _) =
                found.map_err(|error| failure(Category::ConfigurationError, error.to_string()))?;
            Ok((found.path.to_string_lossy().into_owned(), found.sha256.map(|hash| hash.to_string())))
        })
        .await?;
    let action = Action::RunProgram {
        program: resolved.0,
        program_sha256: resolved.1,
        args: words[1..].to_vec(),
        folder: place.folder.to_owned(),
        env_names: Vec::new(),
        stdin: String::new(),
        stdin_sha256: cadre_agents::folder::FileHash::of_bytes(b"").to_string(),
        network: false,
        writable: true,
        reads: place.reads.to_vec(),
        writes: Vec::new(),
        seconds: 30 * 60,
        output_mib: 16,
        recovery: Recovery::Ask,
        host: shared.host_name.clone(),
    };
    let ran = perform(shared, context, doer, Asked { action, allowed: None }).await?;
    if is_said(&ran) {
        return result_by_person(context, doer, &format!("Did it end well? {command}")).await.map(drop);
    }
    match ran["code"].as_i64() {
        Some(0) => Ok(()),
        code => {
            let said = ran["stderr"].as_str().unwrap_or_default().lines().last().unwrap_or_default();
            let message = format!("`{command}` ended with {} {said}", code.unwrap_or(-1));
            Err(failure(Category::DependencyFailure, message.trim_end()))
        }
    }
}
