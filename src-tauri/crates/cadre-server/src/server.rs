//! The listener on this machine's own address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use cadre_api::Api;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::calls::Calls;
use crate::pages::Pages;
use crate::routes::{Surface, router};
use crate::secret::Secret;
use crate::sessions::Sessions;
use crate::tasks::{TaskKind, Tasks};
use crate::token_file::{TokenFile, TokenFileError};

/// Connections at one time; more wait in the system's queue. A browser opens about six.
const CONNECTIONS: usize = 128;
/// How long a request's head may take to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long an answer under way may take once the server stops.
const FAREWELL_TIME: Duration = Duration::from_secs(5);
/// After the system had no connection to give, which mends itself when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Time that only goes forward; a test gives its own.
pub type MonotonicClock = Arc<dyn Fn() -> Instant + Send + Sync>;

pub struct ServerOptions {
    /// An address of this machine that no other machine can reach.
    pub address: IpAddr,
    /// 0 takes any free one.
    pub port: u16,
    /// The folder of the built interface; without one only the API is served.
    pub ui: Option<PathBuf>,
    /// Where programs of this user find address and bearer. Its folder must be closed to other users.
    pub token_file: PathBuf,
    pub clock: MonotonicClock,
}

impl ServerOptions {
    /// On 127.0.0.1, any free port, with the system's clock.
    pub fn new(token_file: PathBuf) -> Self {
        let clock = Arc::new(Instant::now);
        ServerOptions { address: Ipv4Addr::LOCALHOST.into(), port: 0, ui: None, token_file, clock }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{address} can be reached from other machines; choose 127.0.0.1 or ::1")]
    NotLoopback { address: IpAddr },
    #[error("{address} cannot be listened on: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the interface in {} cannot be read: {source}", folder.display())]
    Interface { folder: PathBuf, source: io::Error },
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
}

/// A link that lets one browser in, once, within five minutes. The code stands in the fragment, which a browser sends
/// to nobody.
pub struct Link(String);

impl Link {
    /// For printing it, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A running server. Dropping it ends it; [`stop`](Self::stop) also waits for that.
pub struct Server {
    address: SocketAddr,
    surface: Arc<Surface>,
    tasks: Tasks,
    _token_file: TokenFile,
}

impl Server {
    /// Listens, writes the token file, and gives the link for the first browser.
    ///
    /// It holds the workspace open: stop it before closing the [`Api`].
    ///
    /// # Errors
    /// The address is not this machine's own or is taken, or a file cannot be read or written.
    pub async fn bind(api: Api, options: ServerOptions) -> Result<(Server, Link), BindError> {
        let ServerOptions { address, port, ui, token_file, clock } = options;
        if !address.is_loopback() {
            return Err(BindError::NotLoopback { address });
        }
        let pages = match ui {
            Some(folder) => Pages::read(&folder).map_err(|source| BindError::Interface { folder, source })?,
            None => Pages::default(),
        };
        let address = SocketAddr::new(address, port);
        let failed = |source| BindError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let program = Secret::random::<32>();
        let sessions = Sessions::new(clock, &program, api.connections().clone());
        let token_file = TokenFile::write(&token_file, address, &program)?;
        let tasks = Tasks::default();
        let calls = Calls::new(api, tasks.clone());
        let surface = Arc::new(Surface { admission: Admission::new(address, sessions), calls, pages });
        let accepting = accept(listener, router(Arc::clone(&surface)), tasks.clone());
        drop(tasks.spawn(TaskKind::Accept, accepting));
        let server = Server { address, surface, tasks, _token_file: token_file };
        let link = server.new_link();
        Ok((server, link))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A further link, for another browser or in place of one that expired.
    pub fn new_link(&self) -> Link {
        let code = self.surface.admission.sessions.new_code();
        Link(format!("http://{}/#code={}", self.address, code.reveal()))
    }

    /// Takes nothing new, lets answers under way arrive, tells subscribers, and removes the token file.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.cancel();
    }
}

async fn accept(listener: TcpListener, router: Router, tasks: Tasks) {
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
        let (router, cancel) = (router.clone(), tasks.cancelled().clone());
        let connection = async move {
            serve(stream, router, cancel).await;
            drop(slot);
        };
        drop(tasks.spawn(TaskKind::Connection, connection));
    }
}

async fn serve(stream: TcpStream, router: Router, cancel: CancellationToken) {
    // Events are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = cancel.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(FAREWELL_TIME, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
