//! `cadre doctor`

use std::path::{Path, PathBuf};

use cadre_api::ApiError;
use cadre_api::operations::model::{self, EndpointDto, VaultDto};
use cadre_api::operations::{agent, ledger, program, system, system::Nothing};
use serde::Serialize;

use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, places};

/// What was looked at, and how it stands.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    /// `good`, `limited` or `bad`.
    state: &'static str,
    found: String,
    /// What to do, where something is to be done.
    hint: String,
}

fn check(name: &'static str, state: &'static str, found: impl Into<String>, hint: &str) -> Check {
    let hint = if state == "good" { "" } else { hint };
    Check { name, state, found: found.into(), hint: hint.to_owned() }
}

pub(super) async fn run(session: &Session) -> Result<u8, ApiError> {
    let status = session.call::<system::Status>(Nothing {}).await?;
    let report = session.call::<ledger::Verify>(Nothing {}).await?;
    let agents = session.call::<agent::Read>(Nothing {}).await?;
    let mut checks = vec![
        check("workspace", "good", status.workspace.clone(), ""),
        check(
            "record",
            if report.verified { "good" } else { "bad" },
            format!("{} entries, {} findings", report.entries, report.findings.len()),
            "Run `cadre verify` to see what is wrong, and put a backup in its place: `cadre restore`.",
        ),
        check(
            "head outside the file",
            if report.anchored_to.is_some() { "good" } else { "limited" },
            report.anchored_to.map_or_else(|| "none".to_owned(), |entry| format!("entry {entry}")),
            "Without it a file that was put back to an older state is not noticed.",
        ),
        check(
            "containment",
            match status.containment.as_str() {
                "contained" => "good",
                "partly" => "limited",
                _ => "bad",
            },
            status.containment.clone(),
            "Install bubblewrap, and allow unprivileged user namespaces, so that commands are contained.",
        ),
        check(
            "agent files",
            if agents.refused.is_empty() { "good" } else { "bad" },
            format!("{} refused, {} wait in the Inbox", agents.refused.len(), agents.waiting.len()),
            &agents
                .refused
                .iter()
                .map(|it| format!("{}: {}", it.path, it.reason))
                .collect::<Vec<_>>()
                .join("; "),
        ),
    ];
    checks.push(log());
    checks.extend(programs());
    checks.push(agent_programs(&session.call::<program::List>(Nothing {}).await?));
    let models = session.call::<model::Endpoints>(Nothing {}).await?;
    checks.push(vault(&models.vault));
    checks.extend(endpoints(session, &models.endpoints).await);
    show(session, &checks);
    Ok(if checks.iter().any(|check| check.state == "bad") { exit::FINDING } else { exit::DONE })
}

/// Where this program and all others of Cadre write down what happens in them.
fn log() -> Check {
    let folder = cadre_api::places::logs();
    let state = if folder.is_some() { "good" } else { "limited" };
    check(
        "log",
        state,
        shown(folder.as_deref()),
        "Without a home folder no log is kept; CADRE_LOG shows it here.",
    )
}

/// The programs that Cadre starts.
fn programs() -> Vec<Check> {
    let beside =
        |name: &str| std::env::current_exe().ok().and_then(|exe| exe.parent().map(|it| it.join(name)));
    let shipped = |name: &'static str| {
        let found = beside(name).filter(|path| path.is_file());
        let state = if found.is_some() { "good" } else { "bad" };
        check(name, state, shown(found.as_deref()), "Install Cadre again: a part of it is missing.")
    };
    let git = ["/usr/local/bin/git", "/usr/bin/git", "/bin/git"]
        .map(PathBuf::from)
        .into_iter()
        .find(|it| it.is_file());
    let state = if git.is_some() { "good" } else { "limited" };
    let interface = places::interface();
    let served = if interface.is_some() { "good" } else { "limited" };
    vec![
        shipped("cadre-exec"),
        shipped("cadre-functions"),
        check(
            "git",
            state,
            shown(git.as_deref()),
            "Install git: without it a repository's history is not read.",
        ),
        check(
            "interface",
            served,
            shown(interface.as_deref()),
            "Build it with `npm run ui:build`, or name it: --ui",
        ),
    ]
}

/// Agents of other makers. None is needed, so none is no fault.
fn agent_programs(programs: &[program::ProgramDto]) -> Check {
    let stands = |it: &program::ProgramDto| match (&it.path, &it.member) {
        (None, _) => None,
        (Some(path), Some(member)) => Some(format!("{} ({path}, member {member})", it.title)),
        (Some(path), None) => Some(format!("{} ({path}, not added)", it.title)),
    };
    let found: Vec<String> = programs.iter().filter_map(stands).collect();
    let waits = programs.iter().any(|it| it.path.is_some() && it.member.is_none());
    let known: Vec<&str> = programs.iter().map(|it| it.title.as_str()).collect();
    let hint = match found.is_empty() {
        true => format!("Cadre can work with {}, if one of them is on the PATH.", known.join(", ")),
        false => "Add it under System, Agent programs, to give it work.".to_owned(),
    };
    let state = if waits || found.is_empty() { "limited" } else { "good" };
    let found = if found.is_empty() { "none found".to_owned() } else { found.join(", ") };
    check("agent programs", state, found, &hint)
}

fn shown(path: Option<&Path>) -> String {
    path.map_or_else(|| "not found".to_owned(), |path| path.display().to_string())
}

fn vault(vault: &VaultDto) -> Check {
    let found = match &vault.problem {
        Some(problem) => format!("{}: {problem}", vault.kind),
        None => vault.kind.clone(),
    };
    let state = match (&vault.problem, vault.lasts) {
        (None, true) => "good",
        (Some(_), true) => "bad", // a vault file that does not open: somebody chose it
        (_, false) => "limited",
    };
    let memory = "Keys are kept in memory for this run, because that was chosen: CADRE_VAULT";
    check("keys lie in", state, found, vault.what_to_do.as_deref().unwrap_or(memory))
}

/// Each endpoint is asked for its models, which costs nothing.
async fn endpoints(session: &Session, endpoints: &[EndpointDto]) -> Vec<Check> {
    let none = "Cadre works without one. `cadre model find` looks for one.";
    let mut checks = Vec::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.enabled) {
        let asked = model::EndpointId { endpoint: endpoint.id.clone() };
        let named = format!("{} ({}) at {}", endpoint.name, endpoint.kind.title, endpoint.address);
        checks.push(match session.call::<model::Check>(asked).await {
            Ok(models) => check("model endpoint", "good", format!("{named}: {} models", models.len()), ""),
            Err(error) => check("model endpoint", "bad", format!("{named}: {}", error.message), &error.hint),
        });
    }
    if checks.is_empty() {
        checks.push(check("model endpoint", "limited", "none is enabled", none));
    }
    checks
}

fn show(session: &Session, checks: &[Check]) {
    if session.json {
        output::json(&serde_json::json!({ "checks": checks }));
        return;
    }
    for check in checks {
        println!("{:<8} {:<22} {}", check.state, check.name, plain(&check.found));
        if !check.hint.is_empty() {
            println!("         {:<22} {}", "", plain(&check.hint));
        }
    }
}
