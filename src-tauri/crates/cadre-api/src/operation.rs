//! What an operation is, and the one way in.

use std::path::PathBuf;
use std::sync::Arc;

use cadre_engine::{Engine, EngineError, EngineOptions};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use specta::Type;
use tokio::sync::watch;

use crate::connections::Connections;
use crate::error::ApiError;
use crate::{operations, places};

/// Who calls, and from where. A host says so; nobody else can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person's member name.
    pub person: String,
    pub channel: Channel,
    pub authentication: Authentication,
    /// The connection that it comes through, where the host tells them apart.
    pub connection: Option<u32>,
}

/// How the host knows who calls. A decision needs a person, and not every way proves that one is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// The host is itself the program that the person uses: the window, or a command in a terminal.
    Host,
    /// A browser that was let in by a code which works once and only the person was shown.
    Session,
    /// Another program of this user, seen not to come from an agent's process tree.
    Peer,
    /// Some program of this user: whatever can read the user's files, an agent that is not contained among them.
    Program,
}

impl Authentication {
    /// Whether a decision that comes this way counts as a person's.
    pub fn may_decide(self) -> bool {
        match self {
            Authentication::Host | Authentication::Session | Authentication::Peer => true,
            Authentication::Program => false,
        }
    }
}

/// Where a decision came from; recorded with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Window,
    Notification,
    Cli,
    Http,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Channel::Window => "window",
            Channel::Notification => "notification",
            Channel::Cli => "cli",
            Channel::Http => "http",
        }
    }
}

impl Caller {
    /// The person at this machine, before anybody else was added, in the host's own program.
    pub fn owner(channel: Channel) -> Self {
        let person = cadre_engine::organisation::OWNER.to_owned();
        Caller { person, channel, authentication: Authentication::Host, connection: None }
    }

    /// The same person, known in another way.
    pub fn authenticated(self, authentication: Authentication) -> Self {
        Caller { authentication, ..self }
    }

    /// The same person, through one connection among several.
    pub fn through(self, connection: Option<u32>) -> Self {
        Caller { connection, ..self }
    }
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    Query,
    Command,
}

impl OperationKind {
    pub fn name(self) -> &'static str {
        match self {
            OperationKind::Query => "query",
            OperationKind::Command => "command",
        }
    }
}

/// What a query shows and a command makes stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    Requests,
    Projects,
    Inbox,
    Members,
    Ledger,
    System,
    /// What was said in runs.
    Conversation,
    /// What calls of models cost.
    Spend,
}

impl Tag {
    pub fn name(self) -> &'static str {
        match self {
            Tag::Requests => "requests",
            Tag::Projects => "projects",
            Tag::Inbox => "inbox",
            Tag::Members => "members",
            Tag::Ledger => "ledger",
            Tag::System => "system",
            Tag::Conversation => "conversation",
            Tag::Spend => "spend",
        }
    }
}

/// One operation: its name, its types and what it does in one call of the engine.
pub trait Operation {
    const NAME: &'static str;
    const KIND: OperationKind;
    /// What a query provides, or a command invalidates.
    const TAGS: &'static [Tag];
    /// Whether it is a person's to say: approving, answering, lifting a limit. Then a caller is refused whose
    /// [`Authentication`] does not prove that a person is there.
    const DECIDES: bool = false;
    /// Whether its input holds a secret: then nothing of it is repeated, not even to say what is wrong with it.
    const SECRET: bool = false;
    type Input: DeserializeOwned + Serialize + Type + Send + 'static;
    type Output: DeserializeOwned + Serialize + Type + Send + 'static;

    fn run(
        api: &Api,
        caller: &Caller,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ApiError>> + Send;
}

/// An operation as the generated client sees it.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    pub name: &'static str,
    pub kind: OperationKind,
    pub tags: &'static [Tag],
    pub decides: bool,
    pub(crate) input: TypeDefinition,
    pub(crate) output: TypeDefinition,
}

/// Registers a type and those that it is made of; gives the reference to it.
pub(crate) type TypeDefinition = fn(&mut specta::Types) -> specta::datatype::DataType;

impl Declaration {
    pub const fn of<O: Operation>() -> Self {
        Declaration {
            name: O::NAME,
            kind: O::KIND,
            tags: O::TAGS,
            decides: O::DECIDES,
            input: <O::Input as Type>::definition,
            output: <O::Output as Type>::definition,
        }
    }
}

/// The open application. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) engine: Engine,
    pub(crate) machine: Arc<Machine>,
    pub(crate) connections: Connections,
}

/// What an operation may know of the machine beside the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Where heads are kept outside the workspace.
    pub(crate) state: Option<PathBuf>,
    /// Where settings of this user lie; a host that has none asks for nothing of the user's.
    pub(crate) config: Option<PathBuf>,
    pub(crate) logs: Option<PathBuf>,
    /// When this host opened the workspace: Unix time in microseconds.
    pub(crate) opened_at: i64,
}

impl Api {
    /// Opens a workspace with the system's clock. It only looks and records until [`carry_on`](Self::carry_on).
    ///
    /// # Errors
    /// The workspace is held by another host, newer, damaged or unreadable.
    pub async fn open(
        workspace: std::path::PathBuf,
        state: Option<std::path::PathBuf>,
        host_name: String,
    ) -> Result<Api, ApiError> {
        Api::open_with(EngineOptions::new(workspace, state, host_name)).await
    }

    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_with(options: EngineOptions) -> Result<Api, ApiError> {
        let state = options.state.clone();
        let engine = Engine::open(options).await?;
        let opened_at = engine.store().now();
        tracing::info!(workspace = %engine.workspace().display(), "the workspace is open");
        let machine = Machine { state, config: None, logs: None, opened_at };
        Ok(Api { engine, machine: Arc::new(machine), connections: Connections::default() })
    }

