//! The host's socket: the way in for other programs of this user while this one has the workspace open.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cadre_api::{Api, ApiError, Caller, Channel, ConnectionKind};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::MAX_REQUEST_BYTES;
use crate::calls::Calls;
use crate::peer;
use crate::place::{self, PlaceError};
use crate::tasks::{TaskKind, Tasks};
use crate::wire::{Ask, Outcome, Reply, Request, line};

const CONNECTIONS: usize = 64;
/// What one connection may have under way; more waits.
const UNDER_WAY: usize = 16;
/// After the system had no connection to give, which mends itself when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum HostSocketError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("{}: {source}", path.display())]
    Listen { path: PathBuf, source: io::Error },
}

/// An open socket. Dropping it closes it; [`stop`](Self::stop) also waits for that.
pub struct HostSocket {
    path: PathBuf,
    tasks: Tasks,
}

impl HostSocket {
    /// Listens for other programs of this user. `runtime` is [`runtime_folder`](crate::runtime_folder).
    ///
    /// It holds the workspace open: stop it before closing the [`Api`].
    ///
    /// # Errors
    /// The socket cannot be made where it has to lie.
    pub fn bind(api: Api, runtime: &Path) -> Result<HostSocket, HostSocketError> {
        let path = place::choose(Path::new(&api.workspace()), runtime)?;
        // Whoever made it is gone: the workspace has one host at a time, and that is this process.
        place::remove(&path)?;
        let failed = |source| HostSocketError::Listen { path: path.clone(), source };
        let listener = UnixListener::bind(&path).map_err(failed)?;
        // The folder around it is closed already, so nobody slips in before this.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let tasks = Tasks::default();
        let accepting = accept(listener, Calls::new(api, tasks.clone()));
        drop(tasks.spawn(TaskKind::Accept, accepting));
        Ok(HostSocket { path, tasks })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes nothing new, carries out what is under way, and removes the socket.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

impl Drop for HostSocket {
    fn drop(&mut self) {
        self.tasks.cancel();
        if let Err(error) = place::remove(&self.path) {
            tracing::warn!(%error, "the host's socket stays behind; nobody listens on it");
        }
    }
}

async fn accept(listener: UnixListener, calls: Calls) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let serving = calls.clone();
        let connection = async move {
            serve(stream, serving).await;
            drop(slot);
        };
        drop(calls.tasks().spawn(TaskKind::Connection, connection));
    }
}

async fn serve(stream: UnixStream, calls: Calls) {
    let authentication = peer::authenticate(&stream);
    let label = peer::name(&stream);
    let (reader, writer) = stream.into_split();
    let (replies, outgoing) = mpsc::channel(UNDER_WAY);
    let ended = calls.tasks().cancelled().child_token();
    let listening = async {
        match authentication {
            Ok(authentication) => {
                let connected = calls.connections().open(ConnectionKind::Program, label);
                let caller = Caller::owner(Channel::Cli).authenticated(authentication);
                let caller = caller.through(Some(connected.id()));
                let connection = Connection { calls, caller, replies, ended: ended.clone() };
                connection.listen(reader).await;
            }
            Err(error) => {
                let _ = replies.send(Reply { id: None, outcome: Outcome::Error(error) }).await;
                drop(replies);
            }
        }
        // Subscriptions end with the last request; calls under way still send their answers.
        ended.cancel();
    };
    let answering = async {
        answer(writer, outgoing).await;
        ended.cancel();
    };
    tokio::join!(listening, answering);
}

/// Writes until all answers are out, or nobody reads them.
async fn answer(mut writer: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Reply>) {
    while let Some(reply) = outgoing.recv().await {
        let Ok(line) = line(&reply) else { return };
        if writer.write_all(&line).await.is_err() {
            return;
        }
    }
}

struct Connection {
    calls: Calls,
    caller: Caller,
    replies: mpsc::Sender<Reply>,
    ended: CancellationToken,
}

impl Connection {
    async fn listen(self, reader: OwnedReadHalf) {
        let mut reader = BufReader::new(reader);
        let slots = Arc::new(Semaphore::new(UNDER_WAY));
        while let Some(Some(request)) = self.ended.run_until_cancelled(next_request(&mut reader)).await {
            let request = match request {
                Ok(request) => request,
                Err(error) => {
                    let _ = self.replies.send(Reply { id: None, outcome: Outcome::Error(error) }).await;
                    return;
                }
            };
            let Some(Ok(slot)) = self.ended.run_until_cancelled(Arc::clone(&slots).acquire_owned()).await
            else {
                return;
            };
            let work = self.carry_out(request);
            let work = async move {
                work.await;
                drop(slot);
            };
            drop(self.calls.tasks().spawn(TaskKind::Connection, work));
        }
    }

    fn carry_out(&self, request: Request) -> impl Future<Output = ()> + Send + use<> {
        let (calls, caller) = (self.calls.clone(), self.caller.clone());
        let (replies, ended) = (self.replies.clone(), self.ended.clone());
        async move {
            let id = Some(request.id);
            match request.ask {
                Ask::Call { operation, input } => {
                    let outcome = match calls.run(caller, operation, input).await {
                        Ok(output) => Outcome::Ok(output),
                        Err(error) => Outcome::Error(error),
                    };
                    let _ = replies.send(Reply { id, outcome }).await;
                }
                Ask::Subscribe { subscribe } => {
                    let mut events = calls.subscribe(subscribe);
                    while let Some(Ok(Some(event))) = ended.run_until_cancelled(events.next()).await {
                        if replies.send(Reply { id, outcome: Outcome::Event(event) }).await.is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }
}

/// `None` at the end.
async fn next_request(reader: &mut BufReader<OwnedReadHalf>) -> Option<Result<Request, ApiError>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_REQUEST_BYTES).unwrap_or(u64::MAX);
    let read = reader.take(limit).read_until(b'\n', &mut bytes).await;
    if read.is_err() || bytes.is_empty() {
        return None;
    }
    if bytes.len() == MAX_REQUEST_BYTES && !bytes.ends_with(b"\n") {
        return Some(Err(ApiError::new("too_large", "the request has more than 2 MiB")));
    }
    let request = serde_json::from_slice(&bytes);
    Some(request.map_err(|error| ApiError::new("invalid_input", format!("a line is no request: {error}"))))
}
