//! Watching the agents folder: an edit is live, waits or is refused within a second.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::Engine;
use crate::tasks::TaskKind;

/// An editor writes a file in several steps; what comes this close together is one edit.
const SETTLE: Duration = Duration::from_millis(150);

impl Engine {
    /// Takes over edits of agent files as they are made, for as long as the engine runs. Where the system cannot
    /// watch, files are read at the next start or when a person asks for it.
    pub fn watch_agents(&self) {
        let changed = Arc::new(Notify::new());
        let watcher = watch(&self.workspace().join("agents"), Arc::clone(&changed));
        let watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::warn!(%error, "the agents folder cannot be watched");
                return;
            }
        };
        let engine = self.clone();
        self.inner.tasks.spawn(TaskKind::Watch, async move {
            let _watcher = watcher; // ends with this task
            loop {
                changed.notified().await;
                tokio::time::sleep(SETTLE).await;
                match engine.read_agents().await {
                    Ok(read) => {
                        for refused in read.refused {
                            tracing::warn!(path = refused.path, reason = %refused.reason, "an agent file was refused");
                        }
                    }
                    Err(error) => tracing::error!(%error, "the agents folder could not be taken over"),
                }
            }
        });
    }
}

fn watch(folder: &Path, changed: Arc<Notify>) -> notify::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading the files is an event too, and must not lead to reading them again.
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            changed.notify_one();
        }
    })?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}
