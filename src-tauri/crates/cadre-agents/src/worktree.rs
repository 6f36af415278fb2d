//! Git as far as Cadre uses it: looking at a repository, a worktree on a branch of its own, commits on that branch,
//! and merges between such branches.
//!
//! A repository is hostile input: nothing in its configuration may start a program, reach the network or ask a
//! question, and its user's checkout is only ever read. What changes is the repository's `.git`, by refs, objects
//! and the entry of the worktree, and the worktree itself. Every change can be run again after a kill at any point
//! and comes to the same end. Unix only.

mod merge;
mod papers;
mod parse;
mod plumbing;
mod repository;
mod run;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::command::CommandError;
use crate::folder::FolderError;
use parse::Status;
use plumbing::clear_locks;
use run::{Call, Checkout};

pub use parse::ListedWorktree;
pub use repository::{Repository, find_repository};
pub use run::Git;

/// Where steps put what is not part of the result. It lies in the worktree and is never committed.
pub const WORKING_PAPERS: &str = "cadre-work";

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git is not installed in /usr/local/bin, /usr/bin or /bin")]
    NoGit,
    #[error("{found} is too old; 2.38 or newer is needed")]
    TooOld { found: String },
    #[error("the repository at {} is left alone: {why}", path.display())]
    Unsupported { path: PathBuf, why: &'static str },
    #[error("the repository's configuration has a name that is not valid text")]
    OddConfiguration,
    #[error("git printed something unexpected for {what}: {said:?}")]
    OddOutput { what: &'static str, said: String },
    #[error("git {command}: {message}")]
    Failed { command: String, message: String },
    #[error("the branch {branch} exists and is at {found}")]
    BranchTaken { branch: String, found: String },
    /// Somebody else committed on the branch, or moved it.
    #[error("the branch {branch} is not where it was: at {found}")]
    Moved { branch: String, found: String },
    #[error("{} is no worktree of the repository", path.display())]
    NoWorktree { path: PathBuf },
    #[error("there are changes in the worktree that no step made: {}", shown(files))]
    Unrecorded { files: Vec<PathBuf> },
    #[error("marks of a conflict are left in {}", shown(files))]
    Unsettled { files: Vec<PathBuf> },
    #[error("stopped")]
    Stopped,
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl GitError {
    fn io(path: &Path, source: io::Error) -> Self {
        GitError::Io { path: path.to_owned(), source }
    }
}

/// Names of files for people: what is not text is replaced.
pub fn shown(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>().join(", ")
}

/// Where a checkout stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// There is no commit yet.
    Unborn,
    Branch {
        name: String,
        commit: String,
    },
    Detached {
        commit: String,
    },
}

impl Head {
    pub fn commit(&self) -> Option<&str> {
        match self {
            Head::Unborn => None,
            Head::Branch { commit, .. } | Head::Detached { commit } => Some(commit),
        }
    }
}

/// A repository as its user left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub head: Head,
    /// What is not committed, files that git does not know included.
    pub dirty: Vec<PathBuf>,
    /// Those that an unfinished merge left open.
    pub unmerged: Vec<PathBuf>,
    /// A merge, rebase, cherry-pick, revert or bisection that is not finished.
    pub under_way: Option<&'static str>,
    pub shallow: bool,
    /// Whether the newest commit has the folder that was asked about.
    pub has_subfolder: bool,
}

/// Who commits, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The member who did the work.
    pub author: String,
    /// Unix time in seconds.
    pub at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// The branch that was merged into is at this commit now.
    Done(Commit),
    /// Nothing was merged. The other worktree has the merged files, with marks where both sides changed the same.
    Conflicts {
        files: Vec<PathBuf>,
        /// The commit that was to be merged into: a parent of the commit that settles it.
        into: String,
    },
}

impl Repository {
    fn checkout(&self) -> Checkout {
        let files = (!self.bare).then(|| self.top.clone());
        Checkout { git_dir: self.git_dir.clone(), common_dir: self.common_dir.clone(), files }
    }

    /// Where the working papers lie in a worktree.
    fn papers(&self) -> PathBuf {
        Path::new(&self.subfolder).join(WORKING_PAPERS)
    }

    fn shared(&self) -> Checkout {
        Checkout { git_dir: self.common_dir.clone(), common_dir: self.common_dir.clone(), files: None }
    }

    /// A worktree of Cadre's own, by the repository's record of it.
    fn linked(&self, worktree: &Path) -> Result<Checkout, GitError> {
        let entry = repository::entry_of(&self.common_dir, worktree);
        let git_dir = entry.ok_or_else(|| GitError::NoWorktree { path: worktree.to_owned() })?;
        Ok(Checkout { git_dir, common_dir: self.common_dir.clone(), files: Some(worktree.to_owned()) })
    }
}

