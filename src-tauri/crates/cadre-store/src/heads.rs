//! The ledger's head, kept outside the workspace file too, so that a file that was cut off or put back is noticed.
//!
//! One small file per workspace id in the platform's state folder, written only after a full flush of the entry
//! that it names.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::writer::Head;

/// Not more often than this, except at the end: the file is a witness, not a second journal.
const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptHead {
    pub(crate) workspace: String,
    pub(crate) seq: u64,
    pub(crate) leaf: Hash,
}

impl KeptHead {
    pub(crate) fn head(&self) -> Head {
        Head { seq: self.seq, leaf: self.leaf }
    }
}

pub(crate) struct Heads {
    file: Option<PathBuf>,
    workspace: String,
    last: Option<(Head, Instant)>,
    /// The file does not continue from the kept head.
    contradicted: bool,
}

impl Heads {
    pub(crate) fn new(directory: Option<PathBuf>, workspace: &str) -> Self {
        let file = directory.map(|directory| directory.join(format!("{workspace}.json")));
        Heads { file, workspace: workspace.to_owned(), last: None, contradicted: false }
    }

    /// The kept head stands against the file: it stays as it is, or looking once would take the witness away.
    pub(crate) fn leave_alone(&mut self) {
        self.contradicted = true;
    }

    /// A restore that names the kept head as what it replaced is why the file does not continue from it: from here on
    /// it is kept as before. Any other head is not explained by it.
    pub(crate) fn explained_by(&mut self, restored: &WorkspaceRestored) {
        if self.contradicted
            && restored.witness.is_some()
            && self.kept().map(|kept| kept.head()) == restored.witness
        {
            self.contradicted = false;
        }
    }

    /// Keeps `head`, unless that was done a moment ago. Failing to is not a failure of the write it follows.
    pub(crate) fn keep(&mut self, head: Head) {
        let Some(file) = &self.file else { return };
        if self.contradicted {
            return;
        }
        if self.last.is_some_and(|(kept, at)| kept == head || at.elapsed() < INTERVAL) {
            return;
        }
        match write(file, &KeptHead { workspace: self.workspace.clone(), seq: head.seq, leaf: head.leaf }) {
            Ok(()) => self.last = Some((head, Instant::now())),
            Err(error) => {
                tracing::warn!(%error, file = %file.display(), "could not keep the ledger's head outside")
            }
        }
    }

    /// Keeps `head` whatever was kept before: a decision was made, or the workspace closes.
    pub(crate) fn keep_now(&mut self, head: Head) {
        self.last = None;
        self.keep(head);
    }

    pub(crate) fn kept(&self) -> Option<KeptHead> {
        let text = fs::read(self.file.as_ref()?).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn write(file: &PathBuf, head: &KeptHead) -> std::io::Result<()> {
    let directory = file.parent().unwrap_or(std::path::Path::new("."));
    fs::create_dir_all(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(&serde_json::to_vec(head)?)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}
