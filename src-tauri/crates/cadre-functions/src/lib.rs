//! The function agents that Cadre ships: programs that need no model. Each reads one [`FunctionInput`] from
//! standard input and prints one `FunctionOutput` to standard output; progress goes to standard error.
//!
//! They only look: none writes a file, opens a connection or reads a clock. Files are proposals in the
//! result, and `now` in the input is the only time they know, so the same input over the same folder gives
//! the same bytes. Lists are capped and say how many entries they left out, which keeps a result below 1 MiB
//! however large the folder is.
//!
//! The `data` of each agent is a documented type here ([`repository_scout::ScoutData`],
//! [`dependency_auditor::AuditData`], [`git_historian::HistoryData`], [`report_writer::ReportData`]) with a
//! versioned `kind`, by which the report writer recognises its inputs.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use cadre_core::function_contract::{FunctionInput, FunctionResult};

mod calendar;
pub mod capped;
mod contract;
mod display;
mod failure;
pub mod finding;
mod folder;

pub mod dependency_auditor;
pub mod git_historian;
pub mod report_writer;
pub mod repository_scout;

pub use failure::Failure;

/// Where an agent writes its progress; never part of the result.
pub(crate) type Log<'a> = &'a mut dyn Write;

type AgentFunction = fn(&FunctionInput, &Path, Log<'_>) -> Result<FunctionResult, Failure>;

const AGENTS: [(&str, AgentFunction); 4] = [
    ("repository-scout", repository_scout::run),
    ("dependency-auditor", dependency_auditor::run),
    ("git-historian", git_historian::run),
    ("report-writer", report_writer::run),
];

/// Runs one agent and prints its output. A failure is an output too: it is printed as JSON, with exit code 1.
pub fn run(agent: Option<&str>, input: impl Read, mut output: impl Write, mut log: impl Write) -> ExitCode {
    let outcome = answer(agent, input, &mut log);
    let failed = outcome.is_err();
    if contract::print(outcome, &mut output).is_err() || failed {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn answer(agent: Option<&str>, input: impl Read, log: Log<'_>) -> Result<FunctionResult, Failure> {
    let known = || AGENTS.map(|(name, _)| name).join(", ");
    let name = agent.ok_or_else(|| Failure::NoAgent { known: known() })?;
    let (_, function) = AGENTS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| Failure::UnknownAgent { name: display::clip(name, 80), known: known() })?;
    let input = contract::read(input)?;
    let folder = folder::open(&input.folder)?;
    function(&input, &folder, log)
}