fn branch_ref(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

impl Git<'_> {
    /// Looks, and changes nothing.
    ///
    /// # Errors
    /// Git is too old, or refuses the repository.
    pub async fn look(&self, repository: &Repository) -> Result<Look, GitError> {
        let at = repository.checkout();
        self.check_version(&at).await?;
        let status = match repository.bare {
            true => {
                let head = self.commit_at(&at, "HEAD").await?;
                let head = head.map_or(Head::Unborn, |commit| Head::Detached { commit });
                Status { head, dirty: Vec::new(), unmerged: Vec::new(), untracked: Vec::new() }
            }
            false => self.status(&at).await?,
        };
        let subfolder = format!("HEAD:{}", repository.subfolder);
        let kind = self.run(Call::look(&at, &["cat-file", "-t", &subfolder])).await?;
        Ok(Look {
            has_subfolder: kind.code == 0 && kind.stdout.trim_ascii() == b"tree",
            head: status.head,
            dirty: status.dirty,
            unmerged: status.unmerged,
            under_way: under_way(&at.git_dir),
            shallow: at.common_dir.join("shallow").is_file(),
        })
    }

    /// The names of the branches below `prefix/`, and of a branch `prefix` itself.
    ///
    /// # Errors
    /// Git failed.
    pub async fn branches(&self, repository: &Repository, prefix: &str) -> Result<Vec<String>, GitError> {
        let at = repository.shared();
        let pattern = branch_ref(prefix);
        let said =
            self.run(Call::look(&at, &["for-each-ref", "--format=%(refname)", &pattern])).await?.ok()?;
        let text = String::from_utf8_lossy(&said).into_owned();
        Ok(text.lines().filter_map(|line| line.strip_prefix("refs/heads/")).map(str::to_owned).collect())
    }

    /// All worktrees of the repository.
    ///
    /// # Errors
    /// Git failed.
    pub async fn worktrees(&self, repository: &Repository) -> Result<Vec<ListedWorktree>, GitError> {
        let at = repository.shared();
        let said = self.run(Call::look(&at, &["worktree", "list", "--porcelain", "-z"])).await?;
        Ok(parse::worktrees(&said.ok()?))
    }

    /// The commit that a branch is at; `None` when there is no such branch.
    ///
    /// # Errors
    /// Git failed.
    pub async fn branch(&self, repository: &Repository, branch: &str) -> Result<Option<String>, GitError> {
        self.commit_at(&repository.shared(), &branch_ref(branch)).await
    }

    /// Files that differ between two commits.
    ///
    /// # Errors
    /// There is no such commit.
    pub async fn changed(
        &self,
        repository: &Repository,
        from: &str,
        to: &str,
    ) -> Result<Vec<PathBuf>, GitError> {
        self.difference(&repository.shared(), from, to).await
    }

    /// What is not committed in a worktree of Cadre's own, working papers left out.
    ///
    /// # Errors
    /// It is no worktree of the repository.
    pub async fn uncommitted(
        &self,
        repository: &Repository,
        worktree: &Path,
    ) -> Result<Vec<PathBuf>, GitError> {
        let at = repository.linked(worktree)?;
        let papers = repository.papers();
        Ok(self.status(&at).await?.dirty.into_iter().filter(|path| !path.starts_with(&papers)).collect())
    }

    /// Makes `branch` at `base`, and a worktree of it at `path`, with a copy of the working papers of another one.
    /// What an attempt that was killed left at `path` is cleared away; a finished worktree is left as it is.
    ///
    /// # Errors
    /// The branch exists elsewhere, there is no such commit, or the disk is full.
    pub async fn add_worktree(
        &self,
        repository: &Repository,
        path: &Path,
        branch: &str,
        base: &str,
        papers_of: Option<&Path>,
    ) -> Result<(), GitError> {
        let shared = repository.shared();
        let name = branch_ref(branch);
        match self.commit_at(&shared, &name).await? {
            Some(found) if found != base => {
                return Err(GitError::BranchTaken { branch: branch.into(), found });
            }
            Some(_) => {}
            None => {
                clear_locks(&shared, branch);
                let nothing = "0".repeat(base.len());
                let args = ["update-ref", "-m", "cadre: begin", "--end-of-options", &name, base, &nothing];
                self.run(Call::change(&shared, &args)).await?.ok()?;
            }
        }
        let is_whole = |at: &Checkout| at.git_dir.join("index").is_file() && path.join(".git").is_file();
        if !repository.linked(path).is_ok_and(|at| is_whole(&at)) {
            self.check_out(repository, path, branch).await?;
        }
        fs::create_dir_all(path.join(&repository.subfolder)).map_err(|source| GitError::io(path, source))?;
        match papers_of {
            Some(other) => {
                papers::hand_out(other, path, &repository.papers(), &repository.linked(path)?.git_dir)
            }
            None => Ok(()),
        }
    }

    async fn check_out(&self, repository: &Repository, path: &Path, branch: &str) -> Result<(), GitError> {
        self.remove_worktree(repository, path).await?;
        let parent = path.parent().unwrap_or(path);
        fs::create_dir_all(parent).map_err(|source| GitError::io(parent, source))?;
        let shared = repository.shared();
        let target = path.to_str().ok_or_else(|| GitError::NoWorktree { path: path.to_owned() })?;
        let args = ["worktree", "add", "--quiet", "--no-checkout", "--end-of-options", target, branch];
        let mut call = Call::change(&shared, &args);
        call.writes.push(parent.to_owned());
        self.run(call).await?.ok()?;
        let at = repository.linked(path)?;
        // The index is written last: a worktree that has one is whole.
        self.run(Call::change(&at, &["read-tree", "--reset", "-u", "HEAD"])).await?.ok().map(drop)
    }

    /// Takes a worktree of Cadre's own away, with everything in it. Its branch stays.
    ///
    /// # Errors
    /// Files cannot be removed, or git failed.
    pub async fn remove_worktree(&self, repository: &Repository, path: &Path) -> Result<(), GitError> {
        match fs::remove_dir_all(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(GitError::io(path, source));
            }
            _ => {}
        }
        if repository.linked(path).is_err() {
            return Ok(());
        }
        let shared = repository.shared();
        let target = path.to_string_lossy();
        // Forced twice: an entry that was being made when it was killed is locked.
        let args = ["worktree", "remove", "--force", "--force", "--end-of-options", &target];
        self.run(Call::change(&shared, &args)).await?.ok().map(drop)
    }

    /// Commits everything in the worktree but the working papers; the first of `parents` is where the branch is.
    /// `None` when nothing differs. Run again, it finds the commit that it made.
    ///
    /// # Errors
    /// The branch is elsewhere, marks of a conflict are left, or the disk is full.
    pub async fn commit(
        &self,
        repository: &Repository,
        worktree: &Path,
        branch: &str,
        parents: &[String],
        message: &str,
        signature: &Signature,
    ) -> Result<Option<Commit>, GitError> {
        let at = repository.linked(worktree)?;
        clear_locks(&at, branch);
        let expected = parents.first().cloned().unwrap_or_default();
        let found = self.on_branch(&at, branch).await?;
        if found != expected {
            return self.commit_made_before(&at, branch, &expected, &found, message, signature).await;
        }
        let exclude = format!(":(top,exclude,literal){}", repository.papers().display());
        self.run(Call::change(&at, &["add", "--all", "--", ".", &exclude])).await?.ok()?;
        let tree = self.run(Call::change(&at, &["write-tree"])).await?.line()?;
        if parents.len() > 1 {
            self.refuse_marks(&at, &tree, parents).await?;
        } else if Some(&tree) == self.tree_of(&at, &expected).await?.as_ref() {
            return Ok(None);
        }
        let id = self.commit_tree(&at, &tree, parents, message, signature).await?;
        self.move_branch(&at, branch, &id, &expected).await?;
        Ok(Some(Commit { files: self.difference(&at, &expected, &id).await?, id }))
    }

    /// The commit of an attempt that was killed after it: the same but for nothing.
    async fn commit_made_before(
        &self,
        at: &Checkout,
        branch: &str,
        expected: &str,
        found: &str,
        message: &str,
        signature: &Signature,
    ) -> Result<Option<Commit>, GitError> {
        let format = "--format=%P%x00%ct%x00%B";
        let said =
            self.run(Call::look(at, &["log", "-1", format, "--end-of-options", found])).await?.line()?;
        let parts: Vec<&str> = said.splitn(3, '\0').collect();
        let is_it = matches!(parts.as_slice(), [parents, time, body]
            if parents.split(' ').next() == Some(expected)
                && *time == signature.at.to_string()
                && body.trim_end() == message.trim_end());
        match is_it {
            true => {
                Ok(Some(Commit { id: found.to_owned(), files: self.difference(at, expected, found).await? }))
            }
            false => Err(GitError::Moved { branch: branch.to_owned(), found: found.to_owned() }),
        }
    }
}

fn under_way(git_dir: &Path) -> Option<&'static str> {
    let marks = [
        ("MERGE_HEAD", "merge"),
        ("rebase-merge", "rebase"),
        ("rebase-apply", "rebase"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("BISECT_LOG", "bisection"),
    ];
    marks.iter().find(|(file, _)| git_dir.join(file).exists()).map(|(_, what)| *what)
}
