//! A store that fails at one of its calls, as if the program had been killed there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cadre_graph::{
    Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, Fork, Hash, HostRecord,
    JournalCommit, Listing, ParkedTask, SuperstepCommit, TaskPark, TaskWrite, ThreadStart, ThreadView, Wake,
};
use serde_json::Value;

/// Which side of the call the program is killed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    /// The call has no effect.
    Before,
    /// It took effect, and nobody heard of it.
    After,
}

/// Stops at the n-th call; whatever is called afterwards fails too: a program that was killed calls nothing more.
pub struct Faulty {
    inner: Arc<dyn Checkpointer>,
    at: u64,
    killed: Killed,
    calls: AtomicU64,
}

impl Faulty {
    /// `at` counts from 1.
    pub fn new(inner: Arc<dyn Checkpointer>, at: u64, killed: Killed) -> Self {
        Faulty { inner, at, killed, calls: AtomicU64::new(0) }
    }

    /// Whether the call was reached.
    pub fn was_killed(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.at
    }

    async fn call<T>(
        &self,
        work: impl Future<Output = Result<T, CheckpointError>>,
    ) -> Result<T, CheckpointError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let killed = || CheckpointError::Store("the program was killed here".into());
        if call > self.at || (call == self.at && self.killed == Killed::Before) {
            return Err(killed());
        }
        let result = work.await?;
        // Another call may have been the last one meanwhile.
        if self.calls.load(Ordering::SeqCst) > self.at || call == self.at {
            Err(killed())
        } else {
            Ok(result)
        }
    }
}

#[async_trait]
impl Checkpointer for Faulty {
    async fn start(&self, start: ThreadStart) -> Result<(), CheckpointError> {
        self.call(self.inner.start(start)).await
    }

    async fn claim(&self, thread: &str) -> Result<Epoch, CheckpointError> {
        self.call(self.inner.claim(thread)).await
    }

    async fn load(&self, thread: &str) -> Result<Option<ThreadView>, CheckpointError> {
        self.call(self.inner.load(thread)).await
    }

    async fn commit(&self, commit: SuperstepCommit) -> Result<Hash, CheckpointError> {
        self.call(self.inner.commit(commit)).await
    }

    async fn write(&self, write: TaskWrite) -> Result<(), CheckpointError> {
        self.call(self.inner.write(write)).await
    }

    async fn park(&self, park: TaskPark) -> Result<(), CheckpointError> {
        self.call(self.inner.park(park)).await
    }

    async fn journal(&self, journal: JournalCommit) -> Result<(), CheckpointError> {
        self.call(self.inner.journal(journal)).await
    }

    async fn wake(
        &self,
        wake: &Wake,
        answer: Value,
        records: Vec<HostRecord>,
    ) -> Result<(), CheckpointError> {
        self.call(self.inner.wake(wake, answer, records)).await
    }

    async fn parked(&self, thread: &str) -> Result<Vec<ParkedTask>, CheckpointError> {
        self.call(self.inner.parked(thread)).await
    }

    async fn fork(&self, fork: Fork) -> Result<(), CheckpointError> {
        self.call(self.inner.fork(fork)).await
    }

    async fn children(&self, thread: &str) -> Result<Vec<String>, CheckpointError> {
        self.call(self.inner.children(thread)).await
    }

    async fn delete(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError> {
        self.call(self.inner.delete(threads, by)).await
    }

    async fn prune(&self, threads: &[String], by: &str) -> Result<usize, CheckpointError> {
        self.call(self.inner.prune(threads, by)).await
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        self.call(self.inner.list(listing)).await
    }

    async fn history(
        &self,
        thread: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<CheckpointSummary>, CheckpointError> {
        self.call(self.inner.history(thread, before, limit)).await
    }

    async fn checkpoint(&self, hash: Hash) -> Result<Option<Checkpoint>, CheckpointError> {
        self.call(self.inner.checkpoint(hash)).await
    }
}
