//! Members: each version of a definition, and who is in the chart now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cadre_core::org::AgentDefinition;
use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::{Guard, commitment};
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted};
use crate::read::{ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};
use crate::value_part;

pub(crate) static MEMBERS: Table = Table {
    name: "members",
    key: &["name"],
    columns: &[
        "name",
        "kind",
        "role",
        "department",
        "reports_to",
        "lifecycle",
        "version",
        "definition",
        "updated_at",
    ],
};

/// A new member, or a new version of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberSaved {
    pub name: String,
    /// `model`, `function`, `acp`, `a2a` or `person`.
    pub kind: String,
    pub role: String,
    pub department: String,
    pub reports_to: Option<String>,
    /// `active`, `being_created`, `improving` or `deprecated`.
    pub lifecycle: String,
    /// Hash of the definition document.
    pub version: String,
    /// The definition itself, as a value.
    pub definition: Value,
}

impl MemberSaved {
    pub fn of_agent(agent: &AgentDefinition) -> Self {
        let text = |value: serde_json::Result<Value>| {
            value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        MemberSaved {
            name: agent.name.clone(),
            kind: text(serde_json::to_value(agent.kind)),
            role: text(serde_json::to_value(agent.role)),
            department: agent.department.clone(),
            reports_to: agent.reports_to.clone(),
            lifecycle: "active".into(),
            version: agent.hash(),
            definition: value_part(serde_json::to_value(agent).expect("a definition is plain JSON data")),
        }
    }
}

impl Record for MemberSaved {
    const KIND: &'static str = "member.saved";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let delete =
            crate::projection::Change::Delete { table: &MEMBERS, key: vec![self.name.as_str().into()] };
        let definition = commitment(&self.definition);
        vec![
            RowChange(delete),
            inserted!(MEMBERS,
                name: self.name, kind: self.kind, role: self.role, department: self.department,
                reports_to: self.reports_to, lifecycle: self.lifecycle, version: self.version,
                definition: definition, updated_at: entry.at),
        ]
    }
}

row! {
/// A member as it is now.
pub struct MemberRow {
    pub name: String,
    pub kind: String,
    pub role: String,
    pub department: String,
    pub reports_to: Option<String>,
    pub lifecycle: String,
    pub version: String,
    definition: Vec<u8>,
    pub updated_at: i64,
}
}

/// Definitions of agents by the commitments of their content. What a commitment stands for never changes.
pub(crate) type Definitions = Arc<HashMap<Hash, Arc<AgentDefinition>>>;

fn lock(kept: &Mutex<Definitions>) -> MutexGuard<'_, Definitions> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nobody of this name is a member.
pub fn member_is_new(name: &str) -> Guard {
    Guard::Absent { table: &MEMBERS, key: vec![name.into()] }
}

/// The member's newest version is this one.
pub fn member_has_version(name: &str, version: &str) -> Guard {
    Guard::Holds { table: &MEMBERS, key: vec![name.into()], column: "version", value: version.into() }
}

impl Store {
    /// All members by name, agents with their definitions.
    ///
    /// # Errors
    /// A definition is missing, or the database failed.
    pub async fn members_with_definitions(
        &self,
    ) -> Result<Vec<(MemberRow, Option<Arc<AgentDefinition>>)>, ReadError> {
        let members = self.members().await?;
        let mut hashes = Vec::with_capacity(members.len());
        for member in &members {
            hashes.push(if member.kind == "person" { None } else { Some(blob_hash(&member.definition)?) });
        }
        let definitions = self.definitions(hashes.iter().flatten().copied()).await?;
        Ok(members
            .into_iter()
            .zip(hashes)
            .map(|(member, hash)| (member, hash.and_then(|hash| definitions.get(&hash).cloned())))
            .collect())
    }

    /// Definitions by their commitments. Each is read once and kept for as long as a member has it: every request is
    /// read with all members in view.
    async fn definitions(
        &self,
        wanted: impl Iterator<Item = Hash> + Clone,
    ) -> Result<Definitions, ReadError> {
        let kept = Arc::clone(&lock(&self.shared.definitions));
        let missing: Vec<Hash> = wanted.clone().filter(|hash| !kept.contains_key(hash)).collect();
        if missing.is_empty() {
            return Ok(kept);
        }
        let values = self.committed_values(&missing).await?;
        let mut now = HashMap::new();
        for hash in wanted {
            let definition = match kept.get(&hash) {
                Some(definition) => Arc::clone(definition),
                None => Arc::new(typed(&values, hash)?),
            };
            now.insert(hash, definition);
        }
        let now = Arc::new(now);
        *lock(&self.shared.definitions) = Arc::clone(&now);
        Ok(now)
    }

    /// # Errors
    /// The database failed.
    pub async fn members(&self) -> Result<Vec<MemberRow>, ReadError> {
        Ok(self.all(query("SELECT * FROM members ORDER BY name")).await?)
    }

    /// # Errors
    /// The database failed.
    pub async fn member(&self, name: &str) -> Result<Option<MemberRow>, ReadError> {
        let sql = "SELECT * FROM members WHERE name = ?";
        Ok(self.optional(query(sql).bind(name)).await?)
    }

    /// What is known of a person: working hours, a deputy.
    ///
    /// # Errors
    /// The content is missing.
    pub async fn person_definition(&self, member: &MemberRow) -> Result<Value, ReadError> {
        self.committed(blob_hash(&member.definition)?).await
    }

    /// The definition of an agent.
    ///
    /// # Errors
    /// The content is missing, or the member is a person.
    pub async fn agent_definition(&self, member: &MemberRow) -> Result<AgentDefinition, ReadError> {
        self.committed(blob_hash(&member.definition)?).await
    }
}
