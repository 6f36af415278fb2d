//! Carrying a project to its end from the terminal: watching it, and answering what it asks.

use cadre_api::operations::{inbox, ledger, project, system::Nothing};
use cadre_api::{ApiError, DiffDto, InboxItemDto, ProjectDto, VerificationDto};
use serde::Serialize;

use super::{cannot_ask, verify};
use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, terminal};

/// Why carrying stopped.
pub(super) enum Stop {
    Over(Box<ProjectDto>),
    /// Something waits that only a person may answer, and none is here.
    Waits(Box<ProjectDto>, u8),
}

/// Watches until the project is over, answering what waits: with `yes` every approval, never an unknown outcome.
pub(super) async fn carry(session: &Session, project: &str, yes: bool) -> Result<Stop, ApiError> {
    session.carry_on().await?;
    let mut wakes = session.wakes().await?;
    let mut told = std::collections::BTreeMap::new();
    loop {
        let view = session.call::<project::Get>(project::ProjectId { project: project.to_owned() }).await?;
        tell(&view, &mut told);
        if matches!(view.status.as_str(), "completed" | "aborted") {
            return Ok(Stop::Over(Box::new(view)));
        }
        let waiting = session.call::<inbox::List>(Nothing {}).await?;
        let asks = |item: &InboxItemDto| item.project.as_deref() == Some(project) && item.plan.is_none();
        if let Some(item) = waiting.into_iter().find(asks) {
            match answer(session, &item, yes).await? {
                true => continue,
                false => return Ok(Stop::Waits(Box::new(view), cannot_ask(&plain(&item.message)))),
            }
        }
        if view.status == "paused_on_error" {
            return Ok(Stop::Waits(Box::new(view), exit::FINDING));
        }
        if !wakes.next().await? {
            return Ok(Stop::Waits(Box::new(view), exit::INTERNAL));
        }
    }
}

fn tell(view: &ProjectDto, told: &mut std::collections::BTreeMap<String, String>) {
    for step in &view.steps {
        if told.insert(step.id.clone(), step.status.clone()).as_ref() != Some(&step.status)
            && step.status != "pending"
        {
            let summary = step.summary.as_deref().filter(|_| step.status != "running").unwrap_or_default();
            eprintln!("  {:<14} {:<18} {}", step.id, step.status.replace('_', " "), plain(summary));
        }
    }
}

/// `false` when nobody here may answer.
async fn answer(session: &Session, item: &InboxItemDto, yes: bool) -> Result<bool, ApiError> {
    let automatic = yes && matches!(item.reason.as_str(), "approval" | "result");
    let (decision, text) = if automatic {
        ("approve".to_owned(), None)
    } else if terminal::is_interactive() {
        let diffs = diffs_of(session, item).await?;
        terminal::show_item(item, &diffs);
        match ask(item, &diffs) {
            Some(said) => said,
            None => return Ok(false),
        }
    } else {
        return Ok(false);
    };
    let input = inbox::DecideInput {
        item: item.id.clone(),
        decision,
        text,
        action_hash: item.action_hash.clone(),
        content: None,
    };
    match session.call::<inbox::Decide>(input).await {
        // Somebody answered elsewhere at the same time: that answer counts.
        Err(error) if error.code == "already_decided" => Ok(true),
        other => other.map(|_| true),
    }
}

/// What an item would change, line by line.
pub(super) async fn diffs_of(session: &Session, item: &InboxItemDto) -> Result<Vec<DiffDto>, ApiError> {
    session.call::<inbox::Diff>(inbox::ItemId { item: item.id.clone() }).await
}

fn ask(item: &InboxItemDto, diffs: &[DiffDto]) -> Option<(String, Option<String>)> {
    let mut answers: Vec<&str> = item.allowed.iter().map(String::as_str).filter(|it| *it != "edit").collect();
    answers.push("show");
    loop {
        let decision = terminal::ask("Your decision?", &answers)?;
        if decision == "show" {
            terminal::show_whole_item(item, diffs);
            continue;
        }
        let wants_text = matches!(decision, "deny" | "changes" | "answer" | "done" | "cannot");
        let text = if wants_text { terminal::ask_text("In your words:") } else { None };
        return Some((decision.to_owned(), text.filter(|text| !text.is_empty())));
    }
}

/// The one line that `cadre demo --json` and `cadre run --json` print.
#[derive(Serialize)]
struct Summary<'a> {
    status: &'a str,
    project: &'a str,
    workspace: String,
    /// The branch that has the result, where the project worked in a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    steps: Vec<SummaryStep<'a>>,
    artifacts: Vec<SummaryArtifact<'a>>,
    ledger: SummaryLedger,
}

#[derive(Serialize)]
struct SummaryStep<'a> {
    id: &'a str,
    status: &'a str,
    runs: u32,
}

#[derive(Serialize)]
struct SummaryArtifact<'a> {
    path: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct SummaryLedger {
    entries: u64,
    verified: bool,
}

/// Verifies, prints how it ended, gives the exit code: 0 only when completed and verified.
pub(super) async fn conclude(session: &Session, stop: Stop) -> Result<u8, ApiError> {
    let report = session.call::<ledger::Verify>(Nothing {}).await?;
    let (view, code) = match stop {
        Stop::Over(view) => (view, exit::FINDING),
        Stop::Waits(view, code) => (view, code),
    };
    if session.json {
        output::json(&summary(session, &view, &report));
    } else {
        show(&view, &report);
    }
    Ok(if view.status == "completed" && report.verified { exit::DONE } else { code })
}

fn summary<'a>(session: &Session, view: &'a ProjectDto, report: &VerificationDto) -> Summary<'a> {
    Summary {
        status: &view.status,
        project: &view.id,
        workspace: session.workspace(),
        branch: view.place.branch.as_deref(),
        steps: view
            .steps
            .iter()
            .map(|step| SummaryStep { id: &step.id, status: &step.status, runs: step.runs })
            .collect(),
        artifacts: view
            .steps
            .iter()
            .flat_map(|step| &step.artifacts)
            .map(|artifact| SummaryArtifact { path: &artifact.path, sha256: &artifact.sha256 })
            .collect(),
        ledger: SummaryLedger { entries: report.entries, verified: report.verified },
    }
}

fn show(view: &ProjectDto, report: &VerificationDto) {
    eprintln!("\n{}: {}", plain(&view.title), view.status.replace('_', " "));
    for artifact in view.steps.iter().flat_map(|step| &step.artifacts) {
        println!("{}", artifact.path);
    }
    if let (Some(branch), Some(repository)) = (&view.place.branch, &view.place.repository) {
        eprintln!("branch {} of {}; merging it is yours to do", plain(branch), plain(repository));
    }
    verify::show(report);
}
