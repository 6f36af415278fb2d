//! Whether a backup belongs to the record that it is to replace. A backup can only be checked against itself, and
//! whoever makes one up makes it sound; what lies here already is what he cannot change.

use std::path::{Path, PathBuf};

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::aggregates::workspace::{BackupMade, WorkspaceRestored};
use crate::batch::{Batch, WriteError};
use crate::copy::CopyError;
use crate::database::{Connection, DatabaseError, query};
use crate::heads::Heads;
use crate::ledger::{Entry, leaf};
use crate::open::Store;
use crate::record::Record as _;
use crate::writer::Head;

/// What is to be put in place, checked in itself.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// A file with its record.
    pub file: PathBuf,
    /// Id of its workspace.
    pub workspace: String,
    pub head: Head,
    /// Hash of what it says of itself, if it says anything.
    pub manifest: Option<String>,
}

/// What is known of where a backup comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The record names this very backup as made of it; where none holds, what is kept outside does.
    MadeHere,
    /// Its record is a part of the one that lies here, or was replaced by a restore that this one names.
    Part,
    /// No record that holds lies here, but the backup has the entry whose head was kept outside.
    KeptHead,
    /// No record that holds lies here, and the head that was kept outside is that of another one.
    OtherHead,
    /// Nothing is here that it could be compared with.
    Nothing,
}

impl Comparison {
    pub fn name(self) -> &'static str {
        match self {
            Comparison::MadeHere => "made_here",
            Comparison::Part => "part",
            Comparison::KeptHead => "kept_head",
            Comparison::OtherHead => "other_head",
            Comparison::Nothing => "nothing",
        }
    }

    /// Something else than the backup says so.
    pub fn is_proven(self) -> bool {
        matches!(self, Comparison::MadeHere | Comparison::Part)
    }
}

impl Store {
    /// Writes down that a backup was made of everything before, in the record and outside it.
    ///
    /// # Errors
    /// The disk is full or fails. Then it is written down nowhere.
    pub async fn record_backup(&self, made: &BackupMade) -> Result<(), WriteError> {
        let mut batch = Batch::new();
        batch.add(made);
        self.write(batch).await?;
        Heads::new(self.shared.heads.clone(), self.workspace_id()).note_backup(&made.manifest);
        Ok(())
    }

    /// Whether a backup belongs to this record; `None` if it does not.
    ///
    /// # Errors
    /// The disk or the database failed. A record that does not hold is none.
    pub async fn compare(&self, candidate: &Candidate) -> Result<Option<Comparison>, CopyError> {
        let heads = Heads::new(self.shared.heads.clone(), &candidate.workspace);
        let (candidate, folder) = (candidate.clone(), self.shared.folder.clone());
        let work =
            move |present: &Connection| Ok::<_, DatabaseError>(compare(Some(present), &heads, &candidate));
        let compared = self.shared.readers.read(work).await;
        compared.map_err(|error| CopyError::of(&folder, error))?
    }
}

/// A record that holds decides. Where none does, what was kept outside says what can be said.
pub(crate) fn compare(
    present: Option<&Connection>,
    heads: &Heads,
    candidate: &Candidate,
) -> Result<Option<Comparison>, CopyError> {
    if let Some(present) = present {
        match walk(present, heads, candidate) {
            Ok(Some(walk)) => return Ok(walk.verdict()),
            Ok(None) => {}
            Err(error) if error.is_damage() => {}
            Err(error) => return Err(CopyError::of(&candidate.file, error)),
        }
    }
    if candidate.manifest.as_deref().is_some_and(|manifest| heads.made(manifest)) {
        return Ok(Some(Comparison::MadeHere));
    }
    let Some(kept) = heads.kept().map(|kept| kept.head()) else { return Ok(Some(Comparison::Nothing)) };
    if kept.seq > candidate.head.seq {
        return Ok(Some(Comparison::Nothing));
    }
    let at_kept =
        leaf_of(&candidate.file, kept.seq).map_err(|error| CopyError::of(&candidate.file, error))?;
    Ok(Some(if at_kept == Some(kept.leaf) { Comparison::KeptHead } else { Comparison::OtherHead }))
}

fn leaf_of(file: &Path, seq: u64) -> Result<Option<Hash>, DatabaseError> {
    let copy = Connection::read(file)?;
    let leaf: Result<Option<Vec<u8>>, _> = query("SELECT leaf FROM ledger WHERE seq = ?")
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .optional(&copy);
    let _ = copy.close();
    Ok(leaf?.and_then(|leaf| <[u8; 32]>::try_from(leaf).ok()).map(Hash::from_bytes))
}

/// What a walk over a whole record found.
#[derive(Default)]
struct Walk {
    is_part: bool,
    is_made_here: bool,
    /// The record has the head that was kept outside, or tells the restore that explains why not.
    is_anchored: bool,
}

impl Walk {
    fn verdict(&self) -> Option<Comparison> {
        match (self.is_part, self.is_made_here) {
            (true, true) => Some(Comparison::MadeHere),
            (true, false) => Some(Comparison::Part),
            (false, _) => None,
        }
    }

    fn look_at(&mut self, entry: &Entry, here: Head, heads: &Heads, candidate: &Candidate) {
        self.is_part |= here == candidate.head;
        if entry.kind == WorkspaceRestored::KIND
            && let Ok(restored) = WorkspaceRestored::deserialize(&entry.data)
        {
            self.is_part |= restored.replaced == Some(candidate.head);
            self.is_anchored |= heads.is_explained_by(&restored);
        }
        if entry.kind == BackupMade::KIND
            && let Ok(made) = BackupMade::deserialize(&entry.data)
        {
            self.is_made_here |= Some(&made.manifest) == candidate.manifest.as_ref();
        }
    }
}

/// `None` for a record that does not hold, or that is not the one whose head was kept outside: it may be what
/// somebody put there.
fn walk(present: &Connection, heads: &Heads, candidate: &Candidate) -> Result<Option<Walk>, DatabaseError> {
    let kept = heads.kept().map(|kept| kept.head());
    let mut found = Walk { is_anchored: kept.is_none_or(|kept| kept == Head::EMPTY), ..Walk::default() };
    let mut head = Head::EMPTY;
    loop {
        let page: Vec<(i64, Vec<u8>)> =
            query("SELECT seq, body FROM ledger WHERE seq > ? ORDER BY seq LIMIT 4096")
                .bind(i64::try_from(head.seq).unwrap_or(i64::MAX))
                .all(present)?;
        if page.is_empty() {
            break;
        }
        for (seq, body) in page {
            let Ok(entry) = Entry::decode(&body) else { return Ok(None) };
            let next = Head { seq: head.seq + 1, leaf: leaf(&body) };
            let is_next = u64::try_from(seq).is_ok_and(|seq| seq == next.seq) && entry.seq == next.seq;
            if !is_next || entry.prev != head.leaf {
                return Ok(None);
            }
            head = next;
            found.is_anchored |= kept == Some(head);
            found.look_at(&entry, head, heads, candidate);
        }
    }
    Ok(Some(found).filter(|found| found.is_anchored && head != Head::EMPTY))
}
