//! Opening a workspace: its lock, its schema, its writer.

mod shared;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use cadre_graph::Hash;
use serde::Deserialize as _;
use serde_json::json;
pub use shared::{SharedOptions, drop_shared};
use tokio::sync::{mpsc, oneshot, watch};

use crate::aggregates::member::Definitions;
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, WriteError, Written};
use crate::checkpointer::state::NewestStates;
use crate::clock::StoreClock;
use crate::copy::vacuum_into;
use crate::database::{Connection, DatabaseError, Readers, Source, query};
use crate::heads::Heads;
use crate::ledger::Entry;
use crate::lock::{LOCK, Lock, lock, restrict};
use crate::record::Record as _;
use crate::restore::{
    Found, RestoreProblem, Restored, is_in_place, newest_of_replaced, put_in_place, set_aside,
};
use crate::schema::{self, SchemaError, newest_schema, schema_version};
use crate::values::ValueKey;
use crate::writer::{Head, Message, Writer, WriterLoop};
use crate::writer_signing::DeviceKey;

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
    Migration { backup: PathBuf, source: SchemaError },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        match error.is_damage() {
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
    pub(crate) readers: Readers,
    pub(crate) writer: Writer,
    pub(crate) published: watch::Receiver<Head>,
    pub(crate) key: ValueKey,
    pub(crate) heads: Option<PathBuf>,
    pub(crate) clock: StoreClock,
    pub(crate) restored: Option<Restored>,
    pub(crate) restore_problem: Option<RestoreProblem>,
    /// The key that this run signs heads with.
    pub(crate) device: OnceLock<DeviceKey>,
    /// Of the members as they were last read.
    pub(crate) definitions: Mutex<Definitions>,
    pub(crate) newest: NewestStates,
}

/// The writer's thread: wait for it after the last [`Store`] is dropped, so that everything is on the disk.
pub struct WriterTask(oneshot::Receiver<()>);

