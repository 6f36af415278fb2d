//! `cadre run`

use cadre_api::ApiError;
use cadre_api::operations::{project, system::Nothing};

use super::Session;
use super::project::{carry, conclude};
use crate::{exit, output};

/// Carries the newest project that is under way, or the one named, until it is done or waits for you.
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
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let projects = session.call::<project::List>(Nothing {}).await?;
        let chosen = match &self.project {
            Some(id) => projects.into_iter().find(|project| project.id == *id),
            None => {
                let newest = projects.iter().find(|it| it.approved_version.is_some()).or(projects.first());
                newest.cloned()
            }
        };
        let Some(project) = chosen else {
            let message =
                if self.resume { "There is nothing to resume." } else { "There is no project to run." };
            match session.json {
                true => output::json(&serde_json::json!({ "status": "nothing" })),
                false => eprintln!("{message} Begin with: cadre request \"…\""),
            }
            return Ok(exit::FINDING);
        };
        if project.approved_version.is_none()
            && !super::demo::approve(session, &project.id, project.plan_version, self.yes).await?
        {
            return Ok(exit::FINDING);
        }
        let stop = carry(session, &project.id, self.yes).await?;
        conclude(session, stop).await
    }
}
