//! One way to the database: a statement and what is bound in it go in, rows come out.
//!
//! Statements are written for SQLite; PostgreSQL has them in its own words. All of it is blocking, as SQLite is: a statement takes microseconds, and handing each to another thread and back
//! takes tens of them. So a thread is changed once for a whole piece of work: [`Readers::read`] for reading, the
//! writer's own thread for writing.

mod postgres;
mod readers;
mod rows;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use ::postgres::error::SqlState;

use crate::projection::Cell;

use postgres::Postgres;
pub(crate) use postgres::quoted;
pub(crate) use readers::{Readers, blocking};
pub(crate) use rows::{FromRow, Row, row};

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("{}", said(.0))]
    Postgres(#[from] ::postgres::Error),
    #[error("column {column} holds {found}, where {expected} must be")]
    Column { column: String, expected: &'static str, found: &'static str },
    #[error("a row that must be there is not")]
    NoRow,
}

/// What PostgreSQL itself says; the library's own words name only the kind of mistake.
fn said(error: &::postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => error.to_string(),
    }
}

impl DatabaseError {
    /// The disk is full, or a file may not grow any more.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            DatabaseError::Sqlite(_) => self.code() == Some(rusqlite::ErrorCode::DiskFull),
            DatabaseError::Postgres(error) => error.code() == Some(&SqlState::DISK_FULL),
            _ => false,
        }
    }

    /// Another program has what is needed.
    pub(crate) fn is_locked(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        match self {
            DatabaseError::Sqlite(_) => matches!(self.code(), Some(DatabaseBusy | DatabaseLocked)),
            DatabaseError::Postgres(error) => error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE),
            _ => false,
        }
    }

    /// Whether the file is the cause, not the system: it is no database, a page of it is damaged, or it lacks what every
    /// workspace has. Only for statements that are fixed: an unknown code also means a mistake in a statement.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
        match self {
            DatabaseError::Column { .. } | DatabaseError::NoRow => true,
            DatabaseError::Sqlite(_) => matches!(self.code(), Some(Unknown | DatabaseCorrupt | NotADatabase)),
            DatabaseError::Postgres(error) => error.code().is_some_and(|code| {
                // The last: whatever else is asked after one of the others.
                [
                    SqlState::DATA_CORRUPTED,
                    SqlState::INDEX_CORRUPTED,
                    SqlState::UNDEFINED_TABLE,
                    SqlState::UNDEFINED_COLUMN,
                    SqlState::IN_FAILED_SQL_TRANSACTION,
                ]
                .contains(code)
            }),
        }
    }

    fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            DatabaseError::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        }
    }
}

/// Where a workspace's database is.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(PathBuf),
    /// A schema of a PostgreSQL database. Other programs may write it at the same time.
    Shared {
        url: String,
        schema: String,
    },
}

impl Source {
    pub(crate) fn reader(&self) -> Result<Connection, DatabaseError> {
        match self {
            Source::File(file) => Connection::read(file),
            Source::Shared { .. } => self.writer(),
        }
    }

    pub(crate) fn writer(&self) -> Result<Connection, DatabaseError> {
        match self {
            Source::File(file) => Connection::write(file),
            Source::Shared { url, schema } => {
                Ok(Connection(Kind::Postgres(Box::new(Postgres::connect(url, schema)?))))
            }
        }
    }
}

/// A connection, used by one thread at a time.
pub(crate) struct Connection(Kind);

enum Kind {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Postgres>),
}

impl Connection {
    /// Whether other programs write the same workspace.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.0, Kind::Postgres(_))
    }

    /// Statements without anything bound, one after another.
    pub(crate) fn run(&self, statements: &str) -> Result<(), DatabaseError> {
        match &self.0 {
            Kind::Sqlite(connection) => Ok(connection.execute_batch(statements)?),
            Kind::Postgres(connection) => connection.run(statements),
        }
    }

    /// Everything until it is committed, or nothing. What is read in it stands still, whatever is written meanwhile.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>, DatabaseError> {
        self.run(match &self.0 {
            Kind::Sqlite(_) => "BEGIN",
            Kind::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        })?;
        Ok(Transaction { connection: self, open: true })
    }

    /// Waits until another program announces something, at most so long.
    pub(crate) fn wait(&self, at_most: Duration) -> Result<(), DatabaseError> {
        match &self.0 {
            Kind::Sqlite(_) => Ok(()),
            Kind::Postgres(connection) => connection.wait(at_most),
        }
    }

    /// It was cut off, and can do nothing more.
    pub(crate) fn is_gone(&self) -> bool {
        match &self.0 {
            Kind::Sqlite(_) => false,
            Kind::Postgres(connection) => connection.is_gone(),
        }
    }

    pub(crate) fn close(self) -> Result<(), DatabaseError> {
        match self.0 {
            Kind::Sqlite(connection) => connection.close().map_err(|(_, error)| error.into()),
            Kind::Postgres(_) => Ok(()),
        }
    }
}

/// Rolled back when it is dropped.
pub(crate) struct Transaction<'a> {
    connection: &'a Connection,
    open: bool,
}

impl Transaction<'_> {
    pub(crate) fn commit(mut self) -> Result<(), DatabaseError> {
        self.open = false;
        self.connection.run("COMMIT")
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.open {
            // If that fails, the connection itself is lost, and so is what was begun on it.
            let _ = self.connection.run("ROLLBACK");
        }
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
        match &connection.0 {
            Kind::Sqlite(connection) => sqlite::execute(connection, self.text, &self.cells),
            Kind::Postgres(connection) => connection.execute(self.text, &self.cells),
        }
    }

    /// Each row as it is read, so that nothing has to be held of those before.
    pub(crate) fn each<E: From<DatabaseError>>(
        self,
        connection: &Connection,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.until(connection, |row| each(row).map(|()| true))
    }

    /// The same, until `each` wants no more.
    pub(crate) fn until<E: From<DatabaseError>>(
        self,
        connection: &Connection,
        mut each: impl FnMut(&Row<'_>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let Query { text, cells } = &self;
        match &connection.0 {
            Kind::Sqlite(connection) => sqlite::rows(connection, text, cells, |row| each(&Row::Sqlite(row))),
            Kind::Postgres(connection) => connection.rows(text, cells, |row| each(&Row::Postgres(row))),
        }
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
        let mut found = None;
        self.until(connection, |row| {
            found = Some(T::from_row(row)?);
            Ok::<_, DatabaseError>(false)
        })?;
        Ok(found)
    }

    pub(crate) fn one<T: FromRow>(self, connection: &Connection) -> Result<T, DatabaseError> {
        self.optional(connection)?.ok_or(DatabaseError::NoRow)
    }
}
