//! Makes the chunks of a chat completion neutral.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::protocol::{Chunk, Delta, TOOL_CALL_EXTRA};
use super::tool_calls::ToolCalls;
use crate::chat::{StopReason, Usage};
use crate::error::ModelError;
use crate::event::{Event, cut_off};
use crate::kind::ProviderKind;
use crate::transport::{Normaliser, Progress, in_stream_error};
use crate::wire::malformed;

const END: &str = "[DONE]";

pub(super) struct ChatNormaliser {
    kind: ProviderKind,
    started: bool,
    response_id: String,
    tool_calls: ToolCalls,
    reasoning_content: String,
    reasoning_details: Vec<Value>,
    refused: bool,
    finish_reason: Option<String>,
}

impl ChatNormaliser {
    pub(super) fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            started: false,
            response_id: String::new(),
            tool_calls: ToolCalls::default(),
            reasoning_content: String::new(),
            reasoning_details: Vec::new(),
            refused: false,
            finish_reason: None,
        }
    }

    fn grow(&mut self, delta: Delta, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        let mut say = |text: Option<String>, event: fn(String) -> Event| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                events.push_back(event(text));
            }
        };
        if let Some(text) = &delta.reasoning_content {
            self.reasoning_content += text;
        }
        // Whoever sends both sends the same twice.
        say(delta.reasoning.or(delta.reasoning_content), Event::ReasoningDelta);
        self.refused |= delta.refusal.as_ref().is_some_and(|text| !text.is_empty());
        say(delta.content, Event::TextDelta);
        say(delta.refusal, Event::TextDelta);
        self.reasoning_details.extend(delta.reasoning_details.unwrap_or_default());
        for call in delta.tool_calls.unwrap_or_default() {
            self.tool_calls.grow(call, events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        let Some(reason) = self.finish_reason.take() else { return Err(cut_off()) };
        let mut reason = stop_reason(&reason);
        if self.refused {
            reason = StopReason::Refusal;
        } else if reason == StopReason::EndTurn && !self.tool_calls.is_empty() {
            // Local servers say "stop" after a call, too.
            reason = StopReason::ToolUse;
        }
        let (calls, extras) = self.tool_calls.finish(&self.response_id, &reason)?;
        let native = self.native(!calls.is_empty(), extras);
        events.extend(calls.into_iter().map(Event::ToolCall));
        if !native.is_empty() {
            events.push_back(Event::Native(Value::Object(native)));
        }
        events.push_back(Event::Stopped { reason });
        Ok(())
    }

    /// Fields that go back with the message. Plain reasoning belongs to a turn that goes on after its tools; later it
    /// is of no use, and some refuse it.
    fn native(&mut self, called: bool, extras: Map<String, Value>) -> Map<String, Value> {
        let mut native = Map::new();
        if !self.reasoning_details.is_empty() {
            let details = std::mem::take(&mut self.reasoning_details);
            native.insert("reasoning_details".to_owned(), Value::Array(details));
        } else if called && !self.reasoning_content.is_empty() {
            let content = std::mem::take(&mut self.reasoning_content);
            native.insert("reasoning_content".to_owned(), Value::String(content));
        }
        if !extras.is_empty() {
            native.insert(TOOL_CALL_EXTRA.to_owned(), Value::Object(extras));
        }
        native
    }

    /// A failure reported inside the stream.
    fn failure(&self, chunk: &Chunk, data: &str) -> Option<ModelError> {
        let is_error = chunk.error.as_ref().is_some_and(|error| !error.is_null())
            || (chunk.object.as_deref() == Some("error") && chunk.message.is_some());
        let value: Value = if is_error { serde_json::from_str(data).ok()? } else { return None };
        Some(in_stream_error(self.kind, &value))
    }
}

