//! A project: its approved plan as a state graph, one node a step. A step's node only dispatches a run and parks.

mod branch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cadre_core::failure::Category;
use cadre_core::function_contract::FunctionAttachment;
use cadre_core::org::AgentKind;
use cadre_core::plan::{HumanRole, Plan, Step};
use cadre_core::status::StepStatus;
use cadre_graph::{
    CompileError, CompiledGraph, Context, Interrupt, NodeError, Output, Reducer, State, StateGraph,
};
use cadre_store::aggregates::project::StepChanged;
use cadre_store::{Record as _, value_part};
use serde_json::{Value, json};

use crate::answers::{Answer, Reason};
use crate::run_graph::evidence::{self, missing_files};
use crate::run_graph::files::write_file;
use crate::run_graph::perform::Doer;
use crate::run_graph::{RunInput, RunOutcome};
use crate::shared::Shared;
use crate::workplace::ProjectPlace;

/// The graph's name in stored threads.
pub(crate) const GRAPH: &str = "project";

/// The name of the parked call that stands for a run.
pub(crate) const RUN_CALL: &str = "run";

/// The node that makes a project's worktree, before any step. No step is called so.
const BEGIN: &str = "cadre:begin";

pub(crate) fn graph(
    shared: &Arc<Shared>,
    plan: &Plan,
    place: ProjectPlace,
) -> Result<CompiledGraph, CompileError> {
    let place = Arc::new(place);
    let mut graph = StateGraph::new(GRAPH, 1)
        .channel("plan", Reducer::Last)
        .channel("results", Reducer::Merge)
        .channel("ended", Reducer::Merge);
    let begins = place.tree.is_some();
    if let Some(first) = plan.steps.iter().find(|step| step.depends_on.is_empty()).filter(|_| begins) {
        let (shared, place, first) = (Arc::clone(shared), Arc::clone(&place), Arc::new(first.clone()));
        let begin = move |context, _state| {
            branch::begin(Arc::clone(&shared), Arc::clone(&place), Arc::clone(&first), context)
        };
        graph = graph.node(BEGIN, begin).entry(BEGIN);
    }
    for step in &plan.steps {
        let (shared, place, node) = (Arc::clone(shared), Arc::clone(&place), Arc::new(step.clone()));
        graph = graph.node(&step.id, move |context, state| {
            carry_out(Arc::clone(&shared), Arc::clone(&place), Arc::clone(&node), context, state)
        });
        graph = match step.depends_on.as_slice() {
            [] if begins => graph.edge(BEGIN, &step.id),
            [] => graph.entry(&step.id),
            [one] => graph.edge(one, &step.id),
            several => graph.join(several.iter().cloned(), &step.id),
        };
    }
    graph.compile()
}

/// A step's node with what it needs at hand.
struct Node<'a> {
    shared: &'a Shared,
    place: &'a ProjectPlace,
    step: &'a Step,
    context: &'a Context,
    runs: u32,
}

async fn carry_out(
    shared: Arc<Shared>,
    place: Arc<ProjectPlace>,
    step: Arc<Step>,
    context: Context,
    state: State,
) -> Result<Output, NodeError> {
    let mut node = Node { shared: &shared, place: &place, step: &step, context: &context, runs: 0 };
    let ended: BTreeMap<String, String> = state.get("ended").unwrap_or_default();
    if step.depends_on.iter().any(|id| ended.get(id).is_some_and(|how| how == "skipped")) {
        node.changed(StepStatus::Skipped, Some("a step that it depends on was skipped"));
        return Ok(end(&step, "skipped", &Value::Null));
    }
    let guidance = node.guidance().await?;
    let mut done = None;
    if node.branch_off().await? {
        done = node.work(&state, guidance.as_deref()).await?;
        let summary = done.as_ref().map(|(summary, _)| summary.as_str());
        if !node.keep(summary).await? {
            done = None;
        }
    }
    match done {
        Some((summary, data)) => {
            node.changed(StepStatus::Completed, Some(&summary));
            Ok(end(&step, "completed", &data))
        }
        None => {
            node.changed(StepStatus::Skipped, Some("a person skipped it"));
            Ok(end(&step, "skipped", &Value::Null))
        }
    }
}

fn end(step: &Step, how: &str, data: &Value) -> Output {
    Output::new()
        .write("ended", json!({ step.id.clone(): how }))
        .write("results", json!({ step.id.clone(): data }))
}

