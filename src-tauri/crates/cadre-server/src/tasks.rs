//! Every task that a listener spawns: with a kind, an owner and the owner's cancellation token.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a task is, and so what becomes of it when its owner stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Takes connections. Ends at once.
    Accept,
    /// Talks to one caller. Ends by itself once it is told to, so that an answer under way still arrives.
    Connection,
    /// Carries out an operation. Goes on to its end: a caller that hung up must not leave half of it done.
    Call,
}

/// A group of tasks that stop together.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Tasks {
    /// The token that ends when the group stops.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancel
    }

    pub fn spawn<T: Send + 'static>(
        &self,
        kind: TaskKind,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<Option<T>> {
        let cancel = self.cancel.clone();
        self.tracker.spawn(async move {
            match kind {
                TaskKind::Accept => cancel.run_until_cancelled(work).await,
                TaskKind::Connection | TaskKind::Call => Some(work.await),
            }
        })
    }

    /// Tells all tasks to stop.
    pub fn cancel(&self) {
        self.cancel.cancel();
        self.tracker.close();
    }

    /// Tells all tasks to stop and waits until they have.
    pub async fn stop(&self) {
        self.cancel();
        self.tracker.wait().await;
    }
}
