//! Where a project's steps work: what a plan proposes for the folder that the user gave, and the folders that follow
//! from what was approved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cadre_agents::command::Confinement;
use cadre_agents::worktree::{Git, GitError, Look, Repository, find_repository};
use cadre_core::attachment::Attachment;
use cadre_core::plan::{FolderUse, Plan};
use cadre_core::workplace::{Uncommitted, Workplace, WorkplaceMode, slug};
use cadre_store::aggregates::project::ProjectRow;
use tokio_util::sync::CancellationToken;

/// Where Cadre's branches begin.
const BRANCHES: &str = "cadre";

/// In a project's folder: its worktree, and those of parallel steps.
const WORKTREE: &str = "worktree";
const STEPS: &str = "steps";

/// What was asked for cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum WorkplaceError {
    #[error("{0}")]
    NotPossible(String),
    /// Nobody can say what of the user's would be mixed with what steps change.
    #[error("what is not committed in {folder} could not be looked at, so nothing is changed there: {why}")]
    NotLookedAt { folder: String, why: String },
}

/// The workplace of a plan that changes `folder`, and what is to be said about it. `wanted` is a person's choice;
/// without one a repository gets a worktree, and any other folder is only looked at.
pub(crate) async fn propose(
    confinement: &Confinement,
    plan: &Plan,
    folder: Option<&str>,
    wanted: Option<WorkplaceMode>,
    reserved: &[String],
    cancelled: CancellationToken,
) -> Result<(Option<Workplace>, Option<String>), WorkplaceError> {
    let Some(folder) = folder.filter(|_| plan.folder == FolderUse::Change) else {
        return match wanted {
            None | Some(WorkplaceMode::Fresh) => Ok((None, None)),
            Some(_) => Err(WorkplaceError::NotPossible("this plan changes no folder of yours".into())),
        };
    };
    let found = look(confinement, Path::new(folder), cancelled).await;
    match (wanted, found) {
        (Some(WorkplaceMode::Fresh), _) => Ok((None, None)),
        (Some(WorkplaceMode::InPlace), Ok(Some((repository, _, _)))) if repository.bare => {
            Err(WorkplaceError::NotPossible("a bare repository has no files to change in place".into()))
        }
        (Some(WorkplaceMode::InPlace), Err(error)) => {
            Err(WorkplaceError::NotLookedAt { folder: folder.to_owned(), why: error.to_string() })
        }
        (Some(WorkplaceMode::InPlace), Ok(found)) => {
            let uncommitted = found.map(|(_, look, _)| uncommitted(&look)).unwrap_or_default();
            Ok((Some(Workplace::InPlace { folder: folder.to_owned(), uncommitted }), None))
        }
        (_, Ok(Some((repository, look, taken)))) => {
            match worktree(plan, &repository, &look, &[taken, reserved.to_vec()].concat()) {
                Ok(workplace) => Ok((Some(workplace), None)),
                Err(why) if wanted.is_some() => Err(WorkplaceError::NotPossible(why)),
                Err(why) => Ok((None, Some(elsewhere(&why)))),
            }
        }
        (Some(_), Ok(None)) => Err(WorkplaceError::NotPossible(format!("{folder} is in no git repository"))),
        (Some(_), Err(error)) => Err(WorkplaceError::NotPossible(error.to_string())),
        (None, Ok(None)) => Ok((None, Some(elsewhere("the folder is in no git repository")))),
        (None, Err(error)) => Ok((None, Some(elsewhere(&error.to_string())))),
    }
}

const ELSEWHERE: &str = "Steps write into a folder of the project's own and leave yours as it is";

fn elsewhere(why: &str) -> String {
    format!("{ELSEWHERE}: {why}")
}

/// What a person chose for a version of a plan, as far as it is not what would be proposed anyway.
pub(crate) fn chosen(plan: &Plan) -> Option<WorkplaceMode> {
    match WorkplaceMode::of(plan.workplace.as_ref()) {
        WorkplaceMode::InPlace => Some(WorkplaceMode::InPlace),
        // Without a word on why: it could have been a worktree. Where it could not, it may be fit by now.
        WorkplaceMode::Fresh
            if plan.folder == FolderUse::Change && !plan.assumptions.iter().any(|it| is_note(it)) =>
        {
            Some(WorkplaceMode::Fresh)
        }
        WorkplaceMode::Fresh | WorkplaceMode::Worktree => None,
    }
}

/// Whether an assumption of a plan is what was said about its folder.
pub(crate) fn is_note(assumption: &str) -> bool {
    assumption.starts_with(ELSEWHERE)
}

/// The repository, how it stands, and the branches that Cadre has there already.
async fn look(
    confinement: &Confinement,
    folder: &Path,
    cancelled: CancellationToken,
) -> Result<Option<(Repository, Look, Vec<String>)>, GitError> {
    let Some(repository) = find_repository(folder)? else { return Ok(None) };
    let git = Git::find(confinement, cancelled)?;
    let look = git.look(&repository).await?;
    let taken = git.branches(&repository, BRANCHES).await?;
    Ok(Some((repository, look, taken)))
}

