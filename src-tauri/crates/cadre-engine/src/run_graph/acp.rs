//! Agent programs: a coding agent of another maker carries the step out in the project's folder.
//!
//! The program lives outside of this node (`agent_programs.rs`), for the node ends whenever a person is asked. The node
//! waits for one event at a time; each is recorded, so that after a restart it stands where it stood, finds that the
//! program is gone, and says so.

mod places;
mod report;
mod requests;
mod room;
mod start;

use std::collections::{BTreeMap, BTreeSet};

use cadre_agents::acp::{Cost, Event, Link, Prompt, Tokens, ToolUse};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_core::org::AgentDefinition;
use cadre_graph::{Context, NodeError};
use serde_json::{Value, json};

use super::conversation::{Conversation, Role};
use super::limits::Limits;
use super::perform::{Doer, NotDone};
use super::{Artifact, RunInput, RunOutcome, attachments, failure};
use crate::agent_programs::{KeptAlive, nano};
use crate::gate::Place;
use crate::gateway::Purpose;
use crate::shared::Shared;

/// One run of one program, as far as it is known from what was recorded.
struct Work<'a> {
    shared: &'a Shared,
    context: &'a Context,
    input: &'a RunInput,
    definition: &'a AgentDefinition,
    doer: Doer,
    purpose: Purpose,
    limits: Limits,
    /// The program's file, and what it called itself.
    program: String,
    agent: String,
    containment: String,
    /// Key of the effect that started it.
    start: String,
    conversation: Conversation<'a>,
    /// Events so far.
    heard: u32,
    answer: String,
    /// What it may do now, by its id of the tool call; it may ask more than once for one call.
    given: BTreeMap<String, Vec<Given>>,
    /// Files that were written for it: path to hash.
    written: BTreeMap<String, String>,
    /// Files that a person agreed to.
    agreed: BTreeSet<String>,
    /// What people said with a no, for the next turn.
    remarks: Vec<String>,
    tokens: Tokens,
    cost: Option<Cost>,
    /// Nano-dollars of the costliest turn.
    costliest: i64,
    turns: u32,
    in_a_turn: bool,
    /// The turn that is under way was told to end, at a limit.
    ending: bool,
    stop: String,
    /// Microseconds of work, without waiting, when it was last asked.
    worked: i64,
}

/// A tool call that was permitted and has not ended.
struct Given {
    key: String,
    action: Action,
}

pub(super) async fn carry_out(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    definition: &AgentDefinition,
) -> Result<RunOutcome, NodeError> {
    let mut work = Work {
        shared,
        context,
        input,
        definition,
        doer: input.doer(definition),
        purpose: input.purpose(definition),
        limits: Limits::new(definition.limits),
        program: String::new(),
        agent: definition.name.clone(),
        containment: String::new(),
        start: String::new(),
        conversation: Conversation::new(context, input),
        heard: 0,
        answer: String::new(),
        given: BTreeMap::new(),
        written: BTreeMap::new(),
        agreed: BTreeSet::new(),
        remarks: Vec::new(),
        tokens: Tokens::default(),
        cost: None,
        costliest: 0,
        turns: 0,
        in_a_turn: false,
        ending: false,
        stop: String::new(),
        worked: 0,
    };
    let mut program = KeptAlive::of(&shared.programs, &input.run);
    let outcome = work.carry_out().await;
    // Parked, it waits for a person, and its program waits with it.
    program.waits = matches!(outcome, Err(NodeError::Parked));
    if program.waits {
        shared.programs.leave_alone(&input.run, work.left_alone());
    }
    outcome
}

