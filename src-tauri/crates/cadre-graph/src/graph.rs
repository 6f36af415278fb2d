//! Building a graph and checking it before anything runs.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::channel::{Reducer, State};
use crate::context::Context;
use crate::node::{NodeError, Output};
use crate::policy::Policy;
use crate::subgraph;

/// The reserved exit: an edge to it ends that branch.
pub const END: &str = "__end__";

pub(crate) type NodeFuture = Pin<Box<dyn Future<Output = Result<Output, NodeError>> + Send>>;
pub(crate) type NodeFn = Arc<dyn Fn(Context, State) -> NodeFuture + Send + Sync>;
type OutcomeFn = Arc<dyn Fn(&State) -> String + Send + Sync>;
type ConditionFn = Arc<dyn Fn(&State) -> bool + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) condition: Option<ConditionFn>,
}

#[derive(Clone)]
pub(crate) struct Branch {
    pub(crate) outcome: OutcomeFn,
    pub(crate) targets: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(crate) struct Join {
    pub(crate) from: BTreeSet<String>,
    pub(crate) to: String,
}

/// A graph under construction. Mistakes are collected and reported by [`compile`](StateGraph::compile).
pub struct StateGraph {
    name: String,
    version: u32,
    pub(crate) channels: BTreeMap<String, Reducer>,
    pub(crate) nodes: BTreeMap<String, NodeFn>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) branches: BTreeMap<String, Branch>,
    pub(crate) joins: Vec<Join>,
    pub(crate) entries: Vec<String>,
    pub(crate) policies: BTreeMap<String, Policy>,
    pub(crate) subgraphs: BTreeMap<String, subgraph::Inner>,
    /// Channels that subgraphs share.
    pub(crate) needed: Vec<String>,
    pub(crate) mistakes: Vec<CompileError>,
}

/// What is wrong with a graph, naming it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error("Entry point not set")]
    NoEntry,
    #[error("Entry point \"{0}\" not found in nodes")]
    UnknownEntry(String),
    #[error("Edge points to non-existent node: {0}")]
    UnknownTarget(String),
    #[error("Edge starts at non-existent node: {0}")]
    UnknownSource(String),
    #[error("Node \"{0}\" is defined twice")]
    DuplicateNode(String),
    #[error("Channel \"{0}\" is defined twice")]
    DuplicateChannel(String),
    #[error("\"{0}\" is reserved and cannot name a node")]
    ReservedName(String),
    #[error("Node \"{0}\" cannot be reached from the entry point")]
    Unreachable(String),
    #[error("Conditional edges of \"{0}\" have no outcome")]
    NoOutcome(String),
    #[error("Node \"{0}\" has conditional edges twice")]
    DuplicateBranch(String),
    #[error("Entry point of \"{0}\" not set")]
    NoEntryOf(String),
    #[error("Channel \"{0}\" is shared and does not exist")]
    UnknownChannel(String),
    #[error("Policy for non-existent node: {0}")]
    UnknownPolicy(String),
}

