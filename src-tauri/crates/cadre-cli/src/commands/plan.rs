//! `cadre plan`

use cadre_api::operations::{plan, project, request::RequestId};
use cadre_api::{ApiError, PlanDto};

use crate::session::Session;
use crate::{exit, output, terminal};

/// Plans a request. A plan that was not approved can be refined in your words; every version stays, and two can be
/// compared.
#[derive(clap::Args)]
pub(super) struct PlanCommand {
    /// The request's id, as `cadre request` printed it; with --refine or --compare, the project's.
    id: String,
    /// Make a further version that heeds this.
    #[arg(long, value_name = "TEXT", conflicts_with = "compare")]
    refine: Option<String>,
    /// Show what differs between this version and the newest.
    #[arg(long, value_name = "VERSION")]
    compare: Option<u32>,
    /// Compare with this version in place of the newest.
    #[arg(long, value_name = "VERSION", requires = "compare")]
    with: Option<u32>,
    /// Change the folder itself, without a worktree and a branch. Each write asks.
    #[arg(long, conflicts_with = "compare")]
    in_place: bool,
}

impl PlanCommand {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        if let Some(from) = self.compare {
            return compare(session, self.id, from, self.with).await;
        }
        let workplace = self.in_place.then(|| "in_place".to_owned());
        let plan = match self.refine {
            Some(feedback) => {
                let version = newest(session, &self.id).await?;
                refine(session, self.id, version, Some(feedback), workplace).await?
            }
            None => {
                let plan = session.call::<plan::Make>(RequestId { request: self.id }).await?;
                match workplace {
                    Some(_) => refine(session, plan.project, plan.version, None, workplace).await?,
                    None => plan,
                }
            }
        };
        Ok(show(session, &plan))
    }
}

async fn refine(
    session: &Session,
    project: String,
    version: u32,
    feedback: Option<String>,
    workplace: Option<String>,
) -> Result<PlanDto, ApiError> {
    let edits = Vec::new();
    session.call::<plan::Refine>(plan::RefineInput { project, version, feedback, edits, workplace }).await
}

async fn newest(session: &Session, project: &str) -> Result<u32, ApiError> {
    let project = project::ProjectId { project: project.to_owned() };
    Ok(session.call::<project::Get>(project).await?.plan_version)
}

fn show(session: &Session, plan: &PlanDto) -> u8 {
    match session.json {
        true => output::json(plan),
        false => {
            terminal::show_plan(plan);
            eprintln!("Next: cadre approve {} --plan {} --hash {}", plan.project, plan.version, plan.hash);
            eprintln!("  or: cadre plan {} --refine \"…\"", plan.project);
        }
    }
    if plan.problems.is_empty() { exit::DONE } else { exit::FINDING }
}

async fn compare(session: &Session, project: String, from: u32, with: Option<u32>) -> Result<u8, ApiError> {
    let to = match with {
        Some(version) => version,
        None => newest(session, &project).await?,
    };
    let difference = session.call::<plan::Compare>(plan::CompareInput { project, from, to }).await?;
    if session.json {
        output::json(&difference);
        return Ok(exit::DONE);
    }
    let steps =
        [("added", &difference.added), ("removed", &difference.removed), ("changed", &difference.changed)];
    for (what, ids) in steps.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        eprintln!("  {what:<8} {}", output::plain(&ids.join(", ")));
    }
    if difference.frame {
        eprintln!("  changed  what stands around the steps");
    }
    if !difference.frame && steps.iter().all(|(_, ids)| ids.is_empty()) {
        eprintln!("Versions {from} and {to} are the same.");
    }
    Ok(exit::DONE)
}
