//! Holding, resuming, aborting and stopping: what a person does to work that is under way.

use cadre_core::status::{IllegalTransition, ProjectStatus};
use cadre_store::aggregates::project::{ProjectHeld, ProjectRow, ProjectStatusChanged, project_has_status};
use cadre_store::{Batch, ReadError, WriteError};
use tokio_util::sync::CancellationToken;

use super::drive::project_of;
use super::{Engine, InboxItem, lock};
use crate::answers::Reason;

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("there is no project `{0}`")]
    Unknown(String),
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    #[error("the project has changed at the same time; look again")]
    Changed,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Engine {
    /// Holds a project: what runs ends, nothing new begins. Or lets it go on: it is no longer held, and if it had
    /// stopped on an error, it runs again and its threads are tried once more. What waits for a person still does.
    ///
    /// # Errors
    /// There is no such project, or it is over.
    pub async fn hold(&self, project: &str, held: bool, by: &str) -> Result<(), ControlError> {
        let row = self.project_to_control(project).await?;
        let (mut batch, mut changes) = (Batch::new(), false);
        batch.guard(project_has_status(project, &row.status));
        if row.held != held {
            batch.add(&ProjectHeld { project: project.to_owned(), held, by: by.to_owned() });
            changes = true;
        }
        if !held && self.stopped_by_itself(&row).await? {
            batch.add(&ProjectStatusChanged {
                project: project.to_owned(),
                status: ProjectStatus::Running.name().into(),
                reason: format!("taken up again by {by}"),
            });
            changes = true;
        }
        if changes {
            self.control(batch).await?;
        }
        if !held {
            self.wake_project(project).await?;
        }
        Ok(())
    }

    /// Whether the project is paused on an error and nobody is asked what next: a thread could not go on, or the
    /// answer was recorded by a host that carries nothing on.
    async fn stopped_by_itself(&self, row: &ProjectRow) -> Result<bool, ReadError> {
        if row.status != ProjectStatus::PausedOnError.name() {
            return Ok(false);
        }
        let asks = |item: &InboxItem| {
            item.project.as_deref() == Some(&row.id) && item.reason == Reason::Failure.name()
        };
        Ok(!self.inbox().await?.iter().any(asks))
    }

    /// Ends a project for good. Running programs are stopped; what was done stays and can be undone.
    ///
    /// # Errors
    /// There is no such project, or it is over.
    pub async fn abort(&self, project: &str, by: &str) -> Result<(), ControlError> {
        let row = self.project_to_control(project).await?;
        let mut batch = Batch::new();
        batch.guard(project_has_status(project, &row.status));
        batch.add(&ProjectStatusChanged {
            project: project.to_owned(),
            status: ProjectStatus::Aborted.name().into(),
            reason: format!("aborted by {by}"),
        });
        self.control(batch).await?;
        self.token(project).cancel();
        Ok(())
    }

    /// Stops everything: running programs end, every project is held, state stays, all can be resumed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn stop_everything(&self, by: &str) -> Result<u32, ControlError> {
        let under_way =
            |status: &str| ProjectStatus::from_name(status).is_some_and(|status| !status.is_over());
        let mut projects = self.store().projects().await?;
        projects.retain(|project| project.thread.is_some() && under_way(&project.status));
        // First everything ends, held projects' programs too; then it is recorded.
        for project in &projects {
            self.token(&project.id).cancel();
        }
        let mut stopped = 0;
        for project in &projects {
            loop {
                match self.hold(&project.id, true, by).await {
                    Err(ControlError::Changed) => {} // a step ended meanwhile: hold it as it stands now
                    Ok(()) => break,
                    Err(ControlError::Illegal(_)) => break, // it was over before it could be held
                    Err(error) => return Err(error),
                }
            }
            stopped += 1;
        }
        Ok(stopped)
    }

    /// The token of a project's work; a fresh one once the old was used.
    pub(super) fn token(&self, project: &str) -> CancellationToken {
        let mut tokens = lock(&self.inner.tokens);
        let token =
            tokens.entry(project.to_owned()).or_insert_with(|| self.inner.tasks.cancelled().child_token());
        token.clone()
    }

    pub(super) async fn wake_project(&self, project: &str) -> Result<(), ReadError> {
        // A token that was not used still reaches what began under it.
        lock(&self.inner.tokens).retain(|id, token| id != project || !token.is_cancelled());
        for thread in self.store().open_threads().await? {
            let parent = self.store().thread_parent(&thread).await?;
            let line = parent.map_or_else(|| thread.clone(), |parent| parent.thread);
            if project_of(&line) == project {
                self.wake(&thread);
            }
        }
        Ok(())
    }

    async fn control(&self, batch: Batch) -> Result<(), ControlError> {
        match self.store().write(batch).await {
            Ok(_) => Ok(()),
            Err(WriteError::Refused { .. }) => Err(ControlError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    async fn project_to_control(&self, id: &str) -> Result<ProjectRow, ControlError> {
        let row = self.store().project(id).await?.ok_or_else(|| ControlError::Unknown(id.to_owned()))?;
        if let Some(status) = ProjectStatus::from_name(&row.status) {
            status.to(ProjectStatus::Aborted)?; // whatever is not over can be aborted, so this asks just that
        }
        Ok(row)
    }
}