impl WriterTask {
    pub async fn finished(self) {
        if self.0.await.is_err() {
            tracing::error!("the workspace's writer ended badly");
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
        let connection = Connection::write(&file)?;
        let prepared = prepare(&connection, &folder, new_id, heads.clone(), &lock)?;
        let Prepared { workspace, key, is_new, head, heads: heads_kept, readers } = prepared;
        let witness = heads_kept.kept().map(|kept| kept.head());
        let (restored, restore_problem) = look_at_restore(&connection, &folder, found, &workspace, head)?;
        let (published, receiver) = watch::channel(head);
        let (writer, requests) = Writer::new(key.clone());
        let writer_loop = WriterLoop {
            connection,
            source: Source::File(file),
            clock: clock.clone(),
            head,
            heads: heads_kept,
            published,
            epochs: HashMap::new(),
            unclean: false,
            synchronous: None,
            _lock: Some(Arc::clone(&lock)),
        };
        let task = start(writer_loop, requests).map_err(io)?;
        let shared = Shared {
            folder,
            workspace,
            readers,
            writer,
            published: receiver,
            key,
            heads,
            clock,
            restored,
            restore_problem,
            device: OnceLock::new(),
            definitions: Mutex::default(),
            newest: NewestStates::default(),
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
        Ok((store, task))
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

    /// Writes several in one transaction and with one flush. Each by itself is all or nothing, unless the disk fails.
    pub async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Written, WriteError>> {
        self.shared.writer.write_all(batches).await
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
fn look_at_restore(
    connection: &Connection,
    folder: &Path,
    found: Found,
    workspace: &str,
    head: Head,
) -> Result<(Option<Restored>, Option<RestoreProblem>), OpenError> {
    match found {
        Found::Nothing => Ok((None, None)),
        Found::NotInPlace(problem) => Ok((None, Some(problem))),
        Found::InPlace(order) if is_in_place(connection, &order, workspace, head)? => {
            let replaced = newest_of_replaced(folder, &order);
            Ok((Some(Restored { replaced, order }), None))
        }
        Found::InPlace(_) => Ok((None, Some(set_aside(folder, "its copy is neither prepared nor in place")))),
    }
}

/// The writer, on a thread of its own: it blocks whenever it waits for the disk.
fn start(writer: WriterLoop, requests: mpsc::Receiver<Message>) -> std::io::Result<WriterTask> {
    let (done, finished) = oneshot::channel();
    std::thread::Builder::new().name("cadre-writer".into()).spawn(move || {
        writer.run(requests);
        let _ = done.send(()); // nobody has to wait for it
    })?;
    Ok(WriterTask(finished))
}

/// What opening finds in the file.
struct Prepared {
    workspace: String,
    key: ValueKey,
    is_new: bool,
    head: Head,
    heads: Heads,
    readers: Readers,
}

fn prepare(
    connection: &Connection,
    folder: &Path,
    new_id: String,
    heads: Option<PathBuf>,
    lock: &Lock,
) -> Result<Prepared, OpenError> {
    migrate(connection, folder)?;
    let head = newest(connection)?.ok_or_else(|| OpenError::Damaged("its newest leaf is cut".into()))?;
    let known = identity(connection, head, lock)?;
    let is_new = known.is_none();
    let (workspace, key) = match known {
        Some(known) => known,
        None => (new_id, new_value_key(connection)?),
    };
    let heads = anchored(connection, Heads::new(heads, &workspace))?;
    let readers = Readers::of(Source::File(folder.join(FILE)))?;
    Ok(Prepared { workspace, key, is_new, head, heads, readers })
}

fn migrate(connection: &Connection, folder: &Path) -> Result<(), OpenError> {
    let known = newest_schema();
    let found = schema_version(connection)?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    let backup = folder.join(format!("cadre.before-{known}.sqlite"));
    if found > 0 && found < known && !backup.exists() {
        back_up(connection, &backup)?;
    }
    schema::migrate(connection).map_err(|source| match source {
        SchemaError::Database(error) => error.into(),
        SchemaError::Differs { .. } => OpenError::Damaged(source.to_string()),
        SchemaError::Migration { source, .. }
            if source.is_full() || source.is_locked() || source.is_damage() =>
        {
            source.into()
        }
        source => OpenError::Migration { backup, source },
    })
}

/// Under its name only once it is whole: a copy that was interrupted must not pass for one.
fn back_up(connection: &Connection, backup: &Path) -> Result<(), OpenError> {
    let part = backup.with_extension("part");
    let io = |source| OpenError::Folder { path: backup.to_owned(), source };
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    vacuum_into(connection, &part).map_err(WriteError::from)?;
    fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&part, backup).map_err(io)
}

/// Id and value key of the workspace; `None` when the file is new.
fn identity(
    connection: &Connection,
    head: Head,
    lock: &Lock,
) -> Result<Option<(String, ValueKey)>, OpenError> {
    match key_of(connection)? {
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
pub(crate) fn key_of(connection: &Connection) -> Result<Option<(String, ValueKey)>, DatabaseError> {
    let known: Option<(String, Vec<u8>)> =
        query("SELECT w.id, s.bytes FROM workspace w, secrets s WHERE s.name = 'value_key'")
            .optional(connection)?;
    let Some((id, bytes)) = known else { return Ok(None) };
    let cut = |_| DatabaseError::Column {
        column: "bytes".into(),
        expected: "a key of 32 bytes",
        found: "another length",
    };
    let bytes = <[u8; 32]>::try_from(bytes).map_err(cut)?;
    Ok(Some((id, ValueKey(bytes))))
}

/// The heads, left alone if the file does not continue from the one that was kept.
fn anchored(connection: &Connection, mut heads: Heads) -> Result<Heads, OpenError> {
    let Some(kept) = heads.kept() else { return Ok(heads) };
    let leaf: Option<Vec<u8>> =
        query("SELECT leaf FROM ledger WHERE seq = ?").bind(kept.seq).optional(connection)?;
    if leaf.as_deref() == Some(&kept.leaf.as_bytes()[..])
        || restores(connection)?.iter().any(|it| heads.is_explained_by(it))
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
fn restores(connection: &Connection) -> Result<Vec<WorkspaceRestored>, DatabaseError> {
    let sql = match connection.is_shared() {
        true => "SELECT body FROM ledger WHERE position(? IN body) > 0",
        false => "SELECT body FROM ledger WHERE instr(body, ?) > 0",
    };
    let mark = format!("\"kind\":\"{}\"", WorkspaceRestored::KIND).into_bytes();
    let bodies: Vec<Vec<u8>> = query(sql).bind(mark).all(connection)?;
    let entries = bodies.iter().filter_map(|body| Entry::decode(body).ok());
    let restores = entries.filter(|entry| entry.kind == WorkspaceRestored::KIND);
    Ok(restores.filter_map(|entry| WorkspaceRestored::deserialize(&entry.data).ok()).collect())
}

fn new_value_key(connection: &Connection) -> Result<ValueKey, OpenError> {
    let key = ValueKey::random();
    // A crash between this and the first entry leaves a key that nothing refers to: it is simply replaced.
    let sql = "INSERT INTO secrets (name, bytes) VALUES ('value_key', ?)
               ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";
    query(sql).bind(key.0.to_vec()).execute(connection)?;
    Ok(key)
}

/// The newest entry; `None` if its leaf is no hash.
pub(crate) fn newest(connection: &Connection) -> Result<Option<Head>, DatabaseError> {
    let row: Option<(i64, Vec<u8>)> =
        query("SELECT seq, leaf FROM ledger ORDER BY seq DESC LIMIT 1").optional(connection)?;
    let Some((seq, leaf)) = row else { return Ok(Some(Head::EMPTY)) };
    let leaf = <[u8; 32]>::try_from(leaf).ok().map(Hash::from_bytes);
    Ok(leaf.map(|leaf| Head { seq: u64::try_from(seq).unwrap_or(0), leaf }))
}
