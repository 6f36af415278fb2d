//! `cadre run`

use cadre_api::operations::{plan, project, request, system::Nothing};
use cadre_api::{ApiError, ProjectDto};

use super::project::{carry, conclude};
use crate::session::Session;
use crate::{exit, output};

/// Carries the newest project that is under way, or the one named, until it is done or waits for you. One that is held
/// or stopped on an error goes on.
#[derive(clap::Args)]
pub(super) struct Run {
    /// The project's id. Default: the newest that was approved.
    project: Option<String>,
    /// Take up what a crash or a restart interrupted. Work that had finished is not done again.
    #[arg(long)]
    resume: bool,
    /// Approve what it asks for. Never answers for an effect whose outcome is unknown.
    #[arg(long)]
    yes: bool,
}

impl Run {
    /// A request that was filed and never planned, as a crash in between leaves it: planned now, to be approved.
    async fn plan_newest_request(&self, session: &Session) -> Result<Option<ProjectDto>, ApiError> {
        if !self.resume {
            return Ok(None);
        }
        let requests = session.call::<request::List>(request::ListInput::default()).await?;
        let Some(newest) = requests.into_iter().find(|request| request.project.is_none()) else {
            return Ok(None);
        };
        let plan = session.call::<plan::Make>(request::RequestId { request: newest.id }).await?;
        session.call::<project::Get>(project::ProjectId { project: plan.project }).await.map(Some)
    }

    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let projects = session.call::<project::List>(Nothing {}).await?;
        let chosen = match &self.project {
            Some(id) => projects.into_iter().find(|project| project.id == *id),
            None => {
                let newest = projects.iter().find(|it| it.approved_version.is_some()).or(projects.first());
                newest.cloned()
            }
        };
        let chosen = match chosen {
            Some(project) => Some(project),
            None if self.project.is_none() => self.plan_newest_request(session).await?,
            None => None,
        };
        let Some(project) = chosen else {
            match session.json {
                true => output::json(&serde_json::json!({ "status": "nothing" })),
                false => eprintln!("There is nothing to run. Begin with: cadre request \"…\""),
            }
            return Ok(exit::FINDING);
        };
        if project.approved_version.is_none()
            && !super::demo::approve(session, &project.id, project.plan_version, self.yes).await?
        {
            return Ok(exit::FINDING);
        }
        if !matches!(project.status.as_str(), "completed" | "aborted") {
            // Whoever is the host takes it up: this program, or the one that it joined.
            let input = project::HoldInput { project: project.id.clone(), held: false };
            session.call::<project::Hold>(input).await?;
        }
        let stop = carry(session, &project.id, self.yes).await?;
        conclude(session, stop).await
    }
}
