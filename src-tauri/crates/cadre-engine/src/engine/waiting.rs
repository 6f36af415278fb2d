//! The Inbox as it is looked at: what waits, with the words that say where it comes from. Plans that wait are shown
//! here too; they are decided on where they stand, so that there is one place for it.

use std::collections::HashMap;

use cadre_core::plan::Plan;
use cadre_core::status::ProjectStatus;
use cadre_store::ReadError;
use cadre_store::aggregates::project::ProjectRow;
use serde_json::json;

use super::inbox::{InboxItem, item};
use super::{Engine, Overview};
use crate::answers::Reason;
use crate::run_graph::Artifact;

/// Why a plan waits. No [`Reason`]: no thread waits for it, and `inbox.decide` does not take it.
const PLAN: &str = "plan";

/// A plan that waits to be approved, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanWaits {
    pub version: u32,
    pub steps: u32,
    pub minutes: u32,
    /// Nano-dollars.
    pub cost: i64,
}

/// What is known of a project that something waits in.
struct Known {
    row: ProjectRow,
    title: String,
    plan: Option<Plan>,
}

impl Engine {
    /// What waits for a person, longest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn inbox(&self) -> Result<Vec<InboxItem>, ReadError> {
        let mut items: Vec<InboxItem> = self.store().open_interrupts().await?.into_iter().map(item).collect();
        let mut known: HashMap<String, Option<Known>> = HashMap::new();
        for item in &mut items {
            let Some(project) = item.project.clone() else { continue };
            if !known.contains_key(&project) {
                let found = self.known(&project).await?;
                known.insert(project.clone(), found);
            }
            if let Some(known) = known.get(&project).and_then(Option::as_ref) {
                self.place(item, known).await?;
            }
        }
        items.extend(self.plans_that_wait().await?);
        items.sort_by_key(|item| item.raised_at);
        Ok(items)
    }

    /// How the workspace stands, in figures.
    ///
    /// # Errors
    /// The store failed.
    pub async fn overview(&self) -> Result<Overview, ReadError> {
        let projects = self.store().projects().await?;
        let statuses: Vec<ProjectStatus> =
            projects.iter().filter_map(|project| ProjectStatus::from_name(&project.status)).collect();
        let plans = statuses.iter().filter(|status| **status == ProjectStatus::Planning).count();
        let waiting = self.store().count_open_interrupts().await?;
        Ok(Overview {
            workspace_id: self.store().workspace_id().to_owned(),
            entries: self.store().head().borrow().seq,
            statuses,
            waiting: waiting.saturating_add(u32::try_from(plans).unwrap_or(u32::MAX)),
        })
    }

    async fn known(&self, project: &str) -> Result<Option<Known>, ReadError> {
        let Some(row) = self.store().project(project).await? else { return Ok(None) };
        let version = row.approved_version.unwrap_or(row.plan_version);
        let plan = match self.store().plan(project, version).await? {
            Some(plan) => Some(self.store().plan_document(&plan).await?),
            None => None,
        };
        Ok(Some(Known { title: self.store().project_title(&row).await?, row, plan }))
    }

    async fn place(&self, item: &mut InboxItem, known: &Known) -> Result<(), ReadError> {
        let step = item.step.as_deref();
        let planned = known.plan.iter().flat_map(|plan| &plan.steps).find(|it| Some(it.id.as_str()) == step);
        item.project_title = Some(known.title.clone());
        item.step_title = planned.map(|step| step.title.clone());
        item.folder = Some(known.row.folder.clone());
        if item.reason == Reason::Result.name() {
            item.artifacts = self.artifacts(&known.row.id, step.unwrap_or_default()).await?;
        }
        Ok(())
    }

    /// What the newest finished run of a step has written.
    pub(super) async fn artifacts(&self, project: &str, step: &str) -> Result<Vec<Artifact>, ReadError> {
        let runs = self.store().runs(project).await?;
        let Some(run) = runs.iter().rfind(|run| run.step == step && run.status == "completed") else {
            return Ok(Vec::new());
        };
        let outcome = self.store().run_outcome(run).await?.unwrap_or_default();
        Ok(serde_json::from_value(outcome["artifacts"].clone()).unwrap_or_default())
    }

    async fn plans_that_wait(&self) -> Result<Vec<InboxItem>, ReadError> {
        let mut waiting = Vec::new();
        for row in self.store().projects().await? {
            if row.status != ProjectStatus::Planning.name() {
                continue;
            }
            let Some(draft) = self.store().plan(&row.id, row.plan_version).await? else { continue };
            let plan = self.store().plan_document(&draft).await?;
            waiting.push(InboxItem {
                id: format!("{PLAN}/{}/{}", row.id, draft.version),
                reason: PLAN.into(),
                message: plan.title.clone(),
                allowed: Vec::new(),
                project_title: Some(self.store().project_title(&row).await?),
                project: Some(row.id),
                action_hash: Some(draft.hash.clone()),
                detail: json!({ "instructions": plan.summary }),
                raised_at: draft.made_at,
                plan: Some(PlanWaits {
                    version: draft.version,
                    steps: u32::try_from(plan.steps.len()).unwrap_or(u32::MAX),
                    minutes: plan.critical_minutes(),
                    cost: plan.cost(),
                }),
                ..InboxItem::default()
            });
        }
        Ok(waiting)
    }
}
