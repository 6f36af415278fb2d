//! Opening a workspace on PostgreSQL, which other programs may have open too.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::{OpenError, Shared, Store, WriterTask, anchored, key_of, new_value_key, newest, start};
use crate::checkpointer::state::NewestStates;
use crate::clock::StoreClock;
use crate::database::{Connection, DatabaseError, Readers, Source, blocking, query, quoted};
use crate::heads::Heads;
use crate::lock::restrict;
use crate::schema::{self, SchemaError, newest_shared_schema, schema_version};
use crate::values::ValueKey;
use crate::writer::{Head, Writer, WriterLoop, publish};

/// So often somebody looks for new entries where no announcement comes through.
const POLL: Duration = Duration::from_secs(1);

pub struct SharedOptions {
    /// `postgres://user@host/database`.
    pub url: String,
    /// The workspace's schema in it; made if it is not there.
    pub schema: String,
    /// What this device keeps of the workspace beside the database.
    pub folder: PathBuf,
    /// Shown to people; used only when the workspace is new.
    pub name: String,
    /// Id of a new workspace.
    pub new_id: String,
    /// Where heads are kept outside the database; `None` keeps none, and `verify` says so.
    pub heads: Option<PathBuf>,
    pub clock: StoreClock,
}

/// What connecting finds or makes.
struct Connected {
    /// Holds off everybody else who opens this workspace, for as long as it lives.
    opening: Connection,
    connection: Connection,
    readers: Readers,
    workspace: String,
    key: ValueKey,
    is_new: bool,
    head: Head,
    heads: Heads,
}

impl Store {
    /// # Errors
    /// The database cannot be reached, its schema is newer, or it holds something else than a workspace.
    pub async fn connect(options: SharedOptions) -> Result<(Store, WriterTask), OpenError> {
        let SharedOptions { url, schema, folder, name, new_id, heads, clock } = options;
        let io = |source| OpenError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(io)?;
        restrict(&folder).map_err(io)?;
        let (from, kept) = (Source::Shared { url, schema: schema.clone() }, heads.clone());
        let source = from.clone();
        let connected = blocking(move || connect(&from, &schema, new_id, kept)).await?;
        let (published, receiver) = watch::channel(connected.head);
        follow(source.clone(), published.clone()).map_err(io)?;
        let (writer, requests) = Writer::new(connected.key.clone());
        let writer_loop = WriterLoop {
            connection: connected.connection,
            source,
            clock: clock.clone(),
            head: connected.head,
            heads: connected.heads,
            published,
            epochs: HashMap::new(),
            unclean: false,
            synchronous: None,
            _lock: None,
        };
        let task = start(writer_loop, requests).map_err(io)?;
        let shared = Shared {
            folder,
            workspace: connected.workspace,
            readers: connected.readers,
            writer,
            published: receiver,
            key: connected.key,
            heads,
            clock,
            restored: None,
            restore_problem: None,
            device: OnceLock::new(),
            definitions: Mutex::default(),
            newest: NewestStates::default(),
        };
        let store = Store { shared: Arc::new(shared) };
        if connected.is_new {
            store.create_workspace(&name).await?;
        }
        drop(connected.opening);
        Ok((store, task))
    }
}

fn connect(
    source: &Source,
    schema: &str,
    new_id: String,
    heads: Option<PathBuf>,
) -> Result<Connected, OpenError> {
    let (opening, connection) = (source.writer()?, source.writer()?);
    query("SELECT 1 FROM pg_advisory_lock(hashtextextended(?, 1))").bind(schema).execute(&opening)?;
    let known = prepare(&connection, schema)?;
    let is_new = known.is_none();
    let head = newest(&connection)?.ok_or_else(|| OpenError::Damaged("its newest leaf is cut".into()))?;
    let (workspace, key) = match known {
        Some(known) => known,
        // A new key or a second beginning would make the loss final.
        None if head != Head::EMPTY => {
            return Err(OpenError::Damaged(
                "it has entries, and its identity or its value key is gone".into(),
            ));
        }
        None => (new_id, new_value_key(&connection)?),
    };
    let heads = anchored(&connection, Heads::new(heads, &workspace))?;
    let readers = Readers::of(source.clone())?;
    Ok(Connected { opening, connection, readers, workspace, key, is_new, head, heads })
}

/// Schema, identity and key. Of several programs that open a workspace at once, one makes it.
fn prepare(connection: &Connection, schema: &str) -> Result<Option<(String, ValueKey)>, OpenError> {
    connection.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)))?;
    let (known, found) = (newest_shared_schema(), schema_version(connection)?);
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    schema::migrate(connection).map_err(|error| match error {
        SchemaError::Database(error) | SchemaError::Migration { source: error, .. } => error.into(),
        differs @ SchemaError::Differs { .. } => OpenError::Damaged(differs.to_string()),
    })?;
    Ok(key_of(connection)?)
}

/// Wakes who follows the record when another program has written. It ends soon after the store is gone.
fn follow(source: Source, published: watch::Sender<Head>) -> std::io::Result<()> {
    std::thread::Builder::new().name("cadre-follower".into()).spawn(move || {
        while !published.is_closed() {
            if let Err(error) = listen(&source, &published) {
                tracing::warn!(%error, "the workspace's announcements cannot be heard; trying again");
                std::thread::sleep(POLL);
            }
        }
    })?;
    Ok(())
}

fn listen(source: &Source, published: &watch::Sender<Head>) -> Result<(), DatabaseError> {
    let connection = source.reader()?;
    let Source::Shared { schema, .. } = source else { return Ok(()) };
    connection.run(&format!("LISTEN {}", quoted(schema)))?;
    while !published.is_closed() {
        if let Some(head) = newest(&connection)? {
            publish(published, head);
        }
        connection.wait(POLL)?;
    }
    Ok(())
}

/// Removes a shared workspace with all that it holds. What devices keep of it beside the database stays.
///
/// # Errors
/// The database cannot be reached, or somebody holds it open.
pub async fn drop_shared(url: &str, schema: &str) -> Result<(), OpenError> {
    let source = Source::Shared { url: url.to_owned(), schema: schema.to_owned() };
    let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", quoted(schema));
    blocking(move || Ok(source.writer()?.run(&drop)?)).await
}
