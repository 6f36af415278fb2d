//! A project's branch: its worktree, those of parallel steps, the commit after each step, and the merges.
//!
//! All of it is shown with the plan, so the plan's approval allows it. What goes wrong is a person's to settle.

use std::path::Path;
use std::sync::Arc;

use cadre_agents::worktree::{Git, GitError, Repository};
use cadre_core::effect::{Action, GitChange};
use cadre_core::failure::Category;
use cadre_core::plan::Step;
use cadre_graph::{Context, NodeError, Output};
use serde_json::Value;

use super::Node;
use crate::answers::Reason;
use crate::run_graph::failure;
use crate::run_graph::perform::{Asked, perform};
use crate::shared::Shared;
use crate::workplace::{ProjectPlace, ProjectTree, repository_of};

/// What of a step's summary fits into a commit's message.
const SUMMARY: usize = 2000;

/// Makes the project's worktree. `first` stands for the project where a person has to be asked.
pub(super) async fn begin(
    shared: Arc<Shared>,
    place: Arc<ProjectPlace>,
    first: Arc<Step>,
    context: Context,
) -> Result<Output, NodeError> {
    let node = Node { shared: &shared, place: &place, step: &first, context: &context, runs: 0 };
    if let Some(tree) = &place.tree {
        let change = GitChange::Worktree { base: tree.base.clone(), papers_of: None };
        while let Err(error) = node.git(tree, (&tree.root, &tree.branch), change.clone()).await {
            let title = "The project's worktree could not be made";
            node.settle(error, title, &["retry", "abort"]).await?;
        }
    }
    Ok(Output::new())
}

