//! `cadre bench`

use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_bench::{BenchError, Options, Target, Workload};
use clap::{Args, Subcommand};

use crate::{exit, output};

#[derive(Subcommand)]
pub(super) enum Bench {
    /// The graph engine and its store. Exit code 1 if a target was missed.
    Engine(EngineBench),
}

#[derive(Args)]
pub(super) struct EngineBench {
    /// The folder with the scripts of the peers, whose workloads are the same. Without it no ratio is known.
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// The Python that has what the peers need.
    #[arg(long, value_name = "PROGRAM", requires = "peers")]
    python: Option<PathBuf>,
    /// A PostgreSQL in which workspaces may be made and dropped, as `postgres://user@host/database`. Without it nothing
    /// is known of several workers.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Only this workload; can be given several times.
    #[arg(long, value_name = "WORKLOAD")]
    only: Vec<String>,
}

impl Bench {
    pub(super) async fn run(self, json: bool) -> Result<u8, ApiError> {
        let Bench::Engine(EngineBench { peers, python, database, only }) = self;
        if cfg!(debug_assertions) {
            eprintln!("cadre: this program was built without optimisation; its figures say little");
        }
        let said = |workload: &Workload| print(workload, json);
        let report = cadre_bench::engine(Options { peers, python, database, only }, said).await;
        let report = report.map_err(|error| {
            let code = match error {
                BenchError::Unknown { .. } | BenchError::Peers(_) => "invalid_input",
                _ => "internal",
            };
            ApiError::new(code, error.to_string())
        })?;
        if json {
            output::json(&report);
        } else {
            println!();
            for (title, named) in
                [("Falls short", &report.falls_short), ("Not compared", &report.not_compared)]
            {
                for target in named {
                    println!("{title}: {target}");
                }
            }
        }
        Ok(if report.falls_short.is_empty() { exit::DONE } else { exit::FINDING })
    }
}

/// A workload as lines; on standard error where standard output is one line of JSON.
fn print(workload: &Workload, json: bool) {
    let mut lines = vec![workload.name.to_owned()];
    lines.extend(workload.figures.iter().map(|(name, value)| format!("  {name:<34}{value:>14}")));
    lines.extend(workload.peers.iter().map(|(name, value)| format!("  {name:<34}{value:>14}  (peer)")));
    lines.extend(workload.targets.iter().map(target));
    lines.extend(workload.note.map(|note| format!("  {note}")));
    let text = lines.join("\n");
    if json { eprintln!("{text}") } else { println!("{text}") }
}

fn target(target: &Target) -> String {
    let Target { what, measured, limit, at_most, .. } = target;
    let measured = measured.map_or_else(|| "-".to_owned(), |measured| measured.to_string());
    let stand = match target.met() {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "not compared",
    };
    let way = if *at_most { "at most" } else { "at least" };
    format!("  {stand:<14}{what}: {measured} ({way} {limit})")
}
