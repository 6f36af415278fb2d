//! `cadre demo`: from a request to a verified result, on a real folder.

use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_api::operations::{plan, request, request::RequestId};

use super::project::{carry, conclude};
use crate::session::Session;
use crate::{exit, places, terminal};

const REQUEST: &str = "Review this repository and write a health report";

#[derive(clap::Args)]
pub(super) struct Demo {
    /// The folder to review. Nothing in it is changed.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Approve the plan and what it asks for.
    #[arg(long)]
    yes: bool,
}

impl Demo {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        eprintln!("Workspace: {}", session.workspace());
        let folder = Some(places::absolute(&self.folder));
        let filed = session
            .call::<request::File>(request::FileInput {
                text: REQUEST.into(),
                folder,
                attachments: Vec::new(),
                uploads: Vec::new(),
            })
            .await?;
        eprintln!("Request: {REQUEST}");
        let reading = &filed.reading;
        eprintln!("Read as {} ({:.2}) by the {} reader", reading.intent, reading.confidence, reading.reader);
        let plan = session.call::<plan::Make>(RequestId { request: filed.id }).await?;
        if !approve(session, &plan.project, plan.version, self.yes).await? {
            return Ok(exit::FINDING);
        }
        let stop = carry(session, &plan.project, self.yes).await?;
        conclude(session, stop).await
    }
}

/// Shows a version of a plan and has it approved. `false` when it was not.
pub(super) async fn approve(
    session: &Session,
    project: &str,
    version: u32,
    yes: bool,
) -> Result<bool, ApiError> {
    let plan = session.call::<plan::Get>(plan::PlanVersion { project: project.to_owned(), version }).await?;
    terminal::show_plan(&plan);
    if !yes {
        if !terminal::is_interactive() {
            super::cannot_ask("the plan");
            return Ok(false);
        }
        if terminal::ask("Approve this plan?", &["yes", "no"]) != Some("yes") {
            eprintln!("Nothing was started. The plan is kept: cadre run {project}");
            return Ok(false);
        }
    }
    let input = plan::ApproveInput { project: project.to_owned(), version, hash: plan.hash };
    session.call::<plan::Approve>(input).await?;
    Ok(true)
}

/// A workspace of its own below the system's folder for temporary files, kept afterwards.
pub(super) fn fresh_workspace() -> Result<PathBuf, ApiError> {
    let base = std::env::temp_dir();
    for number in 1..10_000 {
        let folder = base.join(format!("cadre-demo-{}-{number}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cadre_api::folder_unreadable(&folder, &error)),
        }
    }
    Err(cadre_api::folder_unreadable(&base, &std::io::ErrorKind::AlreadyExists.into()))
}
