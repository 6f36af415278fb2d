//! The schema of a workspace's file: its migrations, and what they come to.

use std::collections::BTreeSet;
use std::time::Instant;

use sha2::{Digest as _, Sha384};

use crate::database::{Connection, DatabaseError, query};

/// One line per schema version, oldest first. Append only: a released file must open for ever.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../../../migrations/sqlite/0001_ledger.sql")),
    (2, "organisation", include_str!("../../../../migrations/sqlite/0002_organisation.sql")),
    (3, "rules", include_str!("../../../../migrations/sqlite/0003_rules.sql")),
    (4, "spend", include_str!("../../../../migrations/sqlite/0004_spend.sql")),
    (5, "undo", include_str!("../../../../migrations/sqlite/0005_undo.sql")),
    (6, "endpoints", include_str!("../../../../migrations/sqlite/0006_endpoints.sql")),
    (7, "limits of a day", include_str!("../../../../migrations/sqlite/0007_limits_of_a_day.sql")),
    (8, "values by row", include_str!("../../../../migrations/sqlite/0008_values_by_row.sql")),
    (9, "forks", include_str!("../../../../migrations/sqlite/0009_forks.sql")),
    (10, "step changes", include_str!("../../../../migrations/sqlite/0010_step_changes.sql")),
    (11, "lines", include_str!("../../../../migrations/sqlite/0011_lines.sql")),
];

/// The same for PostgreSQL.
const SHARED_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "workspace", include_str!("../../../../migrations/postgres/0001_workspace.sql")),
    (2, "lines", include_str!("../../../../migrations/postgres/0002_lines.sql")),
];

/// What was applied. The table has the name and the form of the library that kept it first: files have it so.
const APPLIED: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("its schema {version} was made in a way that this version does not know")]
    Differs { version: i64 },
    #[error("schema {version} could not be made: {source}")]
    Migration { version: i64, source: DatabaseError },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

const SHARED_APPLIED: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BIGINT NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
)";

fn migrations(connection: &Connection) -> &'static [(i64, &'static str, &'static str)] {
    if connection.is_shared() { SHARED_MIGRATIONS } else { MIGRATIONS }
}

/// The schema that this version makes of a shared workspace.
pub(crate) fn newest_shared_schema() -> i64 {
    SHARED_MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// The schema that this version makes.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// The schema of a file; 0 for one that is empty.
pub(crate) fn schema_version(connection: &Connection) -> Result<i64, DatabaseError> {
    let sql = match connection.is_shared() {
        true => {
            "SELECT table_name FROM information_schema.tables
                 WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
        }
        false => "SELECT name FROM sqlite_schema WHERE name = '_sqlx_migrations'",
    };
    match query(sql).optional::<String>(connection)? {
        Some(_) => query("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").one(connection),
        None => Ok(0),
    }
}

/// Brings a file up to this version's schema, each step whole or not at all.
pub(crate) fn migrate(connection: &Connection) -> Result<(), SchemaError> {
    connection.run(if connection.is_shared() { SHARED_APPLIED } else { APPLIED })?;
    let migrations = migrations(connection);
    let sql = "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version";
    let applied: Vec<(i64, bool, Vec<u8>)> = query(sql).all(connection)?;
    for (version, success, checksum) in &applied {
        let known = migrations.iter().find(|(known, ..)| known == version);
        if !known.is_some_and(|(.., sql)| *success && checksum_of(sql) == *checksum) {
            return Err(SchemaError::Differs { version: *version });
        }
    }
    for (version, name, sql) in migrations {
        if !applied.iter().any(|(applied, ..)| applied == version) {
            apply(connection, *version, name, sql)
                .map_err(|source| SchemaError::Migration { version: *version, source })?;
        }
    }
    Ok(())
}

fn apply(connection: &Connection, version: i64, name: &str, sql: &str) -> Result<(), DatabaseError> {
    let began = Instant::now();
    let transaction = connection.transaction()?;
    connection.run(sql)?;
    let took = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                VALUES (?, ?, 1, ?, ?)";
    query(note).bind(version).bind(name).bind(checksum_of(sql)).bind(took).execute(connection)?;
    transaction.commit()
}

fn checksum_of(sql: &str) -> Vec<u8> {
    Sha384::digest(sql.as_bytes()).to_vec()
}

pub(crate) type SchemaPart = (String, String, String, Option<String>);

/// What a file of this version's schema consists of: type, name, table and statement of each part.
pub(crate) fn expected_schema() -> Result<BTreeSet<SchemaPart>, DatabaseError> {
    let connection = Connection::in_memory()?;
    for (_, _, sql) in MIGRATIONS {
        connection.run(sql)?;
    }
    schema(&connection)
}

/// Without the table of what was applied.
pub(crate) fn schema(connection: &Connection) -> Result<BTreeSet<SchemaPart>, DatabaseError> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'";
    Ok(query(sql).all(connection)?.into_iter().collect())
}

/// Table, column, what it holds and whether it may hold nothing.
pub(crate) type Column = (String, String, String, bool);

/// The columns that a shared workspace must have: those of a file.
pub(crate) fn expected_columns() -> Result<BTreeSet<Column>, DatabaseError> {
    let connection = Connection::in_memory()?;
    for (_, _, sql) in MIGRATIONS {
        connection.run(sql)?;
    }
    let sql = "SELECT m.name, c.name, lower(c.type), NOT (c.\"notnull\" OR c.pk > 0)
               FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    Ok(query(sql).all(&connection)?.into_iter().collect())
}

/// The columns of a shared workspace, in the words of SQLite.
pub(crate) fn shared_columns(connection: &Connection) -> Result<BTreeSet<Column>, DatabaseError> {
    let sql = "SELECT table_name, column_name,
                 CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE data_type END,
                 is_nullable = 'YES'
               FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'";
    Ok(query(sql).all(connection)?.into_iter().collect())
}
