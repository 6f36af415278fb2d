//! Which nodes come next.

use std::collections::BTreeSet;

use serde_json::Value;

use super::RunError;
use super::superstep::Done;
use crate::channel::State;
use crate::checkpoint::{Task, ThreadView};
use crate::graph::{CompiledGraph, END};

/// Next nodes after `finished`, in a fixed order, each plain target once.
///
/// A jump of the node itself comes first, then its conditional edges, then its edges: the first whose condition
/// holds, or, where none has a condition that holds, every plain one.
pub(super) fn route(
    graph: &CompiledGraph,
    view: &mut ThreadView,
    finished: &[Done],
) -> Result<Vec<(String, Option<Value>)>, RunError> {
    let mut targets: Vec<(String, Option<Value>)> = Vec::new();
    let mut plain = BTreeSet::new();
    for done in finished {
        if let Some(goto) = &done.goto {
            for (target, input) in goto {
                if target != END && !graph.nodes.contains_key(target) {
                    return Err(RunError::NodeNotFound(target.clone()));
                }
                if target != END {
                    targets.push((target.clone(), Some(input.clone())));
                }
            }
            continue;
        }
        let Some(node) = &done.node else { continue };
        let mut next = follow_edges(graph, &view.state, node)?;
        for join in graph.joins.iter().filter(|join| join.from.contains(node)) {
            let sources: Vec<&str> = join.from.iter().map(String::as_str).collect();
            let key = format!("{}<{}", join.to, sources.join(","));
            let arrived = view.joins.entry(key.clone()).or_default();
            arrived.insert(node.clone());
            if *arrived == join.from {
                view.joins.remove(&key);
                next.push(join.to.clone());
            }
        }
        for target in next {
            if target != END && plain.insert(target.clone()) {
                targets.push((target, None));
            }
        }
    }
    Ok(targets)
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

pub(super) fn name_tasks(step: u64, targets: Vec<(String, Option<Value>)>) -> Vec<Task> {
    targets
        .into_iter()
        .enumerate()
        .map(|(index, (node, input))| Task { id: format!("{step}.{index}:{node}"), node, input })
        .collect()
}
