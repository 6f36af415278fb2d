//! What work costs, and the limits on it, as a person sees and sets them.

use cadre_core::budget::{DAY_LIMIT, PROJECT_LIMIT, Room, Scope, day_of};
use cadre_store::aggregates::spend::{BudgetSet, SpendPlace, SpendRow};
use cadre_store::{Batch, ReadError, WriteError};
use serde_json::Value;

use super::Engine;
use crate::shared::Shared;

/// One call with its receipt.
#[derive(Debug, Clone)]
pub struct SpendView {
    pub row: SpendRow,
    /// What was chosen, what was rejected and why, what it was expected to cost.
    pub receipt: Value,
}

#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    #[error("there is no project `{0}`")]
    UnknownProject(String),
    #[error("a limit cannot be less than nothing")]
    Negative,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Shared {
    /// The day's limit and what counts against it now.
    pub(crate) async fn room_of_day(&self, day: i64) -> Result<Room, ReadError> {
        let most = self.store.budget(Scope::Day.name(), "").await?.unwrap_or(DAY_LIMIT);
        Ok(Room { scope: Scope::Day, charged: self.store.charged(&SpendPlace::Day(day)).await?, most })
    }

    /// A project's limit and what counts against it now.
    pub(crate) async fn room_of_project(&self, project: &str) -> Result<Room, ReadError> {
        let most = self.store.budget(Scope::Project.name(), project).await?.unwrap_or(PROJECT_LIMIT);
        let charged = self.store.charged(&SpendPlace::Project(project.to_owned())).await?;
        Ok(Room { scope: Scope::Project, charged, most })
    }
}

impl Engine {
    /// The calls of a project, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn spend(&self, project: &str) -> Result<Vec<SpendView>, ReadError> {
        let mut views = Vec::new();
        for row in self.store().spend_of_project(project).await? {
            views.push(SpendView { receipt: self.store().receipt(&row).await?, row });
        }
        Ok(views)
    }

    /// The limits that hold: the workspace's for today, and the project's if one is named.
    ///
    /// # Errors
    /// The store failed.
    pub async fn rooms(&self, project: Option<&str>) -> Result<Vec<Room>, ReadError> {
        let shared = &self.inner.shared;
        let mut rooms = vec![shared.room_of_day(day_of(shared.host.now())).await?];
        if let Some(project) = project {
            rooms.push(shared.room_of_project(project).await?);
        }
        Ok(rooms)
    }

    /// Sets the limit of a project, or without one the workspace's limit a day. Work that waits for room is asked
    /// about in the Inbox and goes on from there.
    ///
    /// # Errors
    /// There is no such project, the amount is negative, or the store failed.
    pub async fn set_budget(&self, project: Option<&str>, most: i64, by: &str) -> Result<(), BudgetError> {
        if most < 0 {
            return Err(BudgetError::Negative);
        }
        if let Some(project) = project
            && self.store().project(project).await?.is_none()
        {
            return Err(BudgetError::UnknownProject(project.to_owned()));
        }
        let mut batch = Batch::new();
        batch.add(&BudgetSet {
            budget: self.inner.shared.host.id(),
            scope: if project.is_some() { Scope::Project } else { Scope::Day }.name().into(),
            subject: project.unwrap_or_default().to_owned(),
            most: most.to_string(),
            decision: format!("person:{by}"),
        });
        self.store().write(batch).await?;
        Ok(())
    }
}