impl Work<'_> {
    async fn carry_out(&mut self) -> Result<RunOutcome, NodeError> {
        attachments::check(self.shared, self.context, self.input).await?;
        let prompt = self.prompt();
        let before = self.look().await?;
        self.conversation.say(Role::Task, "cadre", &prompt, None).await?;
        if let Some(stopped) = self.room_for_a_turn().await? {
            return Ok(stopped);
        }
        self.start(&prompt).await?;
        let ended = match self.turns(prompt).await {
            ended @ (Ok(_) | Err(NodeError::Failed { .. })) => ended,
            Err(not_over) => return Err(not_over),
        };
        // Whatever came of it: what it changed is looked for and recorded.
        let (changes, artifacts) = self.changes(&before).await?;
        if let Some(stopped) = ended? {
            return Ok(stopped);
        }
        Ok(RunOutcome::Done {
            summary: self.summary(),
            data: json!({
                "answer": self.answer, "agent": self.agent, "program": self.program, "containment": self.containment,
                "stop": self.stop, "turns": self.turns, "tokens": self.tokens, "cost": self.cost, "changes": changes,
                "watched": { "files": before.files.len(), "all": before.complete },
            }),
            artifacts,
        })
    }

    /// Turns until the program has done what it was asked for and nobody said more. Gives the outcome when a person lets
    /// it end at a limit.
    async fn turns(&mut self, mut prompt: String) -> Result<Option<RunOutcome>, NodeError> {
        loop {
            if let Some(stopped) = self.room_for_a_turn().await? {
                return Ok(Some(stopped));
            }
            self.turns += 1;
            let run = &self.input.run;
            self.context
                .effect("acp_prompt", &prompt, |_| async {
                    if let Some(session) = self.shared.programs.session(run) {
                        session.prompt(Prompt { text: prompt.clone(), links: self.links() });
                    }
                    Ok(())
                })
                .await?;
            match self.turn().await {
                Ok(()) => {}
                // It ended in place of its turn. Begun anew by itself, it would have all of its limits again.
                Err(NodeError::Failed { category, message }) if self.ending => {
                    return Ok(Some(RunOutcome::Failed { category, message, retried: true }));
                }
                Err(error) => return Err(error),
            }
            let ended_by_us = self.ending && self.stop == "cancelled";
            if !ended_by_us && self.remarks.is_empty() {
                return self.judge_end().map(|()| None);
            }
            let mut said = Vec::new();
            if ended_by_us {
                said.push(
                    "Your turn was ended at a limit, and there is room again. Go on where you were."
                        .to_owned(),
                );
            }
            if !self.remarks.is_empty() {
                let remarks = std::mem::take(&mut self.remarks).join("\n");
                said.push(format!("A person answered:\n\n{remarks}\n\nGo on with that in mind."));
            }
            prompt = said.join("\n\n");
            self.conversation.say(Role::Task, "cadre", &prompt, None).await?;
        }
    }

    /// What was given with the request goes along with the first prompt.
    fn links(&self) -> Vec<Link> {
        let given = self.input.attachments.iter().filter(|_| self.turns == 1);
        given.map(|given| Link { name: given.name.clone(), path: given.path.clone().into() }).collect()
    }

    /// One turn: event after event until it ends.
    async fn turn(&mut self) -> Result<(), NodeError> {
        (self.in_a_turn, self.ending) = (true, false);
        let paid = self.paid();
        loop {
            let Some(event) = self.next().await? else {
                self.end_turn().await?;
                continue;
            };
            match event {
                Event::Ready { .. } => {}
                Event::Message { text } => {
                    self.says(&text, None).await?;
                    self.answer = text;
                }
                Event::Thought { text } => {
                    self.says(&text, Some(json!({ "thought": true }))).await?;
                }
                Event::Plan { entries } => {
                    let text: Vec<&str> = entries.iter().map(|entry| entry.content.as_str()).collect();
                    self.says(&text.join("\n"), Some(json!({ "plan": entries }))).await?;
                }
                Event::Tool { tool } => self.tool(tool).await?,
                Event::Permission { request, tool } if self.ending => {
                    let why = NotDone::Denied { why: ENDING.into() };
                    self.answer_no(request, &tool, why).await?;
                }
                Event::Write { request, path, .. } if self.ending => {
                    self.answer_write(request, &path, Err(ENDING.into())).await?;
                }
                Event::Permission { request, tool } => self.permission(request, tool).await?,
                Event::Write { request, path, content } => self.write(request, path, content).await?,
                Event::Used { context, cost, late: _ } => {
                    self.limits.count_at_least(context);
                    self.cost = cost.or(self.cost.take());
                    if !self.ending && self.is_over_a_limit().await? {
                        self.end_turn().await?;
                    }
                }
                Event::WentOn { micros, over } => {
                    self.limits.count_alone(micros);
                    if !self.ending && (over || self.is_over_a_limit().await?) {
                        self.end_turn().await?;
                    }
                }
                Event::TurnEnded { stop, tokens, cost } => {
                    self.in_a_turn = false;
                    let tokens = tokens.unwrap_or_default();
                    self.tokens = self.tokens.plus(tokens);
                    self.limits.count(tokens.uncached());
                    self.cost = cost.or(self.cost.take());
                    self.costliest = self.costliest.max(self.paid().saturating_sub(paid));
                    self.stop = stop;
                    return self.lost("its turn ended without a word about it").await;
                }
                Event::Failed { category, message } => {
                    self.conversation.say(Role::System, "cadre", &message, None).await?;
                    self.lost("the agent's program ended meanwhile").await?;
                    return Err(NodeError::failed(category, message));
                }
            }
        }
    }

    /// What the session has cost so far, in nano-dollars, where the program says it.
    fn paid(&self) -> i64 {
        self.cost.as_ref().and_then(nano).unwrap_or(0)
    }

    /// The next event, or `None` when the run has worked for as long as it may.
    async fn next(&mut self) -> Result<Option<Event>, NodeError> {
        let (run, cancelled) = (self.input.run.as_str(), self.context.cancelled());
        let number = self.heard;
        self.heard += 1;
        let left = self.limits.work_left(self.worked);
        let event = self
            .context
            .effect("acp_event", &number, |_| async {
                let event = self.shared.programs.next(run);
                // A turn that is being ended ends soon, or its program does.
                let in_time = async {
                    match self.ending {
                        true => Some(event.await),
                        false => tokio::time::timeout(left, event).await.ok(),
                    }
                };
                tokio::select! {
                    biased;
                    () = cancelled.cancelled() => Err(stopped()),
                    event = in_time => Ok(event),
                }
            })
            .await?;
        self.worked = self.context.worked()?; // before it waits for a person, whose time does not count
        Ok(event)
    }

    async fn tool(&mut self, tool: ToolUse) -> Result<(), NodeError> {
        self.settle(&tool).await?;
        let data = json!({
            "tool": tool.kind, "status": tool.status, "locations": tool.locations, "diffs": tool.diffs,
            "input": tool.input, "output": tool.output,
        });
        let name = tool.name.as_deref().unwrap_or(&tool.kind).to_owned();
        self.conversation.say(Role::Tool, &name, &tool.title, Some(data)).await
    }

    async fn says(&mut self, text: &str, data: Option<Value>) -> Result<(), NodeError> {
        self.conversation.say(Role::Agent, &self.definition.name, text, data).await
    }

    fn judge_end(&self) -> Result<(), NodeError> {
        match self.stop.as_str() {
            "end_turn" => Ok(()),
            "cancelled" => Err(failure(Category::UserCancelled, "the agent's turn was cancelled")),
            "refusal" => {
                Err(failure(Category::ValidationError, format!("the agent refused: {}", self.answer)))
            }
            stop => {
                Err(failure(Category::ResourceExhausted, format!("the agent stopped at a limit: {stop}")))
            }
        }
    }

    fn place(&self) -> Place {
        Place { project: Some(self.doer.project.clone()), run: Some(self.doer.run.clone()) }
    }
}

/// What the program hears that wants something while its turn is ended.
const ENDING: &str = "a limit is reached, and the turn is ended";

fn stopped() -> NodeError {
    NodeError::Stopped { cause: "stopped while the agent's program worked".into() }
}
