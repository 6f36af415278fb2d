//! One way to the database: a statement and what is bound in it go in, rows come out.
//!
//! All of it is blocking, as SQLite is: a statement takes microseconds, and handing each to another thread and back
//! takes tens of them. So a thread is changed once for a whole piece of work: [`Readers::read`] for reading, the
//! writer's own thread for writing.

mod readers;
mod rows;

use std::path::Path;
use std::time::Duration;

use rusqlite::{OpenFlags, params_from_iter};

use crate::projection::Cell;

pub(crate) use readers::{Readers, blocking};
pub(crate) use rows::{FromRow, Row, row};

/// Statements that stay prepared: all that the writer uses, and the readers' most frequent.
const PREPARED: usize = 256;

/// The log is moved into the file when it has so many pages of 4 KiB: seldom, and long before 16 MiB.
const LOG_PAGES: i64 = 3000;
const LOG_BYTES: i64 = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("column {column} holds {found}, where {expected} must be")]
    Column { column: String, expected: &'static str, found: &'static str },
    #[error("a row that must be there is not")]
    NoRow,
}

impl DatabaseError {
    /// The disk is full, or a file may not grow any more.
    pub(crate) fn is_full(&self) -> bool {
        self.code() == Some(rusqlite::ErrorCode::DiskFull)
    }

    /// Another program has what is needed.
    pub(crate) fn is_locked(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        matches!(self.code(), Some(DatabaseBusy | DatabaseLocked))
    }

    /// Whether the file is the cause, not the system: it is no database, a page of it is damaged, or it lacks what every
    /// workspace has. Only for statements that are fixed: an unknown code also means a mistake in a statement.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
        match self {
            DatabaseError::Column { .. } | DatabaseError::NoRow => true,
            DatabaseError::Sqlite(_) => matches!(self.code(), Some(Unknown | DatabaseCorrupt | NotADatabase)),
        }
    }

    fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            DatabaseError::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        }
    }
}

/// A connection, used by one thread at a time.
pub(crate) struct Connection(rusqlite::Connection);

impl Connection {
    /// The file for writing; made if it is not there.
    pub(crate) fn write(file: &Path) -> Result<Self, DatabaseError> {
        let connection = Self::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma("journal_mode", "wal")?;
        connection.pragma("synchronous", "full")?;
        connection.pragma("journal_size_limit", LOG_BYTES)?;
        connection.pragma("wal_autocheckpoint", LOG_PAGES)?;
        Ok(connection)
    }

    /// The file as it is; its journal mode too.
    pub(crate) fn read(file: &Path) -> Result<Self, DatabaseError> {
        Self::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// The file as one, without a log beside it.
    pub(crate) fn whole(file: &Path) -> Result<Self, DatabaseError> {
        let connection = Self::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma("journal_mode", "delete")?;
        Ok(connection)
    }

    pub(crate) fn in_memory() -> Result<Self, DatabaseError> {
        Ok(Connection(rusqlite::Connection::open_in_memory()?))
    }

    fn open(file: &Path, flags: OpenFlags) -> Result<Self, DatabaseError> {
        let connection =
            rusqlite::Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let connection = Connection(connection);
        connection.pragma("foreign_keys", 1)?;
        Ok(connection)
    }

    pub(crate) fn pragma(&self, name: &str, value: impl rusqlite::ToSql) -> Result<(), DatabaseError> {
        Ok(self.0.pragma_update(None, name, value)?)
    }

    /// Statements without anything bound, one after another.
    pub(crate) fn run(&self, statements: &str) -> Result<(), DatabaseError> {
        Ok(self.0.execute_batch(statements)?)
    }

    /// Everything until it is committed, or nothing.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>, DatabaseError> {
        Ok(Transaction(self.0.unchecked_transaction()?))
    }

    pub(crate) fn close(self) -> Result<(), DatabaseError> {
        self.0.close().map_err(|(_, error)| error.into())
    }
}

/// Rolled back when it is dropped. What is read in it stands still, whatever is written meanwhile.
pub(crate) struct Transaction<'a>(rusqlite::Transaction<'a>);

impl Transaction<'_> {
    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        Ok(self.0.commit()?)
    }
}

/// A statement and what is bound in it, in the order of its marks.
pub(crate) struct Query<'q> {
    text: &'q str,
    cells: Vec<Cell>,
}

pub(crate) fn query(text: &str) -> Query<'_> {
    Query { text, cells: Vec::new() }
}

impl Query<'_> {
    #[must_use]
    pub(crate) fn bind(mut self, cell: impl Into<Cell>) -> Self {
        self.cells.push(cell.into());
        self
    }

    #[must_use]
    pub(crate) fn bind_all(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.cells.extend(cells);
        self
    }

    /// How many rows it changed.
    pub(crate) fn execute(self, connection: &Connection) -> Result<usize, DatabaseError> {
        Ok(connection.0.prepare_cached(self.text)?.execute(params_from_iter(self.cells))?)
    }

    /// Each row as it is read, so that nothing has to be held of those before.
    pub(crate) fn each<E: From<DatabaseError>>(
        self,
        connection: &Connection,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: rusqlite::Error| E::from(DatabaseError::from(error));
        let mut statement = connection.0.prepare_cached(self.text).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(self.cells)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            each(&Row::new(row))?;
        }
        Ok(())
    }

    pub(crate) fn all<T: FromRow>(self, connection: &Connection) -> Result<Vec<T>, DatabaseError> {
        let mut all = Vec::new();
        self.each(connection, |row| {
            all.push(T::from_row(row)?);
            Ok::<_, DatabaseError>(())
        })?;
        Ok(all)
    }

    pub(crate) fn optional<T: FromRow>(self, connection: &Connection) -> Result<Option<T>, DatabaseError> {
        let mut statement = connection.0.prepare_cached(self.text)?;
        let mut rows = statement.query(params_from_iter(self.cells))?;
        rows.next()?.map(|row| T::from_row(&Row::new(row))).transpose()
    }

    pub(crate) fn one<T: FromRow>(self, connection: &Connection) -> Result<T, DatabaseError> {
        self.optional(connection)?.ok_or(DatabaseError::NoRow)
    }
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
