//! `cadre hold`, `cadre continue`, `cadre abort`, `cadre stop`: what a person does to work that is under way.

use cadre_api::ApiError;
use cadre_api::operations::project::{Abort, Hold, HoldInput, ProjectId};
use cadre_api::operations::system::{Nothing, StopEverything};

use crate::session::Session;
use crate::{exit, output, terminal};

#[derive(clap::Args)]
pub(super) struct OfProject {
    /// The project's id, as `cadre status` prints it.
    project: String,
}

impl OfProject {
    /// Holds the project, or lets it go on.
    pub(super) async fn hold(self, session: &Session, held: bool) -> Result<u8, ApiError> {
        let project = self.project;
        session.call::<Hold>(HoldInput { project: project.clone(), held }).await?;
        match (session.json, held) {
            (true, _) => output::json(&serde_json::json!({ "project": project, "held": held })),
            (false, true) => eprintln!("Held. What is done stays. Go on with: cadre continue {project}"),
            (false, false) => eprintln!("It may go on. To watch it, or to carry it on: cadre run {project}"),
        }
        Ok(exit::DONE)
    }
}

#[derive(clap::Args)]
pub(super) struct AbortCommand {
    /// The project's id, as `cadre status` prints it.
    project: String,
    /// Do not ask whether it is meant.
    #[arg(long)]
    yes: bool,
}

impl AbortCommand {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        if !self.yes {
            if !terminal::is_interactive() {
                eprintln!("cadre: an aborted project cannot be taken up again; say --yes if it is meant");
                return Ok(exit::FINDING);
            }
            if terminal::ask("End it for good?", &["yes", "no"]) != Some("yes") {
                eprintln!("It goes on as before.");
                return Ok(exit::FINDING);
            }
        }
        let project = self.project;
        session.call::<Abort>(ProjectId { project: project.clone() }).await?;
        match session.json {
            true => output::json(&serde_json::json!({ "aborted": project })),
            false => eprintln!("Aborted. What was done stays; take it back with: cadre undo {project} --all"),
        }
        Ok(exit::DONE)
    }
}

/// Stops everything that is under way in the workspace.
pub(super) async fn stop(session: &Session) -> Result<u8, ApiError> {
    let stopped = session.call::<StopEverything>(Nothing {}).await?.projects;
    match session.json {
        true => output::json(&serde_json::json!({ "stopped": stopped })),
        false => eprintln!("Stopped: {stopped}. Each goes on with: cadre continue PROJECT"),
    }
    Ok(exit::DONE)
}
