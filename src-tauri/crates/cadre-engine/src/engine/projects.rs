//! Projects: planning a request, approving a version of its plan, and how a project stands.

use std::fs;
use std::path::PathBuf;

use cadre_core::org::Member;
use cadre_core::plan::{FolderUse, Plan, PlanDifference, PlanProblem, compare};
use cadre_core::status::ProjectStatus;
use cadre_core::workplace::WorkplaceMode;
use cadre_graph::StartOptions;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::project::{
    PlanApproved, PlanDrafted, ProjectOpened, ProjectRow, plan_is_draft, plan_is_newest, project_has_status,
};
use cadre_store::aggregates::project_parts::ProjectParts;
use cadre_store::{Batch, ReadError, Record as _, WriteError, value_part};
use serde_json::json;

use super::places::place_view;
use super::{Engine, PROJECTS_FOLDER, PlaceView, RequestError, RequestView};
use crate::asking::NoAnswer;
use crate::planning::StepEdit;
use crate::planning::by_model::Brief;
use crate::project_graph;
use crate::run_graph::Artifact;
use crate::workplace::{self, ProjectPlace, WorkplaceError};
use crate::{organisation, planning};

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("there is no project `{0}`")]
    UnknownProject(String),
    #[error("project `{project}` has no version {version} of its plan")]
    UnknownVersion { project: String, version: u32 },
    #[error("the plan has no step `{0}`")]
    UnknownStep(String),
    #[error("the plan cannot be approved: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Problems { problems: Vec<PlanProblem> },
    /// What was shown is not what would be approved.
    #[error("the plan has changed since it was shown: version {version} has the hash {found}")]
    Stale { version: u32, found: String },
    #[error("version {version} was decided on, or a newer one exists")]
    Decided { version: u32 },
    #[error("the plan cannot run: {0}")]
    Compile(#[from] cadre_graph::CompileError),
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
    #[error("{path}: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Start(#[from] cadre_graph::RunError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

#[derive(Debug, Clone)]
pub struct ProjectView {
    pub id: String,
    pub request: String,
    pub title: String,
    pub status: String,
    pub held: bool,
    pub department: String,
    /// Where its steps write.
    pub folder: String,
    /// What they look at, if that is another folder.
    pub source: Option<String>,
    pub place: PlaceView,
    pub plan_version: u32,
    pub approved_version: Option<u32>,
    pub steps: Vec<StepView>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Debug, Clone)]
pub struct StepView {
    pub id: String,
    pub title: String,
    pub status: String,
    pub assignee: Option<String>,
    pub runs: u32,
    pub summary: Option<String>,
    pub artifacts: Vec<Artifact>,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

impl Engine {
    /// Plans a request: opens its project with the first version, or drafts a further one.
    ///
    /// # Errors
    /// There is no such request, or the store failed.
    pub async fn plan_request(&self, request: &str, by: &str) -> Result<(String, u32, Plan), PlanError> {
        let request = self.request(request).await?;
        let members = organisation::chart(self.store()).await?;
        let department = request
            .reading
            .as_ref()
            .map_or_else(|| "orchestrator".to_owned(), |reading| reading.department.clone());
        let mut plan = self.planned(&request, &department, &members).await;
        let (project, folder) = (request.project.as_deref(), request.folder.as_deref());
        self.choose_workplace(&mut plan, project, folder, None).await?;
        plan.attachments.clone_from(&request.attachments);
        match &request.project {
            Some(project) => {
                let version = self.draft(project, &plan, by).await?;
                Ok((project.clone(), version, plan))
            }
            None => {
                let source = request.folder.filter(|_| plan.folder != FolderUse::None);
                let project = self.open_project(&request.id, &plan, source, by).await?;
                Ok((project, 1, plan))
            }
        }
    }

    /// The model's plan where one is enabled and answers, else the one of the best template. The plan says whose it
    /// is, and why it is not the model's.
    async fn planned(&self, request: &RequestView, department: &str, members: &[Member]) -> Plan {
        let without = planning::plan(&self.inner.library, &request.text, department, members);
        let brief = Brief {
            request: &request.text,
            department,
            folder: request.folder.as_deref(),
            members,
            example: without.template.as_ref().map(|_| &without),
            feedback: None,
            project: request.project.as_deref(),
        };
        let (shared, cancelled) = (&self.inner.shared, self.inner.tasks.cancelled());
        match planning::by_model::plan(shared, cancelled, &brief).await {
            Ok(plan) => plan,
            Err(NoAnswer::NoModel) => without,
            Err(error) => {
                let mut plan = without;
                plan.assumptions.push(format!("No model planned this: {error}"));
                plan
            }
        }
    }

