//! What is handed to somebody else of the record, and what is taken out of it.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use cadre_store::evidence::{ExportError, Scope};
use cadre_store::{RedactError, Redaction, SignedHead};

use super::Engine;
use crate::backup;

/// What was taken away, and where it still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    pub values: usize,
    /// Backups and other copies of the record from before.
    pub kept_in: Vec<String>,
}

impl Engine {
    /// Writes evidence into a new file; gives how many entries it has.
    ///
    /// # Errors
    /// The file is there already or cannot be written, or what is asked for is not in the record.
    pub async fn export_evidence(
        &self,
        scope: Scope,
        head: Option<SignedHead>,
        to: &Path,
    ) -> Result<u64, ExportError> {
        let file = OpenOptions::new().write(true).create_new(true).open(to)?;
        let synced = file.try_clone()?;
        let exported = self.store().export_evidence(scope, head, BufWriter::new(file)).await;
        let exported = exported.and_then(|entries| Ok(synced.sync_all().map(|()| entries)?));
        if exported.is_err() {
            // Ours, and worth nothing.
            let _ = std::fs::remove_file(to);
        }
        exported
    }

    /// Takes what an entry says away for good. Copies of the record keep it, and are named.
    ///
    /// # Errors
    /// It says nothing that can be taken away, or something goes on from it.
    pub async fn redact(
        &self,
        entry: u64,
        reason: String,
        by: &str,
        channel: &str,
    ) -> Result<Redacted, RedactError> {
        self.sign_before_deciding().await;
        let kept_in: Vec<String> = self.copies().iter().map(|it| it.to_string_lossy().into_owned()).collect();
        let (by, channel) = (by.to_owned(), channel.to_owned());
        let redaction = Redaction { entry, reason, by, channel, kept_in: kept_in.clone() };
        let values = self.store().redact(redaction).await?;
        Ok(Redacted { values, kept_in })
    }

    /// Every copy of the record that is known here.
    fn copies(&self) -> Vec<PathBuf> {
        let (backups, _) = backup::list(self.workspace());
        let mut copies: Vec<PathBuf> = backups.into_iter().map(|backup| backup.path).collect();
        let data = std::fs::read_dir(self.workspace().join(super::DATA_FOLDER));
        let before = data.into_iter().flatten().flatten().map(|entry| entry.path());
        copies.extend(before.filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("cadre.before-")
        }));
        copies
    }
}
