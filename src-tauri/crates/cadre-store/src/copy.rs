//! Copies of a workspace's file: made while it is open, brought up to this version's schema, and checked.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Handle;

use crate::batch::WriteError;
use crate::open::{Store, connect, key_of, newest, run_migrations, schema_version};
use crate::sql::is_damage;
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
    Database(#[source] sqlx::Error),
}

impl CopyError {
    pub(crate) fn of(path: &Path, error: sqlx::Error) -> CopyError {
        let path = path.to_owned();
        if is_damage(&error) {
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
        let failed = |error| CopyError::of(file, error);
        let mut reader = self.shared.pool.acquire().await.map_err(failed)?;
        vacuum_into(&mut reader, file).await.map_err(failed)?;
        sync(file)
    }
}

/// Checks a copy as `verify` checks a workspace, without a head outside: a copy is older than that.
///
/// # Errors
/// It is of a newer schema or cannot be read. What is wrong in it is a finding.
pub async fn check_copy(file: &Path) -> Result<CheckedCopy, CopyError> {
    let failed = |error| CopyError::of(file, error);
    let mut connection = connect(file, true).connect().await.map_err(failed)?;
    let checked = check(&mut connection).await;
    let closed = connection.close().await.map_err(failed);
    let checked = checked.map_err(failed)?.ok_or_else(|| CopyError::Damaged {
        path: file.to_owned(),
        why: "it has no workspace in it, or not its key".into(),
    })?;
    closed.map(|()| checked)
}

async fn check(connection: &mut SqliteConnection) -> Result<Option<CheckedCopy>, sqlx::Error> {
    let schema = schema_version(connection).await?;
    let Some((workspace, key)) = key_of(connection).await? else { return Ok(None) };
    let name = sqlx::query_scalar("SELECT name FROM workspace").fetch_one(&mut *connection).await?;
    let head = newest(connection).await?;
    let mut report = VerifyReport::empty();
    match (Against { key: &key, kept: None, restore: None }).check(connection, &mut report).await {
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
    let (here, path) = (Handle::current(), file.to_owned());
    // On a thread of its own: sqlx's migrator makes a future that does not change threads.
    let upgraded = tokio::task::spawn_blocking(move || here.block_on(upgrade_here(&path))).await;
    upgraded.unwrap_or_else(|_| Err(CopyError::io(file, std::io::ErrorKind::Interrupted.into())))
}

async fn upgrade_here(file: &Path) -> Result<(), CopyError> {
    let failed = |error| CopyError::of(file, error);
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).foreign_keys(true);
    let options = options.journal_mode(SqliteJournalMode::Delete).disable_statement_logging();
    let mut connection = options.connect().await.map_err(failed)?;
    let upgraded = upgrade(&mut connection, file).await;
    let closed = connection.close().await.map_err(failed);
    upgraded?;
    closed?;
    sync(file)
}

async fn upgrade(connection: &mut SqliteConnection, file: &Path) -> Result<(), CopyError> {
    let known = crate::open::newest_schema();
    let found = schema_version(connection).await.map_err(|error| CopyError::of(file, error))?;
    if found > known {
        return Err(CopyError::NewerSchema { found, known });
    }
    run_migrations(connection).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => CopyError::of(file, error),
        error => CopyError::Damaged { path: file.to_owned(), why: error.to_string() },
    })
}

pub(crate) async fn vacuum_into(connection: &mut SqliteConnection, file: &Path) -> Result<(), sqlx::Error> {
    let file = file.to_string_lossy().into_owned();
    sqlx::query("VACUUM INTO ?").bind(file).execute(connection).await.map(drop)
}

fn sync(file: &Path) -> Result<(), CopyError> {
    fs::File::open(file).and_then(|file| file.sync_all()).map_err(|source| CopyError::io(file, source))
}
