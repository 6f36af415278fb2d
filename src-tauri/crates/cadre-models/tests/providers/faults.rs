//! A provider that answers rubbish, cuts off, refuses, stalls or talks too much: each gets a clear error, in time, and
//! without the key.

use std::time::{Duration, Instant};

use cadre_core::failure::Category;
use cadre_models::chat::{ChatRequest, Limits, OutputSchema};
use cadre_models::{Code, Endpoint, Event, ModelError, ProviderKind, complete, connect};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::server::{FakeServer, Seen, Step, answer, chunked, stream, stream_head};
use crate::{KEY, assert_silent, provider};

async fn call(kind: ProviderKind, script: Vec<Step>, limits: Limits) -> Result<String, ModelError> {
    let server = FakeServer::one(script).await;
    let provider = provider(kind, &server.url(""));
    let request = ChatRequest { limits, ..ChatRequest::new("m", "hello") };
    let result = complete(provider.as_ref(), &request, &CancellationToken::new()).await;
    if let Err(error) = &result {
        assert_silent(error);
    }
    result.map(|response| response.message.text)
}

async fn fails(kind: ProviderKind, script: Vec<Step>, reason: &str) -> ModelError {
    let result = call(kind, script, Limits::default()).await;
    result.expect_err(reason)
}

const CHUNK: &str = r#"data: {"id":"1","choices":[{"index":0,"delta":{"content":"Half an ans"}}]}"#;
const STOP: &str = r#"data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const MESSAGE: &str = r#"data: {"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":9}}}

data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Half"}}"#;

