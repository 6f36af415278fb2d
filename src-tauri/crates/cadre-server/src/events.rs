//! Events over a WebSocket: one text message each, in order, from any point.
//!
//! The bearer is offered as the subprotocol `bearer.<bearer>` beside `cadre.v1`, which is the one that is chosen. What
//! the other side sends is not listened to, only that it is still there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cadre_api::{Connection, EventDto, Subscription};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::admission::EVENTS_PROTOCOL;
use crate::failure::Failure;
use crate::routes::Surface;
use crate::tasks::TaskKind;

/// How long a subscriber may take to accept one event. One that is slower is let go; it resumes where it was.
const SEND_TIME: Duration = Duration::from_secs(30);
/// Nothing that a subscriber says is of use.
const MAX_MESSAGE_BYTES: usize = 4096;

#[derive(Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    from: u64,
}

pub(crate) async fn events(
    State(surface): State<Arc<Surface>>,
    query: Result<Query<From>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let session = surface.admission.subscriber(&headers)?.session;
    let Query(From { from }) =
        query.map_err(|_| Failure::new("invalid_input", "`from` is the number of a ledger entry"))?;
    let upgrade = upgrade
        .map_err(|error| Failure::new("invalid_input", format!("events come over a WebSocket: {error}")))?;
    let calls = surface.calls.clone();
    let mut subscription = calls.subscribe(from);
    // A connection that opens says that events come over it.
    subscription.ready().await?;
    let upgrade = upgrade.max_message_size(MAX_MESSAGE_BYTES).protocols([EVENTS_PROTOCOL]);
    Ok(upgrade.on_upgrade(async move |socket| {
        let cancel = calls.tasks().cancelled().clone();
        // As a task of ours, so that a server that stops waits for it.
        let told = calls.tasks().spawn(TaskKind::Connection, tell(socket, subscription, cancel, session));
        drop(told);
    }))
}

async fn tell(
    mut socket: WebSocket,
    mut subscription: Subscription,
    cancel: CancellationToken,
    session: Option<Arc<Connection>>,
) {
    let farewell = loop {
        tokio::select! {
            () = cancel.cancelled() => break (close_code::AWAY, "the host stops"),
            () = signed_out(session.as_deref()) => break (close_code::POLICY, "this session was signed out"),
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {} // pings are answered below us
            },
            event = subscription.next() => match event {
                Ok(Some(event)) => if !send(&mut socket, &event).await { return },
                Ok(None) => break (close_code::AWAY, "the workspace was closed"),
                Err(error) => {
                    tracing::error!(%error, "events cannot be read");
                    break (close_code::ERROR, "events cannot be read");
                }
            },
        }
    };
    let (code, reason) = farewell;
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    // Whoever does not hear it sees the connection end.
    let _ = tokio::time::timeout(SEND_TIME, socket.send(close)).await;
}

/// Waits until a person ends the session; a program has none.
async fn signed_out(session: Option<&Connection>) {
    match session {
        Some(session) => session.ended().await,
        None => std::future::pending().await,
    }
}

/// Whether the subscriber is still there.
async fn send(socket: &mut WebSocket, event: &EventDto) -> bool {
    let Ok(text) = serde_json::to_string(event) else { return false };
    let sent = tokio::time::timeout(SEND_TIME, socket.send(Message::Text(text.into()))).await;
    matches!(sent, Ok(Ok(())))
}
