//! A thread from its beginning to its end, in one call.

use serde_json::Value;

use super::{Progress, RunError, Runner, StartOptions};
use crate::checkpoint::ParkedTask;
use crate::graph::CompiledGraph;

/// The thread of whoever names none.
pub const DEFAULT_THREAD: &str = "default";

impl Runner {
    /// Starts a thread and runs it until it is finished or waits for somebody. Sleeps and waits before further tries are
    /// waited for here. Without a name the thread is called `default`.
    ///
    /// # Errors
    /// As for [`start`](Runner::start) and [`advance`](Runner::advance).
    pub async fn invoke(
        &self,
        graph: &CompiledGraph,
        thread: Option<&str>,
        input: Value,
        options: StartOptions,
    ) -> Result<Progress, RunError> {
        let thread = thread.unwrap_or(DEFAULT_THREAD);
        self.start(graph, thread, input, options).await?;
        self.resume(graph, thread).await
    }

    /// Runs a thread on until it is finished or waits for somebody, also while it sleeps.
    ///
    /// # Errors
    /// As for [`advance`](Runner::advance).
    pub async fn resume(&self, graph: &CompiledGraph, thread: &str) -> Result<Progress, RunError> {
        loop {
            let progress = self.advance(graph, thread).await?;
            let Progress::Waiting(parked) = &progress else { return Ok(progress) };
            let Some(at) = parked.iter().filter_map(ParkedTask::due).min() else { return Ok(progress) };
            tokio::select! {
                () = self.clock.sleep_until(at) => {}
                () = self.cancel.cancelled() => return Err(RunError::Cancelled { thread: thread.to_owned() }),
                () = self.drain.cancelled() => return Ok(Progress::Held),
            }
            for due in parked.iter().filter(|parked| parked.due() == Some(at)) {
                self.checkpointer.wake(&due.wake_of(thread), Value::Null, Vec::new()).await?;
            }
        }
    }
}
