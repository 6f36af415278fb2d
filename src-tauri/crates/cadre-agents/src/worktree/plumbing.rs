//! The small commands that the changes are made of.

use std::fs;
use std::path::PathBuf;

use super::parse::{self, Status};
use super::run::{Call, Checkout, Git};
use super::{GitError, Signature, branch_ref};

impl Git<'_> {
    pub(super) async fn commit_tree(
        &self,
        at: &Checkout,
        tree: &str,
        parents: &[String],
        message: &str,
        signature: &Signature,
    ) -> Result<String, GitError> {
        let mut call = Call::change(at, &["commit-tree", tree]);
        call.args.extend(parents.iter().flat_map(|parent| ["-p".to_owned(), parent.clone()]));
        call.args.extend(["-F".to_owned(), "-".to_owned()]);
        call.stdin = format!("{}\n", message.trim_end());
        let date = format!("@{} +0000", signature.at);
        let email = format!("{}@cadre.invalid", signature.author.replace(' ', "-"));
        for (name, value) in [
            ("GIT_AUTHOR_NAME", signature.author.as_str()),
            ("GIT_AUTHOR_EMAIL", &email),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", "Cadre"),
            ("GIT_COMMITTER_EMAIL", "cadre@cadre.invalid"),
            ("GIT_COMMITTER_DATE", &date),
        ] {
            call.env.insert(name.to_owned(), value.to_owned());
        }
        parse::object_id(&self.run(call).await?.ok()?)
    }

    /// Only from where it is expected to be.
    pub(super) async fn move_branch(
        &self,
        at: &Checkout,
        branch: &str,
        to: &str,
        from: &str,
    ) -> Result<(), GitError> {
        let args = ["update-ref", "-m", "cadre", "--end-of-options", &branch_ref(branch), to, from];
        self.run(Call::change(at, &args)).await?.ok().map(drop)
    }

    /// Where the worktree's branch is. A worktree that somebody switched to another branch is not used.
    pub(super) async fn on_branch(&self, at: &Checkout, branch: &str) -> Result<String, GitError> {
        let said = self.run(Call::look(at, &["symbolic-ref", "--quiet", "HEAD"])).await?;
        let on = String::from_utf8_lossy(&said.stdout).trim_end().to_owned();
        let found = self.commit_at(at, "HEAD").await?;
        match found {
            Some(found) if on == branch_ref(branch) => Ok(found),
            _ => Err(GitError::Moved { branch: branch.to_owned(), found: on }),
        }
    }

    pub(super) async fn refuse_marks(
        &self,
        at: &Checkout,
        tree: &str,
        parents: &[String],
    ) -> Result<(), GitError> {
        let changed = self.difference(at, &parents[0], tree).await?;
        let files = at.files.as_deref().unwrap_or(&at.git_dir);
        let marked = |path: &PathBuf| {
            let content = fs::read(files.join(path)).unwrap_or_default();
            content.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"<<<<<<< refs/heads/"))
        };
        let files: Vec<PathBuf> = changed.into_iter().filter(marked).collect();
        if files.is_empty() { Ok(()) } else { Err(GitError::Unsettled { files }) }
    }

    /// Changes of files that git knows: nothing of Cadre's is ever left uncommitted between two steps.
    pub(super) async fn unrecorded(&self, at: &Checkout) -> Result<Vec<PathBuf>, GitError> {
        let status = self.status(at).await?;
        Ok(status.dirty.into_iter().filter(|path| !status.untracked.contains(path)).collect())
    }

    pub(super) async fn status(&self, at: &Checkout) -> Result<Status, GitError> {
        // What a submodule has changed is its own affair, and to find out git would start another in it.
        let args = [
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--no-renames",
            "--untracked-files=normal",
            "--ignore-submodules=dirty",
        ];
        parse::status(&self.run(Call::look(at, &args)).await?.ok()?)
    }

    pub(super) async fn commit_at(&self, at: &Checkout, name: &str) -> Result<Option<String>, GitError> {
        let name = format!("{name}^{{commit}}");
        let said = self
            .run(Call::look(at, &["rev-parse", "--quiet", "--verify", "--end-of-options", &name]))
            .await?;
        match said.code {
            0 => parse::object_id(&said.stdout).map(Some),
            1 => Ok(None),
            _ => Err(said.failed()),
        }
    }

    pub(super) async fn tree_of(&self, at: &Checkout, commit: &str) -> Result<Option<String>, GitError> {
        let name = format!("{commit}^{{tree}}");
        let said = self
            .run(Call::look(at, &["rev-parse", "--quiet", "--verify", "--end-of-options", &name]))
            .await?;
        Ok(parse::object_id(&said.stdout).ok())
    }

    pub(super) async fn is_ancestor(&self, at: &Checkout, one: &str, of: &str) -> Result<bool, GitError> {
        let said = self.run(Call::look(at, &["merge-base", "--is-ancestor", one, of])).await?;
        match said.code {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(said.failed()),
        }
    }

    pub(super) async fn difference(
        &self,
        at: &Checkout,
        from: &str,
        to: &str,
    ) -> Result<Vec<PathBuf>, GitError> {
        let args = ["diff-tree", "-r", "--name-only", "-z", "--no-renames", "--end-of-options", from, to];
        Ok(parse::paths(&self.run(Call::look(at, &args)).await?.ok()?))
    }
}

/// What a git that was killed in this worktree left locked. Nobody else works in it while Cadre changes it, and the
/// branch is Cadre's own. The repository's own checkout is the user's, and its locks are too.
pub(super) fn clear_locks(at: &Checkout, branch: &str) {
    let of_branch = at.common_dir.join(format!("{}.lock", branch_ref(branch)));
    let mut locks = vec![of_branch];
    if at.git_dir != at.common_dir {
        locks.extend([at.git_dir.join("index.lock"), at.git_dir.join("HEAD.lock")]);
    }
    for lock in locks {
        // One that cannot be removed is what git will name when it fails.
        let _ = fs::remove_file(lock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_s_own_locks_stay_and_those_of_cadre_s_worktree_and_branch_go() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let common = root.path().join(".git");
        let ours = common.join("worktrees/work");
        let locks = ["index.lock", "HEAD.lock"];
        let branches = ["refs/heads/cadre/work.lock", "refs/heads/main.lock"].map(|name| common.join(name));
        for (what, git_dir, left) in [
            ("the user's checkout", &common, vec![common.join("index.lock"), common.join("HEAD.lock")]),
            ("a worktree of Cadre's", &ours, Vec::new()),
        ] {
            let files: Vec<PathBuf> =
                locks.iter().map(|lock| git_dir.join(lock)).chain(branches.clone()).collect();
            for file in &files {
                fs::create_dir_all(file.parent().expect("it has one")).expect("is made");
                fs::write(file, "").expect("is written");
            }
            let at = Checkout { git_dir: git_dir.clone(), common_dir: common.clone(), files: None };
            clear_locks(&at, "cadre/work");
            let stays: Vec<&PathBuf> = files.iter().filter(|file| file.exists()).collect();
            let expected: Vec<&PathBuf> = left.iter().chain([&branches[1]]).collect();
            assert_eq!(stays, expected, "{what}");
        }
    }
}