impl StateGraph {
    /// `version` is what a run is pinned to: raise it whenever nodes or edges change their meaning.
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        StateGraph {
            name: name.into(),
            version,
            channels: BTreeMap::new(),
            nodes: BTreeMap::new(),
            edges: Vec::new(),
            branches: BTreeMap::new(),
            joins: Vec::new(),
            entries: Vec::new(),
            policies: BTreeMap::new(),
            subgraphs: BTreeMap::new(),
            needed: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    #[must_use]
    pub fn channel(mut self, name: impl Into<String>, reducer: Reducer) -> Self {
        let name = name.into();
        if self.channels.insert(name.clone(), reducer).is_some() {
            self.mistakes.push(CompileError::DuplicateChannel(name));
        }
        self
    }

    #[must_use]
    pub fn node<F, Fut>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(Context, State) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Output, NodeError>> + Send + 'static,
    {
        let name = name.into();
        let function: NodeFn = Arc::new(move |context, state| Box::pin(function(context, state)));
        if name == END {
            self.mistakes.push(CompileError::ReservedName(name));
        } else if self.nodes.insert(name.clone(), function).is_some() {
            self.mistakes.push(CompileError::DuplicateNode(name));
        }
        self
    }

    /// What the runs of a node are held to.
    #[must_use]
    pub fn policy(mut self, node: impl Into<String>, policy: Policy) -> Self {
        self.policies.insert(node.into(), policy);
        self
    }

    #[must_use]
    pub fn entry(mut self, node: impl Into<String>) -> Self {
        self.entries.push(node.into());
        self
    }

    #[must_use]
    pub fn edge(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.edges.push(Edge { from: from.into(), to: to.into(), condition: None });
        self
    }

    /// An edge that is taken only while `condition` holds for the state after the node.
    #[must_use]
    pub fn edge_if(
        mut self,
        from: impl Into<String>,
        to: impl Into<String>,
        condition: impl Fn(&State) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.edges.push(Edge { from: from.into(), to: to.into(), condition: Some(Arc::new(condition)) });
        self
    }

    /// `to` runs once all of `from` have finished.
    #[must_use]
    pub fn join<S: Into<String>>(mut self, from: impl IntoIterator<Item = S>, to: impl Into<String>) -> Self {
        self.joins.push(Join { from: from.into_iter().map(Into::into).collect(), to: to.into() });
        self
    }

    /// Conditional edges: the outcome for the state after the node decides among `targets`.
    #[must_use]
    pub fn branch<S: Into<String>, T: Into<String>>(
        mut self,
        from: impl Into<String>,
        outcome: impl Fn(&State) -> String + Send + Sync + 'static,
        targets: impl IntoIterator<Item = (S, T)>,
    ) -> Self {
        let from = from.into();
        let targets = targets.into_iter().map(|(name, target)| (name.into(), target.into())).collect();
        if self.branches.insert(from.clone(), Branch { outcome: Arc::new(outcome), targets }).is_some() {
            self.mistakes.push(CompileError::DuplicateBranch(from));
        }
        self
    }

    /// # Errors
    /// The first mistake found, naming the node or channel.
    pub fn compile(self) -> Result<CompiledGraph, CompileError> {
        if let Some(mistake) = self.mistakes.into_iter().next() {
            return Err(mistake);
        }
        if let Some(unknown) = self.needed.into_iter().find(|channel| !self.channels.contains_key(channel)) {
            return Err(CompileError::UnknownChannel(unknown));
        }
        let has_deferred = self.policies.values().any(|policy| policy.deferred);
        let graph = CompiledGraph {
            name: self.name,
            version: self.version,
            channels: self.channels,
            nodes: self.nodes,
            edges: self.edges,
            branches: self.branches,
            joins: self.joins,
            entries: self.entries,
            policies: self.policies.into_iter().map(|(node, policy)| (node, Arc::new(policy))).collect(),
            subgraphs: self.subgraphs,
            has_deferred,
        };
        graph.check_names()?;
        graph.check_entries()?;
        graph.check_edges()?;
        graph.check_reachable()?;
        Ok(graph)
    }
}

/// A graph that was checked and can run. Cheap to share behind an `Arc`.
pub struct CompiledGraph {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) channels: BTreeMap<String, Reducer>,
    pub(crate) nodes: BTreeMap<String, NodeFn>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) branches: BTreeMap<String, Branch>,
    pub(crate) joins: Vec<Join>,
    pub(crate) entries: Vec<String>,
    pub(crate) policies: BTreeMap<String, Arc<Policy>>,
    pub(crate) subgraphs: BTreeMap<String, subgraph::Inner>,
    pub(crate) has_deferred: bool,
}

