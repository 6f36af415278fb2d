//! Projects, the versions of their plans, and their steps.

use cadre_core::plan::Plan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::{Guard, commitment};
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted, updated};
use crate::read::{ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};

use super::history::STEP_CHANGES;
use super::request::REQUESTS;

pub(crate) static PROJECTS: Table = Table {
    name: "projects",
    key: &["id"],
    columns: &[
        "id",
        "request",
        "title",
        "department",
        "status",
        "held",
        "thread",
        "plan_version",
        "approved_version",
        "folder",
        "source",
        "created_at",
        "updated_at",
    ],
};
pub(crate) static PLANS: Table = Table {
    name: "plans",
    key: &["project", "version"],
    columns: &["project", "version", "hash", "document", "status", "by", "made_at"],
};
pub(crate) static STEPS: Table = Table {
    name: "steps",
    key: &["project", "id"],
    columns: &[
        "project",
        "id",
        "position",
        "status",
        "assignee",
        "runs",
        "summary",
        "started_at",
        "finished_at",
    ],
};

/// A project begins with the first version of its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectOpened {
    pub project: String,
    pub request: String,
    /// As a value: a title repeats the user's words.
    pub title: Value,
    pub department: String,
    /// Where the project writes.
    pub folder: String,
    /// The user's folder that it looks at, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Record for ProjectOpened {
    const KIND: &'static str = "project.opened";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let title = commitment(&self.title);
        vec![
            updated!(REQUESTS, [self.request.clone()], project: self.project.clone()),
            inserted!(PROJECTS,
                id: self.project, request: self.request, title: title, department: self.department,
                status: "planning", held: 0i64, plan_version: 0i64, folder: self.folder, source: self.source,
                created_at: entry.at, updated_at: entry.at),
        ]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanDrafted {
    pub project: String,
    pub version: u32,
    pub hash: String,
    /// The plan, as a value.
    pub document: Value,
    pub by: String,
}

impl Record for PlanDrafted {
    const KIND: &'static str = "plan.drafted";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let document = commitment(&self.document);
        vec![
            updated!(PROJECTS, [self.project.clone()], plan_version: self.version, updated_at: entry.at),
            inserted!(PLANS,
                project: self.project, version: self.version, hash: self.hash, document: document, status: "draft",
                by: self.by, made_at: entry.at),
        ]
    }
}

/// An approval: it freezes the version by its hash and lets the steps start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanApproved {
    pub project: String,
    pub version: u32,
    pub hash: String,
    pub decision: String,
    pub thread: String,
    /// `(step, assignee)` in the plan's order.
    pub steps: Vec<(String, Option<String>)>,
}

impl Record for PlanApproved {
    const KIND: &'static str = "plan.approved";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let project = self.project;
        let mut changes = vec![
            updated!(PLANS, [project.clone(), self.version], status: "approved"),
            updated!(PROJECTS, [project.clone()],
                status: "running", thread: self.thread, approved_version: self.version, updated_at: entry.at),
        ];
        for (position, (step, assignee)) in self.steps.into_iter().enumerate() {
            changes.push(inserted!(STEPS,
                project: project.clone(), id: step, position: position, status: "pending", assignee: assignee,
                runs: 0i64));
        }
        changes
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectStatusChanged {
    pub project: String,
    pub status: String,
    pub reason: String,
}

impl Record for ProjectStatusChanged {
    const KIND: &'static str = "project.status";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![updated!(PROJECTS, [self.project], status: self.status, updated_at: entry.at)]
    }
}

/// A person holds the project, or lets it go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectHeld {
    pub project: String,
    pub held: bool,
    pub by: String,
}

impl Record for ProjectHeld {
    const KIND: &'static str = "project.held";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![updated!(PROJECTS, [self.project], held: i64::from(self.held), updated_at: entry.at)]
    }
}

/// A step's new status, with what came with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepChanged {
    pub project: String,
    pub step: String,
    pub status: String,
    /// Runs so far.
    pub runs: u32,
    /// What the step says about itself, as a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Value>,
    /// The step begins now, or is over now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
}

impl Record for StepChanged {
    const KIND: &'static str = "step.changed";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let key = (self.project, self.step);
        let summary = self.summary.as_ref().map(commitment);
        let mut changes = vec![
            updated!(STEPS, [key.0.clone(), key.1.clone()], status: self.status.clone(), runs: self.runs),
            inserted!(STEP_CHANGES,
                seq: entry.seq, project: key.0.clone(), step: key.1.clone(), status: self.status,
                runs: self.runs, summary: summary.flatten(), changed_at: entry.at),
        ];
        if let Some(summary) = summary {
            changes.push(updated!(STEPS, [key.0.clone(), key.1.clone()], summary: summary));
        }
        if self.begins {
            changes.push(updated!(STEPS, [key.0.clone(), key.1.clone()], started_at: entry.at));
        }
        if self.ends {
            changes.push(updated!(STEPS, [key.0, key.1], finished_at: entry.at));
        }
        changes
    }
}

