//! A supervisor that hands tasks to specialised agents, one after another, until the work is complete.
//!
//! The graph's entry is the supervisor; each agent comes back to it. What is to be done stands in the channel `task`
//! (`{"kind": …, "priority": …, "complexity": …}`); an agent writes what is next. Every decision is on record in
//! `decisions`, with its reason.

use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::channel::{Reducer, State};
use crate::context::Context;
use crate::graph::{END, StateGraph};
use crate::node::{NodeError, Output};

pub const SUPERVISOR: &str = "Supervisor";
pub const NARRATIVE: &str = "Narrative";
pub const MEMORY: &str = "Memory";
pub const PURPOSE: &str = "Purpose";
pub const ACTION: &str = "Action";

/// Who is next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// An agent, or `None` when the work is complete.
    pub to: Option<String>,
    pub reason: String,
}

/// Decides who carries a task out. `before` tells how many tasks were handed over before.
pub trait Routing: Send + Sync {
    fn decide(&self, task: &Value, agents: &[String], before: usize) -> Decision;
}

/// By the kind of the task: the four specialists, and the end.
pub struct ByKind;

/// High priority goes to the fast agent, else high complexity to the quality agent, all else by kind.
pub struct ByUrgency {
    pub fast: String,
    pub quality: String,
}

/// One agent after the other.
pub struct RoundRobin;

fn text<'a>(task: &'a Value, member: &str) -> &'a str {
    task.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn is_complete(task: &Value) -> bool {
    task.is_null() || text(task, "kind") == "task complete"
}

fn complete() -> Decision {
    Decision { to: None, reason: "task complete".into() }
}

impl Routing for ByKind {
    fn decide(&self, task: &Value, agents: &[String], _before: usize) -> Decision {
        if is_complete(task) {
            return complete();
        }
        let kind = text(task, "kind");
        let to = match kind {
            "narrative" => NARRATIVE,
            "memory retrieval" => MEMORY,
            "purpose alignment" => PURPOSE,
            "code execution" => ACTION,
            other => other, // an agent of the host's own, by its name
        };
        match agents.iter().any(|agent| agent == to) {
            true => Decision { to: Some(to.to_owned()), reason: format!("{kind} needed") },
            false => Decision { to: None, reason: format!("nobody here carries out `{kind}`") },
        }
    }
}

impl Routing for ByUrgency {
    fn decide(&self, task: &Value, agents: &[String], before: usize) -> Decision {
        if is_complete(task) {
            return complete();
        }
        let is_high = |member| text(task, member) == "high";
        match (is_high("priority"), is_high("complexity")) {
            (true, _) => Decision { to: Some(self.fast.clone()), reason: "high priority".into() },
            (false, true) => Decision { to: Some(self.quality.clone()), reason: "high complexity".into() },
            (false, false) => ByKind.decide(task, agents, before),
        }
    }
}

impl Routing for RoundRobin {
    fn decide(&self, task: &Value, agents: &[String], before: usize) -> Decision {
        if is_complete(task) {
            return complete();
        }
        match before.checked_rem(agents.len()) {
            Some(turn) => {
                Decision { to: Some(agents[turn].clone()), reason: format!("its turn: task {before}") }
            }
            None => Decision { to: None, reason: "there are no agents".into() },
        }
    }
}

/// A supervisor and its agents, on the way to a graph.
pub struct Supervisor {
    graph: StateGraph,
    agents: Vec<String>,
    routing: Arc<dyn Routing>,
}

impl Supervisor {
    /// Routes by the kind of the task, unless told otherwise.
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        let graph = StateGraph::new(name, version)
            .channel("task", Reducer::Last)
            .channel("messages", Reducer::Append)
            .channel("decisions", Reducer::Append);
        Supervisor { graph, agents: Vec::new(), routing: Arc::new(ByKind) }
    }

    #[must_use]
    pub fn routed_by(mut self, routing: impl Routing + 'static) -> Self {
        self.routing = Arc::new(routing);
        self
    }

    #[must_use]
    pub fn agent<F, Fut>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(Context, State) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Output, NodeError>> + Send + 'static,
    {
        let name = name.into();
        self.graph = self.graph.node(&name, function).edge(&name, SUPERVISOR);
        self.agents.push(name);
        self
    }

    /// The graph, to which more can be added before it is compiled.
    #[must_use]
    pub fn graph(self) -> StateGraph {
        let Supervisor { graph, agents, routing } = self;
        let targets: Vec<(String, String)> =
            agents.iter().map(|agent| (agent.clone(), agent.clone())).collect();
        let decide = move |_: Context, state: State| {
            let (agents, routing) = (agents.clone(), Arc::clone(&routing));
            async move {
                let task = state.value("task").cloned().unwrap_or(Value::Null);
                let before = state.value("decisions").and_then(Value::as_array).map_or(0, Vec::len);
                let decision = routing.decide(&task, &agents, before);
                Ok(Output::new().write("decisions", json!([decision])))
            }
        };
        let decided = |state: &State| {
            let newest = state.value("decisions").and_then(Value::as_array).and_then(|all| all.last());
            let to = newest.and_then(|decision| decision["to"].as_str());
            to.unwrap_or(END).to_owned()
        };
        let targets = targets.into_iter().chain([(END.to_owned(), END.to_owned())]);
        graph.node(SUPERVISOR, decide).entry(SUPERVISOR).branch(SUPERVISOR, decided, targets)
    }
}
