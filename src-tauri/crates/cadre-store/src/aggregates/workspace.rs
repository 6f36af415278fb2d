//! The workspace itself.

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::ledger::Entry;
use crate::projection::{Change, Table, insert};
use crate::record::{Data, Record, RowChange};
use crate::writer::Head;

pub(crate) static WORKSPACE: Table =
    Table { name: "workspace", key: &["id"], columns: &["id", "name", "value_key_hash", "created_at"] };

#[derive(Deserialize)]
struct Created {
    id: String,
    name: String,
    #[serde(default)]
    value_key_hash: Option<String>,
}

pub(crate) fn created(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let created: Created = data.read()?;
    Ok(vec![insert!(WORKSPACE,
        id: created.id,
        name: created.name,
        value_key_hash: created.value_key_hash.as_deref().and_then(Hash::from_hex),
        created_at: entry.at,
    )])
}

/// A backup was put in the place of the record. Everything after it is gone from here and kept elsewhere, and the head
/// that was kept outside says nothing against that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceRestored {
    /// Who decided it, and how, is the decision's record.
    pub decision: String,
    /// When the backup was made: Unix time in microseconds, as text.
    pub made_at: String,
    /// The newest entry of the backup, which is the one before these.
    pub backup: Head,
    /// The newest entry of the record that it replaced, as far as that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Head>,
    /// The head that was kept outside the file when it was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Head>,
    /// Where the replaced record lies, beside Cadre's own data.
    pub kept: String,
    /// What the backup was compared with before it was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Comparison>,
}

impl Record for WorkspaceRestored {
    const KIND: &'static str = "workspace.restored";

    /// What the backup says, its rows say already.
    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        Vec::new()
    }
}

/// A backup was made of everything before this entry. One that no entry names was made elsewhere, or after the record
/// that was put in place here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupMade {
    /// Of its folder.
    pub name: String,
    /// Its newest entry.
    pub head: Head,
    /// SHA-256 of its manifest, which has the hash of each of its files.
    pub manifest: String,
    pub by: String,
}

impl Record for BackupMade {
    const KIND: &'static str = "backup.made";

    /// Backups are listed from where they lie.
    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        Vec::new()
    }
}
