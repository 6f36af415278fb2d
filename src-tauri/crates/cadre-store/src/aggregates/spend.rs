//! Money and tokens: what is reserved before a call, what the call came to, and the limits on both.
//!
//! A reservation is written in one transaction with the intention of the call and under the condition that it still
//! fits, so two calls at once cannot both take the last cent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::{Guard, commitment};
use crate::database::{Connection, DatabaseError, query, row};
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::{Table, inserted, updated};
use crate::read::{ReadError, blob_hash, typed};
use crate::record::{Record, RowChange};

pub(crate) static SPEND: Table = Table {
    name: "spend",
    key: &["id"],
    columns: &[
        "id",
        "effect",
        "purpose",
        "project",
        "step",
        "run",
        "member",
        "endpoint",
        "model",
        "day",
        "reserved",
        "charged",
        "receipt",
        "status",
        "input",
        "cached",
        "cache_write",
        "output",
        "usage",
        "reserved_at",
        "settled_at",
    ],
};
pub(crate) static BUDGETS: Table = Table {
    name: "budgets",
    key: &["id"],
    columns: &["id", "scope", "subject", "day", "most", "decision", "entry", "made_at"],
};

/// Money is set aside for one call. All amounts are nano-dollars as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpendReserved {
    pub spend: String,
    pub effect: String,
    /// What the call is for: `work`, `intake`, `planning`.
    pub purpose: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    pub endpoint: String,
    pub model: String,
    /// Days since 1970 in UTC: what a limit for a day counts by.
    pub day: i64,
    pub reserved: String,
    /// As a value: what was chosen, what was rejected and why, what it was expected to cost.
    pub receipt: Value,
}

impl Record for SpendReserved {
    const KIND: &'static str = "spend.reserved";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let (receipt, reserved) = (commitment(&self.receipt), nano(&self.reserved));
        vec![inserted!(SPEND,
            id: self.spend, effect: self.effect, purpose: self.purpose, project: self.project, step: self.step,
            run: self.run, member: self.member, endpoint: self.endpoint, model: self.model, day: self.day,
            reserved: reserved, charged: reserved, receipt: receipt, status: "reserved",
            reserved_at: entry.at)]
    }
}

/// What the call came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpendSettled {
    pub spend: String,
    /// `known`, or `assumed` when nobody said what was used: then all that was reserved counts.
    pub status: String,
    /// Nano-dollars as text.
    pub charged: String,
    pub input: u64,
    pub cached: u64,
    pub cache_write: u64,
    pub output: u64,
    /// As a value: the usage as the provider wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Value>,
}

impl Record for SpendSettled {
    const KIND: &'static str = "spend.settled";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        let usage = self.usage.as_ref().and_then(commitment);
        vec![updated!(SPEND, [self.spend],
            status: self.status, charged: nano(&self.charged), input: self.input, cached: self.cached,
            cache_write: self.cache_write, output: self.output, usage: usage, settled_at: entry.at)]
    }
}

/// A limit on money, made by a person. The newest for a scope and subject holds, on a day the newest that is for that
/// day or for every one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetSet {
    pub budget: String,
    /// `day` for the workspace's limit a day, `project` for one project's, `member` for a member's part of one,
    /// `endpoint` for an endpoint's limit a day.
    pub scope: String,
    /// The project's id, `project/member`, or the endpoint's id; empty for `day`.
    pub subject: String,
    /// The only day that it holds for, in days since 1970 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<i64>,
    /// Nano-dollars as text.
    pub most: String,
    /// The decision that made it, or who set it.
    pub decision: String,
}

impl Record for BudgetSet {
    const KIND: &'static str = "budget.set";

    fn changes(self, entry: &Entry) -> Vec<RowChange> {
        vec![inserted!(BUDGETS,
            id: self.budget, scope: self.scope, subject: self.subject, day: self.day, most: nano(&self.most),
            decision: self.decision, entry: entry.seq, made_at: entry.at)]
    }
}

