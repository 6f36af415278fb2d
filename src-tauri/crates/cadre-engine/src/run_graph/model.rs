//! Model agents: a conversation with a model that has tools, within hard limits, until the step is done.
//!
//! The loop is code between recorded calls: a restart replays what was said and goes on with the next turn.

mod prompt;
mod tools;

use cadre_core::failure::Category;
use cadre_core::org::AgentDefinition;
use cadre_graph::{Context, NodeError};
use cadre_models::catalogue::Tier;
use cadre_models::chat::{AssistantMessage, Message, StopReason, ToolCall, ToolResult};
use cadre_models::routing::{Choice, choose};
use cadre_models::{ChatRequest, ChatResponse};
use serde_json::{Value, json};

use self::tools::{FINISH, Given};
use super::conversation::{Conversation, Role};
use super::evidence::missing_files;
use super::limits::{self, Limits};
use super::perform::Doer;
use super::{Artifact, RunInput, RunOutcome, failure};
use crate::gateway::{self, Call, Called, Purpose};
use crate::shared::Shared;

/// Tokens of one answer: room for a whole file in a call of a tool.
const ANSWER_TOKENS: u32 = 16_000;

/// How often a model is told that what the step names is still missing.
const REMINDERS: u32 = 2;

pub(super) async fn carry_out(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    definition: &AgentDefinition,
) -> Result<RunOutcome, NodeError> {
    let choice = chosen(shared, context, &input.project, definition).await?;
    let mut work = Work {
        shared,
        context,
        input,
        definition,
        doer: input.doer(definition),
        purpose: input.purpose(definition),
        conversation: Conversation::new(context, input),
        limits: Limits::new(definition.limits),
        artifacts: Vec::new(),
        reminders: 0,
    };
    let request = work.first_request(&choice).await?;
    work.converse(&choice, request).await
}

/// The model for this run, chosen once and then recorded.
async fn chosen(
    shared: &Shared,
    context: &Context,
    project: &str,
    definition: &AgentDefinition,
) -> Result<Choice, NodeError> {
    let wished = definition.tier.as_deref().and_then(Tier::from_name).unwrap_or(Tier::Base);
    context
        .step("choose_model", &wished, || async {
            let candidates = shared.candidates(Some(project)).await;
            let candidates = candidates.map_err(|error| NodeError::Store(error.to_string()))?;
            choose(&candidates, wished).ok_or_else(|| {
                failure(Category::AgentUnavailable, "no model is enabled any more; enable one under System")
            })
        })
        .await
}

struct Work<'a> {
    shared: &'a Shared,
    context: &'a Context,
    input: &'a RunInput,
    definition: &'a AgentDefinition,
    doer: Doer,
    purpose: Purpose,
    conversation: Conversation<'a>,
    limits: Limits,
    artifacts: Vec<Artifact>,
    reminders: u32,
}

