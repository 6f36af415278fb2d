//! Scout, plan, build: tasks that depend on each other, carried out by handlers of their agents' types.
//!
//! Each task is a node of one graph, so what is independent runs at the same time, and a workflow that was interrupted
//! goes on where it was. A task that fails takes nothing with it but what depends on it.

mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::document::{Document, Part, Step};
use crate::channel::{Reducer, State};
use crate::checkpoint::ThreadView;
use crate::context::{Clock, Context};
use crate::graph::{CompileError, CompiledGraph, StateGraph};
use crate::node::{NodeError, Output};
use crate::run::{Progress, RunError, Runner, StartOptions};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Phase {
    Scout,
    Plan,
    #[default]
    Build,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowTask {
    pub id: String,
    /// The type of agent whose handler carries it out.
    pub agent: String,
    #[serde(default)]
    pub phase: Phase,
    #[serde(default)]
    pub spec: Value,
    #[serde(default)]
    pub depends_on: Vec<String>,
}

/// What a handler gets.
pub struct TaskCall {
    pub task: WorkflowTask,
    /// The results of the tasks that it depends on.
    pub inputs: Map<String, Value>,
    /// For recorded calls and questions.
    pub context: Context,
}

type Handled = Pin<Box<dyn Future<Output = Result<Value, NodeError>> + Send>>;
type Handler = Arc<dyn Fn(TaskCall) -> Handled + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    #[error("there is no workflow `{0}`")]
    Unknown(String),
    #[error("there is a workflow `{0}` already")]
    Exists(String),
    #[error("task `{0}` is there twice")]
    DuplicateTask(String),
    #[error("task `{task}` depends on `{on}`, which is not there")]
    UnknownDependency { task: String, on: String },
    #[error("tasks depend on each other in a circle: {}", .0.join(" → "))]
    Circular(Vec<String>),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Run(#[from] RunError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Created,
    Running,
    Completed,
    Failed,
    /// A task that it depends on failed.
    Skipped,
}

/// Where a workflow stands, while it runs and afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub status: Standing,
    pub tasks: BTreeMap<String, Standing>,
    pub results: Map<String, Value>,
    /// By task: category and message.
    pub errors: Map<String, Value>,
    /// How long it took until now, in microseconds; 0 if it was not carried out by this program.
    pub took: i64,
}

impl Report {
    /// How many tasks stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.tasks.values().filter(|it| **it == standing).count()
    }
}

#[derive(Clone)]
struct Workflow {
    tasks: Arc<Vec<WorkflowTask>>,
    graph: Arc<CompiledGraph>,
    /// How often it was recovered.
    round: u32,
    took: i64,
}

impl Workflow {
    fn thread(&self, id: &str) -> String {
        match self.round {
            0 => id.to_owned(),
            round => format!("{id}#{round}"),
        }
    }
}

/// Workflows and the handlers that carry them out. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Workflows {
    runner: Runner,
    clock: Arc<dyn Clock>,
    handlers: Arc<Mutex<BTreeMap<String, Handler>>>,
    workflows: Arc<Mutex<BTreeMap<String, Workflow>>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workflows {
    pub fn new(runner: Runner, clock: Arc<dyn Clock>) -> Self {
        Workflows { runner, clock, handlers: Arc::default(), workflows: Arc::default() }
    }

    /// Who carries out tasks of a type of agent.
    pub fn register<F, Fut>(&self, agent: impl Into<String>, handler: F)
    where
        F: Fn(TaskCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, NodeError>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |call| Box::pin(handler(call)));
        lock(&self.handlers).insert(agent.into(), handler);
    }

    /// # Errors
    /// A task is there twice, depends on one that is not there, or on itself by a circle that is named.
    pub fn create(&self, id: impl Into<String>, tasks: Vec<WorkflowTask>) -> Result<(), WorkflowError> {
        let id = id.into();
        check(&tasks)?;
        let graph = Arc::new(self.graph(&id, &tasks)?);
        let mut workflows = lock(&self.workflows);
        if workflows.contains_key(&id) {
            return Err(WorkflowError::Exists(id));
        }
        workflows.insert(id, Workflow { tasks: Arc::new(tasks), graph, round: 0, took: 0 });
        Ok(())
    }

    /// Carries a workflow out to its end, or until its tasks wait for somebody.
    ///
    /// # Errors
    /// There is no such workflow, or it could not be carried on. A task that fails is no error.
    pub async fn execute(&self, id: &str) -> Result<Report, WorkflowError> {
        self.carry_out(id, json!({})).await
    }

    /// Tries again what failed and what was skipped for it. What was done is not done again.
    ///
    /// # Errors
    /// As for [`execute`](Self::execute).
    pub async fn recover(&self, id: &str) -> Result<Report, WorkflowError> {
        let before = self.report(id).await?;
        let unknown = || WorkflowError::Unknown(id.to_owned());
        lock(&self.workflows).get_mut(id).ok_or_else(unknown)?.round += 1;
        self.carry_out(id, json!({ "results": before.results })).await
    }

    async fn carry_out(&self, id: &str, input: Value) -> Result<Report, WorkflowError> {
        let (workflow, began) = (self.find(id)?, self.clock.now());
        let thread = workflow.thread(id);
        let done = self.runner.invoke(&workflow.graph, Some(&thread), input, StartOptions::default()).await;
        if let Some(workflow) = lock(&self.workflows).get_mut(id) {
            workflow.took = self.clock.now() - began;
        }
        match done? {
            Progress::Finished(_) | Progress::Waiting(_) | Progress::Held | Progress::Stopped(_) => {
                self.report(id).await
            }
        }
    }

    /// Where a workflow stands, also while it runs.
    ///
    /// # Errors
    /// There is no such workflow, or the store failed.
    pub async fn report(&self, id: &str) -> Result<Report, WorkflowError> {
        let workflow = self.find(id)?;
        let thread = workflow.thread(id);
        let view = self.runner.checkpointer().load(&thread).await.map_err(RunError::from)?;
        Ok(report(&workflow, view))
    }

    fn find(&self, id: &str) -> Result<Workflow, WorkflowError> {
        lock(&self.workflows).get(id).cloned().ok_or_else(|| WorkflowError::Unknown(id.to_owned()))
    }

    fn graph(&self, id: &str, tasks: &[WorkflowTask]) -> Result<CompiledGraph, CompileError> {
        let mut graph = StateGraph::new(format!("workflow {id}"), 1)
            .channel("results", Reducer::Merge)
            .channel("errors", Reducer::Merge)
            .channel("skipped", Reducer::Merge);
        for task in tasks {
            let (handlers, of_node) = (Arc::clone(&self.handlers), task.clone());
            graph = graph.node(&task.id, move |context, state| {
                let handler = lock(&handlers).get(&of_node.agent).cloned();
                carry_out(handler, of_node.clone(), context, state)
            });
            graph = match task.depends_on.as_slice() {
                [] => graph.entry(&task.id),
                [one] => graph.edge(one, &task.id),
                several => graph.join(several.iter().cloned(), &task.id),
            };
        }
        graph.compile()
    }
}

