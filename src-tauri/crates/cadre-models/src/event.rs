//! The neutral stream of an answer, and what collects it.

use std::collections::BTreeMap;
use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use serde_json::{Map, Value};

use crate::chat::{AssistantMessage, ChatResponse, Native, StopReason, ToolCall, Usage};
use crate::error::{Code, ModelError};
use crate::kind::ProviderKind;

/// What comes from a model, in order. `Stopped` is the last; a stream that ends without it fails with
/// [`Code::CutOff`].
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The provider took the request.
    Opened {
        request_id: Option<String>,
        rate_limits: BTreeMap<String, String>,
    },
    /// The answer begins; says who answers.
    Started {
        model: Option<String>,
        response_id: Option<String>,
    },
    TextDelta(String),
    ReasoningDelta(String),
    /// A tool call is being written: to show progress, not to act on.
    ToolCallDelta {
        index: usize,
        name: Option<String>,
        arguments: String,
    },
    /// A tool call is complete and its arguments are an object.
    ToolCall(ToolCall),
    /// All tokens so far; a later one replaces an earlier one.
    Usage {
        usage: Usage,
        raw: Map<String, Value>,
    },
    /// Provider-native content of the whole answer, for replay.
    Native(Value),
    Stopped {
        reason: StopReason,
    },
}

impl Event {
    /// Whether a person or an agent could have seen something of the answer by now.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(
            self,
            Event::TextDelta(_) | Event::ReasoningDelta(_) | Event::ToolCallDelta { .. } | Event::ToolCall(_)
        )
    }
}

/// Ends after `Stopped` or after the first error. Dropping it closes the connection.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Event, ModelError>> + Send>>;

/// Puts an answer together. Whoever forwards the events collects with this and knows, even when the stream fails,
/// what had been used by then.
pub struct Collector {
    response: ChatResponse,
    stopped: bool,
}

impl Collector {
    /// `model` is the one asked for, in case the provider does not say who answers.
    pub fn new(kind: ProviderKind, model: &str) -> Self {
        let response = ChatResponse {
            provider: kind.name().to_owned(),
            model: model.to_owned(),
            message: AssistantMessage::default(),
            reasoning: String::new(),
            structured: None,
            stop_reason: StopReason::EndTurn,
            usage: None,
            usage_raw: Map::new(),
            response_id: None,
            request_id: None,
            rate_limits: BTreeMap::new(),
        };
        Self { response, stopped: false }
    }

    pub fn push(&mut self, event: Event) {
        let response = &mut self.response;
        match event {
            Event::Opened { request_id, rate_limits } => {
                response.request_id = request_id;
                response.rate_limits = rate_limits;
            }
            Event::Started { model, response_id } => {
                if let Some(model) = model.filter(|model| !model.is_empty()) {
                    response.model = model;
                }
                response.response_id = response_id;
            }
            Event::TextDelta(text) => response.message.text += &text,
            Event::ReasoningDelta(text) => response.reasoning += &text,
            Event::ToolCallDelta { .. } => {}
            Event::ToolCall(call) => response.message.tool_calls.push(call),
            Event::Usage { usage, raw } => {
                response.usage = Some(usage);
                response.usage_raw = raw;
            }
            Event::Native(content) => {
                response.message.native = Some(Native { provider: response.provider.clone(), content });
            }
            Event::Stopped { reason } => {
                response.stop_reason = reason;
                self.stopped = true;
            }
        }
    }

    /// What has been used so far, for settling a call that failed.
    pub fn usage(&self) -> Option<Usage> {
        self.response.usage
    }

    /// # Errors
    /// [`Code::CutOff`] if the answer never stopped.
    pub fn finish(self) -> Result<ChatResponse, ModelError> {
        if self.stopped { Ok(self.response) } else { Err(cut_off()) }
    }
}

/// # Errors
/// The first error of the stream.
pub async fn collect(
    kind: ProviderKind,
    model: &str,
    mut events: EventStream,
) -> Result<ChatResponse, ModelError> {
    let mut collector = Collector::new(kind, model);
    while let Some(event) = events.next().await {
        collector.push(event?);
    }
    collector.finish()
}

pub(crate) fn cut_off() -> ModelError {
    ModelError::new(Code::CutOff, "the answer was cut off: the stream ended before the model had finished")
}