impl Work<'_> {
    async fn first_request(&mut self, choice: &Choice) -> Result<ChatRequest, NodeError> {
        let task = prompt::task(self.input);
        let model = json!({
            "model": choice.candidate.model, "provider": choice.candidate.provider.name(), "why": choice.why,
        });
        self.conversation.say(Role::Task, &self.definition.name, &task, Some(model)).await?;
        let mut request = ChatRequest::new(&choice.candidate.model, task);
        request.system = Some(prompt::system(self.definition));
        request.tools = tools::offered(self.definition);
        request.max_output_tokens = ANSWER_TOKENS;
        request.cache_prefix = true;
        Ok(request)
    }

    async fn converse(mut self, choice: &Choice, mut request: ChatRequest) -> Result<RunOutcome, NodeError> {
        loop {
            if let Some(stopped) = limits::within(self.context, &self.doer, &mut self.limits).await? {
                return Ok(stopped);
            }
            let response = match self.ask(choice, &request).await? {
                Ok(response) => response,
                Err(failed) => return Ok(failed),
            };
            self.limits
                .count(response.usage.map_or(0, |usage| usage.input + usage.cache_write + usage.output));
            self.context.worked()?;
            self.said(&response).await?;
            let ended = response.stop_reason.clone();
            let message = response.message;
            request.messages.push(Message::Assistant(message.clone()));
            match self.answer(message, &ended).await? {
                Next::Say(next) => request.messages.extend(next),
                Next::End(outcome) => return Ok(outcome),
            }
        }
    }

    /// What follows what the model said.
    async fn answer(&mut self, message: AssistantMessage, ended: &StopReason) -> Result<Next, NodeError> {
        if !message.tool_calls.is_empty() {
            return self.use_tools(message.tool_calls).await;
        }
        let user = |text: &str| Next::Say(vec![Message::User { text: text.to_owned() }]);
        match ended {
            StopReason::Paused => Ok(Next::Say(Vec::new())),
            StopReason::MaxTokens => {
                Ok(user("Your answer was cut off. Go on from there, in smaller pieces."))
            }
            StopReason::Refusal => Ok(failed(Category::ValidationError, "the model declined to do this")),
            StopReason::ContextFull => {
                Ok(failed(Category::ValidationError, "the conversation fills the model's window"))
            }
            _ => self.finished(message.text, None).await,
        }
    }

    async fn use_tools(&mut self, calls: Vec<ToolCall>) -> Result<Next, NodeError> {
        let mut results = Vec::with_capacity(calls.len());
        let mut finish = None;
        for (place, call) in calls.into_iter().enumerate() {
            let given = match (call.name.as_str(), &finish) {
                (FINISH, None) => {
                    finish = Some((place, call));
                    continue;
                }
                (FINISH, Some(_)) => Given::error("the step is ended by one call; this one does not count"),
                _ => {
                    tools::call(self.shared, self.context, &self.doer, self.input, self.definition, &call)
                        .await?
                }
            };
            self.context.worked()?;
            results.push(self.given(&call, given).await?);
        }
        let Some((place, finish)) = finish else {
            return Ok(Next::Say(vec![Message::ToolResults { results }]));
        };
        let summary = finish.arguments.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
        if finish.arguments.get("done").and_then(Value::as_bool) == Some(false) {
            return Ok(failed(Category::ValidationError, &format!("it could not be done: {summary}")));
        }
        self.finished(summary, Some(Finish { call: finish.id, place, results })).await
    }

    async fn given(&mut self, call: &ToolCall, given: Given) -> Result<ToolResult, NodeError> {
        if let Some(artifact) = given.artifact.clone() {
            self.artifacts.retain(|earlier| earlier.path != artifact.path);
            self.artifacts.push(artifact);
        }
        let data = json!({ "call": call.id, "is_error": given.is_error });
        self.conversation.say(Role::Tool, &call.name, &given.text, Some(data)).await?;
        Ok(ToolResult { call_id: call.id.clone(), content: given.text, is_error: given.is_error })
    }

    /// The model says that it is done. It is told once more what is missing, if something is.
    async fn finished(&mut self, summary: String, by_call: Option<Finish>) -> Result<Next, NodeError> {
        let missing: Vec<String> = self
            .context
            .step("missing", &self.reminders, || async {
                let missing = missing_files(&self.input.folder, &self.input.evidence);
                Ok(missing.into_iter().map(str::to_owned).collect())
            })
            .await?;
        if missing.is_empty() || self.reminders == REMINDERS {
            let data = json!({ "summary": summary, "files": self.artifacts });
            return Ok(Next::End(RunOutcome::Done { summary, data, artifacts: self.artifacts.clone() }));
        }
        self.reminders += 1;
        let text =
            format!("The step is not done: {} is missing. Write it with write_file.", missing.join(", "));
        self.conversation.say(Role::System, "cadre", &text, None).await?;
        Ok(Next::Say(match by_call {
            Some(Finish { call, place, mut results }) => {
                results.insert(place, ToolResult { call_id: call, content: text, is_error: true });
                vec![Message::ToolResults { results }]
            }
            None => vec![Message::User { text }],
        }))
    }

    async fn said(&mut self, response: &ChatResponse) -> Result<(), NodeError> {
        let calls: Vec<Value> = response
            .message
            .tool_calls
            .iter()
            .map(|call| json!({ "id": call.id, "tool": call.name, "arguments": call.arguments }))
            .collect();
        let data = json!({
            "calls": calls, "reasoning": response.reasoning, "model": response.model,
            "provider": response.provider, "usage": response.usage,
        });
        self.conversation.say(Role::Agent, &self.definition.name, &response.message.text, Some(data)).await
    }

    /// One answer: with the retries of its category, and after a person made room where a limit had none.
    async fn ask(
        &mut self,
        choice: &Choice,
        request: &ChatRequest,
    ) -> Result<Result<ChatResponse, RunOutcome>, NodeError> {
        let mut failures = 0;
        loop {
            let asked = (failures, request.messages.len());
            let this = &*self;
            let called: Called = this
                .context
                .effect("ask_model", &asked, |key| async move { this.call(&key.0, choice, request).await })
                .await?;
            match called {
                Called::Answered { response } => return Ok(Ok(*response)),
                Called::NoRoom { room, needed } => {
                    if let Some(stopped) =
                        limits::no_room(self.context, &self.doer, room, needed, &choice.candidate.endpoint)
                            .await?
                    {
                        return Ok(Err(stopped));
                    }
                }
                Called::Failed { category, message, retry_after_ms, .. } => {
                    failures += 1;
                    let category = Category::from_name(&category);
                    let Some(delay) = category.retry().delay_after(failures) else {
                        return Ok(Err(RunOutcome::Failed {
                            category: category.name().into(),
                            message,
                            retried: true,
                        }));
                    };
                    let wait = delay.as_millis().max(retry_after_ms.unwrap_or(0).into());
                    let text = format!("{message}; trying again in {} s", wait.div_ceil(1000));
                    self.conversation.say(Role::System, "cadre", &text, None).await?;
                    self.context.worked()?; // before it waits
                    let wait = i64::try_from(wait.saturating_mul(1000)).unwrap_or(i64::MAX);
                    self.context.sleep_until(self.context.now()?.saturating_add(wait)).await?;
                }
            }
        }
    }

    async fn call(&self, key: &str, choice: &Choice, request: &ChatRequest) -> Result<Called, NodeError> {
        let call = Call { key, purpose: &self.purpose, choice, request };
        Ok(gateway::call(self.shared, call, self.context.cancelled()).await?)
    }
}

/// The call that ends the step, with the results of all others of the same answer.
struct Finish {
    call: String,
    /// Among the calls of its answer: results stand in the order of their calls.
    place: usize,
    results: Vec<ToolResult>,
}

/// What follows.
enum Next {
    Say(Vec<Message>),
    End(RunOutcome),
}

fn failed(category: Category, message: &str) -> Next {
    Next::End(RunOutcome::Failed {
        category: category.name().into(),
        message: message.into(),
        retried: false,
    })
}

#[cfg(test)]
mod tests;
