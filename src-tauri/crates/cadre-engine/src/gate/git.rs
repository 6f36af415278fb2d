//! Changes of git repositories. Each comes to the same end when it is done again, so a crash needs no probe.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cadre_agents::command::Confinement;
use cadre_agents::worktree::{Commit, Git, GitError, Merge, Signature, find_repository};
use cadre_core::effect::{Action, GitChange};
use cadre_core::failure::Category;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::EffectOutcome;

/// One change of a repository at a time: worktrees share refs, and a merge changes the one that it merges into.
#[derive(Default)]
pub(super) struct Repositories(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Repositories {
    fn lock_of(&self, action: &Action) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Action::Git { repository, .. } = action else { return Arc::default() };
        Arc::clone(locks.entry(repository.clone()).or_default())
    }
}

pub(super) async fn change(
    action: &Action,
    repositories: &Repositories,
    confinement: &Confinement,
    cancelled: &CancellationToken,
) -> EffectOutcome {
    let lock = repositories.lock_of(action);
    let _alone = lock.lock().await;
    match carry_out(action, confinement, cancelled).await {
        Ok(result) => EffectOutcome::Done { result },
        Err(error) => EffectOutcome::failed(category(&error), error.to_string()),
    }
}

async fn carry_out(
    action: &Action,
    confinement: &Confinement,
    cancelled: &CancellationToken,
) -> Result<Value, GitError> {
    let Action::Git { repository, subfolder, worktree, branch, change, .. } = action else {
        return Ok(Value::Null);
    };
    let top = Path::new(repository);
    let found = find_repository(top)?.filter(|found| found.top == top);
    let mut repository = found
        .ok_or_else(|| GitError::Unsupported { path: top.to_owned(), why: "it is no repository any more" })?;
    repository.subfolder.clone_from(subfolder);
    let git = Git::find(confinement, cancelled.clone())?;
    let worktree = Path::new(worktree);
    match change {
        GitChange::Worktree { base, papers_of } => {
            let papers_of = papers_of.as_deref().map(Path::new);
            git.add_worktree(&repository, worktree, branch, base, papers_of).await?;
            Ok(json!({ "branch": branch, "commit": base }))
        }
        GitChange::Commit { parents, message, author, at } => {
            let signature = Signature { author: author.clone(), at: *at };
            let made = git.commit(&repository, worktree, branch, parents, message, &signature).await?;
            Ok(made.map_or(json!({ "files": [] }), |commit| committed(&commit)))
        }
        GitChange::Merge { from_worktree, from_branch, message, author, at } => {
            let signature = Signature { author: author.clone(), at: *at };
            let from = (Path::new(from_worktree), from_branch.as_str());
            match git.merge(&repository, (worktree, branch), from, message, &signature).await? {
                Merge::Done(commit) => Ok(committed(&commit)),
                Merge::Conflicts { files, into } => Ok(json!({ "conflicts": names(&files), "into": into })),
            }
        }
    }
}

fn committed(commit: &Commit) -> Value {
    json!({ "commit": commit.id, "files": names(&commit.files) })
}

fn names(files: &[std::path::PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.to_string_lossy().into_owned()).collect()
}

fn category(error: &GitError) -> Category {
    match error {
        GitError::Stopped => Category::UserCancelled,
        GitError::NoGit | GitError::TooOld { .. } | GitError::Command(_) => Category::ConfigurationError,
        GitError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
            Category::ResourceExhausted
        }
        GitError::Failed { message, .. } if message.contains("No space left") => Category::ResourceExhausted,
        GitError::Unsupported { .. } | GitError::OddConfiguration | GitError::OddOutput { .. } => {
            Category::ValidationError
        }
        _ => Category::DependencyFailure,
    }
}
