//! Makes the events of the Messages API neutral, and keeps the blocks for replay.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::protocol::{ANSWER_TOOL, BlockDelta, StreamEvent};
use crate::chat::{StopReason, ToolCall, Usage};
use crate::error::{Code, ModelError};
use crate::event::{Event, cut_off};
use crate::kind::ProviderKind;
use crate::transport::{Normaliser, Progress, in_stream_error};
use crate::wire::{malformed, read_arguments};

pub(super) struct MessagesNormaliser {
    /// The answer comes through [`ANSWER_TOOL`]; text beside it is chatter.
    structured: bool,
    blocks: BTreeMap<usize, Block>,
    usage: Map<String, Value>,
    stop_reason: Option<String>,
    answered: bool,
    called: bool,
    /// Text of a structured answer, held until it is clear that no answer comes through the tool.
    chatter: String,
}

/// A block as it will be replayed, while it grows.
struct Block {
    fields: Map<String, Value>,
    arguments: String,
    open: bool,
}

impl Block {
    fn is(&self, kind: &str) -> bool {
        self.text("type") == kind
    }

    fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn append(&mut self, name: &str, text: &str) {
        if let Value::String(whole) = self.fields.entry(name).or_insert_with(|| Value::String(String::new()))
        {
            whole.push_str(text);
        }
    }
}

impl MessagesNormaliser {
    pub(super) fn new(structured: bool) -> Self {
        Self {
            structured,
            blocks: BTreeMap::new(),
            usage: Map::new(),
            stop_reason: None,
            answered: false,
            called: false,
            chatter: String::new(),
        }
    }

    fn block(&mut self, index: usize) -> Result<&mut Block, ModelError> {
        self.blocks.get_mut(&index).filter(|block| block.open).ok_or_else(|| {
            let message = format!("the provider sent a part of block {index}, which it had not begun");
            ModelError::new(Code::MalformedEvent, message)
        })
    }

    fn start(&mut self, index: usize, fields: Map<String, Value>, events: &mut VecDeque<Event>) {
        let block = Block { fields, arguments: String::new(), open: true };
        let text = block.text("text").to_owned();
        if block.is("tool_use") && !self.is_answer(&block) {
            let name = Some(block.text("name").to_owned());
            events.push_back(Event::ToolCallDelta { index, name, arguments: String::new() });
        }
        self.blocks.insert(index, block);
        self.say(text, events);
    }

    fn is_answer(&self, block: &Block) -> bool {
        self.structured && block.is("tool_use") && block.text("name") == ANSWER_TOOL
    }

    fn say(&mut self, text: String, events: &mut VecDeque<Event>) {
        if self.structured {
            self.chatter += &text;
        } else if !text.is_empty() {
            events.push_back(Event::TextDelta(text));
        }
    }

    fn grow(
        &mut self,
        index: usize,
        delta: BlockDelta,
        events: &mut VecDeque<Event>,
    ) -> Result<(), ModelError> {
        let block = self.block(index)?;
        match delta {
            BlockDelta::TextDelta { text } => {
                block.append("text", &text);
                self.say(text, events);
            }
            BlockDelta::ThinkingDelta { thinking } => {
                block.append("thinking", &thinking);
                events.push_back(Event::ReasoningDelta(thinking));
            }
            BlockDelta::SignatureDelta { signature } => block.append("signature", &signature),
            BlockDelta::CitationsDelta { citation } => {
                let citations = block.fields.entry("citations").or_insert_with(|| Value::Array(Vec::new()));
                match citations {
                    Value::Array(citations) => citations.push(citation),
                    other => *other = Value::Array(vec![citation]),
                }
            }
            BlockDelta::InputJsonDelta { partial_json } => {
                block.arguments += &partial_json;
                let (is_call, is_answer) = (block.is("tool_use"), block.text("name") == ANSWER_TOOL);
                if is_call && is_answer && self.structured {
                    if !partial_json.is_empty() {
                        events.push_back(Event::TextDelta(partial_json));
                    }
                } else if is_call {
                    events.push_back(Event::ToolCallDelta { index, name: None, arguments: partial_json });
                }
            }
            BlockDelta::OtherDelta => {}
        }
        Ok(())
    }

    fn end_block(&mut self, index: usize) -> Result<(), ModelError> {
        self.block(index)?.open = false;
        Ok(())
    }