impl Node<'_> {
    /// Where this step works: the worktree and its branch.
    fn own<'a>(&self, tree: &'a ProjectTree) -> (&'a str, &'a str) {
        let own = tree.own.get(&self.step.id);
        own.map_or((&tree.root, &tree.branch), |own| (&own.root, &own.branch))
    }

    fn is_parallel(&self, tree: &ProjectTree) -> bool {
        tree.own.contains_key(&self.step.id)
    }

    /// Makes the worktree of a step that writes beside another, from where the project's branch is now. `false` when
    /// a person skips the step because it cannot be made.
    pub(super) async fn branch_off(&self) -> Result<bool, NodeError> {
        let Some(tree) = self.place.tree.as_ref().filter(|tree| self.is_parallel(tree)) else {
            return Ok(true);
        };
        loop {
            let made = match self.head(tree, &tree.branch).await {
                Ok(base) => {
                    let change = GitChange::Worktree { base, papers_of: Some(tree.root.clone()) };
                    self.git(tree, self.own(tree), change).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = made else { return Ok(true) };
            let title = format!("No worktree could be made for: {}", self.step.title);
            if !self.settle(error, &title, &["retry", "skip", "abort"]).await? {
                return Ok(false);
            }
        }
    }

    /// Commits what the step has changed, and merges it where it had a worktree of its own. `summary` is `None` for a
    /// step that was skipped: what it had changed by then is committed, and merged nowhere. `false` when a person
    /// leaves the changes where they are.
    pub(super) async fn keep(&self, summary: Option<&str>) -> Result<bool, NodeError> {
        let Some(tree) = &self.place.tree else { return Ok(true) };
        let message = self.message(summary);
        loop {
            let Err(error) = self.commit(tree, &message).await else { break };
            let title = format!("The changes could not be committed: {}", self.step.title);
            if !self.settle(error, &title, &["retry", "skip", "abort"]).await? {
                return Ok(false);
            }
        }
        match summary.is_some() && self.is_parallel(tree) {
            true => self.merge(tree).await,
            false => Ok(true),
        }
    }

    async fn commit(&self, tree: &ProjectTree, message: &str) -> Result<(), NodeError> {
        let (root, branch) = self.own(tree);
        let open: usize = self
            .context
            .step("uncommitted", branch, || async {
                let (git, repository) = self.repository(tree)?;
                let files =
                    git.uncommitted(&repository, Path::new(root)).await.map_err(|error| failed(&error))?;
                Ok(files.len())
            })
            .await?;
        if open == 0 {
            return Ok(());
        }
        let parents = vec![self.head(tree, branch).await?];
        self.git(tree, (root, branch), self.commit_of(parents, message.to_owned())?).await.map(drop)
    }

    fn commit_of(&self, parents: Vec<String>, message: String) -> Result<GitChange, NodeError> {
        Ok(GitChange::Commit { parents, message, author: self.author(), at: self.seconds()? })
    }

    /// Merges the step's branch into the project's. Where both changed the same a person is asked, with the files.
    async fn merge(&self, tree: &ProjectTree) -> Result<bool, NodeError> {
        let (root, branch) = self.own(tree);
        loop {
            let change = GitChange::Merge {
                from_worktree: root.to_owned(),
                from_branch: branch.to_owned(),
                message: format!("Merge: {}", self.step.title),
                author: self.author(),
                at: self.seconds()?,
            };
            match self.git(tree, (&tree.root, &tree.branch), change).await {
                Ok(merged) if merged["conflicts"].is_null() => return Ok(true),
                Ok(conflict) => {
                    if !self.settle_conflict(tree, &conflict).await? {
                        return Ok(false);
                    }
                }
                Err(error) => {
                    let title = format!("The changes could not be merged: {}", self.step.title);
                    if !self.settle(error, &title, &["retry", "skip", "abort"]).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Waits until a person has settled the files in the step's worktree, and commits that. `false` when they leave
    /// the step's changes on its own branch.
    async fn settle_conflict(&self, tree: &ProjectTree, conflict: &Value) -> Result<bool, NodeError> {
        let own = self.own(tree);
        let files: Vec<String> = serde_json::from_value(conflict["conflicts"].clone())?;
        let into = conflict["into"].as_str().unwrap_or_default().to_owned();
        let title = format!("Two steps changed the same places of {}", files.join(", "));
        let mut why = format!(
            "Both versions stand in {}, between marks. Settle the files there and choose retry; skip leaves this \
             step's changes on the branch {}.",
            own.0, own.1
        );
        loop {
            let answer = self.ask(Reason::Failure, &title, Some(&why)).await?;
            if answer.decision != "retry" {
                return Ok(false);
            }
            let parents = vec![self.head(tree, own.1).await?, into.clone()];
            let message = format!("Settle {}", files.join(", "));
            match self.git(tree, own, self.commit_of(parents, message)?).await {
                Ok(_) => return Ok(true),
                Err(NodeError::Failed { message, .. }) => why = message,
                Err(other) => return Err(other),
            }
        }
    }

    /// The commit that a branch is at.
    async fn head(&self, tree: &ProjectTree, branch: &str) -> Result<String, NodeError> {
        self.context
            .step("branch", branch, || async {
                let (git, repository) = self.repository(tree)?;
                let head = git.branch(&repository, branch).await.map_err(|error| failed(&error))?;
                head.ok_or_else(|| {
                    failure(Category::DependencyFailure, format!("the branch {branch} is gone"))
                })
            })
            .await
    }

    fn repository(&self, tree: &ProjectTree) -> Result<(Git<'_>, Repository), NodeError> {
        let confinement = self.shared.gate.confinement();
        let cancelled = self.context.cancelled().clone();
        repository_of(tree, confinement, cancelled).map_err(|error| failed(&error))
    }

    async fn git(
        &self,
        tree: &ProjectTree,
        (root, branch): (&str, &str),
        change: GitChange,
    ) -> Result<Value, NodeError> {
        let action = Action::Git {
            repository: tree.repository.clone(),
            subfolder: tree.subfolder.clone(),
            worktree: root.to_owned(),
            branch: branch.to_owned(),
            change,
            host: self.shared.host_name.clone(),
        };
        // The plan shows the branch, its base, and that steps are committed and merged there.
        let allowed = Some(format!("plan:{}", self.place.plan_hash));
        perform(self.shared, self.context, &self.doer(&self.author()), Asked { action, allowed }).await
    }

    /// Asks a person what to do about a failure: `true` to try again. Anything else than a failure is passed up.
    async fn settle(&self, error: NodeError, title: &str, allowed: &[&str]) -> Result<bool, NodeError> {
        let NodeError::Failed { message, .. } = error else { return Err(error) };
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        let answer = self.ask_for(Reason::Failure, title, Some(&message), allowed).await?;
        Ok(answer.decision == "retry")
    }

    fn author(&self) -> String {
        self.step.assignee.clone().unwrap_or_else(|| "person".into())
    }

    fn seconds(&self) -> Result<i64, NodeError> {
        Ok(self.context.now()? / 1_000_000)
    }

    fn message(&self, summary: Option<&str>) -> String {
        let said: String = summary
            .unwrap_or("The step was skipped; this is what it had changed.")
            .chars()
            .take(SUMMARY)
            .collect();
        format!(
            "{}\n\n{said}\n\nCadre-Project: {}\nCadre-Step: {}",
            self.step.title, self.place.project, self.step.id
        )
    }
}

fn failed(error: &GitError) -> NodeError {
    match error {
        GitError::Stopped => NodeError::Stopped { cause: error.to_string() },
        _ => failure(Category::DependencyFailure, error.to_string()),
    }
}
