//! `cadre restore`

use std::path::{Path, PathBuf};

use cadre_api::operations::backup::{BackupPath, Backups, DecidedRestoreDto, Restore, TakeBackRestore};
use cadre_api::operations::ledger;
use cadre_api::operations::system::Nothing;
use cadre_api::{Api, ApiError, Caller, Channel, VaultPlace};

use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, places, terminal};

/// Puts a backup in the place of the workspace: the record and the agent files. What lies there now is kept in
/// `.cadre/replaced` and can be put back in the same way. Projects that were under way at the time of the backup are held.
///
/// Where another program has the workspace open, it is put in place when that program starts the next time.
#[derive(clap::Args)]
pub(super) struct RestoreCommand {
    /// A backup's folder, or a record's file such as `cadre.before-6.sqlite`.
    #[arg(required_unless_present = "take_back")]
    backup: Option<PathBuf>,
    /// Take back a restore that is decided and not in place.
    #[arg(long, conflicts_with = "backup")]
    take_back: bool,
    /// Do not ask whether it is meant.
    #[arg(long)]
    yes: bool,
}

impl RestoreCommand {
    pub(super) async fn run(self, workspace: PathBuf, json: bool) -> Result<u8, ApiError> {
        let Some(backup) = self.backup else { return take_back(workspace, json).await };
        if !self.yes {
            if !terminal::is_interactive() {
                eprintln!("cadre: what lies in the workspace now is put aside; say --yes if it is meant");
                return Ok(exit::FINDING);
            }
            let question = format!("Put {} in the place of what lies in the workspace?", backup.display());
            if terminal::ask(&plain(&question), &["yes", "no"]) != Some("yes") {
                eprintln!("It stays as it is.");
                return Ok(exit::FINDING);
            }
        }
        let input = BackupPath { backup: places::absolute(&backup) };
        match Api::restore_closed(&workspace, &Caller::owner(Channel::Cli), &input).await {
            Ok(decided) => put_in_place(&workspace, json, &decided).await,
            Err(held) if held.code == "workspace_held" => {
                let session = Session::open(workspace, json, VaultPlace::Memory).await?;
                let decided = session.call::<Restore>(input).await;
                // The host may have ended in between: then this program is the host, and its end is the next start.
                let is_host = session.host().is_some();
                let workspace = PathBuf::from(session.workspace());
                session.close().await;
                let decided = decided?;
                if is_host {
                    return put_in_place(&workspace, json, &decided).await;
                }
                waits(&decided, json);
                Ok(exit::DONE)
            }
            Err(error) => Err(error),
        }
    }
}

async fn take_back(workspace: PathBuf, json: bool) -> Result<u8, ApiError> {
    match Api::take_back_closed(&workspace, &Caller::owner(Channel::Cli)) {
        Err(held) if held.code == "workspace_held" => {
            let session = Session::open(workspace, json, VaultPlace::Memory).await?;
            let taken_back = session.call::<TakeBackRestore>(Nothing {}).await;
            session.close().await;
            taken_back?;
        }
        other => other?,
    }
    if json {
        output::json(&serde_json::json!({ "taken_back": true }));
    } else {
        eprintln!("Taken back. The workspace stays as it is.");
    }
    Ok(exit::DONE)
}

/// Opening does it; then all of it is checked where it lies.
async fn put_in_place(workspace: &Path, json: bool, decided: &DecidedRestoreDto) -> Result<u8, ApiError> {
    let session = Session::open(workspace.to_owned(), json, VaultPlace::Memory).await?;
    let report = session.call::<ledger::Verify>(Nothing {}).await;
    let backups = session.call::<Backups>(Nothing {}).await;
    session.close().await;
    let (report, backups) = (report?, backups?);
    let is_in_place = backups.restored.as_ref() == Some(decided);
    if json {
        output::json(&serde_json::json!({
            "restored": is_in_place,
            "compared": decided.compared,
            "problems": backups.problems,
            "ledger": { "entries": report.entries, "verified": report.verified, "head": report.head },
        }));
    } else if is_in_place {
        super::verify::show(&report);
        eprintln!(
            "Restored. What lay there before is kept in `.cadre/replaced`. Projects that were under way are held, and \
             standing rules and endpoints are switched off."
        );
        say_what_is_not_known(decided);
    } else {
        eprintln!("It could not be put in place, and the workspace is as before.");
        if backups.decided.is_some() {
            eprintln!("The next start tries again; `cadre restore --take-back` takes it back.");
        }
    }
    for problem in backups.problems.iter().filter(|_| !json) {
        eprintln!("  {}", plain(&problem.message));
    }
    let is_done = is_in_place && backups.problems.is_empty() && report.verified;
    Ok(if is_done { exit::DONE } else { exit::FINDING })
}

/// A record is as good as the backup where nothing else could speak for it.
fn say_what_is_not_known(decided: &DecidedRestoreDto) {
    let found = match decided.compared.as_str() {
        "made_here" | "part" => return,
        "kept_head" => "it has the entry whose head was kept outside the workspace",
        "other_head" => "IT IS NOT THE RECORD whose head was kept outside the workspace",
        _ => "nothing that is kept outside the workspace names it",
    };
    eprintln!("No record that holds lay here, so this one could not be compared with it; {found}.");
}

fn waits(decided: &DecidedRestoreDto, json: bool) {
    if json {
        output::json(&serde_json::json!({ "restored": false, "decided": decided }));
        return;
    }
    eprintln!(
        "Decided: {} entries from {} are put in place when the Cadre that has this workspace open starts the next time.",
        decided.entries,
        plain(&decided.from)
    );
    say_what_is_not_known(decided);
}
