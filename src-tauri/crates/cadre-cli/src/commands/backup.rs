//! `cadre backup`

use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_api::operations::backup::{BackUp, BackUpInput};

use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, places};

/// Writes a backup while work goes on: the record, the agent files, what was attached and the contents of files from
/// before their changes. All of it is checked afterwards. Projects' folders and keys are not in it.
#[derive(clap::Args)]
pub(super) struct Backup {
    /// The folder to make the backup in. Default: `backups` in the workspace.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Backup {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let to = self.to.as_deref().map(places::absolute);
        let backup = session.call::<BackUp>(BackUpInput { to }).await?;
        if session.json {
            output::json(&backup);
            return Ok(exit::DONE);
        }
        println!("{}", plain(&backup.path));
        let entries = backup.entries.unwrap_or_default();
        eprintln!("{entries} entries, {} files, {} bytes; checked.", backup.files, backup.bytes);
        for problem in &backup.problems {
            eprintln!("  {} in the workspace, and so in the backup", plain(problem));
        }
        Ok(exit::DONE)
    }
}