    /// The plan after feedback in words: a model's where one answers.
    async fn refined(&self, row: &ProjectRow, old: &Plan, feedback: &str) -> Result<Plan, ReadError> {
        let members = organisation::chart(self.store()).await?;
        let brief = Brief {
            request: &old.request,
            department: &old.department,
            folder: row.source.as_deref(),
            members: &members,
            example: None,
            feedback: Some((old, feedback)),
            project: Some(&row.id),
        };
        let (shared, cancelled) = (&self.inner.shared, self.inner.tasks.cancelled());
        Ok(match planning::by_model::plan(shared, cancelled, &brief).await {
            Ok(plan) => plan,
            Err(NoAnswer::NoModel) => planning::refined(old, feedback),
            Err(error) => {
                let mut plan = planning::refined(old, feedback);
                plan.assumptions.push(format!("No model rewrote the plan: {error}"));
                plan
            }
        })
    }

    async fn open_project(
        &self,
        request: &str,
        plan: &Plan,
        source: Option<String>,
        by: &str,
    ) -> Result<String, PlanError> {
        let project = self.inner.shared.host.id();
        let folder = self.inner.workspace.join(PROJECTS_FOLDER).join(&project);
        fs::create_dir_all(&folder).map_err(|source| PlanError::Folder { path: folder.clone(), source })?;
        let mut batch = Batch::new();
        batch.add(&ProjectOpened {
            project: project.clone(),
            request: request.to_owned(),
            title: value_part(json!(plan.title)),
            department: plan.department.clone(),
            folder: folder.to_string_lossy().into_owned(),
            source,
        });
        batch.add(&drafted(&project, 1, plan, by));
        self.store().write(batch).await?;
        Ok(project)
    }

