//! What is sent: bodies and headers of each dialect, as recorded by the server.

use cadre_models::chat::{
    AssistantMessage, ChatRequest, Message, Native, OutputSchema, Tool, ToolCall, ToolResult,
};
use cadre_models::{ProviderKind, complete};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::server::{FakeServer, stream};
use crate::{KEY, provider};

fn conversation(native_of: &str, content: Value) -> ChatRequest {
    let arguments = json!({ "path": "a.txt" }).as_object().expect("an object").clone();
    let call = ToolCall { id: "call_1".to_owned(), name: "read".to_owned(), arguments };
    let native = Some(Native { provider: native_of.to_owned(), content });
    let result =
        ToolResult { call_id: "call_1".to_owned(), content: "no such file".to_owned(), is_error: true };
    ChatRequest {
        system: Some("Be brief.".to_owned()),
        messages: vec![
            Message::User { text: "Read a.txt".to_owned() },
            Message::Assistant(AssistantMessage { text: String::new(), tool_calls: vec![call], native }),
            Message::ToolResults { results: vec![result] },
            Message::User { text: "Then try b.txt".to_owned() },
        ],
        tools: vec![Tool {
            name: "read".to_owned(),
            description: "Reads a file".to_owned(),
            parameters: json!({ "type": "object", "properties": { "path": { "type": "string" } } }),
        }],
        temperature: Some(0.5),
        cache_prefix: true,
        ..ChatRequest::new("m", "")
    }
}

async fn sent(kind: ProviderKind, request: &ChatRequest) -> (String, Value) {
    let mut server = FakeServer::one(stream("")).await;
    let provider = provider(kind, &server.url("/base"));
    // Only what it was asked matters here.
    let _ = complete(provider.as_ref(), request, &CancellationToken::new()).await;
    let text = server.request().await;
    let (head, body) = text.split_once("\r\n\r\n").expect("a request has a head");
    let mut body: Value = serde_json::from_str(body).expect("we send JSON");
    // Another crate of the workspace decides whether serde_json keeps the order of fields; these tests do not.
    body.sort_all_objects();
    (head.to_lowercase(), body)
}

#[tokio::test]
async fn anthropic_gets_its_own_blocks_back_unchanged() {
    let blocks = json!([
        { "type": "thinking", "thinking": "Hm.", "signature": "EqQB+/==" },
        { "type": "tool_use", "id": "call_1", "name": "read", "input": { "path": "a.txt" } },
    ]);
    let (head, body) = sent(ProviderKind::Anthropic, &conversation("anthropic", blocks.clone())).await;
    assert!(head.starts_with("post /base/v1/messages http/1.1"), "{head}");
    assert!(head.contains(&format!("x-api-key: {}", KEY.to_lowercase())), "the key goes into its header");
    assert!(head.contains("anthropic-version: 2023-06-01"), "{head}");
    assert_eq!(body["messages"][1]["content"], blocks, "a signature covers these very bytes");
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).expect("plain data"));
}

#[tokio::test]
async fn what_another_provider_thought_is_not_sent() {
    let request = conversation("openrouter", json!({ "reasoning_details": [{ "data": "x" }] }));
    let (_, body) = sent(ProviderKind::Anthropic, &request).await;
    let content =
        json!([{ "type": "tool_use", "id": "call_1", "name": "read", "input": { "path": "a.txt" } }]);
    assert_eq!(body["messages"][1]["content"], content, "another provider's signatures mean nothing here");
    let (_, body) = sent(ProviderKind::OpenAi, &request).await;
    assert!(body["messages"][2].get("reasoning_details").is_none(), "{body}");
}

#[tokio::test]
async fn openrouter_gets_its_reasoning_back() {
    let native = json!({
        "reasoning_details": [{ "type": "reasoning.encrypted", "data": "b3BhcXVl" }],
        "tool_call_extra": { "call_1": { "extra_content": { "google": { "thought_signature": "c2ln" } } } },
    });
    let (head, body) = sent(ProviderKind::OpenRouter, &conversation("openrouter", native)).await;
    assert!(head.starts_with("post /base/chat/completions http/1.1"), "{head}");
    assert!(
        head.contains(&format!("authorization: bearer {}", KEY.to_lowercase())),
        "the key goes into its header"
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).expect("plain data"));
}

#[tokio::test]
async fn a_shape_is_asked_for_natively() {
    let schema = json!({
        "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false,
    });
    let output_schema = Some(OutputSchema { name: "shape".to_owned(), schema: schema.clone() });
    let request = ChatRequest { output_schema, ..ChatRequest::new("m", "hello") };
    let (_, body) = sent(ProviderKind::OpenAi, &request).await;
    let expected = json!({ "type": "json_schema",
        "json_schema": { "name": "shape", "schema": schema, "strict": true } });
    assert_eq!(body["response_format"], expected, "OpenAI and those like it enforce a schema themselves");
    assert_eq!(body["max_completion_tokens"], 4096, "OpenAI's name for the limit");
    let (_, body) = sent(ProviderKind::Ollama, &request).await;
    assert_eq!(body["max_tokens"], 4096, "everybody else's");
    let (_, body) = sent(ProviderKind::Anthropic, &request).await;
    assert_eq!(
        body["tool_choice"],
        json!({ "type": "tool", "name": "answer" }),
        "Anthropic has to call a tool"
    );
    assert_eq!(body["tools"][0]["input_schema"], schema, "which takes the schema");
    let with_tools = ChatRequest { tools: conversation("", Value::Null).tools, ..request };
    let (_, body) = sent(ProviderKind::Anthropic, &with_tools).await;
    assert_eq!(body["tool_choice"], json!({ "type": "any" }), "or one of the others first");
}

#[tokio::test]
async fn native_parameters_go_along_but_do_not_take_over() {
    let mut request = ChatRequest { temperature: Some(0.1), ..ChatRequest::new("m", "hello") };
    let extra = json!({ "reasoning_effort": "low", "temperature": 1, "stream": false, "model": "other" });
    request.extra = extra.as_object().expect("an object").clone();
    for kind in [ProviderKind::Anthropic, ProviderKind::OpenAi] {
        let (_, body) = sent(kind, &request).await;
        let found = json!([body["reasoning_effort"], body["temperature"], body["stream"], body["model"]]);
        assert_eq!(found, json!(["low", 1, true, "m"]), "{kind}: the receipt names the model that was asked");
    }
}
