//! Opening a workspace: its lock, its schema, its writer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cadre_graph::Hash;
use serde::Deserialize as _;
use serde_json::json;
use sqlx::migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqlSafeStr as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::aggregates::member::Definitions;
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, WriteError, Written};
use crate::clock::StoreClock;
use crate::copy::vacuum_into;
use crate::heads::Heads;
use crate::ledger::Entry;
use crate::lock::{LOCK, Lock, lock, restrict};
use crate::record::Record as _;
use crate::restore::{
    Found, RestoreProblem, Restored, is_in_place, newest_of_replaced, put_in_place, set_aside,
};
use crate::sql::is_damage;
use crate::values::ValueKey;
use crate::writer::{Head, Writer, WriterLoop};

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
];

pub(crate) const FILE: &str = "cadre.sqlite";

pub struct OpenOptions {
    /// The workspace's folder; made if it is not there.
    pub folder: PathBuf,
    /// Shown to people; used only when the workspace is new.
    pub name: String,
    /// Id of a new workspace.
    pub new_id: String,
    /// Where heads are kept outside the file; `None` keeps none, and `verify` says so.
    pub heads: Option<PathBuf>,
    pub clock: StoreClock,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another program is the host of this workspace: {folder}")]
    Held { folder: PathBuf },
    #[error("the workspace was written by a newer Cadre: schema {found}, this one knows {known}")]
    NewerSchema { found: i64, known: i64 },
    #[error("{path}: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("the workspace file is damaged: {0}")]
    Damaged(String),
    #[error("the workspace could not be upgraded; the copy from before is {backup}: {source}")]
    Migration { backup: PathBuf, source: Box<sqlx::migrate::MigrateError> },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match is_damage(&error) {
            true => OpenError::Damaged(error.to_string()),
            false => OpenError::Write(error.into()),
        }
    }
}

/// An open workspace file. Cheap to clone; reading never waits for writing.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) workspace: String,
    pub(crate) pool: SqlitePool,
    pub(crate) writer: Writer,
    pub(crate) published: watch::Receiver<Head>,
    pub(crate) key: ValueKey,
    pub(crate) heads: Option<PathBuf>,
    pub(crate) clock: StoreClock,
    pub(crate) restored: Option<Restored>,
    pub(crate) restore_problem: Option<RestoreProblem>,
    /// Of the members as they were last read.
    pub(crate) definitions: Mutex<Definitions>,
}

/// The writer's task: await it after the last [`Store`] is dropped, so that everything is on the disk.
pub struct WriterTask(JoinHandle<()>);

impl WriterTask {
    pub async fn finished(self) {
        if let Err(error) = self.0.await {
            tracing::error!(%error, "the workspace's writer ended badly");
        }
    }
}

impl Store {
    /// # Errors
    /// Another host holds the workspace, its schema is newer, or it cannot be read.
    pub async fn open(options: OpenOptions) -> Result<(Store, WriterTask), OpenError> {
        let OpenOptions { folder, name, new_id, heads, clock } = options;
        let io = |source| OpenError::Folder { path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(io)?;
        restrict(&folder).map_err(io)?;
        let lock = Arc::new(lock(&folder)?);
        let found = put_in_place(&folder, heads.as_deref(), &lock.found).map_err(io)?;
        let file = folder.join(FILE);
        lock.expect_content(&file)?;
        let mut connection = connect(&file, false).connect().await?;
        let prepared = match prepare(&mut connection, &folder, new_id, heads.clone(), &lock).await {
            Ok(prepared) => prepared,
            Err(error) => {
                // Dropped, it would end at some later time, when the file may be somebody else's.
                let _ = connection.close().await;
                return Err(error);
            }
        };
        let Prepared { workspace, key, is_new, head, heads: heads_kept, pool } = prepared;
        let witness = heads_kept.kept().map(|kept| kept.head());
        let (restored, restore_problem) =
            look_at_restore(&mut connection, &folder, found, &workspace, head).await?;
        let (published, receiver) = watch::channel(head);
        let (writer, requests) = Writer::new();
        let writer_loop = WriterLoop {
            connection,
            key: key.clone(),
            clock: clock.clone(),
            head,
            heads: heads_kept,
            published,
            synchronous: None,
            _lock: Arc::clone(&lock),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the writer's owner is WriterTask, and it ends with the last Store"
        )]
        let task = tokio::task::spawn(writer_loop.run(requests));
        let shared = Shared {
            folder,
            workspace,
            pool,
            writer,
            published: receiver,
            key,
            heads,
            clock,
            restored,
            restore_problem,
            definitions: Mutex::default(),
        };
        let store = Store { shared: Arc::new(shared) };
        if is_new {
            store.create_workspace(&name).await?;
        }
        if let Some(Restored { order, replaced }) = store.restored() {
            store.record_restore(order, *replaced, witness).await?;
        }
        let io = |source| OpenError::Folder { path: store.shared.folder.join(LOCK), source };
        lock.remember(&store.shared.workspace).map_err(io)?;
        Ok((store, WriterTask(task)))
    }

    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    pub fn workspace_id(&self) -> &str {
        &self.shared.workspace
    }