    /// With the settings and the log of this user.
    #[must_use]
    pub fn on_this_machine(self) -> Api {
        let machine = Machine { config: places::config(), logs: places::logs(), ..(*self.machine).clone() };
        Api { machine: Arc::new(machine), ..self }
    }

    /// Where a host says who is connected to it.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Has a backup put in the place of a workspace that no host has open, also of one that cannot be opened. The next
    /// [`open`](Self::open) does it, and records it.
    ///
    /// # Errors
    /// The caller may not decide, a host has the workspace open, or what [`Restore`](operations::backup::Restore)
    /// refuses.
    pub async fn restore_closed(
        workspace: &std::path::Path,
        caller: &Caller,
        input: &operations::backup::BackupPath,
    ) -> Result<operations::backup::DecidedRestoreDto, ApiError> {
        admit::<operations::backup::Restore>(caller)?;
        let host: Arc<dyn cadre_engine::Host> = Arc::new(cadre_engine::SystemHost);
        let decision = operations::backup::decision(caller, input);
        Ok(cadre_engine::restore_closed(workspace, places::state().as_deref(), &decision, &host)
            .await?
            .into())
    }

    /// Takes back a restore that is decided and not in place, of a workspace that nobody has open.
    ///
    /// # Errors
    /// The caller may not decide, a host has the workspace open, or none is decided.
    pub fn take_back_closed(workspace: &std::path::Path, caller: &Caller) -> Result<(), ApiError> {
        admit::<operations::backup::TakeBackRestore>(caller)?;
        Ok(cadre_engine::take_back_closed(workspace, places::state().as_deref())?)
    }

    /// Takes up what was under way, and carries on what is approved for as long as this host lives. Edits of agent
    /// files are taken over as they are made.
    ///
    /// # Errors
    /// The store failed.
    pub async fn carry_on(&self) -> Result<(), ApiError> {
        self.engine.read_agents().await?;
        self.engine.watch_agents();
        self.engine.resume().await.map_err(EngineError::from)?;
        Ok(())
    }

    /// How many steps this host works on right now; those that wait for a person are not among them.
    pub fn under_way(&self) -> u32 {
        self.engine.runs_under_way()
    }

    /// Begins nothing more, and waits until what runs has come to its end or waits for a person: before a host closes
    /// that is in no hurry. [`carry_on`](Self::carry_on) goes on.
    pub async fn drain(&self) {
        self.engine.drain().await;
    }

    /// Carries out an operation by its name: how every host enters.
    ///
    /// # Errors
    /// Unknown operation, input that does not fit, or what the operation itself refuses.
    pub async fn dispatch(&self, caller: &Caller, operation: &str, input: Value) -> Result<Value, ApiError> {
        operations::dispatch(self, caller, operation, input).await
    }

    /// Carries out an operation with its types.
    ///
    /// # Errors
    /// What the operation refuses.
    pub async fn call<O: Operation>(&self, caller: &Caller, input: O::Input) -> Result<O::Output, ApiError> {
        admit::<O>(caller)?;
        noted::<O>(O::run(self, caller, input).await)
    }

    /// Sequence number of the newest ledger entry, and a wake-up with each newer one.
    pub fn changes(&self) -> Changes {
        Changes(self.engine.changes())
    }

    /// The workspace's folder.
    pub fn workspace(&self) -> String {
        self.engine.workspace().to_string_lossy().into_owned()
    }

    /// Stops all work where it stands and closes the workspace.
    pub async fn close(self) {
        self.engine.close().await;
    }
}

/// A wake-up, never the truth: read again what you show.
pub struct Changes(watch::Receiver<cadre_engine::Head>);

impl Changes {
    /// Waits for a newer entry; `false` once the workspace is closed.
    pub async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    pub fn newest(&self) -> u64 {
        self.0.borrow().seq
    }
}

/// The one rule on who may call: so that no host can forget it.
fn admit<O: Operation>(caller: &Caller) -> Result<(), ApiError> {
    if O::DECIDES && !caller.authentication.may_decide() {
        return Err(ApiError::channel_not_allowed(O::NAME));
    }
    Ok(())
}

/// Writes a failure down, once, where it leaves the application. A refusal is no fault; what it says may be of a
/// person, so only its code stands in the log.
fn noted<O: Operation>(outcome: Result<O::Output, ApiError>) -> Result<O::Output, ApiError> {
    if let Err(error) = &outcome {
        match error.code.as_str() {
            "internal" | "disk_full" | "database_locked" | "workspace_damaged" => {
                tracing::error!(operation = O::NAME, code = error.code, error = %error.message, "an operation failed");
            }
            code => tracing::info!(operation = O::NAME, code, "an operation was refused"),
        }
    }
    outcome
}

pub(crate) async fn run_by_name<O: Operation>(
    api: &Api,
    caller: &Caller,
    input: Value,
) -> Result<Value, ApiError> {
    admit::<O>(caller)?;
    // `null` is how JSON says that there is no input.
    let input = if input.is_null() { Value::Object(Map::new()) } else { input };
    let input = serde_json::from_value(input).map_err(|error| match O::SECRET {
        true => ApiError::invalid_secret_input(O::NAME),
        false => ApiError::invalid_input(O::NAME, &error),
    })?;
    let output = noted::<O>(O::run(api, caller, input).await)?;
    serde_json::to_value(output).map_err(|error| ApiError::internal(&error))
}
