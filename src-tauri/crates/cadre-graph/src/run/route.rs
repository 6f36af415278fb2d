//! Which nodes come next.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::RunError;
use super::superstep::Done;
use crate::channel::State;
use crate::checkpoint::{Task, ThreadView};
use crate::graph::{CompiledGraph, END, is_within};

/// What follows from a superstep.
#[derive(Default)]
pub(super) struct Routed {
    /// Next nodes in a fixed order, each plain one once.
    pub(super) targets: Vec<(String, Option<Value>)>,
    /// Tasks whose subgraph was left.
    pub(super) closed: Vec<String>,
    /// Channels of subgraphs that begin anew.
    pub(super) cleared: Vec<String>,
}

/// Next nodes after `done`.
///
/// A jump of the node itself comes first, then its conditional edges, then its edges: the first whose condition
/// holds, or, where none has a condition that holds, every plain one. Where a subgraph has nothing open any more, the
/// same is done for it.
pub(super) fn route(
    graph: &CompiledGraph,
    view: &mut ThreadView,
    done: &[Done],
    closed: &[String],
) -> Result<Routed, RunError> {
    let open = view.tasks.iter().filter(|task| !closed.contains(&task.id));
    let open: Vec<(&str, &str)> = open.map(|task| (task.id.as_str(), task.node.as_str())).collect();
    let mut way = Way {
        graph,
        state: &view.state,
        joins: &mut view.joins,
        open,
        plain: BTreeSet::new(),
        entered: BTreeSet::new(),
        left: BTreeSet::new(),
        routed: Routed::default(),
    };
    for done in done {
        match (&done.goto, &done.node) {
            (Some(goto), node) => way.jump(node.as_deref(), goto)?,
            (None, Some(node)) => way.follow(node)?,
            (None, None) => {}
        }
    }
    if !graph.subgraphs.is_empty() {
        way.leave();
        way.finish(done)?;
        way.clear();
    }
    Ok(way.routed)
}

struct Way<'a> {
    graph: &'a CompiledGraph,
    state: &'a State,
    joins: &'a mut BTreeMap<String, BTreeSet<String>>,
    /// Tasks that stay open, with their nodes.
    open: Vec<(&'a str, &'a str)>,
    plain: BTreeSet<String>,
    entered: BTreeSet<&'a str>,
    left: BTreeSet<&'a str>,
    routed: Routed,
}

impl Way<'_> {
    fn jump(&mut self, from: Option<&str>, goto: &[(String, Value)]) -> Result<(), RunError> {
        for (target, input) in goto {
            if target != END
                && !self.graph.nodes.contains_key(target)
                && !self.graph.subgraphs.contains_key(target)
            {
                return Err(RunError::NodeNotFound(target.clone()));
            }
            let around = from.into_iter().flat_map(|node| self.graph.around(node));
            if target != END {
                self.left.extend(around.filter(|part| !is_within(target, part)));
            }
            self.enter(target, Some(input));
        }
        Ok(())
    }

    fn follow(&mut self, node: &str) -> Result<(), RunError> {
        let mut next = follow_edges(self.graph, self.state, node)?;
        for join in self.graph.joins.iter().filter(|join| join.from.contains(node)) {
            let sources: Vec<&str> = join.from.iter().map(String::as_str).collect();
            let key = format!("{}<{}", join.to, sources.join(","));
            let arrived = self.joins.entry(key.clone()).or_default();
            arrived.insert(node.to_owned());
            if *arrived == join.from {
                self.joins.remove(&key);
                next.push(join.to.clone());
            }
        }
        for target in next {
            self.enter(&target, None);
        }
        Ok(())
    }

    fn enter(&mut self, target: &str, input: Option<&Value>) {
        if target == END {
            return;
        }
        if let Some((name, part)) = self.graph.subgraphs.get_key_value(target) {
            self.entered.insert(name);
            for entry in &part.entries {
                self.enter(entry, input);
            }
            return;
        }
        let waits = || self.graph.is_deferred(target) && self.open.iter().any(|(_, node)| *node == target);
        if input.is_some() || (!waits() && self.plain.insert(target.to_owned())) {
            self.routed.targets.push((target.to_owned(), input.cloned()));
        }
    }

    /// Closes what is open in subgraphs that a node jumped out of.
    fn leave(&mut self) {
        let left = &self.left;
        let gone = |node: &str| left.iter().any(|part| is_within(node, part));
        self.routed
            .closed
            .extend(self.open.iter().filter(|(_, node)| gone(node)).map(|(id, _)| (*id).to_owned()));
        self.open.retain(|(_, node)| !gone(node));
        // A part that was left and entered again in the same superstep begins anew.
        let entered = &self.entered;
        let ended = |node: &str| left.iter().any(|part| !entered.contains(part) && is_within(node, part));
        self.routed.targets.retain(|(node, _)| !ended(node));
        self.joins.retain(|join, _| !gone(join));
    }

    /// Follows the edges of subgraphs that have nothing open any more, the innermost first.
    fn finish(&mut self, done: &[Done]) -> Result<(), RunError> {
        let around =
            done.iter().filter_map(|done| done.node.as_deref()).flat_map(|node| self.graph.around(node));
        let mut parts: Vec<&str> = around.filter(|part| !self.left.contains(part)).collect();
        parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), *part));
        parts.dedup();
        for part in parts {
            if !self.is_active(part) && !self.routed.targets.iter().any(|(node, _)| is_within(node, part)) {
                self.follow(part)?;
            }
        }
        Ok(())
    }

    /// A subgraph that is called anew and has no state of its own to keep begins without one.
    fn clear(&mut self) {
        for name in &self.entered {
            let Some(part) = self.graph.subgraphs.get(*name) else { continue };
            if !part.stateful && !self.is_active(name) {
                self.routed.cleared.extend(part.private.iter().cloned());
                self.joins.retain(|join, _| !is_within(join, name));
            }
        }
    }

    fn is_active(&self, part: &str) -> bool {
        self.open.iter().any(|(_, node)| is_within(node, part))
    }
}

fn follow_edges(graph: &CompiledGraph, state: &State, node: &str) -> Result<Vec<String>, RunError> {
    if let Some(branch) = graph.branches.get(node) {
        let outcome = (branch.outcome)(state);
        return match branch.targets.get(&outcome) {
            Some(target) => Ok(vec![target.clone()]),
            None => Err(RunError::UnknownOutcome { node: node.to_owned(), outcome }),
        };
    }
    let mut edges = graph.edges.iter().filter(|edge| edge.from == node);
    let held = edges.clone().find(|edge| edge.condition.as_ref().is_some_and(|condition| condition(state)));
    match held {
        Some(edge) => Ok(vec![edge.to.clone()]),
        None => {
            Ok(edges.by_ref().filter(|edge| edge.condition.is_none()).map(|edge| edge.to.clone()).collect())
        }
    }
}

/// Where a thread of the graph begins: the nodes that its entries lead to.
pub(super) fn entries(graph: &CompiledGraph) -> Vec<(String, Option<Value>)> {
    let mut open: Vec<&String> = graph.entries.iter().rev().collect();
    let mut nodes = Vec::new();
    while let Some(name) = open.pop() {
        match graph.subgraphs.get(name) {
            Some(part) => open.extend(part.entries.iter().rev()),
            None => nodes.push((name.clone(), None)),
        }
    }
    nodes
}

pub(super) fn name_tasks(step: u64, targets: Vec<(String, Option<Value>)>) -> Vec<Task> {
    targets
        .into_iter()
        .enumerate()
        .map(|(index, (node, input))| Task { id: format!("{step}.{index}:{node}"), node, input })
        .collect()
}