    /// Unix time in microseconds.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// The newest entry, and a wake-up whenever there is a newer one.
    pub fn head(&self) -> watch::Receiver<Head> {
        self.shared.published.clone()
    }

    /// Writes a batch; returns once it is as durable as its class says.
    ///
    /// # Errors
    /// A guard did not hold, or the disk or the database failed. Then nothing of it was written.
    pub async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        self.shared.writer.write(batch).await
    }

    async fn create_workspace(&self, name: &str) -> Result<(), WriteError> {
        let mut batch = Batch::new();
        let data =
            json!({ "id": self.shared.workspace, "name": name, "value_key_hash": self.shared.key.hash() });
        batch.entry("workspace.created", 1, data);
        self.write(batch).await.map(drop)
    }
}

/// What became of a restore that was decided, now that the record can be read.
async fn look_at_restore(
    connection: &mut SqliteConnection,
    folder: &Path,
    found: Found,
    workspace: &str,
    head: Head,
) -> Result<(Option<Restored>, Option<RestoreProblem>), OpenError> {
    match found {
        Found::Nothing => Ok((None, None)),
        Found::NotInPlace(problem) => Ok((None, Some(problem))),
        Found::InPlace(order) if is_in_place(connection, &order, workspace, head).await? => {
            let replaced = newest_of_replaced(folder, &order).await;
            Ok((Some(Restored { replaced, order }), None))
        }
        Found::InPlace(_) => Ok((None, Some(set_aside(folder, "its copy is neither prepared nor in place")))),
    }
}

pub(crate) fn connect(file: &Path, read_only: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(!read_only)
        .read_only(read_only)
        .foreign_keys(true)
        .busy_timeout(std::time::Duration::from_secs(5))
        .disable_statement_logging();
    // A reader takes the journal mode as it finds it.
    if read_only {
        options
    } else {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "16777216")
    }
}

/// What opening finds in the file.
struct Prepared {
    workspace: String,
    key: ValueKey,
    is_new: bool,
    head: Head,
    heads: Heads,
    pool: SqlitePool,
}

async fn prepare(
    connection: &mut SqliteConnection,
    folder: &Path,
    new_id: String,
    heads: Option<PathBuf>,
    lock: &Lock,
) -> Result<Prepared, OpenError> {
    migrate(connection, folder).await?;
    let head =
        newest(connection).await?.ok_or_else(|| OpenError::Damaged("its newest leaf is cut".into()))?;
    let known = identity(connection, head, lock).await?;
    let is_new = known.is_none();
    let (workspace, key) = match known {
        Some(known) => known,
        None => (new_id, new_value_key(connection).await?),
    };
    let heads = anchored(connection, Heads::new(heads, &workspace)).await?;
    let pool = SqlitePoolOptions::new()
        // Readers only; a handful covers a window, the CLI and a few browsers.
        .max_connections(4)
        .connect_with(connect(&folder.join(FILE), true))
        .await?;
    Ok(Prepared { workspace, key, is_new, head, heads, pool })
}

async fn migrate(connection: &mut SqliteConnection, folder: &Path) -> Result<(), OpenError> {
    let known = newest_schema();
    let found = schema_version(connection).await?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    let backup = folder.join(format!("cadre.before-{known}.sqlite"));
    if found > 0 && found < known && !backup.exists() {
        back_up(connection, &backup).await?;
    }
    run_migrations(connection).await.map_err(|source| match source {
        MigrateError::Execute(error) => error.into(),
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
            OpenError::Damaged(source.to_string())
        }
        source => OpenError::Migration { backup, source: Box::new(source) },
    })
}

/// The schema that this version makes.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// The schema of a file; 0 for one that is empty.
pub(crate) async fn schema_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let exists: Option<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await?;
    match exists {
        Some(_) => {
            sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")
                .fetch_one(&mut *connection)
                .await
        }
        None => Ok(0),
    }
}

pub(crate) async fn run_migrations(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    connection.ensure_migrations_table("_sqlx_migrations").await?;
    Migrator::with_migrations(migrations()).run(connection).await
}

fn migrations() -> Vec<Migration> {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
    };
    MIGRATIONS.iter().map(migration).collect()
}

/// Under its name only once it is whole: a copy that was interrupted must not pass for one.
async fn back_up(connection: &mut SqliteConnection, backup: &Path) -> Result<(), OpenError> {
    let part = backup.with_extension("part");
    let io = |source| OpenError::Folder { path: backup.to_owned(), source };
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    vacuum_into(connection, &part).await.map_err(WriteError::from)?;
    fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&part, backup).map_err(io)
}

