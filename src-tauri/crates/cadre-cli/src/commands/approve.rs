//! `cadre approve`

use cadre_api::ApiError;
use cadre_api::operations::{inbox, plan};

use crate::session::Session;
use crate::{exit, output};

/// With `--plan`, approves that version of a project's plan. Without, decides on an item of the Inbox.
#[derive(clap::Args)]
pub(super) struct Approve {
    /// A project's id (with --plan), or an item's id as `cadre status` prints it.
    id: String,
    /// The version of the plan.
    #[arg(long, value_name = "VERSION", requires = "hash")]
    plan: Option<u32>,
    /// The hash that was shown: what you approve is exactly that.
    #[arg(long)]
    hash: Option<String>,
    /// Another decision than to approve: deny, changes, done, retry, skip, happened, …
    #[arg(long, default_value = "approve")]
    decision: String,
    /// A reason, an answer, or what to change.
    #[arg(long)]
    text: Option<String>,
}

impl Approve {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        if self.plan.is_some() && self.decision != "approve" {
            return Err(cadre_api::decision_invalid(
                "a plan is approved, or left and refined; nothing was recorded",
            ));
        }
        match (self.plan, self.hash) {
            (Some(version), Some(hash)) => {
                let project = self.id.clone();
                session.call::<plan::Approve>(plan::ApproveInput { project, version, hash }).await?;
            }
            (_, action_hash) => {
                session
                    .call::<inbox::Decide>(inbox::DecideInput {
                        item: self.id.clone(),
                        decision: self.decision.clone(),
                        text: self.text,
                        action_hash,
                        content: None,
                    })
                    .await?;
            }
        }
        match session.json {
            true => output::json(&serde_json::json!({ "decided": self.id })),
            false => eprintln!("Recorded. Next: cadre run"),
        }
        Ok(exit::DONE)
    }
}
