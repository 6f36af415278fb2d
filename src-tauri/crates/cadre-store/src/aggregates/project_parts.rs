//! A project with all that its page shows. One project or all of them: the same five queries.

use std::collections::HashMap;

use cadre_core::plan::Plan;
use cadre_graph::Hash;
use serde_json::Value;

use crate::aggregates::project::{PlanRow, ProjectRow, StepRow};
use crate::aggregates::run::RunRow;
use crate::database::query;
use crate::open::Store;
use crate::read::{ReadError, blob_hash, typed};

#[derive(Debug, Clone)]
pub struct ProjectParts {
    pub project: ProjectRow,
    pub title: String,
    /// The approved version of its plan; before there is one, the newest.
    pub plan: Plan,
    /// In the plan's order, each with what it says about itself.
    pub steps: Vec<(StepRow, Option<String>)>,
    /// Of completed runs, oldest first, by step.
    pub outcomes: Vec<(String, Value)>,
}

/// What was read of all projects, not yet put together.
struct Read {
    plans: Vec<PlanRow>,
    steps: Vec<StepRow>,
    runs: Vec<RunRow>,
    values: HashMap<Hash, Value>,
}

impl Store {
    /// Newest first; with `only`, that project if it exists.
    ///
    /// # Errors
    /// The database failed, or a content is missing.
    pub async fn project_parts(&self, only: Option<&str>) -> Result<Vec<ProjectParts>, ReadError> {
        let sql = "SELECT * FROM projects WHERE ?1 IS NULL OR id = ?1 ORDER BY created_at DESC, id DESC";
        let projects: Vec<ProjectRow> = self.all(query(sql).bind(only)).await?;
        let sql = "SELECT l.* FROM projects p JOIN plans l
                   ON l.project = p.id AND l.version = COALESCE(p.approved_version, p.plan_version)
                   WHERE ?1 IS NULL OR p.id = ?1";
        let plans: Vec<PlanRow> = self.all(query(sql).bind(only)).await?;
        let sql = "SELECT * FROM steps WHERE ?1 IS NULL OR project = ?1 ORDER BY project, position";
        let steps: Vec<StepRow> = self.all(query(sql).bind(only)).await?;
        let sql = "SELECT * FROM runs WHERE status = 'completed' AND (?1 IS NULL OR project = ?1)
                   ORDER BY started_at, id";
        let runs: Vec<RunRow> = self.all(query(sql).bind(only)).await?;
        let mut contents = Vec::new();
        let mut content = |bytes: &[u8]| blob_hash(bytes).map(|hash| contents.push(hash));
        projects.iter().try_for_each(|project| content(&project.title))?;
        plans.iter().try_for_each(|plan| content(&plan.document))?;
        steps.iter().filter_map(|step| step.summary.as_deref()).try_for_each(&mut content)?;
        runs.iter().filter_map(|run| run.outcome.as_deref()).try_for_each(&mut content)?;
        let values = self.committed_values(&contents).await?;
        let read = Read { plans, steps, runs, values };
        projects.into_iter().map(|project| read.parts(project)).collect()
    }
}

impl Read {
    fn parts(&self, project: ProjectRow) -> Result<ProjectParts, ReadError> {
        let plan = self.plans.iter().find(|plan| plan.project == project.id).ok_or(ReadError::NoMark)?;
        let plan = typed(&self.values, blob_hash(&plan.document)?)?;
        let mut steps = Vec::new();
        for step in self.steps.iter().filter(|step| step.project == project.id) {
            let summary = match &step.summary {
                Some(summary) => Some(typed(&self.values, blob_hash(summary)?)?),
                None => None,
            };
            steps.push((step.clone(), summary));
        }
        let mut outcomes = Vec::new();
        for run in self.runs.iter().filter(|run| run.project == project.id) {
            if let Some(outcome) = &run.outcome {
                outcomes.push((run.step.clone(), typed(&self.values, blob_hash(outcome)?)?));
            }
        }
        let title = typed(&self.values, blob_hash(&project.title)?)?;
        Ok(ProjectParts { project, title, plan, steps, outcomes })
    }
}
