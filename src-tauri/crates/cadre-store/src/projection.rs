//! From a ledger entry to the rows that repeat it.
//!
//! One pure function, [`changes_of`], says what an entry does to the tables. Two interpreters carry it out: SQL in
//! the writer's transaction, and memory in [`verify`](crate::verify), which folds the whole ledger and compares.
//! So no row can be written in one way and checked in another.

use cadre_graph::Hash;

use crate::aggregates;
use crate::ledger::Entry;
use crate::record::Data;

/// One column's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}
impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Cell::Int(value.into())
    }
}
impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Cell::Text(value.to_owned())
    }
}
impl From<String> for Cell {
    fn from(value: String) -> Self {
        Cell::Text(value)
    }
}
impl From<&String> for Cell {
    fn from(value: &String) -> Self {
        Cell::Text(value.clone())
    }
}
impl From<Vec<u8>> for Cell {
    fn from(value: Vec<u8>) -> Self {
        Cell::Bytes(value)
    }
}
impl From<Hash> for Cell {
    fn from(value: Hash) -> Self {
        Cell::Bytes(value.as_bytes().to_vec())
    }
}
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// A projected table: its name, and its columns with the key first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: &'static [&'static str],
}

/// What an entry does to one table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// A new row; columns that are not named are null.
    Insert { table: &'static Table, row: Vec<(&'static str, Cell)> },
    /// Changes columns of exactly one row.
    Update { table: &'static Table, key: Vec<Cell>, set: Vec<(&'static str, Cell)> },
    /// Removes all rows whose key starts with these cells.
    Delete { table: &'static Table, key: Vec<Cell> },
}

/// A new row, written as `insert!(TABLE, column: value, …)`.
macro_rules! insert {
    ($table:expr, $($column:ident : $value:expr),+ $(,)?) => {
        $crate::projection::Change::Insert {
            table: &$table,
            row: vec![$((stringify!($column), $crate::projection::Cell::from($value))),+],
        }
    };
}
/// A changed row, written as `update!(TABLE, [key, …], column: value, …)`.
macro_rules! update {
    ($table:expr, [$($key:expr),+], $($column:ident : $value:expr),+ $(,)?) => {
        $crate::projection::Change::Update {
            table: &$table,
            key: vec![$($crate::projection::Cell::from($key)),+],
            set: vec![$((stringify!($column), $crate::projection::Cell::from($value))),+],
        }
    };
}
/// The same two for [`Record`](crate::Record)s.
macro_rules! inserted {
    ($($tokens:tt)*) => { $crate::record::RowChange($crate::projection::insert!($($tokens)*)) };
}
macro_rules! updated {
    ($($tokens:tt)*) => { $crate::record::RowChange($crate::projection::update!($($tokens)*)) };
}
pub(crate) use {insert, inserted, update, updated};

/// A ledger entry that cannot be read as what its kind says.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    #[error("entry {seq} of kind `{kind}` cannot be read: {source}")]
    Malformed { seq: u64, kind: String, source: serde_json::Error },
    #[error("entry {seq} changes a row of `{table}` that does not exist")]
    NoRow { seq: u64, table: &'static str },
    #[error("entry {seq} adds a row to `{table}` that exists")]
    RowExists { seq: u64, table: &'static str },
}

/// What `entry` does, or `None` for a kind that this version does not know.
pub(crate) fn changes_of(entry: &Entry) -> Result<Option<Vec<Change>>, ProjectionError> {
    aggregates::project_entry(&entry.kind, entry, Data::Value(&entry.data))
        .map_err(|source| ProjectionError::Malformed { seq: entry.seq, kind: entry.kind.clone(), source })
}
