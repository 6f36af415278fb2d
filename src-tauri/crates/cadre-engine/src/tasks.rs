//! Every task that the engine spawns: with a kind, an owner and a child of the owner's cancellation token.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a task is, and so what becomes of it when its owner stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskKind {
    /// Carries a thread forward. Stops at its next recorded call; nothing is lost.
    Drive,
    /// Lives with an agent's program. Ends it, and everything it has started, when it is stopped.
    AgentProgram,
    /// Waits for changes of files. Dropped at once: the files are still there at the next start.
    Watch,
    /// Waits for a durable timer. Dropped at once: the timer is in the store.
    Timer,
}

/// A group of tasks that stop together.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The token that ends when the group stops.
    pub(crate) fn cancelled(&self) -> &CancellationToken {
        &self.cancel
    }

    pub(crate) fn spawn(&self, kind: TaskKind, work: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.child_token();
        self.tracker.spawn(async move {
            match kind {
                TaskKind::Drive | TaskKind::AgentProgram => work.await,
                TaskKind::Watch | TaskKind::Timer => drop(cancel.run_until_cancelled(work).await),
            }
        });
    }

    /// Tells all tasks to stop and waits until they have.
    pub(crate) async fn stop(&self) {
        self.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
