//! Looking at the world to find out whether an effect happened.

use std::path::Path;

use cadre_agents::folder::{Folder, FolderError};
use cadre_core::effect::Action;
use serde_json::{Value, json};

pub(super) enum Probe {
    Happened(Value),
    DidNot,
    Unclear(String),
}

pub(super) fn probe(action: &Action) -> Probe {
    match action {
        Action::WriteFile { folder, path, before, content_sha256, content, .. } => {
            match hash_now(Path::new(folder), path) {
                Ok(now) if now.as_deref() == Some(content_sha256.as_str()) => {
                    Probe::Happened(json!({ "path": path, "sha256": content_sha256, "bytes": content.len() }))
                }
                Ok(now) if now == *before => Probe::DidNot,
                Ok(_) => {
                    Probe::Unclear(format!("{path} is neither what it was before nor what was to be written"))
                }
                Err(error) => Probe::Unclear(format!("{path} could not be looked at: {error}")),
            }
        }
        Action::DeleteFile { folder, path, before, .. } => match hash_now(Path::new(folder), path) {
            Ok(None) => Probe::Happened(json!({ "path": path })),
            Ok(now) if now.as_ref() == Some(before) => Probe::DidNot,
            Ok(_) => Probe::Unclear(format!("{path} is not what was to be deleted")),
            Err(error) => Probe::Unclear(format!("{path} could not be looked at: {error}")),
        },
        Action::RunProgram { .. } | Action::AgentTool { .. } => {
            Probe::Unclear("a program leaves nothing that would tell".into())
        }
        Action::CallModel { .. } => {
            Probe::Unclear("an answer that was lost leaves nothing that would tell".into())
        }
        // Repeated after a crash, never probed.
        Action::Git { .. } => Probe::Unclear("the branch has to be looked at".into()),
    }
}

/// The result of what a person says has happened: what can be seen of it, which need not be what was approved.
/// Of a program nothing can be seen: its result is a person's to say too.
pub(super) fn said(action: &Action) -> Result<Value, String> {
    let (folder, path, approved) = match action {
        Action::WriteFile { folder, path, content_sha256, .. } => (folder, path, Some(content_sha256)),
        Action::DeleteFile { folder, path, .. } => (folder, path, None),
        Action::RunProgram { .. }
        | Action::AgentTool { .. }
        | Action::CallModel { .. }
        | Action::Git { .. } => {
            return Ok(json!({ "said_by_person": true }));
        }
    };
    let now = hash_now(Path::new(folder), path)
        .map_err(|error| format!("{path} could not be looked at: {error}"))?;
    match (now, approved) {
        (Some(now), Some(approved)) => Ok(json!({
            "path": path, "sha256": now, "said_by_person": true, "as_approved": now == *approved,
        })),
        (None, None) => Ok(json!({ "path": path, "said_by_person": true })),
        (None, Some(_)) => Err(format!("nothing stands at {path}")),
        (Some(_), None) => Err(format!("{path} is still there")),
    }
}

/// SHA-256 of what stands at `path`; `None` when nothing does.
pub(crate) fn hash_now(folder: &Path, path: &str) -> Result<Option<String>, FolderError> {
    match Folder::open(folder)?.hash(path) {
        Ok(hash) => Ok(Some(hash.to_string())),
        Err(FolderError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
