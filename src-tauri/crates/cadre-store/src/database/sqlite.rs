//! SQLite: one file, and what is set on each connection to it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{OpenFlags, params_from_iter};

use super::{Connection, DatabaseError, Kind};
use crate::projection::Cell;

/// Statements that stay prepared: all that the writer uses, and the readers' most frequent.
const PREPARED: usize = 256;

/// The log is moved into the file when it has so many pages of 4 KiB: seldom, and long before 16 MiB.
const LOG_PAGES: i64 = 3000;
const LOG_BYTES: i64 = 16 << 20;

impl Connection {
    /// The file for writing; made if it is not there.
    pub(crate) fn write(file: &Path) -> Result<Self, DatabaseError> {
        let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        Ok(connection.into())
    }

    /// The file as it is; its journal mode too.
    pub(crate) fn read(file: &Path) -> Result<Self, DatabaseError> {
        Ok(open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?.into())
    }

    /// The file as one, without a log beside it.
    pub(crate) fn whole(file: &Path) -> Result<Self, DatabaseError> {
        let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "journal_mode", "delete")?;
        Ok(connection.into())
    }

    pub(crate) fn in_memory() -> Result<Self, DatabaseError> {
        Ok(rusqlite::Connection::open_in_memory()?.into())
    }
}

impl From<rusqlite::Connection> for Connection {
    fn from(connection: rusqlite::Connection) -> Self {
        Connection(Kind::Sqlite(connection))
    }
}

fn open(file: &Path, flags: OpenFlags) -> Result<rusqlite::Connection, DatabaseError> {
    let connection = rusqlite::Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.pragma_update(None, "foreign_keys", 1)?;
    Ok(connection)
}

pub(super) fn execute(
    connection: &rusqlite::Connection,
    text: &str,
    cells: &[Cell],
) -> Result<usize, DatabaseError> {
    Ok(connection.prepare_cached(text)?.execute(params_from_iter(cells))?)
}

/// Rows as they come, until `each` wants no more.
pub(super) fn rows<E: From<DatabaseError>>(
    connection: &rusqlite::Connection,
    text: &str,
    cells: &[Cell],
    mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    let failed = |error: rusqlite::Error| E::from(DatabaseError::from(error));
    let mut statement = connection.prepare_cached(text).map_err(failed)?;
    let mut rows = statement.query(params_from_iter(cells)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        if !each(row)? {
            break;
        }
    }
    Ok(())
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(value) => ValueRef::Integer(*value),
            Cell::Text(value) => ValueRef::Text(value.as_bytes()),
            Cell::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}
