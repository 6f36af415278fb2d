//! Recorded streams of each dialect, and the neutral answers that they become, whatever chunks they come in.

use std::fmt::Write;

use cadre_models::chat::{ChatRequest, OutputSchema};
use cadre_models::event::Collector;
use cadre_models::{ChatResponse, Event, ProviderKind};
use futures_util::StreamExt;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::provider;
use crate::server::{FakeServer, chunked};

/// The neutral answer, and the kinds of events that it came from.
async fn read(kind: ProviderKind, request: &ChatRequest, stream: &[u8], chunk: usize) -> String {
    let server = FakeServer::one(chunked(stream, chunk)).await;
    let provider = provider(kind, &server.url(""));
    let mut events = provider.stream(request, &CancellationToken::new()).await.expect("it answers");
    let mut collector = Collector::new(kind, &request.model);
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.expect("a recorded stream is whole");
        let name = name(&event);
        match kinds.last_mut() {
            Some((last, count)) if *last == name => *count += 1,
            _ => kinds.push((name, 1)),
        }
        collector.push(event);
    }
    let mut response = collector.finish().expect("a recorded stream has stopped");
    sort(&mut response);
    let mut text = String::new();
    for (name, count) in kinds {
        let _ = write!(text, "{name} x{count}; ");
    }
    format!("{text}\n{}", serde_json::to_string_pretty(&response).expect("plain data"))
}

/// Another crate of the workspace decides whether serde_json keeps the order of fields; these tests do not.
fn sort(response: &mut ChatResponse) {
    let maps = response.message.tool_calls.iter_mut().map(|call| &mut call.arguments);
    for map in maps.chain([&mut response.usage_raw]) {
        map.sort_keys();
        map.values_mut().for_each(Value::sort_all_objects);
    }
    let native = response.message.native.iter_mut().map(|native| &mut native.content);
    native.chain(&mut response.structured).for_each(Value::sort_all_objects);
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Opened { .. } => "opened",
        Event::Started { .. } => "started",
        Event::TextDelta(_) => "text",
        Event::ReasoningDelta(_) => "reasoning",
        Event::ToolCallDelta { .. } => "tool_call_delta",
        Event::ToolCall(_) => "tool_call",
        Event::Usage { .. } => "usage",
        Event::Native(_) => "native",
        Event::Stopped { .. } => "stopped",
    }
}

async fn check(kind: ProviderKind, name: &str, stream: &str, structured: bool) {
    let mut request = ChatRequest::new("asked-for", "hello");
    if structured {
        let schema = serde_json::json!({ "type": "object" });
        request.output_schema = Some(OutputSchema { name: "anything".to_owned(), schema });
    }
    let whole = read(kind, &request, stream.as_bytes(), usize::MAX).await;
    for chunk in [1, 2, 3, 7, 64] {
        let parts = read(kind, &request, stream.as_bytes(), chunk).await;
        assert_eq!(
            parts, whole,
            "{name}: chunks of {chunk} bytes split characters and lines, and change nothing"
        );
    }
    let with_crlf = stream.replace('\n', "\r\n");
    let crlf = read(kind, &request, with_crlf.as_bytes(), 5).await;
    assert_eq!(crlf, whole, "{name}: either end of line is allowed");
    insta::assert_snapshot!(name, whole);
}

macro_rules! golden {
    ($test:ident, $kind:ident, $file:literal, $structured:literal) => {
        #[tokio::test]
        async fn $test() {
            let stream = include_str!(concat!("golden/", $file, ".sse"));
            check(ProviderKind::$kind, $file, stream, $structured).await;
        }
    };
}

golden!(anthropic_thinks_speaks_and_calls, Anthropic, "anthropic-thinking-tool", false);
golden!(anthropic_gives_a_structured_answer, Anthropic, "anthropic-structured", true);
golden!(anthropic_speaks_instead_of_answering, Anthropic, "anthropic-unstructured", true);
golden!(anthropic_uses_its_own_tools_and_pauses, Anthropic, "anthropic-server-tool", false);
golden!(openai_speaks, OpenAi, "openai-text", false);
golden!(openai_calls_two_tools, OpenAi, "openai-parallel-tools", false);
golden!(openai_refuses, OpenAi, "openai-refusal", true);
golden!(openrouter_reasons, OpenRouter, "openrouter-reasoning", false);
golden!(xai_counts_reasoning_apart, Xai, "xai-reasoning", false);
golden!(ollama_calls_without_ids, Ollama, "ollama-tools", false);
golden!(llama_server_ends_without_a_mark, LlamaServer, "llama-server", false);
golden!(vllm_reasons, Vllm, "vllm-reasoning", false);
