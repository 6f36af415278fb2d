//! The wire types of the Messages API, version 2023-06-01, and how a neutral request becomes one.
//!
//! Blocks of an answer stay JSON: they go back unchanged, with the fields that nobody here knows yet.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::chat::{AssistantMessage, ChatRequest, Message, ToolResult};
use crate::kind::ProviderKind;

/// The tool through which a structured answer comes: the API takes a schema only for tools.
pub(super) const ANSWER_TOOL: &str = "answer";

#[derive(Serialize)]
pub(super) struct MessagesRequest {
    model: String,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Value>,
    messages: Vec<WireMessage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Serialize)]
struct WireMessage {
    role: &'static str,
    content: Vec<Value>,
}

pub(super) fn request(request: &ChatRequest) -> MessagesRequest {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters })
        })
        .collect();
    if let Some(output) = &request.output_schema {
        let description = format!("Gives the final answer, as `{}`. Call it exactly once.", output.name);
        tools.push(json!({ "name": ANSWER_TOOL, "description": description, "input_schema": output.schema }));
    }
    let mut system = request.system.as_ref().map(|text| vec![text_block(text)]);
    let mut messages = messages(&request.messages);
    if request.cache_prefix {
        // The tools stand before the instructions, so a mark on the instructions covers both.
        let prefix = system.as_mut().and_then(|blocks| blocks.last_mut()).or_else(|| tools.last_mut());
        let conversation = messages.last_mut().filter(|message| message.role == "user");
        let conversation = conversation.and_then(|message| message.content.last_mut());
        for block in prefix.into_iter().chain(conversation) {
            block["cache_control"] = json!({ "type": "ephemeral" });
        }
    }
    let mut wire = MessagesRequest {
        model: request.model.clone(),
        max_tokens: request.max_output_tokens,
        stream: true,
        system: system.map(Value::Array),
        messages,
        tools,
        tool_choice: tool_choice(request),
        temperature: request.temperature,
        extra: request.extra.clone(),
    };
    wire.yield_to_extra();
    wire
}

impl MessagesRequest {
    /// A field must not stand twice in the body; the caller's stays.
    fn yield_to_extra(&mut self) {
        if self.extra.contains_key("tool_choice") {
            self.tool_choice = None;
        }
        if self.extra.contains_key("temperature") {
            self.temperature = None;
        }
        if self.extra.contains_key("system") {
            self.system = None;
        }
        for ours in ["model", "max_tokens", "stream", "messages", "tools"] {
            self.extra.remove(ours);
        }
    }
}

fn tool_choice(request: &ChatRequest) -> Option<Value> {
    request.output_schema.as_ref()?;
    if request.extra.contains_key("thinking") {
        // The API refuses to force a tool while the model thinks.
        return None;
    }
    Some(if request.tools.is_empty() {
        json!({ "type": "tool", "name": ANSWER_TOOL })
    } else {
        json!({ "type": "any" })
    })
}

fn text_block(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// Neighbours of the same role become one message: a tool's results and what the user adds to them belong together.
fn messages(messages: &[Message]) -> Vec<WireMessage> {
    let mut wire: Vec<WireMessage> = Vec::new();
    for message in messages {
        let (role, content) = match message {
            Message::User { text } => ("user", non_empty(text)),
            Message::ToolResults { results } => ("user", results.iter().map(tool_result).collect()),
            Message::Assistant(message) => ("assistant", assistant_content(message)),
        };
        match wire.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            _ if content.is_empty() => {}
            _ => wire.push(WireMessage { role, content }),
        }
    }
    wire
}

fn non_empty(text: &str) -> Vec<Value> {
    // The API refuses blocks of empty text.
    if text.trim().is_empty() { Vec::new() } else { vec![text_block(text)] }
}

fn tool_result(result: &ToolResult) -> Value {
    json!({
        "type": "tool_result",
        "tool_use_id": result.call_id,
        "content": result.content,
        "is_error": result.is_error,
    })
}

fn assistant_content(message: &AssistantMessage) -> Vec<Value> {
    if let Some(native) = &message.native
        && native.provider == ProviderKind::Anthropic.name()
        && let Value::Array(blocks) = &native.content
    {
        return blocks.clone();
    }
    let mut blocks = non_empty(&message.text);
    blocks.extend(message.tool_calls.iter().map(
        |call| json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments }),
    ));
    blocks
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum StreamEvent {
    MessageStart {
        message: MessageHead,
    },
    ContentBlockStart {
        index: usize,
        content_block: Map<String, Value>,
    },
    ContentBlockDelta {
        index: usize,
        delta: BlockDelta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        delta: MessageEnd,
        #[serde(default)]
        usage: Map<String, Value>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// `ping`, and whatever is added: the API's rule is to ignore what one does not know.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct MessageHead {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) usage: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the API's names")]
pub(super) enum BlockDelta {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    CitationsDelta {
        citation: Value,
    },
    #[serde(other)]
    OtherDelta,
}

#[derive(Deserialize)]
pub(super) struct MessageEnd {
    pub(super) stop_reason: Option<String>,
}

/// One page of `GET /v1/models`.
#[derive(Deserialize)]
pub(super) struct ModelPage {
    pub(super) data: Vec<ModelRow>,
    #[serde(default)]
    pub(super) has_more: bool,
    pub(super) last_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ModelRow {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
}
