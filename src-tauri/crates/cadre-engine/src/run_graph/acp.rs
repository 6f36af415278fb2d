//! Agent programs: a coding agent of another maker carries the step out in the project's folder.
//!
//! The program lives outside of this node (`agent_programs.rs`), for the node ends whenever a person is asked. The node
//! waits for one event at a time; each is recorded, so that after a restart it stands where it stood, finds that the
//! program is gone, and says so.

mod places;
mod report;
mod requests;
mod start;

use std::collections::{BTreeMap, BTreeSet};

use cadre_agents::acp::{Cost, Event, Link, Prompt, Tokens, ToolUse};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_core::org::AgentDefinition;
use cadre_graph::{Context, NodeError};
use serde_json::{Value, json};

use super::conversation::{Conversation, Role};
use super::perform::Doer;
use super::{Artifact, RunInput, RunOutcome, attachments, failure};
use crate::agent_programs::KeptAlive;
use crate::gate::Place;
use crate::shared::Shared;

/// One run of one program, as far as it is known from what was recorded.
struct Work<'a> {
    shared: &'a Shared,
    context: &'a Context,
    input: &'a RunInput,
    definition: &'a AgentDefinition,
    doer: Doer,
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
    turns: u32,
    stop: String,
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
        turns: 0,
        stop: String::new(),
    };
    let mut program = KeptAlive::of(&shared.programs, &input.run);
    let outcome = work.carry_out().await;
    // Parked, it waits for a person, and its program waits with it.
    program.waits = matches!(outcome, Err(NodeError::Parked));
    outcome
}

impl Work<'_> {
    async fn carry_out(&mut self) -> Result<RunOutcome, NodeError> {
        attachments::check(self.shared, self.context, self.input).await?;
        let prompt = self.prompt();
        let before = self.look().await?;
        self.conversation.say(Role::Task, "cadre", &prompt, None).await?;
        self.start(&prompt).await?;
        let ended = match self.turns(prompt).await {
            ended @ (Ok(()) | Err(NodeError::Failed { .. })) => ended,
            Err(not_over) => return Err(not_over),
        };
        // Whatever came of it: what it changed is looked for and recorded.
        let (changes, artifacts) = self.changes(&before).await?;
        self.book()?;
        ended?;
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

    /// Turns until the program has done what it was asked for and nobody said more.
    async fn turns(&mut self, mut prompt: String) -> Result<(), NodeError> {
        loop {
            self.turns += 1;
            if self.turns > self.definition.limits.turns {
                return Err(failure(Category::ResourceExhausted, "the agent used all its turns"));
            }
            let run = &self.input.run;
            self.context
                .effect("acp_prompt", &prompt, |_| async {
                    if let Some(session) = self.shared.programs.session(run) {
                        session.prompt(Prompt { text: prompt.clone(), links: self.links() });
                    }
                    Ok(())
                })
                .await?;
            self.turn().await?;
            if self.remarks.is_empty() {
                return self.judge_end();
            }
            self.check_tokens()?;
            prompt = format!("A person answered:\n\n{}\n\nGo on with that in mind.", self.remarks.join("\n"));
            self.remarks.clear();
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
        loop {
            match self.next().await? {
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
                    self.says(
                        &text.join(
                            "
",
                        ),
                        Some(json!({ "plan": entries })),
                    )
                    .await?;
                }
                Event::Tool { tool } => self.tool(tool).await?,
                Event::Permission { request, tool } => self.permission(request, tool).await?,
                Event::Write { request, path, content } => self.write(request, path, content).await?,
                Event::TurnEnded { stop, tokens, cost } => {
                    self.tokens = self.tokens.plus(tokens.unwrap_or_default());
                    self.cost = cost.or(self.cost.take());
                    self.stop = stop;
                    let why = "its turn ended without a word about it";
                    return self.lost(why).await;
                }
                Event::Failed { category, message } => {
                    self.conversation.say(Role::System, "cadre", &message, None).await?;
                    self.lost("the agent's program ended meanwhile").await?;
                    return Err(NodeError::failed(category, message));
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Event, NodeError> {
        let (run, cancelled) = (self.input.run.as_str(), self.context.cancelled());
        let number = self.heard;
        self.heard += 1;
        self.context
            .effect("acp_event", &number, |_| async {
                tokio::select! {
                    biased;
                    () = cancelled.cancelled() => Err(stopped()),
                    event = self.shared.programs.next(run) => Ok(event),
                }
            })
            .await
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

    fn check_tokens(&self) -> Result<(), NodeError> {
        let used = self.tokens.input.saturating_add(self.tokens.output);
        match used > u64::from(self.definition.limits.tokens) {
            true => Err(failure(Category::ResourceExhausted, format!("the agent used {used} tokens"))),
            false => Ok(()),
        }
    }

    fn place(&self) -> Place {
        Place { project: Some(self.doer.project.clone()), run: Some(self.doer.run.clone()) }
    }
}

fn stopped() -> NodeError {
    NodeError::Stopped { cause: "stopped while the agent's program worked".into() }
}
