//! The workspace itself.

use serde::Deserialize;

use crate::ledger::Entry;
use crate::projection::{Change, Table, hash_field, insert};

pub(crate) static WORKSPACE: Table =
    Table { name: "workspace", key: &["id"], columns: &["id", "name", "value_key_hash", "created_at"] };

#[derive(Deserialize)]
struct Created {
    id: String,
    name: String,
}

pub(crate) fn created(entry: &Entry) -> Result<Vec<Change>, serde_json::Error> {
    let created = Created::deserialize(&entry.data)?;
    Ok(vec![insert!(WORKSPACE,
        id: created.id,
        name: created.name,
        value_key_hash: hash_field(&entry.data, "value_key_hash"),
        created_at: entry.at,
    )])
}