    /// Adds a further version of a plan that is not approved yet.
    ///
    /// # Errors
    /// There is no such project, it is under way, or the store failed.
    pub async fn draft(&self, project: &str, plan: &Plan, by: &str) -> Result<u32, PlanError> {
        let row = self.project_row(project).await?;
        let version = row.plan_version + 1;
        let mut batch = Batch::new();
        batch.guard(plan_is_newest(project, row.plan_version));
        batch.guard(project_has_status(project, ProjectStatus::Planning.name()));
        batch.add(&drafted(project, version, plan, by));
        match self.store().write(batch).await {
            Ok(_) => Ok(version),
            Err(WriteError::Refused { .. }) => Err(PlanError::Decided { version: row.plan_version }),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a further version of a plan from feedback in words, edits of steps, and where a person wants the work to
    /// be done. What is not committed in the folder is looked at anew.
    ///
    /// # Errors
    /// There is no such version, a step that is edited is not in it, the folder is not fit for what is wanted, or the
    /// project is under way.
    pub async fn refine_plan(
        &self,
        project: &str,
        version: u32,
        feedback: Option<&str>,
        edits: Vec<StepEdit>,
        workplace: Option<WorkplaceMode>,
        by: &str,
    ) -> Result<(u32, Plan), PlanError> {
        let row = self.project_row(project).await?;
        if row.plan_version != version {
            return Err(PlanError::Decided { version });
        }
        let old = self.plan_version(project, version).await?;
        let chosen = workplace::chosen(&old);
        let mut plan = match feedback.map(str::trim).filter(|feedback| !feedback.is_empty()) {
            Some(feedback) => self.refined(&row, &old, feedback).await?,
            None => old,
        };
        for edit in edits {
            planning::edit(&mut plan, edit).map_err(PlanError::UnknownStep)?;
        }
        let request = self.request(&row.request).await?;
        let wanted = workplace.or(chosen.filter(|_| plan.folder == FolderUse::Change));
        self.choose_workplace(&mut plan, Some(project), request.folder.as_deref(), wanted).await?;
        plan.attachments = request.attachments;
        let version = self.draft(project, &plan, by).await?;
        Ok((version, plan))
    }

    /// What differs between two versions of a plan.
    ///
    /// # Errors
    /// There is no such version.
    pub async fn compare_plans(
        &self,
        project: &str,
        from: u32,
        to: u32,
    ) -> Result<PlanDifference, PlanError> {
        Ok(compare(&self.plan_version(project, from).await?, &self.plan_version(project, to).await?))
    }

    /// # Errors
    /// There is no such version.
    pub async fn plan_version(&self, project: &str, version: u32) -> Result<Plan, PlanError> {
        let row = self.store().plan(project, version).await?;
        let row = row.ok_or_else(|| PlanError::UnknownVersion { project: project.to_owned(), version })?;
        Ok(self.store().plan_document(&row).await?)
    }

    /// What speaks against approving a plan.
    ///
    /// # Errors
    /// The store failed.
    pub async fn plan_problems(&self, plan: &Plan) -> Result<Vec<PlanProblem>, ReadError> {
        let members = self.store().members().await?;
        Ok(plan.problems(|name| members.iter().any(|member| member.name == name)))
    }

    /// Approves exactly the version that was shown, and starts it.
    ///
    /// # Errors
    /// The hash is another, the plan has problems, or somebody decided before.
    pub async fn approve_plan(
        &self,
        project: &str,
        version: u32,
        hash: &str,
        by: &str,
        channel: &str,
    ) -> Result<(), PlanError> {
        self.sign_before_deciding().await;
        let row = self.project_row(project).await?;
        let plan = self.plan_version(project, version).await?;
        if plan.hash() != hash {
            return Err(PlanError::Stale { version, found: plan.hash() });
        }
        let problems = self.plan_problems(&plan).await?;
        if !problems.is_empty() {
            return Err(PlanError::Problems { problems });
        }
        let place = ProjectPlace::new(&row, &plan);
        let graph = project_graph::graph(&self.inner.shared, &plan, place)?;
        let decision = self.inner.shared.host.id();
        let records = [
            DecisionMade {
                id: decision.clone(),
                subject: "plan".into(),
                project: Some(project.to_owned()),
                answers: None,
                decision: "approve".into(),
                reason: None,
                action_hash: Some(hash.to_owned()),
                by: by.to_owned(),
                channel: channel.to_owned(),
            }
            .to_host(),
            PlanApproved {
                project: project.to_owned(),
                version,
                hash: hash.to_owned(),
                decision,
                thread: project.to_owned(),
                steps: plan.steps.iter().map(|step| (step.id.clone(), step.assignee.clone())).collect(),
            }
            .to_host(),
        ];
        // One transaction: the decision, the approval and the thread that it lets begin.
        let start = StartOptions { actor: by.to_owned(), records: records.into(), ..StartOptions::default() };
        let conditions = [
            plan_is_draft(project, version),
            plan_is_newest(project, version),
            project_has_status(project, ProjectStatus::Planning.name()),
        ];
        let input = json!({ "plan": plan.hash() });
        let start = graph.beginning(project, input, start)?;
        if !self.store().start_if(start, conditions).await.map_err(cadre_graph::RunError::from)? {
            return Err(PlanError::Decided { version });
        }
        self.wake(project);
        Ok(())
    }

    /// # Errors
    /// There is no such project, or the store failed.
    pub async fn project(&self, id: &str) -> Result<ProjectView, PlanError> {
        let parts = self.store().project_parts(Some(id)).await?;
        let parts = parts.into_iter().next().ok_or_else(|| PlanError::UnknownProject(id.to_owned()))?;
        Ok(view(parts))
    }

    /// Newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn projects(&self) -> Result<Vec<ProjectView>, PlanError> {
        Ok(self.store().project_parts(None).await?.into_iter().map(view).collect())
    }

    pub(super) async fn project_row(&self, id: &str) -> Result<ProjectRow, PlanError> {
        self.store().project(id).await?.ok_or_else(|| PlanError::UnknownProject(id.to_owned()))
    }
}

fn view(parts: ProjectParts) -> ProjectView {
    let ProjectParts { project, title, plan, steps, outcomes } = parts;
    let place = place_view(&project, &plan, None);
    let artifacts = |step: &str| {
        let outcome = outcomes.iter().rev().find(|(of, _)| of == step)?;
        serde_json::from_value(outcome.1["artifacts"].clone()).ok()
    };
    let title_of = |id: &str| plan.steps.iter().find(|it| it.id == id).map(|it| it.title.clone());
    let steps = steps.into_iter().map(|(step, summary)| StepView {
        title: title_of(&step.id).unwrap_or_default(),
        artifacts: artifacts(&step.id).unwrap_or_default(),
        summary,
        id: step.id,
        status: step.status,
        assignee: step.assignee,
        runs: step.runs,
        started_at: step.started_at,
        finished_at: step.finished_at,
    });
    ProjectView {
        title,
        steps: steps.collect(),
        id: project.id,
        request: project.request,
        held: project.held,
        status: project.status,
        department: project.department,
        folder: place.folder.clone(),
        source: place.source.clone(),
        place,
        plan_version: project.plan_version,
        approved_version: project.approved_version,
        created_at: project.created_at,
        updated_at: project.updated_at,
    }
}

fn drafted(project: &str, version: u32, plan: &Plan, by: &str) -> PlanDrafted {
    PlanDrafted {
        project: project.to_owned(),
        version,
        hash: plan.hash(),
        document: value_part(serde_json::to_value(plan).expect("a plan is plain JSON data")),
        by: by.to_owned(),
    }
}
