//! The wire types of chat completions, and how a neutral request becomes one.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::chat::{AssistantMessage, ChatRequest, Message};
use crate::kind::ProviderKind;
use crate::structured::is_strict;

/// Where extra fields of tool calls lie in [`crate::chat::Native`], by call id.
pub(super) const TOOL_CALL_EXTRA: &str = "tool_call_extra";

/// The body. A map rather than a struct: the name of the limit and the caller's extras decide which fields there are.
pub(super) fn request(kind: ProviderKind, request: &ChatRequest) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", json!(request.model));
    set("messages", Value::Array(messages(kind, request)));
    set("stream", json!(true));
    // Without it a stream carries no usage.
    set("stream_options", json!({ "include_usage": true }));
    set(limit_name(kind), json!(request.max_output_tokens));
    if let Some(temperature) = request.temperature {
        set("temperature", json!(temperature));
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            let function =
                json!({ "name": tool.name, "description": tool.description, "parameters": tool.parameters });
            json!({ "type": "function", "function": function })
        });
        set("tools", tools.collect());
    }
    if let Some(output) = &request.output_schema {
        let schema =
            json!({ "name": output.name, "schema": output.schema, "strict": is_strict(&output.schema) });
        set("response_format", json!({ "type": "json_schema", "json_schema": schema }));
    }
    for (name, value) in &request.extra {
        if !["model", "messages", "stream"].contains(&name.as_str()) {
            body.insert(name.clone(), value.clone());
        }
    }
    body
}

/// OpenAI's reasoning models refuse the old name; local servers do not know the new one.
fn limit_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::OpenAi | ProviderKind::Xai => "max_completion_tokens",
        _ => "max_tokens",
    }
}

fn messages(kind: ProviderKind, request: &ChatRequest) -> Vec<Value> {
    let mut wire = Vec::new();
    if let Some(system) = &request.system {
        wire.push(json!({ "role": "system", "content": system }));
    }
    for message in &request.messages {
        match message {
            Message::User { text } => wire.push(json!({ "role": "user", "content": text })),
            Message::Assistant(message) => wire.push(assistant(kind, message)),
            Message::ToolResults { results } => wire.extend(results.iter().map(|result| {
                // The format has no mark for a failed tool, so the text says it.
                let mark = if result.is_error { "Error: " } else { "" };
                let content = format!("{mark}{}", result.content);
                json!({ "role": "tool", "tool_call_id": result.call_id, "content": content })
            })),
        }
    }
    wire
}

fn assistant(kind: ProviderKind, message: &AssistantMessage) -> Value {
    let native = message
        .native
        .as_ref()
        .filter(|native| native.provider == kind.name())
        .and_then(|native| native.content.as_object());
    let mut wire = Map::new();
    wire.insert("role".to_owned(), json!("assistant"));
    let content = if message.text.is_empty() && !message.tool_calls.is_empty() {
        Value::Null
    } else {
        json!(message.text)
    };
    wire.insert("content".to_owned(), content);
    let extras = native.and_then(|native| native.get(TOOL_CALL_EXTRA));
    let calls: Vec<Value> = message
        .tool_calls
        .iter()
        .map(|call| {
            let arguments = Value::Object(call.arguments.clone()).to_string();
            let mut wire = Map::new();
            wire.insert("id".to_owned(), json!(call.id));
            wire.insert("type".to_owned(), json!("function"));
            wire.insert("function".to_owned(), json!({ "name": call.name, "arguments": arguments }));
            if let Some(Value::Object(extra)) = extras.and_then(|extras| extras.get(&call.id)) {
                wire.extend(extra.clone());
            }
            Value::Object(wire)
        })
        .collect();
    if !calls.is_empty() {
        wire.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    for (name, value) in native.into_iter().flatten() {
        if name != TOOL_CALL_EXTRA {
            wire.insert(name.clone(), value.clone());
        }
    }
    Value::Object(wire)
}

#[derive(Deserialize)]
pub(super) struct Chunk {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) object: Option<String>,
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) usage: Option<Map<String, Value>>,
    pub(super) error: Option<Value>,
    pub(super) message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) index: u64,
    pub(super) delta: Option<Delta>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Delta {
    pub(super) content: Option<String>,
    pub(super) refusal: Option<String>,
    /// OpenRouter, Ollama and newer vLLM.
    pub(super) reasoning: Option<String>,
    /// xAI, llama-server, LM Studio and older vLLM.
    pub(super) reasoning_content: Option<String>,
    /// OpenRouter: encrypted or signed reasoning that has to come back unchanged.
    pub(super) reasoning_details: Option<Vec<Value>>,
    pub(super) tool_calls: Option<Vec<ToolCallDelta>>,
}

#[derive(Deserialize)]
pub(super) struct ToolCallDelta {
    pub(super) index: Option<usize>,
    pub(super) id: Option<String>,
    pub(super) function: Option<FunctionDelta>,
    /// Fields that are not ours to understand, signatures of thoughts for example.
    #[serde(flatten)]
    pub(super) extra: Map<String, Value>,
}

#[derive(Deserialize)]
pub(super) struct FunctionDelta {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

impl FunctionDelta {
    pub(super) fn is_named(&self) -> bool {
        self.name.as_ref().is_some_and(|name| !name.is_empty())
    }
}

#[derive(Deserialize)]
pub(super) struct ModelList {
    pub(super) data: Vec<ModelRow>,
}

#[derive(Deserialize)]
pub(super) struct ModelRow {
    pub(super) id: String,
    /// OpenRouter's name for people.
    pub(super) name: Option<String>,
    pub(super) owned_by: Option<String>,
    /// OpenRouter.
    pub(super) context_length: Option<u64>,
    /// vLLM.
    pub(super) max_model_len: Option<u64>,
}
