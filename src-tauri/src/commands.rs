//! The two commands that the interface has: an operation of the application, and what happens in it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cadre_api::{ApiError, Caller, Channel, EventDto, Subscription};
use cadre_server::TaskKind;
use serde::Serialize;
use serde_json::Value;
use tauri::ipc::Channel as Stream;
use tauri::{AppHandle, State};
use tokio_util::sync::CancellationToken;

use crate::host::Host;
use crate::pick;

/// Carries out an operation for the person at this window.
#[tauri::command]
pub(crate) async fn call(
    app: AppHandle,
    host: State<'_, Host>,
    operation: String,
    input: Value,
) -> Result<Value, ApiError> {
    if operation == pick::NAME {
        return pick::pick(&app, input).await;
    }
    let (calls, window) = host.window().await?;
    calls.run(Caller::owner(Channel::Window).through(Some(window)), operation, input).await
}

/// What a page that listens is told.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Told {
    Event(EventDto),
    /// The last thing that is told: no more comes, because of this if something failed. The page asks again.
    Ended {
        ended: Option<ApiError>,
    },
    /// The person dropped these on the window. It is nothing that happened in the workspace.
    Dropped {
        dropped: Vec<PathBuf>,
    },
}

/// Tells what happened after entry `from`, then what happens, until the page is gone or asks again.
#[tauri::command]
pub(crate) async fn subscribe(
    host: State<'_, Host>,
    listener: State<'_, Listener>,
    from: u64,
    channel: Stream<Told>,
) -> Result<(), ApiError> {
    let calls = host.calls().await?;
    let ended = listener.begin(calls.tasks().cancelled(), channel.clone());
    let mut subscription = calls.subscribe(from);
    subscription.ready().await?;
    drop(calls.tasks().spawn(TaskKind::Connection, tell(subscription, channel, ended)));
    Ok(())
}

async fn tell(mut subscription: Subscription, channel: Stream<Told>, ended: CancellationToken) {
    while let Some(next) = ended.run_until_cancelled(subscription.next()).await {
        let told = told(next);
        let last = matches!(told, Told::Ended { .. });
        // A page that is gone is told nothing more either.
        if channel.send(told).is_err() || last {
            return;
        }
    }
}

fn told(next: Result<Option<EventDto>, ApiError>) -> Told {
    match next {
        Ok(Some(event)) => Told::Event(event),
        Ok(None) => Told::Ended { ended: None },
        Err(error) => {
            tracing::error!(%error, "events cannot be read");
            Told::Ended { ended: Some(error) }
        }
    }
}

/// The one page that listens. A page that was loaded anew left its channel behind, where nobody reads.
#[derive(Default)]
pub(crate) struct Listener(Mutex<Listening>);

#[derive(Default)]
struct Listening {
    until: CancellationToken,
    channel: Option<Stream<Told>>,
}

impl Listener {
    fn begin(&self, host: &CancellationToken, channel: Stream<Told>) -> CancellationToken {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.until.cancel();
        *current = Listening { until: host.child_token(), channel: Some(channel) };
        current.until.clone()
    }

    /// Ends what the page before listened to.
    pub(crate) fn end(&self) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.until.cancel();
        current.channel = None;
    }

    /// Tells the page what was dropped on the window. One that does not listen has nowhere to put it.
    pub(crate) fn drop_here(&self, dropped: Vec<PathBuf>) {
        let current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = &current.channel {
            let _ = channel.send(Told::Dropped { dropped });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_hears_that_events_end_and_why() {
        let said = |next| serde_json::to_value(told(next)).expect("JSON");
        assert_eq!(said(Ok(None)), json!({ "ended": null }));
        let failed = said(Err(ApiError::new("internal", "the ledger cannot be read")));
        assert_eq!(failed["ended"]["code"], "internal", "the page shows the code: {failed}");
        assert_eq!(failed["ended"]["message"], "the ledger cannot be read");
    }
}
