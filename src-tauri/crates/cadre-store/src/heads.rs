//! The ledger's head, kept outside the workspace file too, so that a file that was cut off or put back is noticed.
//!
//! One small file per workspace id in the platform's state folder, written only after a full flush of the entry
//! that it names.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cadre_graph::{Hash, digest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::signing::{KeptSignature, Signing};
use crate::writer::Head;

/// Not more often than this, except at the end: the file is a witness, not a second journal.
const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptHead {
    pub(crate) workspace: String,
    pub(crate) seq: u64,
    pub(crate) leaf: Hash,
    /// The newest head that this device signed: an older one where the last program had no key at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<KeptSignature>,
}

impl KeptHead {
    pub(crate) fn head(&self) -> Head {
        Head { seq: self.seq, leaf: self.leaf }
    }
}

/// A restore that opening carried out, kept beside the head from before it until there is one from after it. Without
/// it, whoever can put a file back could write his own excuse into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestoreNote {
    pub(crate) decision: String,
    /// The head that was kept when the record was replaced.
    pub(crate) witness: Option<Head>,
    /// The newest entry of what took its place.
    pub(crate) backup: Head,
}

impl RestoreNote {
    pub(crate) fn is_of(&self, restored: &WorkspaceRestored) -> bool {
        (&self.decision, self.witness, self.backup) == (&restored.decision, restored.witness, restored.backup)
    }
}

/// A restore that was decided and is not in place. What looks decided in the workspace and is not noted here was put
/// there by somebody else.
#[derive(Debug, Serialize, Deserialize)]
struct DecidedNote {
    /// Hash of the order, as it lies.
    order: Hash,
}

/// So many backups are known again where the record is lost: years of one a day.
const BACKUPS: usize = 1000;

/// Of an order.
const ORDER_PREFIX: u8 = 0x25;

pub(crate) struct Heads {
    file: Option<PathBuf>,
    note: Option<RestoreNote>,
    /// The note has done its work.
    explained: bool,
    workspace: String,
    last: Option<(Head, Instant)>,
    /// The file does not continue from the kept head.
    contradicted: bool,
    /// Once there is a device's key.
    pub(crate) signing: Option<Signing>,
}

impl Heads {
    pub(crate) fn new(directory: Option<PathBuf>, workspace: &str) -> Self {
        let file = directory.map(|directory| directory.join(format!("{workspace}.json")));
        let mut heads = Heads {
            file,
            note: None,
            explained: false,
            workspace: workspace.to_owned(),
            last: None,
            contradicted: false,
            signing: None,
        };
        heads.note = heads.note_place().and_then(|file| read(&file));
        heads
    }

