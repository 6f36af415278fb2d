//! A program's way to the host that has the workspace open.

use std::path::{Path, PathBuf};

use cadre_api::{ApiError, EventDto, Operation};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::place;
use crate::wire::{Ask, Outcome, Reply, Request, line};

/// One exchange a connection, so that a call that is given up halfway disturbs no other.
const ID: u64 = 1;

/// The host of one workspace. It answers the operations that its own window has, with the same errors.
#[derive(Debug, Clone)]
pub struct HostClient {
    path: PathBuf,
}

impl HostClient {
    /// For when opening the workspace says `workspace_held`.
    ///
    /// # Errors
    /// `host_unreachable`: nobody listens there.
    pub async fn connect(workspace: &Path) -> Result<HostClient, ApiError> {
        let client = HostClient { path: place::find(workspace) };
        client.open().await?;
        Ok(client)
    }

    /// # Errors
    /// What the operation refuses, or `host_unreachable`.
    pub async fn call<O: Operation>(&self, input: O::Input) -> Result<O::Output, ApiError> {
        let misread = |error: serde_json::Error| ApiError::new("internal", error.to_string());
        let input = serde_json::to_value(input).map_err(misread)?;
        serde_json::from_value(self.dispatch(O::NAME, input).await?).map_err(misread)
    }

    /// # Errors
    /// As for [`call`](Self::call).
    pub async fn dispatch(&self, operation: &str, input: Value) -> Result<Value, ApiError> {
        let mut connection = self.open().await?;
        ask(&mut connection, Ask::Call { operation: operation.to_owned(), input }).await?;
        match reply(&mut connection).await? {
            Some(Outcome::Ok(output)) => Ok(output),
            Some(Outcome::Error(error)) => Err(error),
            Some(Outcome::Event(_)) | None => Err(unreachable("it ended before it answered")),
        }
    }

    /// What happened after entry `from`, then what happens.
    ///
    /// # Errors
    /// `host_unreachable`.
    pub async fn subscribe(&self, from: u64) -> Result<HostEvents, ApiError> {
        let mut connection = self.open().await?;
        ask(&mut connection, Ask::Subscribe { subscribe: from }).await?;
        Ok(HostEvents { connection })
    }

    async fn open(&self) -> Result<BufReader<UnixStream>, ApiError> {
        let stream =
            UnixStream::connect(&self.path).await.map_err(|error| unreachable(&error.to_string()))?;
        let host = stream.peer_cred().map_err(|error| unreachable(&error.to_string()))?;
        // In a shared runtime folder somebody else could listen in the host's place.
        if host.uid() != rustix::process::getuid().as_raw() {
            return Err(unreachable("another user listens in its place"));
        }
        Ok(BufReader::new(stream))
    }
}

/// Events of the host, in order, each once.
#[derive(Debug)]
pub struct HostEvents {
    connection: BufReader<UnixStream>,
}

impl HostEvents {
    /// The next event; waits until there is one. `None` once the host is gone. A call that is given up halfway may
    /// lose an event: subscribe again from the last one that arrived.
    ///
    /// # Errors
    /// The host refused, or does not speak as it should.
    pub async fn next(&mut self) -> Result<Option<EventDto>, ApiError> {
        match reply(&mut self.connection).await? {
            Some(Outcome::Event(event)) => Ok(Some(event)),
            Some(Outcome::Error(error)) => Err(error),
            Some(Outcome::Ok(_)) | None => Ok(None),
        }
    }
}

async fn ask(connection: &mut BufReader<UnixStream>, ask: Ask) -> Result<(), ApiError> {
    let line = line(&Request { id: ID, ask })?;
    // A host that refuses the connection has said so and closed it: the reason is read, not the broken pipe.
    let _ = connection.get_mut().write_all(&line).await;
    Ok(())
}

/// `None` when the host is gone.
async fn reply(connection: &mut BufReader<UnixStream>) -> Result<Option<Outcome>, ApiError> {
    let mut line = Vec::new();
    let read = connection.read_until(b'\n', &mut line).await;
    read.map_err(|error| unreachable(&error.to_string()))?;
    if !line.ends_with(b"\n") {
        return Ok(None);
    }
    let reply: Reply =
        serde_json::from_slice(&line).map_err(|error| ApiError::new("internal", error.to_string()))?;
    Ok(Some(reply.outcome))
}

fn unreachable(why: &str) -> ApiError {
    ApiError::new(
        "host_unreachable",
        format!("the Cadre that has this workspace open does not answer: {why}"),
    )
}
