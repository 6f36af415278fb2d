//! The two commands that the interface has: an operation of the application, and what happens in it.

use std::sync::{Mutex, PoisonError};

use cadre_api::{ApiError, Caller, Channel, EventDto, Subscription};
use cadre_server::TaskKind;
use serde_json::Value;
use tauri::State;
use tauri::ipc::Channel as Stream;
use tokio_util::sync::CancellationToken;

use crate::host::Host;

/// Carries out an operation for the person at this window.
#[tauri::command]
pub(crate) async fn call(host: State<'_, Host>, operation: String, input: Value) -> Result<Value, ApiError> {
    host.calls().await?.run(Caller::owner(Channel::Window), operation, input).await
}

/// Tells what happened after entry `from`, then what happens, until the page is gone or asks again.
#[tauri::command]
pub(crate) async fn subscribe(
    host: State<'_, Host>,
    listener: State<'_, Listener>,
    from: u64,
    channel: Stream<EventDto>,
) -> Result<(), ApiError> {
    let calls = host.calls().await?;
    let (subscription, ended) = (calls.subscribe(from), listener.begin(calls.tasks().cancelled()));
    drop(calls.tasks().spawn(TaskKind::Connection, tell(subscription, channel, ended)));
    Ok(())
}

async fn tell(mut subscription: Subscription, channel: Stream<EventDto>, ended: CancellationToken) {
    while let Some(event) = ended.run_until_cancelled(subscription.next()).await {
        match event {
            Ok(Some(event)) => {
                if channel.send(event).is_err() {
                    return; // the page is gone
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "events cannot be read");
                return;
            }
        }
    }
}

/// The one page that listens. A page that was loaded anew left its channel behind, where nobody reads.
#[derive(Default)]
pub(crate) struct Listener(Mutex<CancellationToken>);

impl Listener {
    fn begin(&self, host: &CancellationToken) -> CancellationToken {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.cancel();
        *current = host.child_token();
        current.clone()
    }

    /// Ends what the page before listened to.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}