/// What a file of this version's schema consists of: type, name, table and statement of each part.
pub(crate) async fn expected_schema() -> Result<BTreeSet<SchemaPart>, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await?;
    for (_, _, sql) in MIGRATIONS {
        connection.execute(*sql).await?;
    }
    schema(&mut connection).await
}

pub(crate) type SchemaPart = (String, String, String, Option<String>);

/// Without sqlx's own table, whose form is sqlx's to say.
pub(crate) async fn schema(connection: &mut SqliteConnection) -> Result<BTreeSet<SchemaPart>, sqlx::Error> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'";
    Ok(sqlx::query_as(sql).fetch_all(connection).await?.into_iter().collect())
}

/// Id and value key of the workspace; `None` when the file is new.
async fn identity(
    connection: &mut SqliteConnection,
    head: Head,
    lock: &Lock,
) -> Result<Option<(String, ValueKey)>, OpenError> {
    match key_of(connection).await? {
        Some(known) => Ok(Some(known)),
        // A new key or a second beginning would make the loss final.
        None if head != Head::EMPTY => {
            Err(OpenError::Damaged("it has entries, and its identity or its value key is gone".into()))
        }
        None if !lock.found.is_empty() => {
            Err(OpenError::Damaged(format!("nothing is in it, and workspace {} was", lock.found)))
        }
        None => Ok(None),
    }
}

/// Id and value key, as the file has them.
pub(crate) async fn key_of(
    connection: &mut SqliteConnection,
) -> Result<Option<(String, ValueKey)>, sqlx::Error> {
    let known: Option<(String, Vec<u8>)> =
        sqlx::query_as("SELECT w.id, s.bytes FROM workspace w, secrets s WHERE s.name = 'value_key'")
            .fetch_optional(connection)
            .await?;
    let cut = |_| sqlx::Error::Decode("the value key is cut".into());
    let Some((id, bytes)) = known else { return Ok(None) };
    let bytes = <[u8; 32]>::try_from(bytes).map_err(cut)?;
    Ok(Some((id, ValueKey(bytes))))
}

/// The heads, left alone if the file does not continue from the one that was kept.
async fn anchored(connection: &mut SqliteConnection, mut heads: Heads) -> Result<Heads, OpenError> {
    let Some(kept) = heads.kept() else { return Ok(heads) };
    let leaf: Option<Vec<u8>> = sqlx::query_scalar("SELECT leaf FROM ledger WHERE seq = ?")
        .bind(i64::try_from(kept.seq).unwrap_or(i64::MAX))
        .fetch_optional(&mut *connection)
        .await?;
    if leaf.as_deref() == Some(&kept.leaf.as_bytes()[..])
        || restores(connection).await?.iter().any(|it| heads.is_explained_by(it))
    {
        heads.explained();
    } else {
        tracing::error!(
            entry = kept.seq,
            "the workspace file does not continue from the head kept outside it"
        );
        heads.leave_alone();
    }
    Ok(heads)
}

/// The restores that the ledger records; asked only when its head is in doubt.
async fn restores(connection: &mut SqliteConnection) -> Result<Vec<WorkspaceRestored>, sqlx::Error> {
    let sql = "SELECT body FROM ledger WHERE instr(body, ?) > 0";
    let mark = format!("\"kind\":\"{}\"", WorkspaceRestored::KIND).into_bytes();
    let bodies: Vec<Vec<u8>> = sqlx::query_scalar(sql).bind(mark).fetch_all(connection).await?;
    let entries = bodies.iter().filter_map(|body| Entry::decode(body).ok());
    let restores = entries.filter(|entry| entry.kind == WorkspaceRestored::KIND);
    Ok(restores.filter_map(|entry| WorkspaceRestored::deserialize(&entry.data).ok()).collect())
}

async fn new_value_key(connection: &mut SqliteConnection) -> Result<ValueKey, OpenError> {
    let key = ValueKey::random();
    // A crash between this and the first entry leaves a key that nothing refers to: it is simply replaced.
    sqlx::query("INSERT OR REPLACE INTO secrets (name, bytes) VALUES ('value_key', ?)")
        .bind(key.0.to_vec())
        .execute(connection)
        .await?;
    Ok(key)
}

/// The newest entry; `None` if its leaf is no hash.
pub(crate) async fn newest(connection: &mut SqliteConnection) -> Result<Option<Head>, sqlx::Error> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, leaf FROM ledger ORDER BY seq DESC LIMIT 1")
            .fetch_optional(connection)
            .await?;
    let Some((seq, leaf)) = row else { return Ok(Some(Head::EMPTY)) };
    let leaf = <[u8; 32]>::try_from(leaf).ok().map(Hash::from_bytes);
    Ok(leaf.map(|leaf| Head { seq: u64::try_from(seq).unwrap_or(0), leaf }))
}
