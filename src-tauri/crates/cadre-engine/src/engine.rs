//! The orchestrator: owns an open workspace and carries its projects.

mod agents;
mod agents_folder;
mod backups;
mod changes;
mod control;
mod conversation;
mod decisions;
mod drive;
mod endpoints;
mod evidence;
mod history;
mod inbox;
mod keys;
mod members;
mod places;
mod programs;
mod projects;
mod requests;
mod rollback;
mod signing;
mod spend;
mod undo;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use cadre_agents::attachments::{AttachmentError, AttachmentStore};
use cadre_agents::command::{Confinement, find_beside_current_exe, probe};
use cadre_agents::private_places::{KEY_FILES, KEY_FOLDERS, PrivatePlaces};
use cadre_agents::snapshot::{SnapshotError, SnapshotStore};
use cadre_core::status::ProjectStatus;
use cadre_graph::{Checkpointer, CompiledGraph, Runner};
use cadre_store::{OpenError, OpenOptions, ReadError, Store, StoreClock, WriterTask};
use cadre_vault::{VaultError, VaultPlace};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::agent_programs::AgentPrograms;
use crate::backup::{self, RestoreError};
use crate::clock::{Host, SystemHost};
use crate::endpoints::Endpoints;
use crate::gate::{Gate, GateError};
use crate::gateway;
use crate::models::Models;
use crate::organisation::{self, OrganisationError};
use crate::pack;
use crate::shared::Shared;
use crate::tasks::Tasks;
use crate::templates::Library;
use crate::vaults::Vaults;

pub use agents::{AgentsError, AgentsRead};
pub use backups::{BackupsProblem, BackupsView, RestoreDecision, restore_closed, take_back_closed};
pub use changes::{Before, FileChange};
pub use control::ControlError;
pub use decisions::DecisionView;
pub use endpoints::{Discovery, EndpointError, EndpointOffer, EndpointView, FoundService, OfferedModel};
pub use evidence::Redacted;
pub use history::{
    CheckpointMoment, Compared, ComparedFile, Cursor, HistoryError, HistoryPage, Line, Moment, Side, Then,
};
pub use inbox::{DecideError, Decision, InboxItem, RuleView};
pub use keys::{AddedKey, KeyView, NewKey};
pub use members::{MemberKnown, MemberView};
pub use places::{PlaceView, RecentFolder};
pub use programs::{AddProgramError, ProgramView};
pub use projects::{PlanError, ProjectView, StepView};
pub use requests::{AttachmentText, Brought, Filed, RequestError, RequestView, Upload};
pub use rollback::{RollbackError, RollbackView, RolledBack};
pub(crate) use spend::Limit;
pub use spend::{BudgetError, SpendView};
pub use undo::{EffectDetail, EffectView, UndoError};
pub use waiting::PlanWaits;

/// Where Cadre's own data lies in a workspace folder; agents never see it.
pub const DATA_FOLDER: &str = ".cadre";

/// Where agent programs have homes of their own, with their settings and sign-ins.
const HOMES_FOLDER: &str = "homes";

/// Where projects have folders of their own.
const PROJECTS_FOLDER: &str = "projects";

/// How many runs one device carries at once; more wait their turn.
const PARALLEL_RUNS: u32 = 4;

pub struct EngineOptions {
    /// The workspace's folder: agents, projects and, in [`DATA_FOLDER`], the record.
    pub workspace: PathBuf,
    /// The platform's state folder, where heads are kept outside the workspace.
    pub state: Option<PathBuf>,
    pub host: Arc<dyn Host>,
    /// This device's name.
    pub host_name: String,
    /// Where keys are to be kept. Opened when one is first wanted.
    pub vault: VaultPlace,
}

