//! What the normalisers of all wire formats share.

use serde_json::{Map, Value};

use crate::chat::StopReason;
use crate::error::{Code, ModelError};

/// Arguments as an object. A call that was cut by the limit of tokens is another failure than one that is wrong.
pub(crate) fn read_arguments(
    tool: &str,
    text: &str,
    reason: &StopReason,
) -> Result<Map<String, Value>, ModelError> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text).map_err(|error| {
        if *reason == StopReason::MaxTokens {
            let message = format!("the call of `{tool}` reached max_output_tokens before it was complete");
            return ModelError::new(Code::OutputTruncated, message);
        }
        let message = format!("the model called `{tool}` with arguments that are no JSON object: {error}");
        ModelError::new(Code::MalformedToolCall, message)
    })
}

pub(crate) fn malformed(error: &serde_json::Error, data: &str) -> ModelError {
    let message = format!("the provider sent an event that cannot be read ({error}): {data}");
    ModelError::new(Code::MalformedEvent, message)
}
