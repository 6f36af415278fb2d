//! Puts tool calls together from their deltas. Servers differ in what they leave out.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::protocol::{FunctionDelta, ToolCallDelta};
use crate::chat::{StopReason, ToolCall};
use crate::error::{Code, ModelError};
use crate::event::Event;
use crate::wire::read_arguments;

/// More calls in one answer than any model makes; an index beyond it is rubbish.
const MAX_CALLS: usize = 256;

#[derive(Default)]
pub(super) struct ToolCalls {
    calls: Vec<Growing>,
}

#[derive(Default)]
struct Growing {
    index: Option<usize>,
    id: Option<String>,
    name: String,
    arguments: String,
    extra: Map<String, Value>,
}

impl ToolCalls {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub(super) fn grow(
        &mut self,
        delta: ToolCallDelta,
        events: &mut VecDeque<Event>,
    ) -> Result<(), ModelError> {
        let position = self.position(&delta)?;
        let call = &mut self.calls[position];
        if call.id.is_none() {
            call.id = delta.id.filter(|id| !id.is_empty());
        }
        let (name, arguments) =
            delta.function.map_or((None, None), |function| (function.name, function.arguments));
        // Some servers repeat the name in every delta.
        let name = name.filter(|name| !name.is_empty() && call.name.is_empty());
        if let Some(name) = &name {
            call.name.clone_from(name);
        }
        let arguments = arguments.unwrap_or_default();
        call.arguments += &arguments;
        call.extra.extend(delta.extra.into_iter().filter(|(name, _)| name != "type"));
        events.push_back(Event::ToolCallDelta { index: position, name, arguments });
        Ok(())
    }

    /// The call that a delta belongs to: the one of its index, unless it brings another id. Without an index it is the
    /// last one, unless it brings another id or, without any id, a name.
    fn position(&mut self, delta: &ToolCallDelta) -> Result<usize, ModelError> {
        let known = match delta.index {
            Some(index) => self.calls.iter().rposition(|call| call.index == Some(index)),
            None => self.calls.len().checked_sub(1),
        };
        if let Some(known) = known {
            let theirs = delta.id.as_ref().filter(|id| !id.is_empty());
            let begins = match (theirs, &self.calls[known].id) {
                (Some(theirs), Some(ours)) => theirs != ours,
                _ => delta.index.is_none() && delta.function.as_ref().is_some_and(FunctionDelta::is_named),
            };
            if !begins {
                return Ok(known);
            }
        }
        if self.calls.len() >= MAX_CALLS {
            let message = format!("the provider began more than {MAX_CALLS} tool calls in one answer");
            return Err(ModelError::new(Code::MalformedToolCall, message));
        }
        self.calls.push(Growing { index: delta.index, ..Growing::default() });
        Ok(self.calls.len() - 1)
    }

    /// The complete calls, and what else their provider wants back with them, by id.
    pub(super) fn finish(
        &mut self,
        response_id: &str,
        reason: &StopReason,
    ) -> Result<(Vec<ToolCall>, Map<String, Value>), ModelError> {
        let mut calls = Vec::new();
        let mut extras = Map::new();
        for (position, call) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            if call.name.is_empty() {
                let message = "the model called a tool without saying which".to_owned();
                return Err(ModelError::new(Code::MalformedToolCall, message));
            }
            let arguments = read_arguments(&call.name, &call.arguments, reason)?;
            // Ollama once sent none. It has to be unique in the conversation, and the answer's id is.
            let id = call.id.unwrap_or_else(|| format!("call_{response_id}_{position}"));
            if !call.extra.is_empty() {
                extras.insert(id.clone(), Value::Object(call.extra));
            }
            calls.push(ToolCall { id, name: call.name, arguments });
        }
        Ok((calls, extras))
    }
}
