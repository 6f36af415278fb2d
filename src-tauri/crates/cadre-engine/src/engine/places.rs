//! Where projects work, as it is proposed, shown and chosen.

use std::path::Path;

use cadre_agents::worktree::{GitError, find_repository};
use cadre_core::effect::{Action, GitChange};
use cadre_core::plan::{FolderUse, Plan};
use cadre_core::status::ProjectStatus;
use cadre_core::workplace::{Uncommitted, Workplace, WorkplaceMode};
use cadre_store::ReadError;
use cadre_store::aggregates::project::ProjectRow;

use super::{Engine, PlanError, UndoError};
use crate::gate::{EffectOutcome, Permission, Place};
use crate::workplace::{self, ProjectPlace};

/// How many recent folders are offered.
const RECENT: usize = 20;

/// Where a project works, for whoever decides on its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceView {
    pub mode: WorkplaceMode,
    /// Where steps write.
    pub folder: String,
    /// What they look at, if that is another folder.
    pub source: Option<String>,
    pub repository: Option<String>,
    /// The branch that has the result.
    pub branch: Option<String>,
    /// The commit that it begins at.
    pub base: Option<String>,
    /// What was not committed when the plan was made.
    pub uncommitted: Uncommitted,
    /// Steps that write beside each other, each in a worktree of its own that is merged when it is done.
    pub parallel: Vec<String>,
    /// What a person may choose in its place.
    pub choices: Vec<WorkplaceMode>,
}

/// A folder that a request was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentFolder {
    pub path: String,
    /// When the newest request about it was filed.
    pub used_at: i64,
    pub is_repository: bool,
}

impl Engine {
    /// Says in the plan where its steps work. `wanted` is a person's choice.
    pub(super) async fn choose_workplace(
        &self,
        plan: &mut Plan,
        project: Option<&str>,
        folder: Option<&str>,
        wanted: Option<WorkplaceMode>,
    ) -> Result<(), PlanError> {
        let reserved = self.branches_of_others(project).await?;
        let confinement = self.inner.shared.gate.confinement();
        let cancelled = self.inner.tasks.cancelled().child_token();
        let (workplace, note) =
            workplace::propose(confinement, plan, folder, wanted, &reserved, cancelled).await?;
        plan.workplace = workplace;
        plan.assumptions.retain(|assumption| !workplace::is_note(assumption));
        plan.assumptions.extend(note);
        Ok(())
    }

    /// Branches that other projects will make or have made.
    async fn branches_of_others(&self, project: Option<&str>) -> Result<Vec<String>, ReadError> {
        let mut branches = Vec::new();
        for other in self.store().projects().await? {
            let over = ProjectStatus::from_name(&other.status).is_none_or(ProjectStatus::is_over);
            if over || project == Some(other.id.as_str()) {
                continue;
            }
            let workplace = self.plan_in_force(&other).await?.and_then(|plan| plan.workplace);
            if let Some(Workplace::Worktree { branch, .. }) = workplace {
                branches.push(branch);
            }
        }
        Ok(branches)
    }

