//! Services that answer with models, and the keys that they take. A key is named here and lies in the vault alone.

use cadre_core::endpoint::EndpointTerms;
use serde::{Deserialize, Serialize};

use crate::batch::Guard;
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Cell, Change, Table, inserted, updated};
use crate::read::ReadError;
use crate::record::{Record, RowChange};

pub(crate) static ENDPOINTS: Table = Table {
    name: "endpoints",
    key: &["id"],
    columns: &["id", "entry", "key", "decision", "enabled_at", "disabled_at"],
};
pub(crate) static VAULT_KEYS: Table = Table {
    name: "vault_keys",
    key: &["name"],
    columns: &["name", "kind", "address", "vault", "state", "by", "changed_at"],
};

/// A person agreed to these terms. The entry is the standing permit for calls under them, until it is disabled or
/// enabled anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointEnabled {
    pub terms: EndpointTerms,
    /// Hash of the terms as they were shown.
    pub hash: String,
    pub decision: String,
    pub by: String,
}

impl Record for EndpointEnabled {
    const KIND: &'static str = "endpoint.enabled";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let id = self.terms.endpoint;
        let delete = Change::Delete { table: &ENDPOINTS, key: vec![id.as_str().into()] };
        vec![
            RowChange(delete),
            inserted!(ENDPOINTS,
                id: id, entry: entry.seq, key: self.terms.key, decision: self.decision, enabled_at: entry.at),
        ]
    }
}

/// From now on nothing is sent there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointDisabled {
    pub endpoint: String,
    pub by: String,
}

impl Record for EndpointDisabled {
    const KIND: &'static str = "endpoint.disabled";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![updated!(ENDPOINTS, [self.endpoint], disabled_at: entry.at)]
    }
}

/// A key was entered and the service took it. It is about to be put into the vault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyEntered {
    /// Its name in the vault.
    pub key: String,
    /// The only kind of service, and the only address, that it is ever sent to.
    pub kind: String,
    pub address: String,
    /// `keychain`, `file` or `memory`.
    pub vault: String,
    pub by: String,
}

impl Record for KeyEntered {
    const KIND: &'static str = "key.entered";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let delete = Change::Delete { table: &VAULT_KEYS, key: vec![self.key.as_str().into()] };
        vec![
            RowChange(delete),
            inserted!(VAULT_KEYS,
                name: self.key, kind: self.kind, address: self.address, vault: self.vault,
                state: KeyState::Entered.name(), by: self.by, changed_at: entry.at),
        ]
    }
}

/// What became of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyChanged {
    pub key: String,
    /// A [`KeyState`] by its name.
    pub state: String,
    pub by: String,
}

impl Record for KeyChanged {
    const KIND: &'static str = "key.changed";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![updated!(VAULT_KEYS, [self.key], state: self.state, by: self.by, changed_at: entry.at)]
    }
}

/// Where a key stands: writing to the vault is intended, then done, and so is removing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// The vault may have it or not: the program ended in between.
    Entered,
    Kept,
    /// Not used any more. The vault may still have it.
    Revoked,
    Removed,
}

impl KeyState {
    pub const ALL: [KeyState; 4] = [KeyState::Entered, KeyState::Kept, KeyState::Revoked, KeyState::Removed];

    pub fn name(self) -> &'static str {
        match self {
            KeyState::Entered => "entered",
            KeyState::Kept => "kept",
            KeyState::Revoked => "revoked",
            KeyState::Removed => "removed",
        }
    }

    pub fn from_name(name: &str) -> Option<KeyState> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

row! {
    pub struct EndpointRow {
        pub id: String,
        /// The ledger's entry with the terms.
        pub entry: i64,
        pub key: Option<String>,
        pub decision: String,
        pub enabled_at: i64,
        pub disabled_at: Option<i64>,
    }
}

row! {
    pub struct VaultKeyRow {
        pub name: String,
        pub kind: String,
        pub address: String,
        pub vault: String,
        pub state: String,
        pub by: String,
        pub changed_at: i64,
    }
}

/// The endpoint is still enabled under the terms of this entry.
pub fn endpoint_is_enabled_as(endpoint: &EndpointRow) -> [Guard; 2] {
    let holds = |column, value| Guard::Holds {
        table: &ENDPOINTS,
        key: vec![endpoint.id.as_str().into()],
        column,
        value,
    };
    [holds("disabled_at", Cell::Null), holds("entry", Cell::Int(endpoint.entry))]
}

/// The key stands as it was seen.
pub fn key_is(key: &VaultKeyRow) -> Guard {
    let value = Cell::Text(key.state.clone());
    Guard::Holds { table: &VAULT_KEYS, key: vec![key.name.as_str().into()], column: "state", value }
}

impl Store {
    /// Every endpoint that was ever enabled, the first one first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRow>, ReadError> {
        let sql = "SELECT * FROM endpoints ORDER BY enabled_at, id";
        Ok(self.all(query(sql)).await?)
    }

    /// # Errors
    /// The database failed.
    pub async fn endpoint(&self, id: &str) -> Result<Option<EndpointRow>, ReadError> {
        let sql = "SELECT * FROM endpoints WHERE id = ?";
        Ok(self.optional(query(sql).bind(id)).await?)
    }

    /// What a person agreed to.
    ///
    /// # Errors
    /// The entry cannot be read.
    pub async fn endpoint_terms(&self, endpoint: &EndpointRow) -> Result<EndpointTerms, ReadError> {
        Ok(self.entry_data::<EndpointEnabled>(endpoint.entry).await?.terms)
    }

    /// Every key that was ever entered, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn vault_keys(&self) -> Result<Vec<VaultKeyRow>, ReadError> {
        Ok(self.all(query("SELECT * FROM vault_keys ORDER BY name")).await?)
    }

    /// # Errors
    /// The database failed.
    pub async fn vault_key(&self, name: &str) -> Result<Option<VaultKeyRow>, ReadError> {
        let sql = "SELECT * FROM vault_keys WHERE name = ?";
        Ok(self.optional(query(sql).bind(name)).await?)
    }
}
