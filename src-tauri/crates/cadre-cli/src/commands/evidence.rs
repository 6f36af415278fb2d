//! `cadre export`, `cadre prove`, `cadre head` and `cadre redact`

use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_api::operations::evidence::{self, ExportInput, RedactInput};
use cadre_api::operations::system::Nothing;

use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, places};

/// Writes entries, what they refer to, signed heads and proofs into one file, which `cadre verify --bundle` checks on a
/// machine that has nothing else.
#[derive(clap::Args)]
pub(super) struct Export {
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    evidence: PathBuf,
    /// Only what belongs to this project.
    #[arg(long, value_name = "ID")]
    project: Option<String>,
}

/// Proves that one entry is in the record, to whoever has a signed head. What it says in values is not in the proof.
#[derive(clap::Args)]
pub(super) struct Prove {
    /// The entry's number.
    entry: u64,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The head to prove it against, as `cadre head` printed it. Default: the newest.
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

/// Takes what an entry says away for good: from the record, its free pages and its log. That it was there, who took it
/// away, when and why stays. Backups from before keep it, and are named.
#[derive(clap::Args)]
pub(super) struct Redact {
    /// The entry's number.
    entry: u64,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Export {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let to = places::absolute(&self.evidence);
        write(session, ExportInput { project: self.project, entry: None, head: None, to }).await
    }
}

impl Prove {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let head = self.head.as_deref().map(read_head).transpose()?;
        let to = places::absolute(&self.to);
        write(session, ExportInput { project: None, entry: Some(self.entry), head, to }).await
    }
}

async fn write(session: &Session, input: ExportInput) -> Result<u8, ApiError> {
    let exported = session.call::<evidence::Export>(input).await?;
    match session.json {
        true => output::json(&exported),
        false => {
            println!("{}", plain(&exported.path));
            eprintln!("{} entries; `cadre verify --bundle` checks them anywhere.", exported.entries);
        }
    }
    Ok(exit::DONE)
}

pub(super) fn read_head(file: &std::path::Path) -> Result<String, ApiError> {
    std::fs::read_to_string(file)
        .map_err(|error| ApiError::new("folder_unreadable", format!("{}: {error}", file.display())))
}

/// Prints the newest signed head: what somebody keeps who wants to be shown later that nothing was changed.
pub(super) async fn head(session: &Session) -> Result<u8, ApiError> {
    let signed = session.call::<evidence::Head>(Nothing {}).await?;
    match signed.head {
        Some(head) => {
            println!("{head}");
            Ok(exit::DONE)
        }
        None => {
            eprintln!("cadre: nobody has signed a head of this record: the device has no key that lasts");
            Ok(exit::FINDING)
        }
    }
}

impl Redact {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let Redact { entry, reason } = self;
        let done = session.call::<evidence::Redact>(RedactInput { entry, reason }).await?;
        if session.json {
            output::json(&done);
            return Ok(exit::DONE);
        }
        eprintln!("{} contents are gone; the chain holds without them.", done.values);
        for copy in &done.kept_in {
            eprintln!("  {} still has them", plain(copy));
        }
        Ok(exit::DONE)
    }
}