impl Normaliser for ChatNormaliser {
    fn on_data(&mut self, data: &str, events: &mut VecDeque<Event>) -> Result<Progress, ModelError> {
        if data.trim() == END {
            self.finish(events)?;
            return Ok(Progress::Done);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| malformed(&error, data))?;
        if let Some(failure) = self.failure(&chunk, data) {
            return Err(failure);
        }
        if !self.started && (chunk.id.is_some() || chunk.choices.is_some()) {
            self.started = true;
            self.response_id = chunk.id.clone().unwrap_or_default();
            events.push_back(Event::Started { model: chunk.model, response_id: chunk.id });
        }
        // Only one answer is asked for.
        for choice in chunk.choices.unwrap_or_default().into_iter().filter(|choice| choice.index == 0) {
            if let Some(delta) = choice.delta {
                self.grow(delta, events)?;
            }
            self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
        }
        if let Some(raw) = chunk.usage {
            events.push_back(Event::Usage { usage: usage(&raw), raw });
        }
        Ok(Progress::More)
    }

    /// A clean end after a reason to stop is an end, also without its mark; anything else was cut off.
    fn on_end(&mut self, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        self.finish(events)
    }
}

fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "stop" => StopReason::EndTurn,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        "length" => StopReason::MaxTokens,
        "content_filter" => StopReason::Refusal,
        other => StopReason::Other(other.to_owned()),
    }
}

/// Here the prompt's count includes what came from the cache, and the completion's, except at xAI, the reasoning.
fn usage(raw: &Map<String, Value>) -> Usage {
    let number = |path: &[&str]| {
        let mut value = raw.get(path[0]);
        for name in &path[1..] {
            value = value.and_then(|value| value.get(name));
        }
        value.and_then(Value::as_u64).unwrap_or(0)
    };
    let prompt = number(&["prompt_tokens"]);
    let completion = number(&["completion_tokens"]);
    let cached_input = number(&["prompt_tokens_details", "cached_tokens"]).min(prompt);
    let cache_write = number(&["prompt_tokens_details", "cache_write_tokens"]).min(prompt - cached_input);
    let reasoning = number(&["completion_tokens_details", "reasoning_tokens"]);
    let counted_apart = reasoning > 0 && number(&["total_tokens"]) == prompt + completion + reasoning;
    Usage {
        input: prompt - cached_input - cache_write,
        cached_input,
        cache_write,
        output: if counted_apart { completion + reasoning } else { completion },
        reasoning,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_token_is_counted_once() {
        let cases = [
            (json!({ "prompt_tokens": 10, "completion_tokens": 5 }), (10, 0, 0, 5, 0), "plain"),
            (
                json!({ "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
                        "prompt_tokens_details": { "cached_tokens": 80 },
                        "completion_tokens_details": { "reasoning_tokens": 15 } }),
                (20, 80, 0, 20, 15),
                "OpenAI: parts of the whole",
            ),
            (
                json!({ "prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 134,
                        "completion_tokens_details": { "reasoning_tokens": 100 } }),
                (30, 0, 0, 104, 100),
                "xAI: reasoning beside the completion",
            ),
            (
                json!({ "prompt_tokens": 100, "completion_tokens": 1,
                        "prompt_tokens_details": { "cached_tokens": 10, "cache_write_tokens": 70 } }),
                (20, 10, 70, 1, 0),
                "OpenRouter: the cache was written",
            ),
            (
                json!({ "prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": { "cached_tokens": 9 } }),
                (0, 5, 0, 1, 0),
                "more from the cache than there was: no number below zero",
            ),
            (json!({ "prompt_tokens": null, "prompt_tokens_details": null }), (0, 0, 0, 0, 0), "nulls"),
        ];
        for (raw, (input, cached_input, cache_write, output, reasoning), reason) in cases {
            let raw = raw.as_object().expect("an object").clone();
            let expected = Usage { input, cached_input, cache_write, output, reasoning };
            assert_eq!(usage(&raw), expected, "{reason}");
        }
    }
}
