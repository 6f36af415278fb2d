//! Graphs inside graphs.
//!
//! A subgraph is compiled into the graph that holds it: its nodes are called `name/node`, its own channels
//! `name/channel`. So its supersteps, questions, journals and forks are those of the one thread, however deep it lies,
//! and it costs no call of the store of its own. It has finished when none of its tasks is open; then the edges of its
//! name are followed, as if it were one node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::channel::State;
use crate::graph::{Branch, CompileError, END, Edge, Join, NodeFn, StateGraph};
use crate::node::Output;
use crate::policy::{CacheBy, Policy};

/// A graph as a part of another one.
pub struct Subgraph {
    graph: StateGraph,
    shared: BTreeMap<String, String>,
    stateful: bool,
}

/// What the runner has to know of a subgraph.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) entries: Vec<String>,
    /// Channels that nobody outside has.
    pub(crate) private: Vec<String>,
    pub(crate) stateful: bool,
}

impl Subgraph {
    /// It has a state of its own, anew with each call.
    pub fn new(graph: StateGraph) -> Self {
        Subgraph { graph, shared: BTreeMap::new(), stateful: false }
    }

    /// Channel of the same name in both graphs: one channel.
    #[must_use]
    pub fn share(self, channel: impl Into<String>) -> Self {
        let channel = channel.into();
        self.map(channel.clone(), channel)
    }

    /// Its channel `inner` is the channel `outer` of the graph that holds it.
    #[must_use]
    pub fn map(mut self, inner: impl Into<String>, outer: impl Into<String>) -> Self {
        self.shared.insert(inner.into(), outer.into());
        self
    }

    /// Its state stays from one call to the next.
    #[must_use]
    pub fn stateful(mut self) -> Self {
        self.stateful = true;
        self
    }
}

/// How the names of a subgraph look from outside.
struct Names {
    prefix: String,
    channels: BTreeMap<String, String>,
}

impl Names {
    fn node(&self, node: &str) -> String {
        match node.strip_prefix("../") {
            Some(outer) => outer.to_owned(),
            None if node == END => END.to_owned(),
            None => format!("{}{node}", self.prefix),
        }
    }

    fn channel(&self, channel: &str) -> String {
        self.channels.get(channel).cloned().unwrap_or_else(|| format!("{}{channel}", self.prefix))
    }

    /// The state as the subgraph sees it.
    fn state(&self, outer: &State) -> State {
        outer.renamed(&self.channels)
    }

    fn output(&self, output: Output) -> Output {
        let writes = output.writes.into_iter().map(|(channel, value)| (self.channel(&channel), value));
        let goto = output.goto.map(|goto| goto.into_iter().map(|(node, input)| (self.node(&node), input)));
        Output { writes: writes.collect(), goto: goto.map(Iterator::collect) }
    }
}

impl StateGraph {
    /// Adds a graph as one node. Edges lead to its name and from it.
    #[must_use]
    pub fn subgraph(mut self, name: impl Into<String>, part: Subgraph) -> Self {
        let name = name.into();
        let Subgraph { graph, shared, stateful } = part;
        let prefix = format!("{name}/");
        let channel = |inner: &String| match shared.get(inner) {
            Some(outer) => outer.clone(),
            None => format!("{prefix}{inner}"),
        };
        let channels: BTreeMap<String, String> =
            graph.channels.keys().map(|inner| (inner.clone(), channel(inner))).collect();
        if self.nodes.contains_key(&name) || self.subgraphs.contains_key(&name) {
            self.mistakes.push(CompileError::DuplicateNode(name.clone()));
        }
        let unknown = shared.keys().filter(|inner| !graph.channels.contains_key(*inner));
        self.mistakes.extend(unknown.map(|inner| CompileError::UnknownChannel(format!("{prefix}{inner}"))));
        self.mistakes.extend(graph.entries.is_empty().then(|| CompileError::NoEntryOf(name.clone())));
        self.needed.extend(shared.into_values());
        let names = Arc::new(Names { prefix, channels });
        self.absorb(name, graph, &names, stateful);
        self
    }

    fn absorb(&mut self, name: String, inner: StateGraph, names: &Arc<Names>, stateful: bool) {
        let entries = inner.entries.iter().map(|entry| names.node(entry)).collect();
        let mut private = Vec::new();
        for (channel, reducer) in inner.channels {
            let outer = names.channel(&channel);
            if outer.starts_with(&names.prefix) {
                private.push(outer.clone());
                self.channels.insert(outer, reducer);
            }
        }
        self.subgraphs.insert(name, Inner { entries, private, stateful });
        for (deeper, part) in inner.subgraphs {
            let entries = part.entries.iter().map(|entry| names.node(entry)).collect();
            let private = part.private.iter().map(|channel| names.channel(channel)).collect();
            let part = Inner { entries, private, stateful: part.stateful };
            self.subgraphs.insert(names.node(&deeper), part);
        }
        for (node, function) in inner.nodes {
            let names = Arc::clone(names);
            let outer = names.node(&node);
            let function: NodeFn = Arc::new(move |context, state| {
                let (names, running) = (Arc::clone(&names), function(context, names.state(&state)));
                Box::pin(async move { running.await.map(|output| names.output(output)) })
            });
            if self.nodes.insert(outer.clone(), function).is_some() {
                self.mistakes.push(CompileError::DuplicateNode(outer));
            }
        }
        self.edges.extend(inner.edges.into_iter().map(|edge| Edge {
            from: names.node(&edge.from),
            to: names.node(&edge.to),
            condition: edge.condition.map(|condition| -> Arc<dyn Fn(&State) -> bool + Send + Sync> {
                let names = Arc::clone(names);
                Arc::new(move |state| condition(&names.state(state)))
            }),
        }));
        for (node, branch) in inner.branches {
            let (names, outcome) = (Arc::clone(names), branch.outcome);
            let targets =
                branch.targets.iter().map(|(outcome, to)| (outcome.clone(), names.node(to))).collect();
            let from = names.node(&node);
            let outcome = Arc::new(move |state: &State| outcome(&names.state(state)));
            self.branches.insert(from, Branch { outcome, targets });
        }
        self.joins.extend(inner.joins.into_iter().map(|join| Join {
            from: join.from.iter().map(|from| names.node(from)).collect::<BTreeSet<_>>(),
            to: names.node(&join.to),
        }));
        for (node, policy) in inner.policies {
            self.policies.insert(names.node(&node), policy.seen_from_outside(names));
        }
        self.needed.extend(inner.needed.iter().map(|channel| names.channel(channel)));
        self.mistakes.extend(inner.mistakes);
    }
}

impl Policy {
    fn seen_from_outside(self, names: &Arc<Names>) -> Policy {
        let cache = self.cache.map(|CacheBy { key, time_to_live }| {
            let names = Arc::clone(names);
            let key: Arc<dyn Fn(&State, Option<&_>) -> _ + Send + Sync> =
                Arc::new(move |state, input| key(&names.state(state), input));
            CacheBy { key, time_to_live }
        });
        Policy { cache, on_error: self.on_error.map(|node| names.node(&node)), ..self }
    }
}
