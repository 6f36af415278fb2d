//! The workspace that this window is the host of: opened, served to other programs of the user, and closed.

use std::path::PathBuf;
use std::time::Duration;

use cadre_api::{Api, ApiError, Caller, Channel, Connection, ConnectionKind, operations, places};
use cadre_server::{Calls, HostSocket, Tasks, runtime_folder};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// How long closing may take. What was recorded is in the file whether or not the end is tidy.
const CLOSING_TIME: Duration = Duration::from_secs(15);

/// What to do with a workspace that was just opened.
type OnOpen = Box<dyn Fn(&Opened) + Send + Sync>;

pub(crate) struct Host {
    workspace: PathBuf,
    on_open: OnOpen,
    stand: Mutex<Stand>,
}

enum Stand {
    /// Not opened yet, or it could not be: another program may hold it, which ends some day.
    Closed,
    Open(Opened),
    /// The window ends; nothing is opened any more.
    Ended,
}

pub(crate) struct Opened {
    pub(crate) api: Api,
    pub(crate) calls: Calls,
    socket: Option<HostSocket>,
    /// For as long as it is open here.
    window: Connection,
}

impl Host {
    pub(crate) fn new(workspace: PathBuf, on_open: OnOpen) -> Host {
        Host { workspace, on_open, stand: Mutex::new(Stand::Closed) }
    }

    /// The way into the workspace. Opens it if it is not open, so that whoever tries again gets in once nobody else
    /// holds it.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) async fn calls(&self) -> Result<Calls, ApiError> {
        let mut stand = self.stand.lock().await;
        match &*stand {
            Stand::Open(opened) => return Ok(opened.calls.clone()),
            Stand::Ended => return Err(ApiError::new("host_unreachable", "Cadre is ending")),
            Stand::Closed => {}
        }
        let opened = open(self.workspace.clone()).await?;
        (self.on_open)(&opened);
        let calls = opened.calls.clone();
        *stand = Stand::Open(opened);
        Ok(calls)
    }

    /// The way in, and as which connection the window takes it.
    ///
    /// # Errors
    /// Why the workspace cannot be opened.
    pub(crate) async fn window(&self) -> Result<(Calls, u32), ApiError> {
        let calls = self.calls().await?;
        match &*self.stand.lock().await {
            Stand::Open(opened) => Ok((calls, opened.window.id())),
            Stand::Closed | Stand::Ended => Err(ApiError::new("host_unreachable", "Cadre is ending")),
        }
    }

    /// How many steps are being worked on here.
    pub(crate) async fn under_way(&self) -> u32 {
        self.api().await.map_or(0, |api| api.under_way())
    }

    /// Stops everything, as the person at the tray says.
    pub(crate) async fn stop_everything(&self) {
        let Some(api) = self.api().await else { return };
        let caller = Caller::owner(Channel::Window);
        let stopped = api.call::<operations::system::StopEverything>(&caller, Default::default()).await;
        if let Err(error) = stopped {
            tracing::error!(%error, "not everything could be stopped");
        }
    }

    /// Waits until what runs has ended; begins nothing more.
    pub(crate) async fn drain(&self) {
        if let Some(api) = self.api().await {
            api.drain().await;
        }
    }

    /// Stops where it stands and closes. What was under way goes on when the workspace is opened again.
    pub(crate) async fn close(&self) {
        let stand = std::mem::replace(&mut *self.stand.lock().await, Stand::Ended);
        let Stand::Open(Opened { api, calls, socket, window }) = stand else { return };
        drop(window);
        let closing = async move {
            calls.tasks().stop().await;
            drop(calls);
            if let Some(socket) = socket {
                socket.stop().await;
            }
            api.close().await;
        };
        if tokio::time::timeout(CLOSING_TIME, closing).await.is_err() {
            tracing::warn!("the workspace did not close in time; what was recorded is safe");
        }
    }

    async fn api(&self) -> Option<Api> {
        match &*self.stand.lock().await {
            Stand::Open(opened) => Some(opened.api.clone()),
            Stand::Closed | Stand::Ended => None,
        }
    }
}

/// On a thread of its own: opening reads and writes files, and its future does not change threads.
async fn open(workspace: PathBuf) -> Result<Opened, ApiError> {
    let here = Handle::current();
    let opened = tokio::task::spawn_blocking(move || here.block_on(open_here(workspace))).await;
    opened.unwrap_or_else(|error| Err(ApiError::new("internal", error.to_string())))
}

async fn open_here(workspace: PathBuf) -> Result<Opened, ApiError> {
    let api = Api::open(workspace, places::state(), places::host_name()).await?.on_this_machine();
    if let Err(error) = api.carry_on().await {
        api.close().await;
        return Err(error);
    }
    let socket = match HostSocket::bind(api.clone(), &runtime_folder()) {
        Ok(socket) => Some(socket),
        Err(error) => {
            tracing::error!(%error, "other programs cannot join this workspace");
            None
        }
    };
    let calls = Calls::new(api.clone(), Tasks::default());
    let window = api.connections().open(ConnectionKind::Window, String::new());
    Ok(Opened { api, calls, socket, window })
}
