//! The log of every program of Cadre on this machine: one line of JSON for each thing, in the platform's state folder.
//!
//! A day has files of its own, a large day several, and a month is kept. Content never stands in it, only what
//! happened; what looks like a key is taken out of each line before it is written. Deliberately absent: any line that
//! leaves this machine.

mod file;
mod page;

use std::path::Path;

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

pub use page::{LogLine, LogPage, LogQuery, read};

use file::LogFiles;

/// Begins the log of this program: into the files of `folder`, and for whoever started it to standard error, from
/// `level` up or as `CADRE_LOG` says. Once, before anything else happens.
pub fn begin(folder: Option<&Path>, level: &str) {
    let errors = EnvFilter::try_from_env("CADRE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let errors = fmt::layer().with_writer(std::io::stderr).with_filter(errors);
    let files = folder.map(|folder| {
        let lines = fmt::layer().json().with_current_span(false).with_span_list(false);
        // Our own from `info`, others only where something is wrong.
        let ours =
            ["cadre_agents", "cadre_api", "cadre_cli", "cadre_desktop", "cadre_engine", "cadre_models"];
        let more = ["cadre_server", "cadre_store", "cadre_vault", "interface"];
        let directives: Vec<String> =
            ours.iter().chain(&more).map(|name| format!("{name}=info")).chain(["warn".to_owned()]).collect();
        lines.with_writer(LogFiles::new(folder)).with_filter(EnvFilter::new(directives.join(",")))
    });
    if tracing_subscriber::registry().with(errors).with(files).try_init().is_err() {
        tracing::debug!("this program has a log already");
    }
}