    /// The approved version of a project's plan, or the newest while none is.
    async fn plan_in_force(&self, project: &ProjectRow) -> Result<Option<Plan>, ReadError> {
        let version = project.approved_version.unwrap_or(project.plan_version);
        match self.store().plan(&project.id, version).await? {
            Some(row) => self.store().plan_document(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Where a version of a plan has its steps work.
    ///
    /// # Errors
    /// There is no such project, or the store failed.
    pub async fn plan_place(&self, project: &str, plan: &Plan) -> Result<PlaceView, PlanError> {
        let row = self.project_row(project).await?;
        let request = self.request(&row.request).await?;
        Ok(place_view(&row, plan, request.folder.as_deref()))
    }

    /// The folders of past requests that are still there, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn recent_folders(&self) -> Result<Vec<RecentFolder>, ReadError> {
        let mut recent: Vec<RecentFolder> = Vec::new();
        for request in self.requests(500).await? {
            let Some(path) = request.folder else { continue };
            if recent.len() == RECENT || recent.iter().any(|known| known.path == path) {
                continue;
            }
            if Path::new(&path).is_dir() {
                let is_repository = matches!(find_repository(Path::new(&path)), Ok(Some(_)));
                recent.push(RecentFolder { path, used_at: request.filed_at, is_repository });
            }
        }
        Ok(recent)
    }

    pub(super) async fn place_of(&self, project: &str) -> Result<Option<ProjectPlace>, ReadError> {
        let Some(row) = self.store().project(project).await? else { return Ok(None) };
        Ok(self.plan_in_force(&row).await?.map(|plan| ProjectPlace::new(&row, &plan)))
    }

    /// Commits what was taken back, so that a finished project's branch has it too. While steps are under way the
    /// next of them commits it with its own.
    pub(super) async fn commit_undone(&self, project: &str, effect: &str, by: &str) -> Result<(), UndoError> {
        let Some(row) = self.store().project(project).await? else { return Ok(()) };
        let over = ProjectStatus::from_name(&row.status).is_none_or(ProjectStatus::is_over);
        let place = self.place_of(project).await?;
        let Some(tree) = place.and_then(|place| place.tree).filter(|_| over) else { return Ok(()) };
        let failed =
            |error: GitError| UndoError::Branch { branch: tree.branch.clone(), why: error.to_string() };
        let cancelled = self.inner.tasks.cancelled().child_token();
        let confinement = self.inner.shared.gate.confinement();
        let (git, repository) =
            workplace::repository_of(&tree, confinement, cancelled.clone()).map_err(failed)?;
        let open = git.uncommitted(&repository, Path::new(&tree.root)).await.map_err(failed)?;
        let head = git.branch(&repository, &tree.branch).await.map_err(failed)?;
        let Some(head) = head.filter(|_| !open.is_empty()) else { return Ok(()) };
        let action = Action::Git {
            repository: tree.repository.clone(),
            subfolder: tree.subfolder.clone(),
            worktree: tree.root.clone(),
            branch: tree.branch.clone(),
            change: GitChange::Commit {
                parents: vec![head],
                message: format!("Take changes back\n\nCadre-Project: {project}"),
                author: by.to_owned(),
                at: self.inner.shared.host.now() / 1_000_000,
            },
            host: self.inner.shared.host_name.clone(),
        };
        let permission = Permission::Allowed(format!("undo:{effect}"));
        let of = Place { project: Some(project.to_owned()), run: None };
        let gate = &self.inner.shared.gate;
        let (key, now) = (format!("undo/{effect}"), self.inner.shared.host.now());
        let outcome = gate.perform(&key, permission, &action, &of, now, &cancelled).await;
        match outcome {
            Ok(EffectOutcome::Done { .. }) => Ok(()),
            Ok(EffectOutcome::Failed { message: why, .. } | EffectOutcome::Unknown { why }) => {
                Err(UndoError::Branch { branch: tree.branch, why })
            }
            Err(error) => Err(UndoError::Branch { branch: tree.branch, why: error.to_string() }),
        }
    }
}

pub(super) fn place_view(row: &ProjectRow, plan: &Plan, folder: Option<&str>) -> PlaceView {
    let place = ProjectPlace::new(row, plan);
    let mode = WorkplaceMode::of(plan.workplace.as_ref());
    let uncommitted = match &plan.workplace {
        Some(Workplace::Worktree { uncommitted, .. } | Workplace::InPlace { uncommitted, .. }) => {
            uncommitted.clone()
        }
        None => Uncommitted::default(),
    };
    let mut choices = Vec::new();
    if let Some(folder) = folder.filter(|_| plan.folder == FolderUse::Change) {
        let repository = find_repository(Path::new(folder)).ok().flatten();
        let fits = |mode: &WorkplaceMode| match mode {
            WorkplaceMode::Fresh => true,
            WorkplaceMode::Worktree => repository.is_some(),
            WorkplaceMode::InPlace => repository.as_ref().is_none_or(|repository| !repository.bare),
        };
        choices = WorkplaceMode::ALL.into_iter().filter(|other| *other != mode && fits(other)).collect();
    }
    let tree = place.tree.as_ref();
    PlaceView {
        mode,
        repository: tree.map(|tree| tree.repository.clone()),
        branch: tree.map(|tree| tree.branch.clone()),
        base: tree.map(|tree| tree.base.clone()),
        parallel: tree.map(|tree| tree.own.keys().cloned().collect()).unwrap_or_default(),
        folder: place.folder,
        source: place.source,
        uncommitted,
        choices,
    }
}