impl CompiledGraph {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn node_names(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    /// Whether an edge can lead to it or from it.
    fn knows(&self, name: &str) -> bool {
        self.nodes.contains_key(name) || self.subgraphs.contains_key(name)
    }

    /// The node's policy, where it has one that says that it waits for all others.
    pub(crate) fn is_deferred(&self, node: &str) -> bool {
        self.has_deferred && self.policies.get(node).is_some_and(|policy| policy.deferred)
    }

    /// The subgraphs that a node lies in, the innermost first.
    pub(crate) fn around(&self, node: &str) -> impl Iterator<Item = &str> {
        let within = move |(name, _): &(&String, _)| is_within(node, name);
        self.subgraphs.iter().rev().filter(within).map(|(name, _)| name.as_str())
    }

    fn check_names(&self) -> Result<(), CompileError> {
        if let Some(unknown) = self.policies.keys().find(|node| !self.nodes.contains_key(*node)) {
            return Err(CompileError::UnknownPolicy(unknown.clone()));
        }
        match self.subgraphs.keys().find(|name| self.nodes.contains_key(*name)) {
            Some(both) => Err(CompileError::DuplicateNode(both.clone())),
            None => Ok(()),
        }
    }

    fn check_entries(&self) -> Result<(), CompileError> {
        if self.entries.is_empty() {
            return Err(CompileError::NoEntry);
        }
        match self.entries.iter().find(|entry| !self.knows(entry)) {
            Some(unknown) => Err(CompileError::UnknownEntry(unknown.clone())),
            None => Ok(()),
        }
    }

    fn check_edges(&self) -> Result<(), CompileError> {
        let sources = self
            .edges
            .iter()
            .map(|edge| &edge.from)
            .chain(self.branches.keys())
            .chain(self.joins.iter().flat_map(|join| &join.from));
        for source in sources {
            if !self.knows(source) {
                return Err(CompileError::UnknownSource(source.clone()));
            }
        }
        for target in self.targets() {
            if target != END && !self.knows(target) {
                return Err(CompileError::UnknownTarget(target.to_owned()));
            }
        }
        match self.branches.iter().find(|(_, branch)| branch.targets.is_empty()) {
            Some((node, _)) => Err(CompileError::NoOutcome(node.clone())),
            None => Ok(()),
        }
    }

    fn targets(&self) -> impl Iterator<Item = &str> {
        self.edges
            .iter()
            .map(|edge| edge.to.as_str())
            .chain(self.branches.values().flat_map(|branch| branch.targets.values().map(String::as_str)))
            .chain(self.joins.iter().map(|join| join.to.as_str()))
            .chain(self.subgraphs.values().flat_map(|part| part.entries.iter().map(String::as_str)))
            .chain(self.policies.values().filter_map(|policy| policy.on_error.as_deref()))
    }

    fn check_reachable(&self) -> Result<(), CompileError> {
        let mut open: Vec<&str> = self.entries.iter().map(String::as_str).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            open.extend(self.edges.iter().filter(|edge| edge.from == node).map(|edge| edge.to.as_str()));
            open.extend(
                self.joins.iter().filter(|join| join.from.contains(node)).map(|join| join.to.as_str()),
            );
            if let Some(branch) = self.branches.get(node) {
                open.extend(branch.targets.values().map(String::as_str));
            }
            if let Some(part) = self.subgraphs.get(node) {
                open.extend(part.entries.iter().map(String::as_str));
            }
            open.extend(self.policies.get(node).and_then(|policy| policy.on_error.as_deref()));
        }
        match self.nodes.keys().chain(self.subgraphs.keys()).find(|node| !seen.contains(node.as_str())) {
            Some(node) => Err(CompileError::Unreachable(node.clone())),
            None => Ok(()),
        }
    }
}

/// Whether a node or subgraph lies in the subgraph `name`.
pub(crate) fn is_within(node: &str, name: &str) -> bool {
    node.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_nodes(names: &[&str]) -> StateGraph {
        names.iter().fold(StateGraph::new("g", 1), |graph, name| {
            graph.node(*name, |_, _| async { Ok(Output::new()) })
        })
    }

    fn check(graph: StateGraph, expected: &str) {
        let message = graph.compile().err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(message, expected, "a mistake in a graph is refused before it runs, naming it");
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        check(with_nodes(&["a"]), "Entry point not set");
        check(with_nodes(&["a"]).entry("x"), "Entry point \"x\" not found in nodes");
        check(with_nodes(&["a"]).entry("a").edge("a", "x"), "Edge points to non-existent node: x");
        check(with_nodes(&["a"]).entry("a").edge("x", "a"), "Edge starts at non-existent node: x");
        check(with_nodes(&["a"]).entry("a").join(["x"], "a"), "Edge starts at non-existent node: x");
        check(with_nodes(&["a", "b"]).entry("a"), "Node \"b\" cannot be reached from the entry point");
        check(with_nodes(&["a", "a"]).entry("a"), "Node \"a\" is defined twice");
        check(with_nodes(&[END]).entry(END), "\"__end__\" is reserved and cannot name a node");
        check(
            with_nodes(&["a"]).entry("a").branch("a", |_| "x".into(), Vec::<(String, String)>::new()),
            "Conditional edges of \"a\" have no outcome",
        );
        check(
            with_nodes(&["a"]).entry("a").branch("a", |_| "x".into(), [("x", "nowhere")]),
            "Edge points to non-existent node: nowhere",
        );
        check(
            with_nodes(&["a"]).channel("c", Reducer::Last).channel("c", Reducer::Append).entry("a"),
            "Channel \"c\" is defined twice",
        );
    }

    #[test]
    fn end_is_always_a_legal_target() {
        check(with_nodes(&["a"]).entry("a").edge("a", END), "");
    }
}
