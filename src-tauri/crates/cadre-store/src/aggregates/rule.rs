//! Standing rules.

use cadre_core::rule::{Rule, RulePattern};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::{Guard, commitment};
use crate::database::{query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Cell, Table, inserted, updated};
use crate::read::{ReadError, blob_hash};
use crate::record::{Record, RowChange};

pub(crate) static RULES: Table = Table {
    name: "rules",
    key: &["id"],
    columns: &["id", "decision", "project", "pattern", "made_at", "expires_at", "ended_at"],
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleMade {
    pub rule: String,
    pub decision: String,
    pub project: String,
    /// As a value.
    pub pattern: Value,
    /// Unix time in microseconds, as text.
    pub expires_at: String,
}

impl Record for RuleMade {
    const KIND: &'static str = "rule.made";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let pattern = commitment(&self.pattern);
        let expires_at = self.expires_at.parse::<i64>().unwrap_or(0);
        vec![inserted!(RULES,
            id: self.rule, decision: self.decision, project: self.project, pattern: pattern, made_at: entry.at,
            expires_at: expires_at)]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleEnded {
    pub rule: String,
    pub by: String,
}

impl Record for RuleEnded {
    const KIND: &'static str = "rule.ended";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![updated!(RULES, [self.rule], ended_at: entry.at)]
    }
}

row! {
    pub struct RuleRow {
        pub id: String,
        pub decision: String,
        pub project: String,
        pattern: Vec<u8>,
        pub made_at: i64,
        pub expires_at: i64,
        pub ended_at: Option<i64>,
    }
}

/// Nobody has ended the rule.
pub fn rule_stands(rule: &str) -> Guard {
    Guard::Holds { table: &RULES, key: vec![rule.into()], column: "ended_at", value: Cell::Null }
}

/// The rule has neither ended nor expired at `now`.
pub fn rule_holds(rule: &str, now: i64) -> [Guard; 2] {
    let key = vec![rule.into()];
    [rule_stands(rule), Guard::Above { table: &RULES, key, column: "expires_at", number: now }]
}

impl Store {
    /// Newest first, those that ended or expired included.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rules(&self) -> Result<Vec<RuleRow>, ReadError> {
        let sql = "SELECT * FROM rules ORDER BY made_at DESC, id DESC";
        Ok(self.all(query(sql)).await?)
    }

    /// # Errors
    /// The content is missing.
    pub async fn rule_pattern(&self, rule: &RuleRow) -> Result<RulePattern, ReadError> {
        self.committed(blob_hash(&rule.pattern)?).await
    }

    /// The rules of a project that nobody ended, as the policy sees them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing_rules(&self, project: &str) -> Result<Vec<Rule>, ReadError> {
        let sql = "SELECT * FROM rules WHERE project = ? AND ended_at IS NULL ORDER BY made_at DESC, id DESC";
        let rows: Vec<RuleRow> = self.all(query(sql).bind(project)).await?;
        let mut rules = Vec::with_capacity(rows.len());
        for row in rows {
            rules.push(Rule {
                pattern: self.rule_pattern(&row).await?,
                id: row.id,
                expires_at: row.expires_at,
            });
        }
        Ok(rules)
    }
}
