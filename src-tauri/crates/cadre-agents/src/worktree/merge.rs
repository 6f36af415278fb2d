//! Merging a branch of a step into the project's, and taking the step's worktree away.

use std::path::{Path, PathBuf};

use super::plumbing::clear_locks;
use super::run::{Call, Checkout, Git};
use super::{Commit, GitError, Merge, Repository, Signature, branch_ref, papers, parse};

impl Git<'_> {
    /// Merges the branch of the worktree `from` into the branch of the worktree `into`, and takes the worktree and
    /// branch `from` away: everything of them is in the other one then, working papers included.
    ///
    /// # Errors
    /// The worktree `into` has changes that nobody recorded, or the disk is full.
    pub async fn merge(
        &self,
        repository: &Repository,
        into: (&Path, &str),
        from: (&Path, &str),
        message: &str,
        signature: &Signature,
    ) -> Result<Merge, GitError> {
        let at = repository.linked(into.0)?;
        clear_locks(&at, into.1);
        let ours = self.on_branch(&at, into.1).await?;
        let Some(theirs) = self.commit_at(&at, &branch_ref(from.1)).await? else {
            // Merged before, down to the last part: its branch is gone.
            return Ok(Merge::Done(Commit { id: ours, files: Vec::new() }));
        };
        let merged = match self.is_ancestor(&at, &theirs, &ours).await? {
            true => ours.clone(),
            false => {
                let unrecorded = self.unrecorded(&at).await?;
                if !unrecorded.is_empty() {
                    return Err(GitError::Unrecorded { files: unrecorded });
                }
                match self.merged(&at, (into.1, &ours), (from.1, &theirs), message, signature).await? {
                    Ok(merged) => merged,
                    Err((tree, files)) => {
                        let other = repository.linked(from.0)?;
                        clear_locks(&other, from.1);
                        self.run(Call::change(&other, &["read-tree", "--reset", "-u", &tree])).await?.ok()?;
                        return Ok(Merge::Conflicts { files, into: ours });
                    }
                }
            }
        };
        self.arrive(&at, into.1, &ours, &merged).await?;
        if let Ok(other) = repository.linked(from.0) {
            papers::take_in(from.0, into.0, &repository.papers(), &other.git_dir)?;
        }
        self.remove_worktree(repository, from.0).await?;
        clear_locks(&repository.shared(), from.1);
        let args = ["update-ref", "-d", "--end-of-options", &branch_ref(from.1), &theirs];
        self.run(Call::change(&repository.shared(), &args)).await?.ok()?;
        let files = self.difference(&at, &ours, &merged).await?;
        Ok(Merge::Done(Commit { id: merged, files }))
    }

    /// The commit that merges two, or the tree with marks and the files in conflict. Touches no worktree.
    async fn merged(
        &self,
        at: &Checkout,
        ours: (&str, &str),
        theirs: (&str, &str),
        message: &str,
        signature: &Signature,
    ) -> Result<Result<String, (String, Vec<PathBuf>)>, GitError> {
        if self.is_ancestor(at, ours.1, theirs.1).await? {
            return Ok(Ok(theirs.1.to_owned()));
        }
        let args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
        let mut call = Call::change(at, &args);
        call.args.extend([branch_ref(ours.0), branch_ref(theirs.0)]);
        let said = self.run(call).await?;
        match said.code {
            0 => {
                let (tree, _) = parse::merged_tree(&said.stdout)?;
                let parents = [ours.1.to_owned(), theirs.1.to_owned()];
                Ok(Ok(self.commit_tree(at, &tree, &parents, message, signature).await?))
            }
            1 => Ok(Err(parse::merged_tree(&said.stdout)?)),
            _ => Err(said.failed()),
        }
    }

    /// Moves the branch from `ours` to `merged` and its worktree after it. The branch moves first: if this ends in
    /// between, the next attempt sees files that are behind their branch and brings them there.
    async fn arrive(&self, at: &Checkout, branch: &str, ours: &str, merged: &str) -> Result<(), GitError> {
        if merged != ours {
            self.run(Call::change(at, &["read-tree", "--dry-run", "-m", "-u", ours, merged])).await?.ok()?;
            self.move_branch(at, branch, merged, ours).await?;
            return self
                .run(Call::change(at, &["read-tree", "-m", "-u", ours, merged]))
                .await?
                .ok()
                .map(drop);
        }
        let index = self.run(Call::change(at, &["write-tree"])).await?.line()?;
        if Some(&index) == self.tree_of(at, merged).await?.as_ref() {
            return Ok(());
        }
        self.run(Call::change(at, &["read-tree", "--reset", "-u", merged])).await?.ok().map(drop)
    }
}
