//! Copies of a workspace's file: made while it is open, brought up to this version's schema, and checked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::batch::WriteError;
use crate::database::{Connection, DatabaseError, blocking, query};
use crate::open::{Store, key_of, newest};
use crate::schema::{self, SchemaError, newest_schema, schema_version};
use crate::verify::{Against, Finding, VerifyError, VerifyReport};
use crate::writer::Head;

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("there is no space left for the copy {}", path.display())]
    DiskFull { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the copy was written by a newer Cadre: schema {found}, this one knows {known}")]
    NewerSchema { found: i64, known: i64 },
    #[error("{} is no workspace's file, or a damaged one: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("the database failed: {0}")]
    Database(#[source] DatabaseError),
}

impl CopyError {
    pub(crate) fn of(path: &Path, error: DatabaseError) -> CopyError {
        let path = path.to_owned();
        if error.is_damage() {
            return CopyError::Damaged { path, why: error.to_string() };
        }
        match WriteError::from(error) {
            WriteError::DiskFull => CopyError::DiskFull { path },
            WriteError::Database(error) => match std::sync::Arc::into_inner(error) {
                Some(error) => CopyError::Database(error),
                None => CopyError::Damaged { path, why: "the database failed".into() },
            },
            other => CopyError::Damaged { path, why: other.to_string() },
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> CopyError {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => CopyError::DiskFull { path },
            _ => CopyError::Io { path, source },
        }
    }
}

/// What a copy says of itself, and whether all of it holds.
#[derive(Debug, Clone)]
pub struct CheckedCopy {
    pub workspace: String,
    pub name: String,
    pub schema: i64,
    pub head: Head,
    pub findings: Vec<Finding>,
}

impl Store {
    /// Writes everything that is recorded now into a file of its own, while work goes on. It is on the disk afterwards;
    /// what was written halfway is the caller's to remove.
    ///
    /// # Errors
    /// The disk is full or fails, or the workspace's file is damaged.
    pub async fn copy_to(&self, file: &Path) -> Result<(), CopyError> {
        let to = file.to_owned();
        let copied = self.shared.readers.read(move |reader| vacuum_into(reader, &to)).await;
        copied.map_err(|error| CopyError::of(file, error))?;
        sync(file)
    }
}

/// Checks a copy as `verify` checks a workspace, without a head outside: a copy is older than that.
///
/// # Errors
/// It is of a newer schema or cannot be read. What is wrong in it is a finding.
pub async fn check_copy(file: &Path) -> Result<CheckedCopy, CopyError> {
    let file = file.to_owned();
    blocking(move || {
        let failed = |error| CopyError::of(&file, error);
        let connection = Connection::read(&file).map_err(failed)?;
        let checked = check(&connection).map_err(failed)?;
        connection.close().map_err(failed)?;
        let why = "it has no workspace in it, or not its key".into();
        checked.ok_or_else(|| CopyError::Damaged { path: file.clone(), why })
    })
    .await
}

fn check(connection: &Connection) -> Result<Option<CheckedCopy>, DatabaseError> {
    let schema = schema_version(connection)?;
    let Some((workspace, key)) = key_of(connection)? else { return Ok(None) };
    let name = query("SELECT name FROM workspace").one(connection)?;
    let head = newest(connection)?;
    let mut report = VerifyReport::empty();
    match Against::nothing_outside(&key).check(connection, &mut report) {
        Ok(()) => {}
        Err(VerifyError::Database(error)) => return Err(error),
    }
    Ok(head.map(|head| CheckedCopy { workspace, name, schema, head, findings: report.findings }))
}

/// Brings a copy up to this version's schema, as one file without a log beside it.
///
/// # Errors
/// It is of a newer schema, damaged, or the disk is full. Then the copy is worth nothing; what it was made of is as
/// before.
pub async fn upgrade_copy(file: &Path) -> Result<(), CopyError> {
    let file = file.to_owned();
    blocking(move || {
        let connection = Connection::whole(&file).map_err(|error| CopyError::of(&file, error))?;
        let upgraded = upgrade(&connection, &file);
        let closed = connection.close().map_err(|error| CopyError::of(&file, error));
        upgraded?;
        closed?;
        sync(&file)
    })
    .await
}

fn upgrade(connection: &Connection, file: &Path) -> Result<(), CopyError> {
    let known = newest_schema();
    let found = schema_version(connection).map_err(|error| CopyError::of(file, error))?;
    if found > known {
        return Err(CopyError::NewerSchema { found, known });
    }
    schema::migrate(connection).map_err(|error| match error {
        SchemaError::Database(error) | SchemaError::Migration { source: error, .. } => {
            CopyError::of(file, error)
        }
        error @ SchemaError::Differs { .. } => {
            CopyError::Damaged { path: file.to_owned(), why: error.to_string() }
        }
    })
}

pub(crate) fn vacuum_into(connection: &Connection, file: &Path) -> Result<(), DatabaseError> {
    query("VACUUM INTO ?").bind(file.to_string_lossy().into_owned()).execute(connection).map(drop)
}

fn sync(file: &Path) -> Result<(), CopyError> {
    fs::File::open(file).and_then(|file| file.sync_all()).map_err(|source| CopyError::io(file, source))
}
