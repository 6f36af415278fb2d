//! `cadre status`

use cadre_api::ApiError;
use cadre_api::operations::{inbox, project, system, system::Nothing};

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;
use crate::terminal;

#[derive(clap::Args)]
pub(super) struct Status {}

impl Status {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let status = session.call::<system::Status>(Nothing {}).await?;
        let projects = session.call::<project::List>(Nothing {}).await?;
        let waiting = session.call::<inbox::List>(Nothing {}).await?;
        if session.json {
            output::json(&serde_json::json!({ "status": status, "projects": projects, "inbox": waiting }));
            return Ok(exit::DONE);
        }
        eprintln!(
            "{}: {} ledger entries, commands are {}",
            plain(&status.workspace),
            status.entries,
            status.containment
        );
        if projects.is_empty() {
            eprintln!("No projects yet. Begin with: cadre request \"…\"");
        }
        for project in &projects {
            let done = project.steps.iter().filter(|step| step.status == "completed").count();
            let (all, title) = (project.steps.len(), plain(&project.title));
            eprintln!("  {}  {:<28} {done} of {all} steps  {title}", project.id, project.status);
        }
        for item in &waiting {
            match (&item.plan, &item.project) {
                (Some(_), Some(project)) => {
                    eprintln!("\nWaits: a plan; look at it with: cadre run {project}")
                }
                _ => eprintln!("\nWaits: {} ({})", item.id, item.allowed.join(", ")),
            }
            terminal::show_item(item, &super::project::diffs_of(session, item).await?);
        }
        Ok(exit::DONE)
    }
}