fn worktree(
    plan: &Plan,
    repository: &Repository,
    look: &Look,
    taken: &[String],
) -> Result<Workplace, String> {
    let base = look.head.commit().ok_or("the repository has no commit yet")?;
    if !repository.subfolder.is_empty() && !look.has_subfolder {
        return Err("no commit of the repository around the folder has it".into());
    }
    // Where somebody has a branch `cadre`, git allows none below it.
    let separator = if taken.iter().any(|name| name == BRANCHES) { "-" } else { "/" };
    let wanted = format!("{BRANCHES}{separator}{}", slug(&plan.title));
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    let branch = std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken.contains(name));
    Ok(Workplace::Worktree {
        repository: repository.top.to_string_lossy().into_owned(),
        git_dir: repository.common_dir.to_string_lossy().into_owned(),
        subfolder: repository.subfolder.clone(),
        branch: branch.unwrap_or(wanted),
        base: base.to_owned(),
        uncommitted: uncommitted(look),
    })
}

fn uncommitted(look: &Look) -> Uncommitted {
    Uncommitted::new(look.dirty.iter().map(|path| path.to_string_lossy().into_owned()), look.under_way)
}

/// The folders of a project under an approved plan. Pure: the same after a restart.
#[derive(Debug, Clone)]
pub(crate) struct ProjectPlace {
    pub(crate) project: String,
    /// Of the approved plan.
    pub(crate) plan_hash: String,
    /// Where steps write that have no worktree of their own.
    pub(crate) folder: String,
    /// What steps look at, if that is another folder.
    pub(crate) source: Option<String>,
    /// The folder is the user's own.
    pub(crate) in_place: bool,
    pub(crate) tree: Option<ProjectTree>,
    /// Given with the request.
    pub(crate) attachments: Vec<Attachment>,
}

/// A project's branch and worktrees.
#[derive(Debug, Clone)]
pub(crate) struct ProjectTree {
    pub(crate) repository: String,
    pub(crate) git_dir: String,
    pub(crate) subfolder: String,
    pub(crate) branch: String,
    pub(crate) base: String,
    pub(crate) root: String,
    /// Steps that write beside each other, with a worktree each.
    pub(crate) own: BTreeMap<String, OwnTree>,
}

#[derive(Debug, Clone)]
pub(crate) struct OwnTree {
    pub(crate) root: String,
    pub(crate) branch: String,
}

impl ProjectPlace {
    pub(crate) fn new(project: &ProjectRow, plan: &Plan) -> Self {
        let place = ProjectPlace {
            project: project.id.clone(),
            plan_hash: plan.hash(),
            folder: project.folder.clone(),
            source: project.source.clone(),
            in_place: false,
            tree: None,
            attachments: plan.attachments.clone(),
        };
        match &plan.workplace {
            None => place,
            Some(Workplace::InPlace { folder, .. }) => {
                ProjectPlace { folder: folder.clone(), source: None, in_place: true, ..place }
            }
            Some(Workplace::Worktree { repository, git_dir, subfolder, branch, base, .. }) => {
                let tree = ProjectTree {
                    repository: repository.clone(),
                    git_dir: git_dir.clone(),
                    subfolder: subfolder.clone(),
                    branch: branch.clone(),
                    base: base.clone(),
                    root: joined(&[&project.folder, WORKTREE]),
                    own: own_trees(&project.folder, branch, plan),
                };
                ProjectPlace { folder: tree.folder(&tree.root), source: None, tree: Some(tree), ..place }
            }
        }
    }

    /// Where this step writes.
    pub(crate) fn folder_of(&self, step: &str) -> String {
        let own = self.tree.as_ref().and_then(|tree| Some(tree.folder(&tree.own.get(step)?.root)));
        own.unwrap_or_else(|| self.folder.clone())
    }

    /// Where a file that was written in `folder` lies now: what a step wrote in a worktree of its own is in the
    /// project's once it is merged.
    pub(crate) fn folder_now(&self, folder: &str) -> String {
        let Some(tree) = &self.tree else { return folder.to_owned() };
        let is_own = tree.own.values().any(|own| tree.folder(&own.root) == folder);
        match is_own && !Path::new(folder).exists() {
            true => self.folder.clone(),
            false => folder.to_owned(),
        }
    }

    /// What a program in the folder needs beside it: a worktree is nothing without its repository.
    pub(crate) fn reads(&self) -> Vec<String> {
        self.tree.iter().map(|tree| tree.git_dir.clone()).collect()
    }
}

impl ProjectTree {
    fn folder(&self, root: &str) -> String {
        if self.subfolder.is_empty() { root.to_owned() } else { joined(&[root, &self.subfolder]) }
    }
}

/// The project's repository, and a git for it.
pub(crate) fn repository_of<'a>(
    tree: &ProjectTree,
    confinement: &'a Confinement,
    cancelled: CancellationToken,
) -> Result<(Git<'a>, Repository), GitError> {
    let top = Path::new(&tree.repository);
    let mut repository = find_repository(top)?
        .ok_or_else(|| GitError::Unsupported { path: top.to_owned(), why: "it is no repository any more" })?;
    repository.subfolder.clone_from(&tree.subfolder);
    Ok((Git::find(confinement, cancelled)?, repository))
}

fn own_trees(folder: &str, branch: &str, plan: &Plan) -> BTreeMap<String, OwnTree> {
    let beside = plan.parallel_writers();
    let numbered = plan.steps.iter().enumerate().filter(|(_, step)| beside.contains(&step.id.as_str()));
    numbered
        .map(|(index, step)| {
            // The number keeps apart what looks alike as a slug.
            let name = format!("{}-{}", index + 1, slug(&step.id));
            let own = OwnTree { root: joined(&[folder, STEPS, &name]), branch: format!("{branch}--{name}") };
            (step.id.clone(), own)
        })
        .collect()
}

fn joined(parts: &[&str]) -> String {
    parts.iter().collect::<PathBuf>().to_string_lossy().into_owned()
}