/// An amount that cannot be read counts as much as can be: a limit must never grow by damage.
fn nano(text: &str) -> i64 {
    text.parse().unwrap_or(i64::MAX)
}

row! {
pub struct SpendRow {
    pub id: String,
    pub effect: String,
    pub purpose: String,
    pub project: Option<String>,
    pub step: Option<String>,
    pub run: Option<String>,
    pub member: Option<String>,
    pub endpoint: String,
    pub model: String,
    pub day: i64,
    pub reserved: i64,
    pub charged: i64,
    receipt: Vec<u8>,
    pub status: String,
    pub input: Option<i64>,
    pub cached: Option<i64>,
    pub cache_write: Option<i64>,
    pub output: Option<i64>,
    pub reserved_at: i64,
    pub settled_at: Option<i64>,
}
}

row! {
    pub struct BudgetRow {
        pub id: String,
        pub scope: String,
        pub subject: String,
        pub day: Option<i64>,
        pub most: i64,
        pub decision: String,
        /// Number of its ledger entry.
        pub entry: i64,
        pub made_at: i64,
    }
}

row! {
/// The limit that holds.
pub struct BudgetHeld {
    /// Nano-dollars; `None` where nobody set one.
    pub most: Option<i64>,
    /// Ledger entry of the newest limit on the same, whatever day it is for; 0 where there is none. For
    /// [`budget_is_unchanged`].
    pub newest: i64,
}
}

/// What is charged in one place: a day, a project, a member's part of a project, an endpoint's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpendPlace {
    Day(i64),
    Project(String),
    Member { project: String, member: String },
    Endpoint { endpoint: String, day: i64 },
}

impl SpendPlace {
    fn columns(&self) -> Vec<(&'static str, crate::projection::Cell)> {
        match self {
            SpendPlace::Day(day) => vec![("day", (*day).into())],
            SpendPlace::Project(project) => vec![("project", project.clone().into())],
            SpendPlace::Member { project, member } => {
                vec![("project", project.clone().into()), ("member", member.clone().into())]
            }
            SpendPlace::Endpoint { endpoint, day } => {
                vec![("endpoint", endpoint.clone().into()), ("day", (*day).into())]
            }
        }
    }
}

/// All that is charged there is at most this, in nano-dollars.
pub fn charged_at_most(place: &SpendPlace, most: i64) -> Guard {
    Guard::SumAtMost { table: &SPEND, columns: place.columns(), sum: "charged", most }
}

/// Nobody has set this limit since the ledger entry `since`, for one day or for all.
pub fn budget_is_unchanged(scope: &str, subject: &str, since: i64) -> Guard {
    let columns = vec![("scope", scope.into()), ("subject", subject.into())];
    Guard::NoneAbove { table: &BUDGETS, columns, column: "entry", number: since }
}

/// The reservation still waits for what its call came to.
pub fn spend_is_open(spend: &str) -> Guard {
    Guard::Holds { table: &SPEND, key: vec![spend.into()], column: "status", value: "reserved".into() }
}

/// There is no such reservation yet.
pub fn spend_is_new(spend: &str) -> Guard {
    Guard::Absent { table: &SPEND, key: vec![spend.into()] }
}

/// The calls of a day, of whichever record.
pub(crate) fn spend_of_day(connection: &Connection, day: i64) -> Result<Vec<SpendRow>, DatabaseError> {
    query("SELECT * FROM spend WHERE day = ? ORDER BY reserved_at, id").bind(day).all(connection)
}

