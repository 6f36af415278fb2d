//! Editing a thread's state, as if a node had finished with it.

use serde_json::{Map, Value};

use super::superstep::{Closing, Done, take_finished};
use super::{RunError, Runner};
use crate::channel::StateError;
use crate::checkpoint::{CheckpointError, HostRecord, Source};
use crate::graph::CompiledGraph;
use crate::hash::Hash;
use crate::node::Output;

/// One change of a thread's state by somebody who is not one of its nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    node: Option<String>,
    output: Output,
}

impl Edit {
    /// Changes only the state; what was open stays open.
    pub fn new(output: Output) -> Self {
        Edit { node: None, output }
    }

    /// The thread goes on as if `node` had just finished with `output`. Its open task is closed; where it has none, what
    /// follows the node takes the place of all that was open.
    pub fn as_node(node: impl Into<String>, output: Output) -> Self {
        Edit { node: Some(node.into()), output }
    }
}

/// Who edits, and on what condition.
#[derive(Debug, Clone, Default)]
pub struct EditOptions {
    pub actor: String,
    /// The thread's head must still be this one.
    pub expected: Option<Hash>,
    pub metadata: Map<String, Value>,
    pub records: Vec<HostRecord>,
}

impl Runner {
    /// Edits the thread's newest state, all edits in one checkpoint whose source is `update`. To edit an older one, fork
    /// the thread there and edit the fork: the old branch stays as it is. A question whose task this closes takes no
    /// answer any more. Gives the new head.
    ///
    /// # Errors
    /// The graph has no such node or channel, the head has moved, or the store failed.
    pub async fn update_state(
        &self,
        graph: &CompiledGraph,
        thread: &str,
        edits: impl IntoIterator<Item = Edit>,
        options: EditOptions,
    ) -> Result<Hash, RunError> {
        let edits: Vec<Edit> = edits.into_iter().collect();
        // Looked at before the thread is taken from whoever carries it on, and once more when it is ours.
        let view = self.load(thread).await?;
        graph.expect_own(&view)?;
        let moved = |head| options.expected.is_some_and(|expected| expected != head);
        let superseded = || CheckpointError::Superseded { thread: thread.to_owned() };
        if moved(view.head) {
            return Err(superseded().into());
        }
        graph.takes(&edits)?;
        let epoch = self.checkpointer.claim(thread).await?;
        let mut view = self.load(thread).await?;
        if moved(view.head) {
            return Err(superseded().into());
        }
        // What had finished and was not committed yet is: nothing of it is lost.
        let (mut done, mut closed) = take_finished(&mut view)?;
        let mut replaces = false;
        for (index, Edit { node, output }) in edits.into_iter().enumerate() {
            if let Some(node) = &node {
                let open = view.tasks.iter().find(|task| task.node == *node && !closed.contains(&task.id));
                match open {
                    Some(task) => closed.push(task.id.clone()),
                    None => replaces = true,
                }
            }
            let Output { writes, goto } = output;
            done.push(Done { writer: format!("edit {index}"), node, writes, goto });
        }
        if replaces {
            view.joins.clear();
            closed = view.tasks.iter().map(|task| task.id.clone()).collect();
        }
        let EditOptions { actor, metadata, records, .. } = options;
        let closing = Closing { done, closed, source: Source::Update, actor, metadata, records };
        self.commit(graph, &mut view, epoch, closing).await
    }
}

impl CompiledGraph {
    /// The nodes and channels of the edits are those of the graph.
    fn takes(&self, edits: &[Edit]) -> Result<(), RunError> {
        for Edit { node, output } in edits {
            if let Some(node) = node.as_ref().filter(|node| !self.nodes.contains_key(*node)) {
                return Err(RunError::NodeNotFound(node.clone()));
            }
            for (channel, _) in &output.writes {
                if !self.channels.contains_key(channel) {
                    let (channel, writer) = (channel.clone(), "edit".to_owned());
                    return Err(StateError::UnknownChannel { channel, writer }.into());
                }
            }
        }
        Ok(())
    }
}