row! {
pub struct ProjectRow {
    pub id: String,
    pub request: String,
    pub(crate) title: Vec<u8>,
    pub department: String,
    pub status: String,
    pub held: bool,
    pub thread: Option<String>,
    pub plan_version: u32,
    pub approved_version: Option<u32>,
    pub folder: String,
    pub source: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
}
}

row! {
pub struct PlanRow {
    pub project: String,
    pub version: u32,
    pub hash: String,
    pub(crate) document: Vec<u8>,
    pub status: String,
    pub by: String,
    pub made_at: i64,
}
}

row! {
pub struct StepRow {
    pub project: String,
    pub id: String,
    pub position: u32,
    pub status: String,
    pub assignee: Option<String>,
    pub runs: u32,
    pub(crate) summary: Option<Vec<u8>>,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}
}

/// The project still has this plan as its newest, undecided: what an approval is conditional on.
pub fn plan_is_draft(project: &str, version: u32) -> Guard {
    let key = vec![project.into(), version.into()];
    Guard::Holds { table: &PLANS, key, column: "status", value: "draft".into() }
}

/// No newer version was drafted since.
pub fn plan_is_newest(project: &str, version: u32) -> Guard {
    Guard::Holds {
        table: &PROJECTS,
        key: vec![project.into()],
        column: "plan_version",
        value: version.into(),
    }
}

pub fn project_has_status(project: &str, status: &str) -> Guard {
    Guard::Holds { table: &PROJECTS, key: vec![project.into()], column: "status", value: status.into() }
}

/// The project is neither completed nor aborted.
pub fn project_is_not_over(project: &str) -> Guard {
    let (key, values) = (vec![project.into()], &["completed", "aborted"][..]);
    Guard::NoneOf { table: &PROJECTS, key, column: "status", values }
}

impl Store {
    /// # Errors
    /// The database failed.
    pub async fn project(&self, id: &str) -> Result<Option<ProjectRow>, ReadError> {
        let sql = "SELECT * FROM projects WHERE id = ?";
        Ok(self.optional(query(sql).bind(id)).await?)
    }

    /// The project whose thread this is.
    ///
    /// # Errors
    /// The database failed.
    pub async fn project_of_thread(&self, thread: &str) -> Result<Option<ProjectRow>, ReadError> {
        let sql = "SELECT * FROM projects WHERE thread = ?";
        Ok(self.optional(query(sql).bind(thread)).await?)
    }

    /// Newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn projects(&self) -> Result<Vec<ProjectRow>, ReadError> {
        let sql = "SELECT * FROM projects ORDER BY created_at DESC, id DESC";
        Ok(self.all(query(sql)).await?)
    }

    /// The titles of all projects, newest first.
    ///
    /// # Errors
    /// The database failed, or a title is missing or redacted.
    pub async fn project_titles(&self) -> Result<Vec<String>, ReadError> {
        let projects = self.projects().await?;
        let titles = projects.iter().map(|project| blob_hash(&project.title));
        let titles = titles.collect::<Result<Vec<_>, _>>()?;
        let values = self.committed_values(&titles).await?;
        titles.into_iter().map(|title| typed(&values, title)).collect()
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn project_title(&self, project: &ProjectRow) -> Result<String, ReadError> {
        self.committed(blob_hash(&project.title)?).await
    }

    /// # Errors
    /// The database failed.
    pub async fn plan(&self, project: &str, version: u32) -> Result<Option<PlanRow>, ReadError> {
        let sql = "SELECT * FROM plans WHERE project = ? AND version = ?";
        Ok(self.optional(query(sql).bind(project).bind(version)).await?)
    }

    /// Oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plans(&self, project: &str) -> Result<Vec<PlanRow>, ReadError> {
        let sql = "SELECT * FROM plans WHERE project = ? ORDER BY version";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn plan_document(&self, plan: &PlanRow) -> Result<Plan, ReadError> {
        self.committed(blob_hash(&plan.document)?).await
    }

    /// In the plan's order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn steps(&self, project: &str) -> Result<Vec<StepRow>, ReadError> {
        let sql = "SELECT * FROM steps WHERE project = ? ORDER BY position";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn step_summary(&self, step: &StepRow) -> Result<Option<String>, ReadError> {
        match &step.summary {
            Some(summary) => Ok(Some(self.committed(blob_hash(summary)?).await?)),
            None => Ok(None),
        }
    }
}
