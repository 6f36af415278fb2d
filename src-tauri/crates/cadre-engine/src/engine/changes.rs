//! What a change comes to, line by line: for the person who decides on it, and for whoever looks back.
//!
//! What stands at a file now is read beneath its folder by handle, and counts only while it has the hash that the
//! change was proposed for. It is shown, never bound: an approval is bound to the hash.

use std::collections::BTreeMap;

use cadre_agents::folder::{FileHash, Folder, FolderError};
use cadre_agents::snapshot::{SnapshotError, SnapshotStore};
use cadre_core::effect::{Action, TextDiff};
use cadre_core::org::AgentDefinition;
use cadre_store::ReadError;
use serde_json::Value;

use super::{Engine, InboxItem, UndoError};
use crate::diff::Diff;

/// More is not compared line by line: nobody reads it, and it would be held in memory twice.
const COMPARED: u64 = 1024 * 1024;

/// What stood, or stands, at the place of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    Nothing,
    /// It was compared.
    Text,
    /// Somebody changed it since the change was proposed; `None` when it is gone.
    Changed {
        found: Option<String>,
    },
    NotText {
        bytes: u64,
    },
    TooLarge {
        bytes: u64,
    },
    Unreadable {
        why: String,
    },
}

/// A change of one file. Where nothing could be compared, the whole new content counts as added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: String,
    pub before: Before,
    pub diff: Diff,
}

impl Engine {
    /// What an item of the Inbox would change; empty if it is about no file.
    ///
    /// # Errors
    /// The store failed.
    pub async fn proposed_changes(&self, item: &str) -> Result<Vec<FileChange>, ReadError> {
        let Some(item) = self.inbox().await?.into_iter().find(|open| open.id == item) else {
            return Ok(Vec::new());
        };
        Ok(match item.action.clone() {
            Some(action) => off_thread(move || of_action(&action, read_now)).await,
            None => of_agent(&item).into_iter().collect(),
        })
    }

    /// What an effect changed; empty if it was about no file.
    ///
    /// # Errors
    /// There is no such effect, or the store failed.
    pub async fn effect_changes(&self, effect: &str) -> Result<Vec<FileChange>, UndoError> {
        let row = self.store().effect(effect).await?.ok_or_else(|| UndoError::Unknown(effect.to_owned()))?;
        let action = self.store().effect_action(&row).await?;
        let snapshots = self.inner.shared.gate.snapshots();
        Ok(off_thread(move || of_action(&action, |_, _, hash| read_kept(&snapshots, hash))).await)
    }
}

/// Files are read where waiting for a disk holds up nobody else.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Vec<T> + Send + 'static) -> Vec<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

pub(super) type Found = Result<Vec<u8>, Before>;

fn of_action(action: &Action, read: impl Fn(&str, &str, FileHash) -> Found) -> Vec<FileChange> {
    let (folder, path, before, after) = match action {
        Action::WriteFile { folder, path, before, content, .. } => {
            (folder, path, before.as_deref(), content.as_str())
        }
        Action::DeleteFile { folder, path, before, .. } => (folder, path, Some(before.as_str()), ""),
        // The text before is the program's word: it is shown as such, and bound as all that it says.
        Action::AgentTool { diffs, .. } => return diffs.iter().map(said).collect(),
        Action::RunProgram { .. } | Action::CallModel { .. } | Action::Git { .. } => return Vec::new(),
    };
    let (before, old) = match before.map(str::parse::<FileHash>) {
        None => (Before::Nothing, String::new()),
        Some(Err(error)) => (Before::Unreadable { why: error.to_string() }, String::new()),
        Some(Ok(hash)) => match read(folder, path, hash).and_then(text) {
            Ok(text) => (Before::Text, text),
            Err(why) => (why, String::new()),
        },
    };
    vec![FileChange { path: path.clone(), before, diff: Diff::between(&old, after) }]
}

fn said(diff: &TextDiff) -> FileChange {
    let before = if diff.before.is_some() { Before::Text } else { Before::Nothing };
    let old = diff.before.as_deref().unwrap_or_default();
    FileChange { path: diff.path.clone(), before, diff: Diff::between(old, &diff.after) }
}

pub(super) fn text(bytes: Vec<u8>) -> Result<String, Before> {
    let not_text = Before::NotText { bytes: bytes.len() as u64 };
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(not_text),
    }
}

/// What stands there now, if it is what the change was proposed for.
fn read_now(folder: &str, path: &str, hash: FileHash) -> Found {
    let read = Folder::open(folder.as_ref()).and_then(|folder| match folder.read(path, COMPARED) {
        Err(FolderError::TooLarge { len, .. }) => {
            Ok((folder.hash(path)?, Err(Before::TooLarge { bytes: len })))
        }
        other => other.map(|bytes| (FileHash::of_bytes(&bytes), Ok(bytes))),
    });
    match read {
        Ok((found, bytes)) if found == hash => bytes,
        Ok((found, _)) => Err(Before::Changed { found: Some(found.to_string()) }),
        Err(FolderError::NotFound { .. }) => Err(Before::Changed { found: None }),
        Err(error) => Err(Before::Unreadable { why: error.to_string() }),
    }
}

/// The copy from before the change.
pub(super) fn read_kept(snapshots: &SnapshotStore, hash: FileHash) -> Found {
    snapshots.read(hash, COMPARED).map_err(|error| match error {
        SnapshotError::Folder(FolderError::TooLarge { len, .. }) => Before::TooLarge { bytes: len },
        error => Before::Unreadable { why: error.to_string() },
    })
}

/// An agent's definition before and after, with all that its hash covers.
fn of_agent(item: &InboxItem) -> Option<FileChange> {
    let definition = |field: &str| serde_json::from_value::<AgentDefinition>(item.detail[field].clone()).ok();
    let after = definition("after")?;
    let before = definition("before");
    let old = before.as_ref().map_or_else(String::new, in_lines);
    Some(FileChange {
        path: format!("{}/{}", after.department, after.name),
        before: if before.is_some() { Before::Text } else { Before::Nothing },
        diff: Diff::between(&old, &in_lines(&after)),
    })
}

fn in_lines(definition: &AgentDefinition) -> String {
    let value = serde_json::to_value(definition).unwrap_or_default();
    let fields: BTreeMap<String, Value> = serde_json::from_value(value).unwrap_or_default();
    let mut lines = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "context") {
        let (name, value) = match name.as_str() {
            "budget" => ("budget_usd", usd(definition.budget)),
            name => (name, value.to_string()),
        };
        lines.push_str(&format!("{name}: {value}\n"));
    }
    lines + "\n" + &definition.context
}

/// Nano-dollars, exactly.
fn usd(nano: i64) -> String {
    let exact = format!("{}.{:09}", nano / 1_000_000_000, (nano % 1_000_000_000).abs());
    let short = exact.trim_end_matches('0');
    short.strip_suffix('.').unwrap_or(short).to_owned()
}
