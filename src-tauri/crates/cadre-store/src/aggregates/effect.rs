//! Permits and effects. A permit is the right to exactly one effect; redeeming it and recording the intention are one
//! entry, so that neither can be without the other.

use cadre_core::effect::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::{Guard, commitment};
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Cell, Table, inserted, updated};
use crate::read::{ReadError, blob_hash};
use crate::record::{Record, RowChange};

pub(crate) static PERMITS: Table = Table {
    name: "permits",
    key: &["id"],
    columns: &["id", "action_hash", "granted_by", "granted_at", "effect"],
};
pub(crate) static EFFECTS: Table = Table {
    name: "effects",
    key: &["id"],
    columns: &[
        "id",
        "project",
        "run",
        "class",
        "title",
        "action",
        "action_hash",
        "recovery",
        "permit",
        "status",
        "outcome",
        "intended_at",
        "settled_at",
    ],
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermitGranted {
    pub permit: String,
    pub action_hash: String,
    /// `decision:<id>`, `rule:<id>`, or the policy's own rule.
    pub granted_by: String,
}

impl Record for PermitGranted {
    const KIND: &'static str = "permit.granted";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![inserted!(PERMITS,
            id: self.permit, action_hash: self.action_hash, granted_by: self.granted_by, granted_at: entry.at)]
    }
}

/// The permit is used up and the effect is about to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectIntended {
    pub effect: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    pub class: String,
    /// As values.
    pub title: Value,
    pub action: Value,
    pub action_hash: String,
    pub recovery: String,
    pub permit: String,
}

impl Record for EffectIntended {
    const KIND: &'static str = "effect.intended";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let (title, action) = (commitment(&self.title), commitment(&self.action));
        vec![
            updated!(PERMITS, [self.permit.clone()], effect: self.effect.clone()),
            inserted!(EFFECTS,
                id: self.effect, project: self.project, run: self.run, class: self.class, title: title,
                action: action, action_hash: self.action_hash, recovery: self.recovery, permit: self.permit,
                status: "intended", intended_at: entry.at),
        ]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectSettled {
    pub effect: String,
    /// `done`, `failed`, `unknown`, or `undone` for an effect that a person took back.
    pub status: String,
    /// As a value.
    pub outcome: Value,
}

impl Record for EffectSettled {
    const KIND: &'static str = "effect.settled";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let outcome = commitment(&self.outcome);
        vec![updated!(EFFECTS, [self.effect], status: self.status, outcome: outcome, settled_at: entry.at)]
    }
}

/// A person takes the effect back, and what stood there before is about to be put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndoIntended {
    pub effect: String,
    pub decision: String,
}

impl Record for UndoIntended {
    const KIND: &'static str = "undo.intended";

    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        vec![updated!(EFFECTS, [self.effect], status: "undoing")]
    }
}

/// Nothing was put back: the effect stands as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndoRefused {
    pub effect: String,
    /// As a value.
    pub why: Value,
}

impl Record for UndoRefused {
    const KIND: &'static str = "undo.refused";

    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        vec![updated!(EFFECTS, [self.effect], status: "done")]
    }
}

row! {
pub struct EffectRow {
    pub id: String,
    pub project: Option<String>,
    pub run: Option<String>,
    pub class: String,
    title: Vec<u8>,
    action: Vec<u8>,
    pub action_hash: String,
    pub recovery: String,
    pub permit: String,
    pub status: String,
    outcome: Option<Vec<u8>>,
    pub intended_at: i64,
    pub settled_at: Option<i64>,
}
}

/// The permit is for exactly this action.
pub fn permit_is_for(permit: &str, action_hash: &str) -> Guard {
    Guard::Holds {
        table: &PERMITS,
        key: vec![permit.into()],
        column: "action_hash",
        value: action_hash.into(),
    }
}

/// Nobody has redeemed the permit.
pub fn permit_is_unused(permit: &str) -> Guard {
    Guard::Holds { table: &PERMITS, key: vec![permit.into()], column: "effect", value: Cell::Null }
}

/// The effect was not intended yet.
pub fn effect_is_new(effect: &str) -> Guard {
    Guard::Absent { table: &EFFECTS, key: vec![effect.into()] }
}

/// The effect has this status.
pub fn effect_has_status(effect: &str, status: &str) -> Guard {
    Guard::Holds { table: &EFFECTS, key: vec![effect.into()], column: "status", value: status.into() }
}

impl Store {
    /// # Errors
    /// The database failed.
    pub async fn effect(&self, id: &str) -> Result<Option<EffectRow>, ReadError> {
        let sql = "SELECT * FROM effects WHERE id = ?";
        Ok(self.optional(query(sql).bind(id)).await?)
    }

    /// Oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn effects(&self, project: &str) -> Result<Vec<EffectRow>, ReadError> {
        let sql = "SELECT * FROM effects WHERE project = ? ORDER BY intended_at, id";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// Effects whose undo was begun and not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn undoing_effects(&self) -> Result<Vec<EffectRow>, ReadError> {
        let sql = "SELECT * FROM effects WHERE status = 'undoing' ORDER BY intended_at DESC, id DESC";
        Ok(self.all(query(sql)).await?)
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn effect_title(&self, effect: &EffectRow) -> Result<String, ReadError> {
        self.committed(blob_hash(&effect.title)?).await
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn effect_action(&self, effect: &EffectRow) -> Result<Action, ReadError> {
        self.committed(blob_hash(&effect.action)?).await
    }

    /// # Errors
    /// The content is missing or redacted.
    pub async fn effect_outcome(&self, effect: &EffectRow) -> Result<Option<Value>, ReadError> {
        match &effect.outcome {
            Some(outcome) => Ok(Some(self.committed_value(blob_hash(outcome)?).await?)),
            None => Ok(None),
        }
    }
}

impl Store {
    /// The newest effect of a run for these bytes whose outcome nobody knows.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unknown_effect(&self, run: &str, action_hash: &str) -> Result<Option<String>, ReadError> {
        let sql = "SELECT id FROM effects WHERE run = ? AND action_hash = ? AND status = 'unknown'
                   ORDER BY intended_at DESC LIMIT 1";
        Ok(self.optional(query(sql).bind(run).bind(action_hash)).await?)
    }

    /// What granted a permit.
    ///
    /// # Errors
    /// The database failed.
    pub async fn permit_grantor(&self, permit: &str) -> Result<Option<String>, ReadError> {
        let sql = "SELECT granted_by FROM permits WHERE id = ?";
        Ok(self.optional(query(sql).bind(permit)).await?)
    }
}