    /// Everything is there: reads the arguments, says what is to be replayed and why the model stopped.
    fn finish(&mut self, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        let Some(reason) = self.stop_reason.take() else { return Err(cut_off()) };
        let reason = stop_reason(&reason);
        let mut blocks = Vec::new();
        for (_, mut block) in std::mem::take(&mut self.blocks) {
            if block.is("tool_use") || block.is("server_tool_use") {
                self.finish_call(&mut block, &reason, events)?;
            }
            // An empty block of text is refused when it comes back.
            if !(block.is("text") && block.text("text").is_empty()) {
                blocks.push(Value::Object(block.fields));
            }
        }
        if !self.answered && !self.chatter.is_empty() {
            events.push_back(Event::TextDelta(std::mem::take(&mut self.chatter)));
        }
        // A call of the answer tool has no result, and the API refuses a conversation in which one is missing.
        if !self.answered && !blocks.is_empty() {
            events.push_back(Event::Native(Value::Array(blocks)));
        }
        let only_answered = self.answered && !self.called && reason == StopReason::ToolUse;
        let reason = if only_answered { StopReason::EndTurn } else { reason };
        events.push_back(Event::Stopped { reason });
        Ok(())
    }

    fn finish_call(
        &mut self,
        block: &mut Block,
        reason: &StopReason,
        events: &mut VecDeque<Event>,
    ) -> Result<(), ModelError> {
        if self.is_answer(block) {
            if block.arguments.is_empty() {
                let input = block.fields.get("input").cloned().unwrap_or_default();
                events.push_back(Event::TextDelta(input.to_string()));
            }
            self.answered = true;
            return Ok(());
        }
        if !block.arguments.is_empty() {
            let arguments = read_arguments(block.text("name"), &block.arguments, reason)?;
            block.fields.insert("input".to_owned(), Value::Object(arguments));
        }
        if block.is("tool_use") {
            self.called = true;
            let arguments = match block.fields.get("input") {
                Some(Value::Object(arguments)) => arguments.clone(),
                _ => Map::new(),
            };
            events.push_back(Event::ToolCall(ToolCall {
                id: block.text("id").to_owned(),
                name: block.text("name").to_owned(),
                arguments,
            }));
        }
        Ok(())
    }

    /// Later numbers replace earlier ones; a missing or null one leaves what was there.
    fn count(&mut self, usage: Map<String, Value>, events: &mut VecDeque<Event>) {
        self.usage.extend(usage.into_iter().filter(|(_, value)| !value.is_null()));
        if self.usage.is_empty() {
            return;
        }
        let number = |name: &str| self.usage.get(name).and_then(Value::as_u64).unwrap_or(0);
        let usage = Usage {
            input: number("input_tokens"),
            cached_input: number("cache_read_input_tokens"),
            cache_write: number("cache_creation_input_tokens"),
            output: number("output_tokens"),
            reasoning: 0,
        };
        events.push_back(Event::Usage { usage, raw: self.usage.clone() });
    }
}

impl Normaliser for MessagesNormaliser {
    fn on_data(&mut self, data: &str, events: &mut VecDeque<Event>) -> Result<Progress, ModelError> {
        let event: StreamEvent = serde_json::from_str(data).map_err(|error| malformed(&error, data))?;
        match event {
            StreamEvent::MessageStart { message } => {
                events.push_back(Event::Started { model: message.model, response_id: message.id });
                self.count(message.usage, events);
            }
            StreamEvent::ContentBlockStart { index, content_block } => {
                self.start(index, content_block, events)
            }
            StreamEvent::ContentBlockDelta { index, delta } => self.grow(index, delta, events)?,
            StreamEvent::ContentBlockStop { index } => self.end_block(index)?,
            StreamEvent::MessageDelta { delta, usage } => {
                self.stop_reason = delta.stop_reason.or(self.stop_reason.take());
                self.count(usage, events);
            }
            StreamEvent::MessageStop => {
                self.finish(events)?;
                return Ok(Progress::Done);
            }
            StreamEvent::Error { error } => return Err(in_stream_error(ProviderKind::Anthropic, &error)),
            StreamEvent::Other => {}
        }
        Ok(Progress::More)
    }
}

fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "end_turn" => StopReason::EndTurn,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" => StopReason::MaxTokens,
        "stop_sequence" => StopReason::StopSequence,
        "refusal" => StopReason::Refusal,
        "model_context_window_exceeded" => StopReason::ContextFull,
        "pause_turn" => StopReason::Paused,
        other => StopReason::Other(other.to_owned()),
    }
}