impl EngineOptions {
    /// With the system's clock and the operating system's keychain.
    pub fn new(workspace: PathBuf, state: Option<PathBuf>, host_name: String) -> Self {
        EngineOptions { workspace, state, host: Arc::new(SystemHost), host_name, vault: VaultPlace::Keychain }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    #[error(transparent)]
    Snapshots(#[from] SnapshotError),
    #[error(transparent)]
    Attachments(#[from] AttachmentError),
    #[error("`cadre-exec` is not beside this program; without it no command can be confined")]
    NoExec,
    #[error("{path}: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("what was under way when Cadre ended could not be booked: {0}")]
    Gateway(#[from] GateError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("what became of a restore could not be recorded: {0}")]
    Restore(#[from] RestoreError),
}

/// An open workspace with its projects. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) workspace: PathBuf,
    pub(crate) shared: Arc<Shared>,
    pub(crate) library: Library,
    pub(crate) runner: Runner,
    pub(crate) run_graph: CompiledGraph,
    pub(crate) agent_graph: CompiledGraph,
    /// Cancellation of the work of single projects.
    pub(crate) tokens: Mutex<HashMap<String, CancellationToken>>,
    /// Graphs of projects, by thread: a plan compiles once.
    pub(crate) project_graphs: Mutex<HashMap<String, Arc<CompiledGraph>>>,
    pub(crate) tasks: Tasks,
    /// Whether this host carries work on, or only looks and records.
    pub(crate) carries: AtomicBool,
    pub(crate) driven: Mutex<drive::Driven>,
    /// Rings whenever a thread has stopped for now.
    pub(crate) quiet: tokio::sync::Notify,
    pub(crate) timers: Mutex<HashSet<cadre_graph::Wake>>,
    pub(crate) run_slots: Semaphore,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) vaults: Arc<Vaults>,
    /// Whether this run tried to take up the device's key.
    signing: tokio::sync::Mutex<bool>,
    /// Held while the vault and what is recorded of it change together.
    pub(crate) keys: tokio::sync::Mutex<()>,
    /// Held while a backup is written or a restore prepared.
    backups: tokio::sync::Mutex<()>,
    /// What opening found of a restore that is not done.
    restore_problem: Option<cadre_store::RestoreProblem>,
    writer: tokio::sync::Mutex<Option<WriterTask>>,
}

/// Files that no request has taken yet, in the data folder: no part of a backup.
const UPLOADS_FOLDER: &str = "uploads";

impl Engine {
    /// Opens the workspace, making it if it is not there. Nothing runs until [`resume`](Self::resume).
    ///
    /// # Errors
    /// Another host holds the workspace, it is newer or damaged, or `cadre-exec` is missing.
    pub async fn open(options: EngineOptions) -> Result<Engine, EngineError> {
        let EngineOptions { workspace, state, host, host_name, vault } = options;
        fs::create_dir_all(&workspace)
            .map_err(|source| EngineError::Folder { path: workspace.clone(), source })?;
        let workspace =
            workspace.canonicalize().map_err(|source| EngineError::Folder { path: workspace, source })?;
        let data = workspace.join(DATA_FOLDER);
        let clock = Arc::clone(&host);
        let (store, writer) = Store::open(OpenOptions {
            folder: data.clone(),
            name: name_of(&workspace),
            new_id: host.id(),
            heads: state.as_deref().map(backups::heads_in),
            clock: StoreClock::new(move || clock.now()),
        })
        .await?;
        let restore_problem = backups::settle_restore(&store, &workspace, &host).await?;
        gateway::book_interrupted(&store).await?;
        if store.members().await?.is_empty() {
            organisation::install_pack(&store, &workspace).await?;
        }
        let homes = workspace.join(HOMES_FOLDER);
        let hidden = hidden(&workspace, &data, state.as_deref(), &homes, vault.file())?;
        let private = PrivatePlaces::new(hidden.clone());
        let gate = gate(&store, &data, hidden)?;
        let tasks = Tasks::new();
        let vaults = Arc::new(Vaults::new(store.workspace_id(), vault).await?);
        let endpoints = Arc::new(Endpoints::new(store.clone(), Arc::clone(&vaults)));
        let shared = Arc::new(Shared {
            store: store.clone(),
            gate,
            attachments: AttachmentStore::open(&workspace.join("attachments"), &data.join(UPLOADS_FOLDER))?,
            private,
            programs: AgentPrograms::new(tasks.clone(), homes),
            host: Arc::clone(&host),
            models: Arc::clone(&endpoints) as Arc<dyn Models>,
            host_name,
        });
        let checkpointer: Arc<dyn Checkpointer> = Arc::new(store);
        let clock = Arc::new(GraphClock(host));
        let inner = Inner {
            workspace,
            library: Library::new(pack::templates()),
            runner: Runner::new(checkpointer, clock).with_cancel(tasks.cancelled().clone()),
            run_graph: crate::run_graph::graph(&shared),
            agent_graph: crate::agent_change::graph(&shared),
            tokens: Mutex::default(),
            project_graphs: Mutex::default(),
            tasks,
            carries: AtomicBool::new(false),
            driven: Mutex::default(),
            quiet: tokio::sync::Notify::new(),
            timers: Mutex::default(),
            run_slots: Semaphore::new(PARALLEL_RUNS as usize),
            endpoints,
            vaults,
            signing: tokio::sync::Mutex::default(),
            keys: tokio::sync::Mutex::default(),
            backups: tokio::sync::Mutex::default(),
            restore_problem,
            writer: tokio::sync::Mutex::new(Some(writer)),
            shared,
        };
        Ok(Engine { inner: Arc::new(inner) })
    }

    pub fn workspace(&self) -> &Path {
        &self.inner.workspace
    }

    pub fn store(&self) -> &Store {
        &self.inner.shared.store
    }

    /// Wakes up whenever something was recorded.
    pub fn changes(&self) -> watch::Receiver<cadre_store::Head> {
        self.store().head()
    }

    /// The level at which commands are confined here.
    pub fn containment(&self) -> cadre_agents::command::ContainmentLevel {
        self.inner.shared.gate.confinement().level
    }

    /// How many runs are being carried out right now; those that wait for a person are not.
    pub fn runs_under_way(&self) -> u32 {
        let free = u32::try_from(self.inner.run_slots.available_permits()).unwrap_or(PARALLEL_RUNS);
        PARALLEL_RUNS.saturating_sub(free)
    }

    /// Begins nothing more, and waits until the runs that are under way have come to their end or wait for a person.
    /// [`resume`](Self::resume) goes on.
    pub async fn drain(&self) {
        self.inner.carries.store(false, Ordering::SeqCst);
        // All slots at once means that nobody has one; who gets one after us begins nothing.
        drop(self.inner.run_slots.acquire_many(PARALLEL_RUNS).await);
    }

    /// Stops all work where it stands and waits until it has stopped. What is recorded stays; all of it can be
    /// resumed.
    pub async fn stop(&self) {
        self.inner.tasks.stop().await;
    }

    /// Stops, and closes the workspace once the last clone of the engine is gone.
    pub async fn close(self) {
        self.stop().await;
        let writer = self.inner.writer.lock().await.take();
        lock(&self.inner.project_graphs).clear();
        drop(self);
        if let Some(writer) = writer {
            writer.finished().await;
        }
    }
}

#[derive(Debug, Clone)]
pub struct Overview {
    pub workspace_id: String,
    /// Of the ledger.
    pub entries: u64,
    statuses: Vec<ProjectStatus>,
    /// Items in the Inbox.
    pub waiting: u32,
}

impl Overview {
    /// How many projects have this status.
    pub fn count(&self, status: ProjectStatus) -> u32 {
        u32::try_from(self.statuses.iter().filter(|it| **it == status).count()).unwrap_or(u32::MAX)
    }
}

/// A poisoned lock only means that another task panicked; the data of these locks is whole at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

struct GraphClock(Arc<dyn Host>);

impl cadre_graph::Clock for GraphClock {
    fn now(&self) -> i64 {
        self.0.now()
    }
    fn random(&self) -> u64 {
        self.0.random()
    }
}

fn name_of(workspace: &Path) -> String {
    workspace.file_name().map_or_else(|| "Workspace".into(), |name| name.to_string_lossy().into_owned())
}

/// What no command sees, and nothing of which is given to an agent: Cadre's own data, the homes of agent programs with
/// their sign-ins, and where people keep keys. What is not there yet is hidden from what starts once it is.
fn hidden(
    workspace: &Path,
    data: &Path,
    state: Option<&Path>,
    homes: &Path,
    vault: Option<&Path>,
) -> Result<Vec<PathBuf>, EngineError> {
    let backups = backup::folder(workspace); // a backup has all that the record has
    let mut hidden = vec![data.to_owned(), backups.clone(), homes.to_owned()];
    // There from the start, so that they are hidden from what runs when something is first put there.
    for made in [backups.as_path(), homes] {
        backup::make_private(made).map_err(|source| EngineError::Folder { path: made.to_owned(), source })?;
    }
    if let Some(vault) = vault {
        let path = std::path::absolute(vault);
        hidden.push(path.map_err(|source| EngineError::Folder { path: vault.to_owned(), source })?);
    }
    hidden.extend(state.map(Path::to_owned));
    hidden.extend(std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from));
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let places = || KEY_FOLDERS.iter().chain(&KEY_FILES);
    hidden.extend(home.into_iter().flat_map(|home| places().map(move |place| home.join(place))));
    Ok(hidden)
}

fn gate(store: &Store, data: &Path, hidden: Vec<PathBuf>) -> Result<Gate, EngineError> {
    let exec_program = find_beside_current_exe("cadre-exec").ok_or(EngineError::NoExec)?;
    // Shipped programs run without being asked about, so where they lie is no setting: a test's, in dev builds only.
    let elsewhere = std::env::var_os("CADRE_FUNCTIONS").filter(|_| cfg!(debug_assertions)).map(PathBuf::from);
    let programs = elsewhere.or_else(|| exec_program.parent().map(Path::to_owned)).unwrap_or_default();
    let programs = programs.canonicalize().unwrap_or(programs);
    let level = probe().level;
    let snapshots = SnapshotStore::open(&data.join("snapshots"))?;
    Ok(Gate::new(store.clone(), snapshots, Confinement { exec_program, level, hidden }, programs))
}
