//! Carrying out what was asked.

use cadre_api::operations::request::Receiving;
use cadre_api::{Api, ApiError, Caller, Connections, Subscription};
use serde_json::Value;

use crate::tasks::{TaskKind, Tasks};

/// The application, as the connections of one listener share it; the desktop window is one such listener.
#[derive(Clone)]
pub struct Calls {
    api: Api,
    tasks: Tasks,
}

impl Calls {
    pub fn new(api: Api, tasks: Tasks) -> Self {
        Calls { api, tasks }
    }

    /// Carries an operation out to its end, whether or not the caller is still there to hear of it.
    pub async fn run(&self, caller: Caller, operation: String, input: Value) -> Result<Value, ApiError> {
        let api = self.api.clone();
        let call = async move { api.dispatch(&caller, &operation, input).await };
        match self.tasks.spawn(TaskKind::Call, call).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) | Err(_) => Err(ApiError::new("internal", "the operation broke off")),
        }
    }

    /// Begins to take a file that arrives in parts.
    pub(crate) async fn receive(&self, name: String) -> Result<Receiving, ApiError> {
        self.api.receive(name).await
    }

    pub fn subscribe(&self, from: u64) -> Subscription {
        self.api.subscribe(from)
    }

    /// Where a host says who is connected to it.
    pub fn connections(&self) -> &Connections {
        self.api.connections()
    }

    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }
}
