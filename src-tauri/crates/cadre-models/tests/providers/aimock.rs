//! The providers against `@copilotkit/aimock`, an independent implementation of the wire formats, with its chaos.
//! What it answers is in `tests/providers/aimock.json`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;

use cadre_core::failure::Category;
use cadre_core::secret::Secret;
use cadre_models::chat::{
    ChatRequest, ChatResponse, Message, OutputSchema, StopReason, Tool, ToolResult, Usage,
};
use cadre_models::discover::{Candidate, LOOK_AROUND, local_servers, probe_key};
use cadre_models::{Code, Endpoint, Event, ModelError, Provider, ProviderKind, complete};
use futures_util::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{KEY, assert_silent, provider};

/// The dialects, and where the mock speaks each.
const DIALECTS: [(ProviderKind, &str); 5] = [
    (ProviderKind::Anthropic, ""),
    (ProviderKind::OpenAi, "/v1"),
    (ProviderKind::Xai, "/v1"),
    (ProviderKind::OpenRouter, "/api/v1"),
    (ProviderKind::Ollama, "/v1"),
];

struct Aimock {
    child: Child,
    url: String,
}

impl Drop for Aimock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Aimock {
    /// Starts it on a port of its own choice, accepting only [`KEY`].
    #[expect(clippy::disallowed_methods, reason = "a mock of the outside world, not a command of an agent")]
    fn start() -> Self {
        let root = repository();
        let program = root.join("node_modules/.bin/llmock");
        assert!(program.exists(), "{} is missing; run `npm ci` in {}", program.display(), root.display());
        let mut child = std::process::Command::new(&program)
            .args(["--port", "0", "--strict", "--validate-on-load", "--fixtures"])
            .arg(root.join("tests/providers/aimock.json"))
            .env("AIMOCK_API_KEYS", KEY)
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts it");
        let output = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let url = lines.find_map(|line| Some(line.split_once("listening on ")?.1.trim().to_owned()));
        let url = url.expect("it says where it listens, unless its fixtures are wrong");
        // The pipe must not fill up while the mock logs.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    fn provider(&self, kind: ProviderKind, path: &str) -> Arc<dyn Provider> {
        provider(kind, &format!("{}{path}", self.url))
    }

    async fn ask(&self, (kind, path): (ProviderKind, &str), text: &str) -> Result<ChatResponse, ModelError> {
        let provider = self.provider(kind, path);
        let result = complete(provider.as_ref(), &request(text), &CancellationToken::new()).await;
        if let Err(error) = &result {
            assert_silent(error);
        }
        result
    }
}

fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("package.json").exists());
    root.expect("the crate lies in the repository").to_owned()
}

fn request(text: &str) -> ChatRequest {
    ChatRequest::new("m-text", text)
}

#[tokio::test]
async fn every_dialect_streams_text() {
    let aimock = Aimock::start();
    for (kind, path) in DIALECTS {
        let provider = aimock.provider(kind, path);
        let request = request("greet me");
        let mut events = provider.stream(&request, &CancellationToken::new()).await.expect("it answers");
        let (mut text, mut deltas, mut stopped) = (String::new(), 0, None);
        while let Some(event) = events.next().await {
            match event.expect("a whole stream") {
                Event::TextDelta(delta) => {
                    text += &delta;
                    deltas += 1;
                }
                Event::Stopped { reason } => stopped = Some(reason),
                _ => {}
            }
        }
        let expected = "Grüß Gott, dear reader of this test! 👋🏽 How can I help you today?";
        assert_eq!(text, expected, "{kind}: the mock cuts an emoji in half between two events");
        assert!(deltas > 2, "{kind}: it streams");
        assert_eq!(stopped, Some(StopReason::EndTurn), "{kind}");
    }
}

#[tokio::test]
async fn every_dialect_calls_tools_and_takes_their_results() {
    let aimock = Aimock::start();
    let tool = |name: &str| Tool {
        name: name.to_owned(),
        description: "a tool".to_owned(),
        parameters: json!({ "type": "object" }),
    };
    for (kind, path) in DIALECTS {
        let provider = aimock.provider(kind, path);
        let mut request =
            ChatRequest { tools: vec![tool("get_weather"), tool("now")], ..request("the weather") };
        let cancel = CancellationToken::new();
        let first = complete(provider.as_ref(), &request, &cancel).await.expect("it answers");
        assert_eq!(first.stop_reason, StopReason::ToolUse, "{kind}");
        let calls: Vec<_> = first
            .message
            .tool_calls
            .iter()
            .map(|call| (call.id.as_str(), call.name.as_str(), json!(call.arguments)))
            .collect();
        let weather = json!({ "city": "Zürich", "days": 2 });
        assert_eq!(
            calls,
            [("call_weather", "get_weather", weather), ("call_now", "now", json!({}))],
            "{kind}"
        );
        let results = first.message.tool_calls.iter().map(|call| ToolResult {
            call_id: call.id.clone(),
            content: "12 °C, rain".to_owned(),
            is_error: false,
        });
        let results = results.collect();
        request.messages.push(Message::Assistant(first.message));
        request.messages.push(Message::ToolResults { results });
        let second = complete(provider.as_ref(), &request, &cancel).await.expect("it takes the results");
        assert_eq!(second.message.text, "It rains.", "{kind}");
    }
}

