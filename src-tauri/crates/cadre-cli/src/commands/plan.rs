//! `cadre plan`

use cadre_api::ApiError;
use cadre_api::operations::{plan, request::RequestId};

use crate::session::Session;
use crate::{exit, output, terminal};

#[derive(clap::Args)]
pub(super) struct PlanCommand {
    /// The request's id, as `cadre request` printed it.
    request: String,
}

impl PlanCommand {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let plan = session.call::<plan::Make>(RequestId { request: self.request }).await?;
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
