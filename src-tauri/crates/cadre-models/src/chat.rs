//! A request to a model and its answer, the same for every provider.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    pub model: String,
    pub system: Option<String>,
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    /// The answer has to be JSON of this shape.
    pub output_schema: Option<OutputSchema>,
    pub max_output_tokens: u32,
    pub temperature: Option<f64>,
    /// Asks providers that cache only on demand to keep the instructions, the tools and the conversation so far.
    pub cache_prefix: bool,
    /// Provider-native parameters, put into the body beside ours; they win over ours of the same name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
    /// How long to wait is the host's affair and no part of the recorded request.
    #[serde(skip)]
    pub limits: Limits,
}

impl ChatRequest {
    /// A request with one message of a user and nothing else asked for.
    pub fn new(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            system: None,
            messages: vec![Message::User { text: text.into() }],
            tools: Vec::new(),
            output_schema: None,
            max_output_tokens: 4096,
            temperature: None,
            cache_prefix: false,
            extra: Map::new(),
            limits: Limits::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    User { text: String },
    Assistant(AssistantMessage),
    ToolResults { results: Vec<ToolResult> },
}

/// What a model said: to be kept whole and sent back in the next request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AssistantMessage {
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    /// What only its own provider understands: thinking with signatures, server-side tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
}

/// Provider-native content, replayed unchanged to the provider that sent it and to no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Native {
    /// [`crate::ProviderKind::name`] of the sender.
    pub provider: String,
    pub content: Value,
}

/// A call that the model wants made. Its arguments are always a JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    pub arguments: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// [`ToolCall::id`] of the call that this answers.
    pub call_id: String,
    pub content: String,
    pub is_error: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON schema of the arguments, an object.
    pub parameters: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputSchema {
    /// Letters, digits, `_` and `-`: providers show it to the model.
    pub name: String,
    pub schema: Value,
}

/// How long each part of a call may take, and how much may come back.
///
/// The time for connecting belongs to the connection: [`crate::Endpoint::connect_limit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// From sending until the first byte of the answer's body. A local model reads the whole prompt in it.
    pub first_byte: Duration,
    /// Between two chunks of the body. Keep-alive comments count as chunks.
    pub idle: Duration,
    /// The whole call.
    pub total: Duration,
    pub max_line_bytes: usize,
    pub max_response_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(120),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(15 * 60),
            // A line holds one event; the largest are whole tool calls with a file's text in them.
            max_line_bytes: 4 << 20,
            max_response_bytes: 32 << 20,
        }
    }
}

/// Tokens, each counted once, so that a cost is the sum of count times price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read at full price: neither from the cache nor written to it.
    pub input: u64,
    /// Read from the provider's cache.
    pub cached_input: u64,
    /// Written to the provider's cache.
    pub cache_write: u64,
    /// All that was generated, reasoning included.
    pub output: u64,
    /// The part of `output` that was reasoning, where the provider says so.
    pub reasoning: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    EndTurn,
    ToolUse,
    MaxTokens,
    StopSequence,
    /// The model or the provider's filter declined.
    Refusal,
    /// The conversation fills the model's window.
    ContextFull,
    /// The provider paused a long turn; sending the conversation back resumes it.
    Paused,
    Other(String),
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatResponse {
    /// [`crate::ProviderKind::name`] of who answered.
    pub provider: String,
    /// The model that the provider says answered, which may be a dated version of the one asked for.
    pub model: String,
    pub message: AssistantMessage,
    /// The model's visible reasoning, never part of the answer.
    pub reasoning: String,
    /// The answer as JSON, checked against [`ChatRequest::output_schema`].
    pub structured: Option<Value>,
    pub stop_reason: StopReason,
    /// Absent when the provider did not say.
    pub usage: Option<Usage>,
    /// The usage as the provider wrote it, with the fields that have no neutral name.
    pub usage_raw: Map<String, Value>,
    /// The provider's id of this answer.
    pub response_id: Option<String>,
    /// The id to name when asking the provider's support.
    pub request_id: Option<String>,
    /// The provider's rate-limit headers, as sent.
    pub rate_limits: BTreeMap<String, String>,
}