type Case = (Vec<Step>, Code, bool, &'static str);

/// Each script has to fail with the code, and say whether something of the answer had come.
async fn check(kind: ProviderKind, cases: Vec<Case>) {
    for (script, expected, began, reason) in cases {
        let error = fails(kind, script, reason).await;
        assert_eq!((error.code, error.answer_began), (expected, began), "{kind}, {reason}: {error}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_an_error_and_not_a_short_answer() {
    let openai = |rest: &str| stream(format!("{CHUNK}\n\n{rest}"));
    let anthropic = |rest: &str| stream(format!("{MESSAGE}\n\n{rest}"));
    let mut unfinished = chunked(CHUNK.as_bytes(), 20);
    if let Step::Send(bytes) = &mut unfinished[0] {
        bytes.truncate(bytes.len() - 30);
    }
    let stop = r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
    let end = r#"data: {"type":"message_stop"}"#;
    let cases = vec![
        (openai(""), Code::CutOff, true, "the connection ends in the middle"),
        (openai("data: [DONE]\n\n"), Code::CutOff, true, "an end without a reason to stop"),
        (openai("data: {\"id\":\"1\",\"cho"), Code::CutOff, true, "in the middle of an event"),
        (unfinished, Code::CutOff, false, "in the middle of a chunk"),
        (stream(""), Code::CutOff, false, "nothing at all"),
        (stream("data: [DONE]\n\n"), Code::CutOff, false, "an end without a beginning"),
    ];
    check(ProviderKind::OpenAi, cases).await;
    let cases = vec![
        (anthropic(""), Code::CutOff, true, "the connection ends in the middle"),
        (anthropic(&format!("{stop}\n\n")), Code::CutOff, true, "a reason to stop, but no end"),
        (anthropic(&format!("{end}\n\n")), Code::CutOff, true, "an end without a reason"),
    ];
    check(ProviderKind::Anthropic, cases).await;
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_an_error() {
    let openai = |rest: &str| stream(format!("{CHUNK}\n\n{rest}\n\n"));
    let bad_bytes = [CHUNK.as_bytes(), b"\n\ndata: {\"x\":\"\xff\xfe\"}\n\n"].concat();
    let cases = vec![
        (openai("data: {oops"), Code::MalformedEvent, true, "no JSON"),
        (openai("data: [1,2]"), Code::MalformedEvent, true, "JSON, but a list"),
        (stream(bad_bytes), Code::MalformedEvent, true, "no UTF-8"),
    ];
    check(ProviderKind::OpenAi, cases).await;
    let anthropic = |rest: &str| stream(format!("{MESSAGE}\n\n{rest}\n\n"));
    let stranger =
        r#"data: {"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}"#;
    let cases = vec![
        (
            anthropic(r#"data: {"type":"content_block_delta"}"#),
            Code::MalformedEvent,
            true,
            "a field is missing",
        ),
        (anthropic(stranger), Code::MalformedEvent, true, "a block that was never begun"),
    ];
    check(ProviderKind::Anthropic, cases).await;
}

#[tokio::test]
async fn a_failure_in_the_middle_keeps_its_category() {
    let openai = |rest: &str| stream(format!("{CHUNK}\n\n{rest}\n\n"));
    let gone = r#"data: {"error":{"code":502,"message":"gone"}}"#;
    let memory = r#"data: {"object":"error","message":"CUDA out of memory","code":500}"#;
    let cases = vec![
        (openai(gone), Code::ServerError, true, "OpenRouter's provider went away"),
        (openai(memory), Code::ServerError, true, "an older vLLM's failure"),
    ];
    check(ProviderKind::OpenAi, cases).await;
    let overloaded = r#"event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let script = stream(format!("{MESSAGE}\n\n{overloaded}\n\n"));
    check(ProviderKind::Anthropic, vec![(script, Code::Overloaded, true, "overloaded in the middle")]).await;
}

#[tokio::test]
async fn half_a_tool_call_does_not_run() {
    let half = r#"{"index":0,"id":"a","function":{"name":"delete","arguments":"{\"path\":\"/tmp"}}"#;
    let stopped = |reason: &str| {
        let choice = format!(r#"{{"delta":{{"tool_calls":[{half}]}},"finish_reason":"{reason}"}}"#);
        stream(format!("data: {{\"choices\":[{choice}]}}\n\ndata: [DONE]\n\n"))
    };
    let cases = vec![
        (stopped("tool_calls"), Code::MalformedToolCall, true, "arguments that are no JSON"),
        (stopped("length"), Code::OutputTruncated, true, "arguments that the limit of tokens cut"),
    ];
    check(ProviderKind::OpenAi, cases).await;
}

#[tokio::test]
async fn a_reset_is_a_failure_of_the_network() {
    let script = vec![stream_head(), Step::Send(format!("{CHUNK}\n\n").into_bytes()), Step::Reset];
    let error = fails(ProviderKind::OpenAi, script, "the connection was reset").await;
    assert_eq!(error.category, Category::NetworkError, "the provider did not say anything: {error}");
}

#[tokio::test]
async fn what_is_no_event_stream_is_named() {
    let html = answer("200 OK", "content-type: text/html\r\n", "<html>Log in to the hotel's network</html>");
    let error = fails(ProviderKind::Anthropic, html, "a page is no answer").await;
    assert_eq!(error.code, Code::NotAnEventStream, "{error}");
    assert!(error.message.contains("hotel"), "what came instead helps whoever reads it: {error}");
    let rubbish = answer("200 OK", "", "\u{0}\u{1}rubbish");
    let error = fails(ProviderKind::OpenAi, rubbish, "rubbish is no answer").await;
    assert_eq!(error.category, Category::LlmServiceError, "{error}");
    let not_http = vec![Step::Send(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())];
    let error = fails(ProviderKind::OpenAi, not_http, "another protocol").await;
    assert_eq!(error.category, Category::NetworkError, "{error}");
}

#[tokio::test]
async fn a_status_says_what_to_do_and_when() {
    let date = "date: Sat, 21 Nov 2026 07:28:00 GMT\r\nretry-after: Sat, 21 Nov 2026 07:29:30 GMT\r\n";
    let cases = [
        ("429 Too Many Requests", "retry-after: 7\r\n", Category::ResourceExhausted, Some(7)),
        ("429 Too Many Requests", date, Category::ResourceExhausted, Some(90)),
        ("500 Internal Server Error", "", Category::LlmServiceError, None),
        ("529 Overloaded", "retry-after: 2\r\n", Category::LlmServiceError, Some(2)),
        ("503 Service Unavailable", "retry-after: 60\r\n", Category::LlmServiceError, Some(60)),
        ("401 Unauthorized", "", Category::AuthorizationError, None),
        ("403 Forbidden", "", Category::AuthorizationError, None),
        ("404 Not Found", "", Category::ConfigurationError, None),
        ("400 Bad Request", "", Category::ValidationError, None),
    ];
    for (status, headers, expected, seconds) in cases {
        for kind in [ProviderKind::Anthropic, ProviderKind::OpenAi] {
            let echo = format!("you sent Authorization: Bearer {KEY} and x-api-key: {KEY}\u{1b}[2J");
            let error = fails(kind, answer(status, headers, &echo), "a failure's status").await;
            assert_eq!(error.category, expected, "{status}: {error}");
            assert_eq!(error.retry_after, seconds.map(Duration::from_secs), "{status}: how long to wait");
            assert!(!error.message.contains('\u{1b}'), "a terminal must not obey a provider: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_key_does_not_come_back_by_any_way() {
    let in_event =
        |text: &str| stream(format!("data: {{\"error\":{{\"message\":\"{text}\",\"code\":\"{KEY}\"}}}}\n\n"));
    // Wherever a text is cut, the key may lie across the cut.
    for before in [0, 100, 190, 195, 2000, 2030, 2040, 65_520] {
        let long = format!("{}{KEY}{}", "x".repeat(before), " y".repeat(20_000));
        for script in [
            answer("400 Bad Request", "", &long),
            answer("200 OK", "content-type: text/plain\r\n", &long),
            answer("200 OK", &format!("content-type: text/{KEY}\r\n"), "x"),
            in_event(&long),
            stream(format!("data: {long}\n\n")),
        ] {
            // The check is in `call`.
            let error = fails(ProviderKind::OpenAi, script, "none of these is an answer").await;
            assert!(
                before > 1900 || error.message.contains("[redacted]"),
                "the text itself is shown: {error}"
            );
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = FakeServer::one(stream("data: [DONE]\n\n")).await;
    let location = format!("location: {}\r\n", elsewhere.url("/v1/messages"));
    let error =
        fails(ProviderKind::Anthropic, answer("307 Temporary Redirect", &location, ""), "moved").await;
    assert_eq!((error.code, error.category), (Code::Redirected, Category::ConfigurationError), "{error}");
    assert!(elsewhere.seen.try_recv().is_err(), "the key must not go where nobody has allowed it to go");
}

#[tokio::test]
async fn every_wait_has_an_end() {
    let short = Duration::from_millis(80);
    let long = Duration::from_secs(60);
    let limits = |first_byte, idle, total| Limits { first_byte, idle, total, ..Limits::default() };
    let began = || vec![stream_head(), Step::Send(format!("{CHUNK}\n\n").into_bytes()), Step::Stall];
    let cases = [
        (vec![Step::Stall], limits(short, long, long), Code::FirstByteTimeout, "not even a status"),
        (
            vec![stream_head(), Step::Stall],
            limits(short, long, long),
            Code::FirstByteTimeout,
            "only a status",
        ),
        (began(), limits(long, short, long), Code::IdleTimeout, "a pause in the answer"),
        (began(), limits(long, long, short), Code::TotalTimeout, "the whole took too long"),
    ];
    for (script, limits, expected, reason) in cases {
        let start = Instant::now();
        let error = call(ProviderKind::OpenAi, script, limits).await.expect_err(reason);
        assert_eq!((error.code, error.category), (expected, Category::Timeout), "{reason}: {error}");
        assert!(start.elapsed() < Duration::from_secs(10), "the limit was 80 ms: {reason}");
    }
}

#[tokio::test]
async fn size_has_an_end() {
    let limits = Limits { max_line_bytes: 300, max_response_bytes: 2000, ..Limits::default() };
    let endless_line = format!("data: {}", "x".repeat(1500));
    let comments = ": keep waiting\n".repeat(500);
    let events = format!("{CHUNK}\n\n").repeat(100);
    for (body, expected, reason) in [
        (endless_line, Code::LineTooLong, "a line that does not end"),
        (comments, Code::ResponseTooLarge, "comments without end"),
        (events, Code::ResponseTooLarge, "events without end"),
    ] {
        let error = call(ProviderKind::OpenAi, stream(&body), limits).await.expect_err(reason);
        assert_eq!(error.code, expected, "{reason}: {error}");
    }
    let short = format!("{CHUNK}\n\n{STOP}\n\n");
    let text = call(ProviderKind::OpenAi, stream(short), limits).await;
    assert_eq!(text.as_deref(), Ok("Half an ans"), "what is within the limits comes through");
}

#[tokio::test]
async fn who_is_not_there_is_a_failure_of_the_network() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let provider = provider(ProviderKind::Ollama, &format!("http://{address}/v1"));
    let request = ChatRequest::new("m", "hello");
    let error =
        complete(provider.as_ref(), &request, &CancellationToken::new()).await.expect_err("nobody is there");
    assert_eq!((error.code, error.category), (Code::ConnectFailed, Category::NetworkError), "{error}");
    assert!(error.message.contains("127.0.0.1"), "it says who could not be reached: {error}");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_named() {
    let endpoint = Endpoint::new(ProviderKind::Vllm, Some("https://nobody.invalid/v1"), None).expect("https");
    let provider = connect(endpoint).expect("a client can be made");
    let request = ChatRequest::new("m", "hello");
    let error =
        complete(provider.as_ref(), &request, &CancellationToken::new()).await.expect_err("no such name");
    assert_eq!(error.category, Category::NetworkError, "{error}");
    assert!(error.message.contains("nobody.invalid"), "a typo in the address is seen at once: {error}");
}

#[tokio::test]
async fn tls_has_to_be_real_and_in_time() {
    // A shut door: it is spoken to in TLS and answers in HTTP.
    let plain = FakeServer::one(answer("200 OK", "", "")).await;
    // An open door with nobody behind it.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let silent_address = silent.local_addr().expect("it is bound");
    for (address, expected, category) in [
        (plain.address, Code::TlsFailed, Category::NetworkError),
        (silent_address, Code::ConnectTimeout, Category::Timeout),
    ] {
        let url = format!("https://{address}/v1");
        let mut endpoint = Endpoint::new(ProviderKind::Vllm, Some(&url), None).expect("https is allowed");
        endpoint.connect_limit = Duration::from_millis(200);
        let provider = connect(endpoint).expect("a client can be made");
        let request = ChatRequest::new("m", "hello");
        let error =
            complete(provider.as_ref(), &request, &CancellationToken::new()).await.expect_err("no TLS");
        assert_eq!((error.code, error.category), (expected, category), "{error}");
    }
}

#[tokio::test]
async fn cancelling_closes_the_connection() {
    let script = vec![stream_head(), Step::Send(format!("{CHUNK}\n\n").into_bytes()), Step::Stall];
    let mut server = FakeServer::start(vec![script, vec![Step::Stall]]).await;
    let provider = provider(ProviderKind::OpenAi, &server.url(""));
    let request = ChatRequest::new("m", "hello");

    let cancel = CancellationToken::new();
    let mut events = provider.stream(&request, &cancel).await.expect("it answers");
    while !matches!(events.next().await, Some(Ok(Event::TextDelta(_)))) {}
    cancel.cancel();
    let error = events.next().await.expect("one more item").expect_err("it was cancelled");
    assert_eq!((error.code, error.category), (Code::Cancelled, Category::UserCancelled), "{error}");
    assert!(error.answer_began, "what came before was paid for");
    assert!(events.next().await.is_none(), "nothing comes after an error");
    drop(events);
    server.request().await;
    assert_eq!(
        server.seen.recv().await,
        Some(Seen::ClientLeft),
        "the provider stops generating, and billing"
    );

    let cancel = CancellationToken::new();
    let (result, ()) = tokio::join!(complete(provider.as_ref(), &request, &cancel), async {
        server.request().await;
        cancel.cancel();
    });
    assert_eq!(result.expect_err("it was cancelled").code, Code::Cancelled, "also before the first byte");
    assert_eq!(server.seen.recv().await, Some(Seen::ClientLeft), "and then, too");
}

#[tokio::test]
async fn a_structured_answer_of_the_wrong_shape_says_how_to_repair_it() {
    let wrong = r#"data: {"id":"1","choices":[{"index":0,"delta":{"content":"{\"age\":\"old\"}"},"finish_reason":"stop"}]}"#;
    let cut = r#"data: {"id":"1","choices":[{"index":0,"delta":{"content":"{\"age\":"},"finish_reason":"length"}]}"#;
    let schema = serde_json::json!({ "type": "object", "properties": { "age": { "type": "integer" } } });
    for (body, expected, hinted) in [(wrong, Code::OutputMismatch, true), (cut, Code::OutputTruncated, false)]
    {
        let server = FakeServer::one(stream(format!("{body}\n\ndata: [DONE]\n\n"))).await;
        let provider = provider(ProviderKind::OpenAi, &server.url(""));
        let output_schema = Some(OutputSchema { name: "person".to_owned(), schema: schema.clone() });
        let request = ChatRequest { output_schema, ..ChatRequest::new("m", "hello") };
        let error =
            complete(provider.as_ref(), &request, &CancellationToken::new()).await.expect_err("wrong");
        assert_eq!((error.code, error.repair_hint.is_some()), (expected, hinted), "{error}");
    }
}