    pub(crate) fn note_place(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.with_extension("restore.json"))
    }

    pub(crate) fn leave_note(&self, note: &RestoreNote) -> std::io::Result<()> {
        let Some(file) = self.note_place() else { return Ok(()) };
        write(&file, note)?;
        fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    fn decided_file(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.with_extension("decided.json"))
    }

    /// Notes a restore that is about to be decided.
    pub(crate) fn note_decided(&self, order: &[u8]) -> std::io::Result<()> {
        let Some(file) = self.decided_file() else { return Ok(()) };
        write(&file, &DecidedNote { order: digest(ORDER_PREFIX, order) })?;
        fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Whether exactly this was decided. Where nothing is kept outside, nobody can say that it was not.
    pub(crate) fn is_decided(&self, order: &[u8]) -> bool {
        let Some(file) = self.decided_file() else { return true };
        read::<DecidedNote>(&file).is_some_and(|note| note.order == digest(ORDER_PREFIX, order))
    }

    /// Nothing is decided, or not any more. A note that stays behind names an order that is gone.
    pub(crate) fn forget_decided(&self) {
        let Some(file) = self.decided_file() else { return };
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = %file.display(), "the note of a decided restore stays behind");
            }
            _ => {}
        }
    }

    fn backups_file(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.with_extension("backups.json"))
    }

    /// Notes that a backup was made, by the hash of its manifest, for when there is no record any more that says so.
    /// Failing to is not a failure of the backup.
    pub(crate) fn note_backup(&self, manifest: &str) {
        let Some(file) = self.backups_file() else { return };
        let mut made: Vec<String> = read(&file).unwrap_or_default();
        made.push(manifest.to_owned());
        let first = made.len().saturating_sub(BACKUPS);
        if let Err(error) = write(&file, &&made[first..]) {
            tracing::warn!(%error, file = %file.display(), "could not note a backup outside the workspace");
        }
    }

    /// Whether the backup with this manifest was made of this workspace, as far as that is known outside.
    pub(crate) fn made(&self, manifest: &str) -> bool {
        let made: Vec<String> = self.backups_file().and_then(|file| read(&file)).unwrap_or_default();
        made.iter().any(|it| it == manifest)
    }

    /// The restore that explains why the file does not continue from the head kept outside it.
    pub(crate) fn note(&self) -> Option<&RestoreNote> {
        self.note.as_ref()
    }

    /// Whether this entry of the file is the restore that is noted outside it, and replaced the kept head.
    pub(crate) fn is_explained_by(&self, restored: &WorkspaceRestored) -> bool {
        restored.witness.is_some()
            && self.kept().map(|kept| kept.head()) == restored.witness
            && self.note.as_ref().is_some_and(|note| note.is_of(restored))
    }

    /// The kept head needs no explanation, or has it: with the next head, the note goes.
    pub(crate) fn explained(&mut self) {
        self.explained = true;
    }

    /// The kept head stands against the file: it stays as it is, or looking once would take the witness away.
    pub(crate) fn leave_alone(&mut self) {
        self.contradicted = true;
    }

    /// A restore that is noted outside and names the kept head as what it replaced is why the file does not continue from it: from here on
    /// it is kept as before. Any other head is not explained by it.
    pub(crate) fn explained_by(&mut self, restored: &WorkspaceRestored) {
        if self.contradicted && self.is_explained_by(restored) {
            self.contradicted = false;
            self.explained = true;
        }
    }

    pub(crate) fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Whether there is a place for it outside.
    pub(crate) fn is_kept_outside(&self) -> bool {
        self.file.is_some()
    }

    /// Whether what is kept outside must stay as it is.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.contradicted
    }

    /// Keeps `head`, unless that was done a moment ago. Failing to is not a failure of the write it follows.
    pub(crate) fn keep(&mut self, head: Head, now: i64) {
        let Some(file) = &self.file else { return };
        if self.contradicted {
            return;
        }
        if self.last.is_some_and(|(kept, at)| kept == head || at.elapsed() < INTERVAL) {
            return;
        }
        let signature = match &self.signing {
            Some(signing) => match signing.keep(head, now) {
                Some(signature) => Some(signature),
                // A head without a signature would pass for one that somebody put there.
                None => {
                    return tracing::warn!(entry = head.seq, "the tree is not of this head; it is not kept");
                }
            },
            // What was signed before stays beside it. While a restore explains the file, nothing of both may change:
            // the next program with the key at hand signs what is there now.
            None => match self.kept().and_then(|kept| kept.signature) {
                Some(_) if self.note.is_some() => return,
                before => before,
            },
        };
        let kept = KeptHead { workspace: self.workspace.clone(), seq: head.seq, leaf: head.leaf, signature };
        match write(file, &kept) {
            Ok(()) => {
                self.last = Some((head, Instant::now()));
                self.remove_note();
            }
            Err(error) => {
                tracing::warn!(%error, file = %file.display(), "could not keep the ledger's head outside")
            }
        }
    }

    /// Keeps `head` whatever was kept before: a decision was made, or the workspace closes.
    pub(crate) fn keep_now(&mut self, head: Head, now: i64) {
        self.last = None;
        self.keep(head, now);
    }

    fn remove_note(&mut self) {
        if !self.explained || self.note.is_none() {
            return;
        }
        match self.note_place().map(fs::remove_file) {
            Some(Err(error)) => tracing::warn!(%error, "the note of a restore that is done stays behind"),
            _ => self.note = None,
        }
    }

    pub(crate) fn kept(&self) -> Option<KeptHead> {
        read(self.file.as_ref()?)
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

fn write(file: &Path, head: &impl Serialize) -> std::io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(&serde_json::to_vec(head)?)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}
