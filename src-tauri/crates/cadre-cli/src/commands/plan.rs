//! `cadre plan`

use cadre_api::ApiError;
use cadre_api::operations::{plan, request::RequestId};

use crate::session::Session;
use crate::{exit, output, terminal};

#[derive(clap::Args)]
pub(super) struct PlanCommand {
    /// The request's id, as `cadre request` printed it.
    request: String,
    /// Change the folder itself, without a worktree and a branch. Each write asks.
    #[arg(long)]
    in_place: bool,
}

impl PlanCommand {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let mut plan = session.call::<plan::Make>(RequestId { request: self.request }).await?;
        if self.in_place {
            let (project, version) = (plan.project, plan.version);
            let workplace = Some("in_place".to_owned());
            let choice = plan::RefineInput { project, version, feedback: None, edits: Vec::new(), workplace };
            plan = session.call::<plan::Refine>(choice).await?;
        }
        match session.json {
            true => output::json(&plan),
            false => {
                terminal::show_plan(&plan);
                eprintln!(
                    "Next: cadre approve {} --plan {} --hash {}",
                    plan.project, plan.version, plan.hash
                );
            }
        }
        Ok(if plan.problems.is_empty() { exit::DONE } else { exit::FINDING })
    }
}
