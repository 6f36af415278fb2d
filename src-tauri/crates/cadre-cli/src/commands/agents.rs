//! `cadre agents`

use cadre_api::ApiError;
use cadre_api::operations::{agent, system::Nothing};

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

/// Reads the workspace's agents folder and takes over what changed. Exit code 1 when a file was refused.
pub(super) async fn run(session: &Session) -> Result<u8, ApiError> {
    let read = session.call::<agent::Read>(Nothing {}).await?;
    let code = if read.refused.is_empty() { exit::DONE } else { exit::FINDING };
    if session.json {
        output::json(&read);
        return Ok(code);
    }
    for name in &read.saved {
        eprintln!("  live     {}", plain(name));
    }
    for name in &read.waiting {
        eprintln!("  waits    {}  (it may do more than before: see `cadre status`)", plain(name));
    }
    for refused in &read.refused {
        eprintln!("  refused  {}: {}", plain(&refused.path), plain(&refused.reason));
    }
    if read.saved.is_empty() && read.waiting.is_empty() && read.refused.is_empty() {
        eprintln!("Nothing has changed. Agents are files: agents/<department>/<name>.md in the workspace.");
    }
    Ok(code)
}
