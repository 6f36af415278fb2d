//! What every command works with: the workspace, opened here, or the host that has it open already.

use std::path::PathBuf;

use cadre_api::{
    Api, ApiError, Caller, Changes, Channel, EngineOptions, EventDto, Operation, VaultPlace, places,
};
use cadre_server::{HostClient, HostEvents, HostSocket, runtime_folder};

pub(crate) struct Session {
    way: Way,
    workspace: PathBuf,
    pub(crate) json: bool,
}

enum Way {
    /// This program is the host for as long as it lives; others join through its socket.
    Host { api: Api, caller: Caller, socket: Option<HostSocket> },
    /// Another program is the host.
    Joined(HostClient),
}

/// Wake-ups by whatever way the workspace is reached.
pub(crate) enum Wakes {
    Host(Changes),
    Joined(HostEvents),
}

impl Session {
    /// `vault` says where keys lie, should this program be the host.
    pub(crate) async fn open(workspace: PathBuf, json: bool, vault: VaultPlace) -> Result<Session, ApiError> {
        let options = EngineOptions {
            vault,
            ..EngineOptions::new(workspace.clone(), places::state(), places::host_name())
        };
        match Api::open_with(options).await {
            Ok(api) => {
                let api = api.on_this_machine();
                let workspace = PathBuf::from(api.workspace());
                let socket = match HostSocket::bind(api.clone(), &runtime_folder()) {
                    Ok(socket) => Some(socket),
                    Err(error) => {
                        eprintln!("cadre: other programs cannot join this workspace: {error}");
                        None
                    }
                };
                let caller = Caller::owner(Channel::Cli);
                Ok(Session { way: Way::Host { api, caller, socket }, workspace, json })
            }
            Err(held) if held.code == "workspace_held" => {
                let workspace = workspace.canonicalize().unwrap_or(workspace);
                // A host that does not listen is still a host: then the first answer says more.
                let client = HostClient::connect(&workspace).await.map_err(|_| held)?;
                Ok(Session { way: Way::Joined(client), workspace, json })
            }
            Err(error) => Err(error),
        }
    }

    /// Has this program carry work on, if it is the host; a host that was joined does so already.
    pub(crate) async fn carry_on(&self) -> Result<(), ApiError> {
        match &self.way {
            Way::Host { api, .. } => api.carry_on().await,
            Way::Joined(_) => Ok(()),
        }
    }

    /// Calls one operation of the application.
    pub(crate) async fn call<O: Operation>(&self, input: O::Input) -> Result<O::Output, ApiError> {
        match &self.way {
            Way::Host { api, caller, .. } => api.call::<O>(caller, input).await,
            Way::Joined(client) => client.call::<O>(input).await,
        }
    }

    pub(crate) fn workspace(&self) -> String {
        self.workspace.to_string_lossy().into_owned()
    }

    /// The application itself, if this program is its host.
    pub(crate) fn host(&self) -> Option<&Api> {
        match &self.way {
            Way::Host { api, .. } => Some(api),
            Way::Joined(_) => None,
        }
    }

    /// Wakes up with each new entry from now on.
    pub(crate) async fn wakes(&self) -> Result<Wakes, ApiError> {
        match &self.way {
            Way::Host { api, .. } => Ok(Wakes::Host(api.changes())),
            Way::Joined(client) => {
                let newest =
                    self.call::<cadre_api::operations::system::Status>(Default::default()).await?.entries;
                Ok(Wakes::Joined(client.subscribe(newest).await?))
            }
        }
    }

    pub(crate) async fn close(self) {
        if let Way::Host { api, socket, .. } = self.way {
            if let Some(socket) = socket {
                socket.stop().await;
            }
            api.close().await;
        }
    }
}

impl Wakes {
    /// Waits for something new; `false` once the host is gone.
    pub(crate) async fn next(&mut self) -> Result<bool, ApiError> {
        match self {
            Wakes::Host(changes) => Ok(changes.next().await),
            Wakes::Joined(events) => Ok(events.next().await?.is_some_and(|_: EventDto| true)),
        }
    }
}