#[tokio::test]
async fn usage_reasoning_and_ids_arrive() {
    let aimock = Aimock::start();
    let openai = aimock.ask((ProviderKind::OpenRouter, "/api/v1"), "openai usage").await.expect("it answers");
    let expected = Usage { input: 200, cached_input: 1000, cache_write: 0, output: 8, reasoning: 6 };
    assert_eq!(openai.usage, Some(expected), "cached tokens are counted apart");
    assert!(
        openai.request_id.is_some_and(|id| id.starts_with("req-")),
        "what to name to the provider's support"
    );
    let anthropic = aimock.ask((ProviderKind::Anthropic, ""), "anthropic usage").await.expect("it answers");
    let expected = Usage { input: 1200, output: 8, ..Usage::default() };
    assert_eq!(anthropic.usage, Some(expected), "{:?}", anthropic.usage_raw);

    let thought = aimock.ask((ProviderKind::Anthropic, ""), "think first").await.expect("it answers");
    assert_eq!(
        (thought.reasoning.as_str(), thought.message.text.as_str()),
        ("Two and two make four.", "Four.")
    );
    let blocks = thought.message.native.expect("thinking has to be replayed").content;
    assert_eq!(blocks[0]["signature"], "c2lnbmF0dXJl+/==", "byte for byte");
    let cut = aimock.ask((ProviderKind::OpenAi, "/v1"), "too much").await.expect("it answers");
    assert_eq!(cut.stop_reason, StopReason::MaxTokens, "an answer at the limit says so");
}

#[tokio::test]
async fn a_structured_answer_comes_either_way() {
    let aimock = Aimock::start();
    let schema = json!({
        "type": "object",
        "properties": { "intent": { "enum": ["create", "ask"] }, "confidence": { "type": "number" } },
        "required": ["intent", "confidence"],
        "additionalProperties": false,
    });
    let cancel = CancellationToken::new();
    for (kind, path, text) in [
        (ProviderKind::OpenAi, "/v1", "read this"),
        (ProviderKind::Ollama, "/v1", "read this"),
        (ProviderKind::Anthropic, "", "read this"),
        (ProviderKind::Anthropic, "", "answer by tool"),
    ] {
        let output_schema = Some(OutputSchema { name: "reading".to_owned(), schema: schema.clone() });
        let request = ChatRequest { output_schema, ..request(text) };
        let response = complete(aimock.provider(kind, path).as_ref(), &request, &cancel).await;
        let response = response.expect("the answer has the shape");
        assert_eq!(
            response.structured,
            Some(json!({ "intent": "create", "confidence": 0.9 })),
            "{kind}, {text}"
        );
        assert!(response.message.tool_calls.is_empty(), "{kind}: how the answer came is nobody's concern");
    }
}

#[tokio::test]
async fn errors_and_chaos_have_their_categories() {
    let aimock = Aimock::start();
    let cases = [
        ("go away", Code::RateLimited, Category::ResourceExhausted, Some(7)),
        ("overload", Code::Overloaded, Category::LlmServiceError, None),
        ("no such model", Code::ModelNotFound, Category::ConfigurationError, None),
        ("too long", Code::ContextTooLong, Category::ValidationError, None),
        ("chaos drop", Code::ServerError, Category::LlmServiceError, None),
        ("chaos ratelimit", Code::RateLimited, Category::ResourceExhausted, Some(1)),
        ("chaos malformed", Code::NotAnEventStream, Category::LlmServiceError, None),
        ("chaos disconnect", Code::ConnectionLost, Category::NetworkError, None),
        ("cut the stream", Code::CutOff, Category::LlmServiceError, None),
    ];
    for (kind, path) in DIALECTS {
        for (text, code, category, seconds) in cases {
            let error = aimock.ask((kind, path), text).await.expect_err(text);
            assert_eq!((error.code, error.category), (code, category), "{kind}, {text}: {error}");
            let waits = error.retry_after.map(|wait| wait.as_secs());
            assert_eq!(waits, seconds, "{kind}, {text}: how long to wait");
            assert_eq!(error.answer_began, code == Code::CutOff, "{kind}, {text}: whether it was paid for");
        }
    }
}

#[tokio::test]
async fn keys_are_tested_and_models_are_listed() {
    let aimock = Aimock::start();
    let cancel = CancellationToken::new();
    for (kind, path) in DIALECTS {
        let endpoint = |key: &str| {
            let key = Some(Secret::new(key.to_owned()));
            Endpoint::new(kind, Some(&format!("{}{path}", aimock.url)), key).expect("loopback")
        };
        let models = probe_key(endpoint(KEY), &cancel).await.expect("the key is good");
        assert!(models.iter().any(|model| model.id == "m-text"), "{kind}: {models:?}");
        let error = probe_key(endpoint("another-key-123"), &cancel).await.expect_err("the key is bad");
        assert_eq!(error.code, Code::KeyRejected, "{kind}: {error}");
        assert!(!error.to_string().contains("another-key"), "{kind}: a bad key is still somebody's secret");
    }
    // Without a key it is refused here, so it is not found: only who answers with a list is.
    let candidates = [Candidate { kind: ProviderKind::LmStudio, base_url: format!("{}/v1", aimock.url) }];
    assert!(
        local_servers(&candidates, LOOK_AROUND, &cancel).await.is_empty(),
        "a server that wants a key is not offered as free"
    );
}
