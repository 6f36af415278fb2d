//! The SQL side of projections and guards: the one module that builds statements from names.
//!
//! All names come from the `'static` tables of the aggregates, never from data; data is always bound.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::batch::{Guard, WriteError};
use crate::projection::{Cell, Change, ProjectionError, Row, Table};

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_FULL, SQLITE_BUSY and SQLITE_LOCKED.
        match primary_code(&error) {
            Some(13) => WriteError::DiskFull,
            Some(5 | 6) => WriteError::Locked,
            _ => WriteError::Database(Arc::new(error)),
        }
    }
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// Whether the file is the cause, not the system: it is no database, a page of it is damaged, or it lacks what every
/// workspace has. Only for statements that are fixed: SQLITE_ERROR also means a mistake in a statement.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    match error {
        // SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB.
        sqlx::Error::Database(_) => matches!(primary_code(error), Some(1 | 11 | 26)),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => true,
        _ => false,
    }
}

fn bind(query: Query<'_>, cell: Cell) -> Query<'_> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Int(value) => query.bind(value),
        Cell::Text(value) => query.bind(value),
        Cell::Bytes(value) => query.bind(value),
    }
}

fn where_key(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("{column} IS ?")).collect::<Vec<_>>().join(" AND ")
}

/// Carries one change out; an update that meets no row is a broken projection, not a silent nothing.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    seq: u64,
    change: Change,
) -> Result<(), WriteError> {
    match change {
        Change::Insert { table, row } => {
            let columns: Vec<&str> = row.iter().map(|(column, _)| *column).collect();
            let marks = vec!["?"; columns.len()].join(", ");
            let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, columns.join(", "));
            let query =
                row.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, (_, cell)| bind(query, cell));
            query.execute(connection).await?;
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
            let query = cells.fold(sqlx::query(AssertSqlSafe(sql)), bind);
            if query.execute(connection).await?.rows_affected() != 1 {
                return Err(ProjectionError::NoRow { seq, table: table.name }.into());
            }
        }
        Change::Delete { table, key } => {
            let sql = format!("DELETE FROM {} WHERE {}", table.name, where_key(&table.key[..key.len()]));
            key.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind).execute(connection).await?;
        }
    }
    Ok(())
}

/// The first of the conditions that does not hold, all looked at in one statement.
pub(crate) async fn first_refused(
    connection: &mut SqliteConnection,
    guards: Vec<Guard>,
) -> Result<Option<usize>, WriteError> {
    if guards.is_empty() {
        return Ok(None);
    }
    let (terms, cells): (Vec<String>, Vec<Vec<Cell>>) = guards.into_iter().map(condition).unzip();
    let sql = format!("SELECT {}", terms.join(", "));
    let query = cells.into_iter().flatten().fold(sqlx::query(AssertSqlSafe(sql)), bind);
    let row = query.fetch_one(connection).await?;
    for index in 0..terms.len() {
        let holds: bool = row.try_get(index)?;
        if !holds {
            return Ok(Some(index));
        }
    }
    Ok(None)
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

/// A row of a projected table, in the shape that the fold of the ledger has.
pub(crate) fn read_row(table: &Table, row: &SqliteRow) -> Result<(Vec<Cell>, Row), sqlx::Error> {
    let mut full = Row::new();
    for column in table.columns {
        full.insert(column, read_cell(row, column)?);
    }
    Ok((table.key.iter().map(|column| full[column].clone()).collect(), full))
}

fn read_cell(row: &SqliteRow, column: &str) -> Result<Cell, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(Cell::Null);
    }
    let kind = raw.type_info().name().to_owned();
    match kind.as_str() {
        "INTEGER" => row.try_get(column).map(Cell::Int),
        "BLOB" => row.try_get(column).map(Cell::Bytes),
        _ => row.try_get(column).map(Cell::Text),
    }
}

pub(crate) fn select_all(table: &Table) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {} FROM {}", table.columns.join(", "), table.name))
}

/// A row of a table as a struct whose fields are its columns. In place of sqlx's derive, which would build SQLite a
/// second time for the compiler's own machine.
macro_rules! row {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $vis:vis $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$field_meta])* $vis $field: $type),+ }

        impl sqlx::FromRow<'_, sqlx::sqlite::SqliteRow> for $name {
            fn from_row(row: &sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
                use sqlx::Row as _;
                Ok($name { $($field: row.try_get(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use row;
