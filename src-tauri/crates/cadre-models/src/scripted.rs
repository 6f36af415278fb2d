//! Answers from a script: a shipped provider for demonstrations and tests. No model is involved, and every answer says
//! so: its provider is `scripted` and its model `scripted/<label>`.
//!
//! It has no state. The turn that answers is found by counting the model's turns in the request, so a run that is
//! resumed after a crash goes on where it was.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::chat::{ChatRequest, Message, StopReason, ToolCall, Usage};
use crate::discover::ModelInfo;
use crate::error::{Code, ModelError};
use crate::event::{Event, EventStream};
use crate::kind::ProviderKind;
use crate::provider::Provider;

/// What is said, by conversation and turn. Can be read from TOML.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub label: String,
    #[serde(rename = "conversation")]
    pub conversations: Vec<Conversation>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// The first message of the user contains this; without it, any conversation is meant. The first that fits
    /// answers.
    pub when: Option<String>,
    #[serde(rename = "turn")]
    pub turns: Vec<Turn>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    pub text: String,
    #[serde(rename = "call")]
    pub calls: Vec<ScriptedCall>,
    /// The call fails like this, after the text if there is any.
    pub failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCall {
    pub tool: String,
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Failure {
    RateLimited { retry_after_seconds: u64 },
    Overloaded,
    CutOff,
}

impl Failure {
    fn error(self) -> ModelError {
        match self {
            Failure::RateLimited { retry_after_seconds } => {
                let mut error = ModelError::new(Code::RateLimited, "the script says: too many requests");
                error.status = Some(429);
                error.retry_after = Some(Duration::from_secs(retry_after_seconds));
                error
            }
            Failure::Overloaded => {
                ModelError::new(Code::Overloaded, "the script says: overloaded").with_status(529)
            }
            Failure::CutOff => ModelError::new(Code::CutOff, "the script cuts the answer off"),
        }
    }
}

/// A [`Provider`] without a model.
pub struct ScriptedProvider {
    script: Script,
}

impl ScriptedProvider {
    pub fn new(script: Script) -> Self {
        Self { script }
    }

    /// # Errors
    /// When the text is no script.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text).map(Self::new)
    }

    fn model(&self) -> String {
        format!("scripted/{}", self.script.label)
    }

    fn turn(&self, request: &ChatRequest) -> Option<&Turn> {
        let first = request.messages.iter().find_map(|message| match message {
            Message::User { text } => Some(text.as_str()),
            _ => None,
        });
        let first = first.unwrap_or_default();
        let taken =
            request.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count();
        self.script
            .conversations
            .iter()
            .find(|conversation| conversation.when.as_ref().is_none_or(|when| first.contains(when)))?
            .turns
            .get(taken)
    }

    fn events(&self, request: &ChatRequest, turn: &Turn) -> Vec<Result<Event, ModelError>> {
        let taken =
            request.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count();
        let mut events = vec![
            Event::Opened { request_id: None, rate_limits: std::collections::BTreeMap::new() },
            Event::Started { model: Some(self.model()), response_id: Some(format!("scripted-{taken}")) },
        ];
        events.extend(turn.text.split_inclusive(' ').map(|word| Event::TextDelta(word.to_owned())));
        if let Some(failure) = turn.failure {
            let mut error = failure.error();
            error.answer_began = !turn.text.is_empty();
            return events.into_iter().map(Ok).chain([Err(error)]).collect();
        }
        events.extend(turn.calls.iter().enumerate().map(|(position, call)| {
            Event::ToolCall(ToolCall {
                id: format!("call_{taken}_{position}"),
                name: call.tool.clone(),
                arguments: call.arguments.clone(),
            })
        }));
        let reason = if turn.calls.is_empty() { StopReason::EndTurn } else { StopReason::ToolUse };
        events.push(Event::Usage { usage: estimate(request, turn), raw: Map::new() });
        events.push(Event::Stopped { reason });
        events.into_iter().map(Ok).collect()
    }
}

/// Four characters are a token (facts.md F3): enough for demonstrating budgets, and the same every time.
fn estimate(request: &ChatRequest, turn: &Turn) -> Usage {
    let tokens = |characters: usize| u64::try_from(characters.div_ceil(4)).unwrap_or(u64::MAX);
    let system = request.system.as_ref().map_or(0, String::len);
    let messages: usize = request
        .messages
        .iter()
        .map(|message| match message {
            Message::User { text } => text.len(),
            Message::Assistant(message) => message.text.len(),
            Message::ToolResults { results } => results.iter().map(|result| result.content.len()).sum(),
        })
        .sum();
    let calls: usize =
        turn.calls.iter().map(|call| Value::Object(call.arguments.clone()).to_string().len()).sum();
    Usage { input: tokens(system + messages), output: tokens(turn.text.len() + calls), ..Usage::default() }
}

#[async_trait]
impl Provider for ScriptedProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Scripted
    }

    async fn stream(
        &self,
        request: &ChatRequest,
        cancel: &CancellationToken,
    ) -> Result<EventStream, ModelError> {
        let cancelled = || ModelError::new(Code::Cancelled, "the call was cancelled");
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        let turn = self.turn(request).ok_or_else(|| {
            let message = format!("the script `{}` has no answer for this", self.script.label);
            ModelError::new(Code::NoScriptedAnswer, message)
        })?;
        // A refusal comes before any event, as a provider's status does.
        if let Some(failure @ (Failure::RateLimited { .. } | Failure::Overloaded)) = turn.failure
            && turn.text.is_empty()
        {
            return Err(failure.error());
        }
        let cancel = cancel.clone();
        let events = self
            .events(request, turn)
            .into_iter()
            .map(move |event| if cancel.is_cancelled() { Err(cancelled()) } else { event });
        // Like every other stream, it ends with its first error.
        let mut failed = false;
        Ok(stream::iter(events.take_while(move |event| !std::mem::replace(&mut failed, event.is_err())))
            .boxed())
    }

    async fn models(&self, _cancel: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        let title = Some(format!("{}: {}", ProviderKind::Scripted.title(), self.script.label));
        Ok(vec![ModelInfo { title, ..ModelInfo::named(self.model()) }])
    }
}
