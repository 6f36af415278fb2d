//! Ending a thread and all that it started.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use super::{RunError, Runner};
use crate::checkpoint::{Source, SuperstepCommit};

impl Runner {
    /// Ends a thread and the threads that its tasks wait for, those below first: nothing of them is open any more, which
    /// their last checkpoints say, with who and why. Whoever runs one of them has lost it; what a node does at this
    /// moment it should end by itself, as the host's token tells it. Gives the threads that were not over before.
    ///
    /// # Errors
    /// There is no such thread, or the store failed. What was ended until then stays so.
    pub async fn cancel(&self, thread: &str, cause: &str, actor: &str) -> Result<Vec<String>, RunError> {
        let mut below = vec![thread.to_owned()];
        let mut index = 0;
        while index < below.len() {
            let children = self.checkpointer.children(&below[index]).await?;
            below.extend(children);
            index += 1;
        }
        let mut ended = Vec::new();
        for thread in below.into_iter().rev() {
            if self.end(&thread, cause, actor).await? {
                ended.push(thread);
            }
        }
        Ok(ended)
    }

    async fn end(&self, thread: &str, cause: &str, actor: &str) -> Result<bool, RunError> {
        let epoch = self.checkpointer.claim(thread).await?;
        let view = self.load(thread).await?;
        if view.finished() {
            return Ok(false);
        }
        let commit = SuperstepCommit {
            thread: thread.to_owned(),
            graph: format!("{}@{}", view.graph, view.graph_version),
            epoch,
            expected: view.head,
            step: view.step + 1,
            merged: view.tasks.into_iter().map(|task| task.id).collect(),
            changes: BTreeMap::new(),
            tasks: Vec::new(),
            joins: BTreeMap::new(),
            answered: Vec::new(),
            source: Source::Cancel,
            actor: actor.to_owned(),
            metadata: Map::from_iter([("cause".to_owned(), json!(cause))]),
            records: Vec::new(),
        };
        self.checkpointer.commit(commit).await?;
        Ok(true)
    }
}