impl Store {
    /// What is charged there, in nano-dollars.
    ///
    /// # Errors
    /// The database failed.
    pub async fn charged(&self, place: &SpendPlace) -> Result<i64, ReadError> {
        let query = match place {
            SpendPlace::Day(day) => {
                query("SELECT COALESCE(SUM(charged), 0) FROM spend WHERE day = ?").bind(*day)
            }
            SpendPlace::Project(project) => {
                query("SELECT COALESCE(SUM(charged), 0) FROM spend WHERE project = ?").bind(project)
            }
            SpendPlace::Member { project, member } => {
                let sql = "SELECT COALESCE(SUM(charged), 0) FROM spend WHERE project = ? AND member = ?";
                query(sql).bind(project).bind(member)
            }
            SpendPlace::Endpoint { endpoint, day } => {
                let sql = "SELECT COALESCE(SUM(charged), 0) FROM spend WHERE endpoint = ? AND day = ?";
                query(sql).bind(endpoint).bind(*day)
            }
        };
        Ok(self.one(query).await?)
    }

    /// Input and output tokens of all calls of a run.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tokens_of_run(&self, run: &str) -> Result<i64, ReadError> {
        let sql = "SELECT COALESCE(SUM(COALESCE(input, 0) + COALESCE(cached, 0) + COALESCE(cache_write, 0)
                   + COALESCE(output, 0)), 0) FROM spend WHERE run = ?";
        Ok(self.one(query(sql).bind(run)).await?)
    }

    /// The calls of a project, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn spend_of_project(&self, project: &str) -> Result<Vec<SpendRow>, ReadError> {
        let sql = "SELECT * FROM spend WHERE project = ? ORDER BY reserved_at, id";
        Ok(self.all(query(sql).bind(project)).await?)
    }

    /// The reservations for an effect, oldest first: one for each time that its call was begun.
    ///
    /// # Errors
    /// The database failed.
    pub async fn spend_of_effect(&self, effect: &str) -> Result<Vec<SpendRow>, ReadError> {
        let sql = "SELECT * FROM spend WHERE effect = ? ORDER BY reserved_at, id";
        Ok(self.all(query(sql).bind(effect)).await?)
    }

    /// Reservations whose calls have not come to an end, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_spend(&self) -> Result<Vec<SpendRow>, ReadError> {
        let sql = "SELECT * FROM spend WHERE status = 'reserved' ORDER BY reserved_at, id";
        Ok(self.all(query(sql)).await?)
    }

    /// The calls of a project, oldest first, each with its receipt: what was chosen, what was rejected and why, what it
    /// was expected to cost.
    ///
    /// # Errors
    /// The database failed, or a receipt is missing or redacted.
    pub async fn receipts_of_project(&self, project: &str) -> Result<Vec<(SpendRow, Value)>, ReadError> {
        let rows = self.spend_of_project(project).await?;
        let receipts = rows.iter().map(|row| blob_hash(&row.receipt)).collect::<Result<Vec<_>, _>>()?;
        let values = self.committed_values(&receipts).await?;
        let with_receipt = |(row, receipt)| Ok((row, typed(&values, receipt)?));
        rows.into_iter().zip(receipts).map(with_receipt).collect()
    }

    /// The limit that holds, of those that were set after the ledger entry `since`. Where it is one for each day, `day`
    /// is which.
    ///
    /// # Errors
    /// The database failed.
    pub async fn budget(
        &self,
        scope: &str,
        subject: &str,
        day: Option<i64>,
        since: i64,
    ) -> Result<BudgetHeld, ReadError> {
        let sql = "SELECT (SELECT most FROM budgets WHERE scope = ?1 AND subject = ?2 AND entry > ?4
                           AND (day IS NULL OR day = ?3) ORDER BY entry DESC LIMIT 1) AS most,
                          (SELECT COALESCE(MAX(entry), 0) FROM budgets WHERE scope = ?1 AND subject = ?2) AS newest";
        let query = query(sql).bind(scope).bind(subject).bind(day).bind(since);
        Ok(self.one(query).await?)
    }

    /// Every limit that was ever set, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn budgets(&self) -> Result<Vec<BudgetRow>, ReadError> {
        let sql = "SELECT * FROM budgets ORDER BY entry DESC";
        Ok(self.all(query(sql)).await?)
    }
}
