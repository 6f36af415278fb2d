//! The SQL side of projections and guards: the one module that builds statements from names.
//!
//! All names come from the `'static` tables of the aggregates, never from data; data is always bound.

use std::sync::Arc;

use crate::batch::{Guard, WriteError};
use crate::database::{Connection, DatabaseError, query};
use crate::projection::{Cell, Change, ProjectionError, Table};

impl From<DatabaseError> for WriteError {
    fn from(error: DatabaseError) -> Self {
        if error.is_full() {
            WriteError::DiskFull
        } else if error.is_locked() {
            WriteError::Locked
        } else {
            WriteError::Database(Arc::new(error))
        }
    }
}

fn where_key(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("{column} IS ?")).collect::<Vec<_>>().join(" AND ")
}

/// Carries one change out; an update that meets no row is a broken projection, not a silent nothing.
pub(crate) fn apply(connection: &Connection, seq: u64, change: Change) -> Result<(), WriteError> {
    match change {
        Change::Insert { table, row } => {
            let (columns, cells): (Vec<&str>, Vec<Cell>) = row.into_iter().unzip();
            let marks = vec!["?"; columns.len()].join(", ");
            let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, columns.join(", "));
            query(&sql).bind_all(cells).execute(connection)?;
        }
        Change::Update { table, key, set } => {
            let assignments: Vec<String> = set.iter().map(|(column, _)| format!("{column} = ?")).collect();
            let sql = format!(
                "UPDATE {} SET {} WHERE {}",
                table.name,
                assignments.join(", "),
                where_key(table.key)
            );
            let cells = set.into_iter().map(|(_, cell)| cell).chain(key);
            if query(&sql).bind_all(cells).execute(connection)? != 1 {
                return Err(ProjectionError::NoRow { seq, table: table.name }.into());
            }
        }
        Change::Delete { table, key } => {
            let sql = format!("DELETE FROM {} WHERE {}", table.name, where_key(&table.key[..key.len()]));
            query(&sql).bind_all(key).execute(connection)?;
        }
    }
    Ok(())
}

/// Whether a condition holds.
pub(crate) fn holds(connection: &Connection, guard: Guard) -> Result<bool, DatabaseError> {
    let (term, cells) = condition(guard);
    query(&format!("SELECT {term}")).bind_all(cells).one(connection)
}

/// A condition as a term that is 1 or 0, and what is bound in it.
fn condition(guard: Guard) -> (String, Vec<Cell>) {
    match guard {
        Guard::Epoch { thread, epoch } => {
            let epoch = i64::try_from(epoch).unwrap_or(i64::MAX);
            let term = "EXISTS (SELECT 1 FROM leases WHERE thread = ? AND epoch = ?)";
            (term.into(), vec![Cell::Text(thread), Cell::Int(epoch)])
        }
        Guard::Holds { table, key, column, value } => {
            let term = exists(table, &format!("{} AND {column} IS ?", where_key(table.key)));
            (term, key.into_iter().chain([value]).collect())
        }
        Guard::Above { table, key, column, number } => {
            let term = exists(table, &format!("{} AND {column} > ?", where_key(table.key)));
            (term, key.into_iter().chain([Cell::Int(number)]).collect())
        }
        Guard::NoneOf { table, key, column, values } => {
            let marks = vec!["?"; values.len()].join(", ");
            let term = exists(table, &format!("{} AND {column} NOT IN ({marks})", where_key(table.key)));
            (term, key.into_iter().chain(values.iter().map(|value| Cell::from(*value))).collect())
        }
        Guard::Absent { table, key } => {
            (format!("NOT {}", exists(table, &where_key(&table.key[..key.len()]))), key)
        }
        Guard::NoneAbove { table, columns, column, number } => {
            let (names, cells): (Vec<&str>, Vec<Cell>) = columns.into_iter().unzip();
            let term = format!("NOT {}", exists(table, &format!("{} AND {column} > ?", where_key(&names))));
            (term, cells.into_iter().chain([Cell::Int(number)]).collect())
        }
        Guard::SumAtMost { table, columns, sum, most } => {
            let (names, cells): (Vec<&str>, Vec<Cell>) = columns.into_iter().unzip();
            let rows = format!("FROM {} WHERE {}", table.name, where_key(&names));
            let term = format!("(SELECT COALESCE(SUM({sum}), 0) <= ? {rows})");
            (term, [Cell::Int(most)].into_iter().chain(cells).collect())
        }
    }
}

fn exists(table: &Table, condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {} WHERE {condition})", table.name)
}
