//! Measures the engine, beside what somebody would pick in its place: the same workloads, in one run, on one machine.
//!
//! A figure is what was measured; a target says what it has to be, as a number or as a ratio to a peer of the same run.
//! What falls short is said by name. Nothing here is a test: a slow machine is no mistake in the program.
//!
//! *Not here:* the application. Only the graph engine and the store are measured.

mod peers;
mod report;
mod waiting;
mod workers;
mod workloads;

use std::path::PathBuf;
use std::sync::Arc;

pub use peers::PeerError;
pub use report::{Report, Target, Workload};

use cadre_graph::{CheckpointError, CompileError, RunError};
use cadre_store::{OpenError, VerifyError};
use peers::Peers;

/// What is measured.
#[derive(Default)]
pub struct Options {
    /// The scripts of the peers; without them no ratio is known.
    pub peers: Option<PathBuf>,
    /// The Python that has what they need.
    pub python: Option<PathBuf>,
    /// A PostgreSQL in which workspaces may be made and dropped.
    pub database: Option<String>,
    /// Only these workloads; all, if there are none.
    pub only: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("there is no workload `{unknown}`; there are {}", workloads::names().join(", "))]
    Unknown { unknown: String },
    #[error(transparent)]
    Peers(#[from] PeerError),
    #[error("a folder for the measurement could not be made: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Verify(#[from] VerifyError),
    #[error("the record that was measured does not verify: {0}")]
    Unsound(String),
}

/// Measures one workload after another; `said` hears of each as it is done.
///
/// # Errors
/// A workload failed, or a peer did.
pub async fn engine(options: Options, said: impl Fn(&Workload)) -> Result<Report, BenchError> {
    let known = workloads::names();
    if let Some(unknown) = options.only.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(BenchError::Unknown { unknown: unknown.clone() });
    }
    let mut peers = Peers::new(options.peers, options.python);
    let messages = Arc::new(workloads::messages());
    let mut report = Report::new();
    for name in known {
        if options.only.is_empty() || options.only.iter().any(|only| only == name) {
            let workload =
                workloads::measure(name, &messages, &mut peers, options.database.as_deref()).await?;
            said(&workload);
            report.add(workload);
        }
    }
    Ok(report)
}
