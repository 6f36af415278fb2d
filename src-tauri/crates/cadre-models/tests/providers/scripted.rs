//! The scripted provider: it answers as written, and never as if it were a model.

use cadre_models::chat::{AssistantMessage, ChatRequest, Message, StopReason, ToolResult};
use cadre_models::scripted::ScriptedProvider;
use cadre_models::{Code, Event, Provider, ProviderKind, complete};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

const SCRIPT: &str = r#"
label = "tour"

[[conversation]]
when = "report"

[[conversation.turn]]
text = "I read the file first."
[[conversation.turn.call]]
tool = "read"
arguments = { path = "a.txt" }

[[conversation.turn]]
text = "It is empty."

[[conversation]]
when = "busy"
[[conversation.turn]]
failure = { kind = "rate_limited", retry_after_seconds = 3 }

[[conversation]]
when = "flaky"
[[conversation.turn]]
text = "I was about to"
failure = { kind = "cut_off" }
"#;

fn scripted() -> ScriptedProvider {
    ScriptedProvider::from_toml(SCRIPT).expect("the script is well formed")
}

#[tokio::test]
async fn the_turn_follows_from_the_conversation_alone() {
    let cancel = CancellationToken::new();
    let mut request = ChatRequest::new("scripted/tour", "Write the report");
    let first = complete(&scripted(), &request, &cancel).await.expect("a turn");
    assert_eq!(first.stop_reason, StopReason::ToolUse, "it calls");
    let call = first.message.tool_calls[0].clone();
    let results = vec![ToolResult { call_id: call.id, content: String::new(), is_error: false }];
    request.messages.push(Message::Assistant(first.message));
    request.messages.push(Message::ToolResults { results });
    // Another instance, as after a restart.
    let second = complete(&scripted(), &request, &cancel).await.expect("a turn");
    assert_eq!(
        (second.message.text.as_str(), second.stop_reason.clone()),
        ("It is empty.", StopReason::EndTurn)
    );
    request.messages.push(Message::Assistant(AssistantMessage::default()));
    let error = complete(&scripted(), &request, &cancel).await.expect_err("the script is over");
    assert_eq!(error.code, Code::NoScriptedAnswer, "nothing is invented: {error}");
}

#[tokio::test]
async fn every_answer_says_that_no_model_gave_it() {
    let request = ChatRequest::new("claude-opus-4-5", "Write the report");
    let cancel = CancellationToken::new();
    let response = complete(&scripted(), &request, &cancel).await.expect("a turn");
    assert_eq!(
        (response.provider.as_str(), response.model.as_str()),
        ("scripted", "scripted/tour"),
        "whatever model was asked for, it was not the one that answered"
    );
    assert!(!ProviderKind::Scripted.is_model(), "and whoever shows it can tell");
    let offered = scripted().models(&cancel).await.expect("one");
    assert!(offered[0].title.as_ref().is_some_and(|title| title.contains("no model")), "{offered:?}");
}

#[tokio::test]
async fn failures_come_as_providers_have_them() {
    let cancel = CancellationToken::new();
    let busy = complete(&scripted(), &ChatRequest::new("m", "busy"), &cancel).await.expect_err("a refusal");
    assert_eq!(
        (busy.code, busy.retry_after.map(|wait| wait.as_secs())),
        (Code::RateLimited, Some(3)),
        "{busy}"
    );
    let provider = scripted();
    let events = provider.stream(&ChatRequest::new("m", "flaky"), &cancel).await.expect("it begins");
    let events: Vec<_> = events.collect().await;
    assert!(events.iter().any(|event| matches!(event, Ok(Event::TextDelta(_)))), "the text comes first");
    let error = events.last().expect("an event").clone().expect_err("it is cut off");
    assert!(error.code == Code::CutOff && error.answer_began, "{error}");
    cancel.cancel();
    let error =
        complete(&scripted(), &ChatRequest::new("m", "report"), &cancel).await.expect_err("cancelled");
    assert_eq!(error.code, Code::Cancelled, "{error}");
}
