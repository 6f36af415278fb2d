//! What is left of a run: its conversation, the files that are not as they were, and what it cost.

use std::path::Path;

use cadre_agents::changes::{self, Change, Listing};
use cadre_agents::folder::{FileHash, Folder};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_graph::NodeError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Artifact, Work, failure};
use crate::run_graph::conversation::Role;

/// Of one file's text, and of all together, that go on record with a change; beyond that a change is only named.
const MOST_TEXT: u64 = 1024 * 1024;
const MOST_TEXT_IN_ALL: u64 = 8 * 1024 * 1024;

/// One line of the outcome's list, and what goes on record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen {
    path: String,
    /// `created`, `changed` or `deleted`.
    how: String,
    /// Whether somebody agreed to this file's change.
    asked: bool,
    sha256: Option<String>,
    /// As a change that can be taken back; `None` where it cannot, or is on record already.
    action: Option<Action>,
    recorded: bool,
}

impl Work<'_> {
    pub(super) fn summary(&self) -> String {
        const LENGTH: usize = 400;
        let text = self.answer.trim();
        match text.char_indices().nth(LENGTH) {
            Some((index, _)) => format!("{}…", &text[..index]),
            None if text.is_empty() => format!("{} is done", self.agent),
            None => text.to_owned(),
        }
    }

    /// The files before the program begins, with copies of them.
    pub(super) async fn look(&self) -> Result<Listing, NodeError> {
        let folder = self.input.folder.clone();
        let snapshots = self.shared.gate.snapshots();
        self.context
            .step("acp_before", &self.input.folder, || async {
                blocking(move || {
                    let opened = Folder::open(Path::new(&folder)).map_err(|error| error.to_string())?;
                    changes::look(&opened, Some(&snapshots)).map_err(|error| error.to_string())
                })
                .await
            })
            .await
    }

    /// What is different now. Each change that nobody has on record is recorded, so that it shows and can be undone.
    pub(super) async fn changes(
        &mut self,
        before: &Listing,
    ) -> Result<(Vec<Value>, Vec<Artifact>), NodeError> {
        let (folder, host) = (self.input.folder.clone(), self.shared.host_name.clone());
        let (written, agreed) = (self.written.clone(), self.agreed.clone());
        let seen: Vec<Seen> = self
            .context
            .step("acp_after", &self.input.folder, || async {
                let before = before.clone();
                blocking(move || {
                    let opened = Folder::open(Path::new(&folder)).map_err(|error| error.to_string())?;
                    let after = changes::look(&opened, None).map_err(|error| error.to_string())?;
                    let mut room = MOST_TEXT_IN_ALL;
                    let changes = before.changes_to(&after).into_iter();
                    let seen = changes.map(|change| {
                        let ours = written.get(&change.path);
                        let asked = ours.is_some() || agreed.contains(&change.path);
                        seen(&opened, change, ours, asked, &host, &mut room)
                    });
                    Ok(seen.collect())
                })
                .await
            })
            .await?;
        let mut listed = Vec::new();
        let mut artifacts = Vec::new();
        for change in seen {
            if let Some(action) = &change.action {
                self.observe(action, change.asked).await?;
            }
            listed.push(json!({
                "path": change.path, "how": change.how, "asked": change.asked,
                "undoable": change.recorded || change.action.is_some(),
            }));
            if let Some(sha256) = change.sha256 {
                artifacts.push(Artifact { path: change.path, sha256, not_as_approved: false });
            }
        }
        let unasked: Vec<&str> = listed
            .iter()
            .filter(|change| change["asked"] == false)
            .filter_map(|change| change["path"].as_str())
            .collect();
        if !unasked.is_empty() {
            let text = format!("Changed without being asked about: {}", unasked.join(", "));
            let data = Some(json!({ "changes": listed }));
            self.conversation.say(Role::System, "cadre", &text, data).await?;
        }
        Ok((listed, artifacts))
    }

    async fn observe(&self, action: &Action, asked: bool) -> Result<(), NodeError> {
        let by = if asked { "agreed" } else { "unasked" };
        let seen = format!("observed:{}:{by}", self.definition.name);
        let place = self.place();
        self.context
            .effect("acp_observed", &action.hash(), |key| async move {
                Ok(self.shared.gate.observe(&key.0, action, &place, &seen).await?)
            })
            .await
    }
}

/// How one change is shown and recorded. `ours` is the hash of what was written for the program at this path.
fn seen(
    folder: &Folder,
    change: Change,
    ours: Option<&String>,
    asked: bool,
    host: &str,
    room: &mut u64,
) -> Seen {
    let how = match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "deleted",
        _ => "changed",
    };
    let sha256 = change.after.as_ref().and_then(|file| file.sha256.clone());
    let recorded = ours.is_some() && ours == sha256.as_ref();
    // What it changed after it was written for it has no copy from before.
    let action = if ours.is_some() { None } else { action_of(folder, &change, host, room) };
    Seen { path: change.path, how: how.into(), asked, sha256, action, recorded }
}

fn action_of(folder: &Folder, change: &Change, host: &str, room: &mut u64) -> Option<Action> {
    let before = match &change.before {
        None => None,
        Some(file) => Some(file.sha256.clone()?), // too large: there is no copy
    };
    let (root, path) = (folder.path().to_str()?.to_owned(), change.path.clone());
    let Some(after) = &change.after else {
        return Some(Action::DeleteFile { folder: root, path, before: before?, host: host.to_owned() });
    };
    let content_sha256 = after.sha256.clone()?;
    if after.len > MOST_TEXT || after.len > *room {
        return None;
    }
    let content = String::from_utf8(folder.read(&path, MOST_TEXT).ok()?).ok()?;
    *room -= after.len;
    let still = FileHash::of_bytes(content.as_bytes()).to_string() == content_sha256;
    still.then(|| Action::WriteFile {
        folder: root,
        path,
        before,
        content,
        content_sha256,
        host: host.to_owned(),
    })
}

/// Reading many files must not hold up other work.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, NodeError> {
    let done =
        tokio::task::spawn_blocking(work).await.map_err(|error| NodeError::Store(error.to_string()))?;
    done.map_err(|message| failure(Category::ConfigurationError, message))
}