/// A task's node. A failure is a result like any other: what does not depend on it goes on.
async fn carry_out(
    handler: Option<Handler>,
    task: WorkflowTask,
    context: Context,
    state: State,
) -> Result<Output, NodeError> {
    let id = task.id.clone();
    let results: Map<String, Value> = state.get("results").unwrap_or_default();
    if results.contains_key(&id) {
        return Ok(Output::new()); // done before it was recovered
    }
    if let Some(missing) = task.depends_on.iter().find(|on| !results.contains_key(*on)) {
        return Ok(Output::new().write("skipped", json!({ id: missing })));
    }
    let outcome = match handler {
        None => Err(NodeError::failed(
            "validation_error",
            format!("no handler for agents of type `{}`", task.agent),
        )),
        Some(handler) => {
            let inputs = results.into_iter().filter(|(on, _)| task.depends_on.contains(on)).collect();
            handler(TaskCall { task, inputs, context }).await
        }
    };
    match outcome {
        Ok(result) => Ok(Output::new().write("results", json!({ id: result }))),
        Err(NodeError::Failed { category, message }) => {
            Ok(Output::new().write("errors", json!({ id: { "category": category, "message": message } })))
        }
        Err(other) => Err(other),
    }
}

fn report(workflow: &Workflow, view: Option<ThreadView>) -> Report {
    let mut report = Report {
        status: Standing::Created,
        tasks: workflow.tasks.iter().map(|task| (task.id.clone(), Standing::Created)).collect(),
        results: Map::new(),
        errors: Map::new(),
        took: workflow.took,
    };
    let Some(view) = view else { return report };
    let mut skipped: Map<String, Value> = view.state.get("skipped").unwrap_or_default();
    report.results = view.state.get("results").unwrap_or_default();
    report.errors = view.state.get("errors").unwrap_or_default();
    // What has finished counts before its superstep is closed.
    for (channel, value) in view.pending.iter().flat_map(|write| &write.writes) {
        let Value::Object(entries) = value else { continue };
        match channel.as_str() {
            "results" => report.results.extend(entries.clone()),
            "errors" => report.errors.extend(entries.clone()),
            _ => skipped.extend(entries.clone()),
        }
    }
    for (task, standing) in &mut report.tasks {
        *standing = if report.results.contains_key(task) {
            Standing::Completed
        } else if report.errors.contains_key(task) {
            Standing::Failed
        } else if skipped.contains_key(task) {
            Standing::Skipped
        } else if view.tasks.iter().any(|open| open.node == *task) {
            Standing::Running
        } else {
            Standing::Created
        };
    }
    report.status = match (view.finished(), report.errors.is_empty()) {
        (false, _) => Standing::Running,
        (true, true) => Standing::Completed,
        (true, false) => Standing::Failed,
    };
    report
}

/// Whether the tasks can be put in an order.
fn check(tasks: &[WorkflowTask]) -> Result<(), WorkflowError> {
    let mut known: BTreeMap<&str, &WorkflowTask> = BTreeMap::new();
    for task in tasks {
        if known.insert(&task.id, task).is_some() {
            return Err(WorkflowError::DuplicateTask(task.id.clone()));
        }
    }
    for task in tasks {
        if let Some(on) = task.depends_on.iter().find(|on| !known.contains_key(on.as_str())) {
            return Err(WorkflowError::UnknownDependency { task: task.id.clone(), on: on.clone() });
        }
    }
    // Takes away what depends on nothing that is left, until nothing is left, or only circles and what hangs on them.
    let mut left: BTreeSet<&str> = known.keys().copied().collect();
    loop {
        let free: Vec<&str> = left
            .iter()
            .copied()
            .filter(|task| !known[task].depends_on.iter().any(|on| left.contains(on.as_str())))
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|task| !free.contains(task));
    }
    let Some(first) = left.first() else { return Ok(()) };
    let mut way = vec![*first];
    loop {
        let last = way[way.len() - 1];
        let Some(next) = known[last].depends_on.iter().find(|on| left.contains(on.as_str())) else {
            return Ok(());
        };
        let seen = way.iter().position(|task| task == next);
        way.push(next);
        if let Some(begin) = seen {
            return Err(WorkflowError::Circular(
                way[begin..].iter().map(|task| (*task).to_owned()).collect(),
            ));
        }
    }
}