impl Node<'_> {
    /// What a person says before an agent begins, for steps that ask for it.
    async fn guidance(&mut self) -> Result<Option<String>, NodeError> {
        let asks = matches!(self.step.human, Some(HumanRole::Guidance | HumanRole::Strategy));
        if !asks || !self.agent_carries_out().await? {
            return Ok(None); // a person who carries the step out needs no guidance from one
        }
        let answer =
            self.ask(Reason::Guidance, &format!("How is this to be done? {}", self.step.title), None).await?;
        Ok(answer.text)
    }

    /// Carries the step out by whoever can. `None` when a person skips it.
    async fn work(
        &mut self,
        state: &State,
        guidance: Option<&str>,
    ) -> Result<Option<(String, Value)>, NodeError> {
        if !self.agent_carries_out().await? {
            return self.by_person().await;
        }
        let mut feedback: Option<String> = None;
        loop {
            let Some((summary, data)) = self.by_agent(state, guidance, feedback.as_deref()).await? else {
                return Ok(None);
            };
            if !matches!(self.step.human, Some(HumanRole::Approval | HumanRole::Review)) {
                return Ok(Some((summary, data)));
            }
            let answer = self
                .ask(Reason::Result, &format!("Accept the result of: {}", self.step.title), Some(&summary))
                .await?;
            match answer.decision.as_str() {
                "approve" => return Ok(Some((summary, data))),
                "deny" => return Ok(None),
                _ => feedback = answer.text,
            }
        }
    }

    /// Runs until one is done; retries by category, then asks a person.
    async fn by_agent(
        &mut self,
        state: &State,
        guidance: Option<&str>,
        feedback: Option<&str>,
    ) -> Result<Option<(String, Value)>, NodeError> {
        let mut failed = 0;
        loop {
            self.runs += 1;
            self.changed(StepStatus::Running, None);
            let input = self.run_input(state, guidance, feedback);
            let outcome: RunOutcome = self.context.call(RUN_CALL, serde_json::to_value(input)?).await?;
            let (category, message, retried) = match outcome {
                RunOutcome::Done { summary, data, .. } => return Ok(Some((summary, data))),
                RunOutcome::Failed { category, message, retried } => (category, message, retried),
            };
            failed += 1;
            let delay = Category::from_name(&category).retry().delay_after(failed);
            match delay.filter(|_| !retried) {
                Some(delay) => {
                    // Nobody has to do anything: the next attempt comes by itself.
                    self.changed(StepStatus::Pending, Some(&message));
                    self.context.sleep_until(after(self.context.now()?, delay)).await?;
                }
                None => {
                    self.changed(StepStatus::Failed, Some(&message));
                    let title = format!("{} failed: {message}", self.step.title);
                    match self.ask(Reason::Failure, &title, Some(&category)).await?.decision.as_str() {
                        "retry" => failed = 0,
                        _ => return Ok(None),
                    }
                }
            }
        }
    }

    /// A person carries the step out and says so; what the step names as evidence is checked all the same. Files
    /// that are named and missing are written from the person's own words.
    async fn by_person(&mut self) -> Result<Option<(String, Value)>, NodeError> {
        let mut detail = self.step.instructions.clone();
        loop {
            let answer = self.ask(Reason::Work, &self.step.title.clone(), Some(&detail)).await?;
            if answer.decision != "done" {
                return Ok(None);
            }
            self.runs += 1;
            match self.prove(&answer).await {
                Ok(()) => {
                    let said = answer.text.unwrap_or_else(|| "A person did it".into());
                    let data = json!({ "by": "person", "note": said });
                    return Ok(Some((said, data)));
                }
                Err(NodeError::Failed { message, .. }) => detail = message,
                Err(other) => return Err(other),
            }
        }
    }

    /// Checks the evidence of a step that a person carried out.
    async fn prove(&self, answer: &Answer) -> Result<(), NodeError> {
        let folder = &self.place.folder_of(&self.step.id);
        let doer = self.doer("person");
        let missing: Vec<String> = self
            .context
            .step("missing", &self.runs, || async {
                Ok(missing_files(folder, &self.step.evidence).into_iter().map(str::to_owned).collect())
            })
            .await?;
        let mut artifacts = Vec::new();
        if let Some(said) = answer.text.as_ref().filter(|said| !said.is_empty()) {
            for path in &missing {
                let allowed = Some(format!("decision:{}", answer.id));
                artifacts
                    .push(write_file(self.shared, self.context, &doer, folder, path, said, allowed).await?);
            }
        }
        let place = evidence::Place { folder, reads: &self.reads() };
        evidence::check(self.shared, self.context, &doer, place, &self.step.evidence, &artifacts).await
    }

    /// What was given with the request, where steps find it.
    fn attachments(&self) -> Vec<FunctionAttachment> {
        let given = self.place.attachments.iter();
        given
            .map(|given| FunctionAttachment {
                name: given.name.clone(),
                path: self.shared.attachments.path(&given.sha256, &given.name).to_string_lossy().into_owned(),
                sha256: given.sha256.clone(),
            })
            .collect()
    }

    /// What programs may look at beside the folder.
    fn reads(&self) -> Vec<String> {
        let given = self.attachments().into_iter().map(|given| given.path);
        self.place.reads().into_iter().chain(given).collect()
    }

    /// Who acts where no run does.
    fn doer(&self, member: &str) -> Doer {
        Doer {
            project: self.place.project.clone(),
            step: self.step.id.clone(),
            run: self.run_id(),
            attempt: self.runs,
            member: member.to_owned(),
            asks: Vec::new(),
            in_place: self.place.in_place,
        }
    }

    fn run_id(&self) -> String {
        format!("{}/{}/{}", self.place.project, self.step.id, self.runs)
    }

    /// Whether the assignee is an agent that can run here; otherwise a person carries the step out.
    async fn agent_carries_out(&self) -> Result<bool, NodeError> {
        let Some(assignee) = self.step.assignee.clone() else { return Ok(false) };
        self.context
            .step("assignee", &assignee, || async {
                let definition = self.shared.definition(&assignee).await;
                let definition = definition.map_err(|error| NodeError::Store(error.to_string()))?;
                Ok(match definition.map(|definition| definition.kind) {
                    Some(AgentKind::Function | AgentKind::Acp) => true,
                    Some(AgentKind::Model) => self.shared.has_model(&self.place.project).await?,
                    _ => false,
                })
            })
            .await
    }

    fn run_input(&self, state: &State, guidance: Option<&str>, feedback: Option<&str>) -> RunInput {
        let results: BTreeMap<String, Value> = state.get("results").unwrap_or_default();
        let mut instructions = self.step.instructions.clone();
        for (heading, said) in [("Guidance", guidance), ("Asked to change", feedback)] {
            if let Some(said) = said {
                instructions += &format!("\n\n{heading}: {said}");
            }
        }
        RunInput {
            run: self.run_id(),
            project: self.place.project.clone(),
            step: self.step.id.clone(),
            attempt: self.runs,
            member: self.step.assignee.clone().unwrap_or_default(),
            title: self.step.title.clone(),
            instructions,
            folder: self.place.folder_of(&self.step.id),
            source: self.place.source.clone(),
            in_place: self.place.in_place,
            attachments: self.attachments(),
            reads: self.reads(),
            inputs: results.into_iter().filter(|(id, _)| self.step.depends_on.contains(id)).collect(),
            evidence: self.step.evidence.clone(),
        }
    }

    async fn ask(&self, reason: Reason, message: &str, detail: Option<&str>) -> Result<Answer, NodeError> {
        self.ask_for(reason, message, detail, reason.allowed()).await
    }

    async fn ask_for(
        &self,
        reason: Reason,
        message: &str,
        detail: Option<&str>,
        allowed: Vec<String>,
    ) -> Result<Answer, NodeError> {
        // A step that failed stays so until a person says what next: its project is paused on an error.
        let waits = if reason == Reason::Failure { StepStatus::Failed } else { StepStatus::PendingApproval };
        self.changed(waits, None);
        let mut action = json!({
            "project": self.place.project, "step": self.step.id, "title": self.step.title,
            "member": self.step.assignee,
            "instructions": self.step.instructions, "detail": detail, "evidence": self.step.evidence,
        });
        if self.place.tree.is_some() || self.place.in_place {
            action["folder"] = json!(self.place.folder_of(&self.step.id)); // where a person finds the files
        }
        let interrupt = Interrupt {
            reason: reason.name().into(),
            message: message.to_owned(),
            action,
            allowed,
            ..Interrupt::default()
        };
        Ok(serde_json::from_value(self.context.interrupt(reason.name(), interrupt).await?)?)
    }

    fn changed(&self, status: StepStatus, summary: Option<&str>) {
        let ends = matches!(status, StepStatus::Completed | StepStatus::Skipped);
        self.context.record(
            StepChanged {
                project: self.place.project.clone(),
                step: self.step.id.clone(),
                status: status.name().into(),
                runs: self.runs,
                summary: summary.map(|summary| value_part(json!(summary))),
                begins: status == StepStatus::Running && self.runs == 1,
                ends,
            }
            .to_host(),
        );
    }
}

fn after(now: i64, delay: Duration) -> i64 {
    now.saturating_add(i64::try_from(delay.as_micros()).unwrap_or(i64::MAX))
}
