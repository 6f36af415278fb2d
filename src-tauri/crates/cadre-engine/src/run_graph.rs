//! A run: one attempt to carry a step out, as a thread of its own with one node.
//!
//! The node is written as if nothing could interrupt it; every call that matters is recorded, so after a crash it
//! goes on where it was.

mod acp;
mod attachments;
pub(crate) mod conversation;
pub(crate) mod evidence;
pub(crate) mod files;
mod function;
mod limits;
mod model;
pub(crate) mod perform;

use std::collections::BTreeMap;
use std::sync::Arc;

use cadre_core::failure::Category;
use cadre_core::function_contract::FunctionAttachment;
use cadre_core::org::{AgentDefinition, AgentKind};
use cadre_core::plan::Evidence;
use cadre_graph::{CompiledGraph, Context, END, NodeError, Output, Reducer, State, StateGraph};
use cadre_store::aggregates::run::RunFinished;
use cadre_store::{Record as _, value_part};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::gateway::Purpose;
use crate::run_graph::perform::Doer;
use crate::shared::Shared;

/// The graph's name in stored threads.
pub(crate) const GRAPH: &str = "run";

/// Everything a run needs, handed over by its step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunInput {
    pub(crate) run: String,
    pub(crate) project: String,
    pub(crate) step: String,
    pub(crate) attempt: u32,
    pub(crate) member: String,
    pub(crate) title: String,
    pub(crate) instructions: String,
    /// Where the project writes.
    pub(crate) folder: String,
    /// What it looks at, if that is another folder.
    pub(crate) source: Option<String>,
    /// The folder is the user's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_place: bool,
    /// Given with the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<FunctionAttachment>,
    /// What its programs may look at beside the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reads: Vec<String>,
    /// Data of the steps that this one depends on.
    pub(crate) inputs: BTreeMap<String, Value>,
    pub(crate) evidence: Vec<Evidence>,
}

impl RunInput {
    fn doer(&self, definition: &AgentDefinition) -> Doer {
        Doer {
            project: self.project.clone(),
            step: self.step.clone(),
            run: self.run.clone(),
            attempt: self.attempt,
            member: definition.name.clone(),
            asks: definition.approvals.clone(),
            in_place: self.in_place,
        }
    }

    /// What it spends is for this.
    fn purpose(&self, definition: &AgentDefinition) -> Purpose {
        Purpose {
            name: "work",
            project: Some(self.project.clone()),
            step: Some(self.step.clone()),
            run: Some(self.run.clone()),
            member: Some(definition.name.clone()),
            member_limit: Some(definition.budget),
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum RunOutcome {
    Done {
        summary: String,
        data: Value,
        artifacts: Vec<Artifact>,
    },
    Failed {
        category: String,
        message: String,
        /// It was tried again inside the run as often as its category says: now a person is asked.
        #[serde(default)]
        retried: bool,
    },
}

/// A file that a run has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Relative to the project's folder.
    pub path: String,
    /// Of what stands there.
    pub sha256: String,
    /// A person said that it was written, and what stands there is not what was approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_as_approved: bool,
}

impl RunOutcome {
    fn of_error(error: NodeError) -> Result<RunOutcome, NodeError> {
        match error {
            NodeError::Failed { category, message } => {
                Ok(RunOutcome::Failed { category, message, retried: false })
            }
            other => Err(other),
        }
    }
}

pub(crate) fn graph(shared: &Arc<Shared>) -> CompiledGraph {
    let shared = Arc::clone(shared);
    StateGraph::new(GRAPH, 1)
        .channel("input", Reducer::Last)
        .channel("outcome", Reducer::Last)
        .node("carry_out", move |context, state| carry_out(Arc::clone(&shared), context, state))
        .entry("carry_out")
        .edge("carry_out", END)
        .compile()
        .expect("the graph of a run is fixed, and a test runs it")
}

async fn carry_out(shared: Arc<Shared>, context: Context, state: State) -> Result<Output, NodeError> {
    let input: RunInput = state.get("input")?;
    let outcome = match work(&shared, &context, &input).await {
        Ok(outcome) => outcome,
        Err(error) => RunOutcome::of_error(error)?,
    };
    let (status, category) = match &outcome {
        RunOutcome::Done { .. } => ("completed", None),
        RunOutcome::Failed { category, .. } => ("failed", Some(category.clone())),
    };
    let outcome = serde_json::to_value(&outcome)?;
    context.record(
        RunFinished { run: input.run, status: status.into(), outcome: value_part(outcome.clone()), category }
            .to_host(),
    );
    Ok(Output::new().write("outcome", outcome))
}

async fn work(shared: &Shared, context: &Context, input: &RunInput) -> Result<RunOutcome, NodeError> {
    let member = input.member.clone();
    let definition: AgentDefinition = context
        .step("definition", &member, || async {
            match shared.definition(&member).await {
                Ok(Some(definition)) => Ok(definition),
                Ok(None) => {
                    Err(failure(Category::AgentUnavailable, format!("`{member}` is not in the organisation")))
                }
                Err(error) => Err(NodeError::Store(error.to_string())),
            }
        })
        .await?;
    let outcome = match definition.kind {
        AgentKind::Function => function::carry_out(shared, context, input, &definition).await?,
        AgentKind::Model => model::carry_out(shared, context, input, &definition).await?,
        AgentKind::Acp => Box::pin(acp::carry_out(shared, context, input, &definition)).await?,
        kind => {
            return Err(failure(
                Category::AgentUnavailable,
                format!(
                    "`{}` is an agent of kind {}, which cannot run here yet",
                    definition.name,
                    json!(kind)
                ),
            ));
        }
    };
    if let RunOutcome::Done { artifacts, .. } = &outcome {
        let doer = input.doer(&definition);
        let place = evidence::Place { folder: &input.folder, reads: &input.reads };
        evidence::check(shared, context, &doer, place, &input.evidence, artifacts).await?;
    }
    Ok(outcome)
}

pub(crate) fn failure(category: Category, message: impl Into<String>) -> NodeError {
    NodeError::failed(category.name(), message)
}
