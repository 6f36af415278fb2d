//! Structured output: the answer as JSON of the shape that was asked for.
//!
//! A provider's own enforcement is a help and no proof: each answer is checked here. Findings quote the answer, which
//! is content like any other and not cleaned.

use std::fmt::Write;

use serde_json::Value;

use crate::chat::{ChatRequest, ChatResponse, OutputSchema, StopReason};
use crate::error::{Code, ModelError};
use crate::redact::cut;

/// Findings told to a model; more of them do not help it.
const MAX_FINDINGS: usize = 5;
const MAX_FINDING_BYTES: usize = 300;

/// Fills [`ChatResponse::structured`] if the request asks for a shape and the model has answered (rather than called
/// a tool).
///
/// # Errors
/// Those of [`read`]; [`Code::OutputTruncated`] and [`Code::Refused`] when the model stopped for that reason.
pub fn check(request: &ChatRequest, mut response: ChatResponse) -> Result<ChatResponse, ModelError> {
    let Some(output) = &request.output_schema else { return Ok(response) };
    if !response.message.tool_calls.is_empty() || response.stop_reason == StopReason::Paused {
        return Ok(response);
    }
    let failed = |code, message: &str| {
        let mut error = ModelError::new(code, message);
        error.answer_began = true;
        error
    };
    match response.stop_reason {
        StopReason::MaxTokens => Err(failed(
            Code::OutputTruncated,
            "the answer reached max_output_tokens before it was complete; allow more or ask for less",
        )),
        StopReason::Refusal => Err(failed(Code::Refused, "the model declined to answer")),
        _ => {
            response.structured = Some(read(&response.message.text, output)?);
            Ok(response)
        }
    }
}

/// Reads an answer as JSON and validates it.
///
/// # Errors
/// [`Code::OutputNotJson`] and [`Code::OutputMismatch`], each with a hint for the model;
/// [`Code::InvalidSchema`] if the caller's schema cannot be used.
pub fn read(text: &str, output: &OutputSchema) -> Result<Value, ModelError> {
    let validator = jsonschema::validator_for(&output.schema).map_err(|error| {
        let message = format!("the schema `{}` cannot be used: {error}", output.name);
        ModelError::new(Code::InvalidSchema, cut(&message, MAX_FINDING_BYTES))
    })?;
    let value: Value = serde_json::from_str(unfenced(text)).map_err(|error| {
        let hint = format!(
            "Your last answer was not valid JSON ({error}). Answer again with one JSON value only, without any \
             text or code fence around it."
        );
        wrong_shape(Code::OutputNotJson, format!("the model's answer is not JSON: {error}"), hint)
    })?;
    let mut findings = String::new();
    for error in validator.iter_errors(&value).take(MAX_FINDINGS) {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() { "the top" } else { &path };
        let finding = cut(&error.to_string(), MAX_FINDING_BYTES);
        let _ = write!(findings, "\n- at {place}: {finding}");
    }
    if findings.is_empty() {
        return Ok(value);
    }
    let message = format!("the model's answer does not have the shape `{}`:{findings}", output.name);
    let hint = format!(
        "Your last answer does not match the required JSON schema:{findings}\nAnswer again with the corrected JSON \
         value only."
    );
    Err(wrong_shape(Code::OutputMismatch, message, hint))
}

fn wrong_shape(code: Code, message: String, hint: String) -> ModelError {
    let mut error = ModelError::new(code, message);
    error.repair_hint = Some(hint);
    error.answer_began = true;
    error
}

/// The content of a Markdown code fence: local models put JSON into one even when told not to.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    let inner = inner.strip_prefix("json").unwrap_or(inner);
    inner.trim()
}

/// Whether OpenAI's strict mode takes the schema: every object closed, every property required. Others are sent as
/// a guide and checked here.
pub(crate) fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let is_object = properties.is_some() || map.get("type").is_some_and(|kind| kind == "object");
            let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
            let required: Vec<&str> = map
                .get("required")
                .and_then(Value::as_array)
                .map(|names| names.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            let complete = properties
                .is_some_and(|properties| properties.keys().all(|name| required.contains(&name.as_str())));
            (!is_object || (closed && complete)) && map.values().all(is_strict)
        }
        Value::Array(items) => items.iter().all(is_strict),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person() -> OutputSchema {
        let schema = json!({
            "type": "object",
            "properties": { "name": { "type": "string" }, "age": { "type": "integer" } },
            "required": ["name", "age"],
            "additionalProperties": false,
        });
        OutputSchema { name: "person".to_owned(), schema }
    }

    #[test]
    fn an_answer_is_read_or_refused_with_a_hint() {
        let cases = [
            (r#"{"name":"Ada","age":36}"#, Ok(()), "as asked"),
            ("```json\n{\"name\":\"Ada\",\"age\":36}\n```", Ok(()), "in a fence"),
            ("Sure! Here it is.", Err(Code::OutputNotJson), "prose"),
            (r#"{"name":"Ada","age":"#, Err(Code::OutputNotJson), "half of it"),
            (r#"{"name":"Ada"}"#, Err(Code::OutputMismatch), "a missing property"),
            (r#"{"name":"Ada","age":"36"}"#, Err(Code::OutputMismatch), "another type"),
            ("", Err(Code::OutputNotJson), "nothing at all"),
        ];
        for (text, expected, reason) in cases {
            let result = read(text, &person());
            if let Err(error) = &result {
                assert!(error.repair_hint.is_some(), "the model has to be told what was wrong: {reason}");
            }
            assert_eq!(result.map(drop).map_err(|error| error.code), expected, "{reason}");
        }
    }

    #[test]
    fn the_hint_names_the_place() {
        let error = read(r#"{"name":1,"age":36}"#, &person()).expect_err("a number is no name");
        insta::assert_snapshot!(error.repair_hint.unwrap_or_default(), @r#"
        Your last answer does not match the required JSON schema:
        - at /name: 1 is not of type "string"
        Answer again with the corrected JSON value only.
        "#);
    }

    #[test]
    fn a_schema_that_reaches_outside_is_refused() {
        let schema = json!({ "$ref": "https://schemas.example/person.json" });
        let error =
            read("{}", &OutputSchema { name: "remote".to_owned(), schema }).expect_err("it is not here");
        assert_eq!(error.code, Code::InvalidSchema, "validating must never fetch anything");
    }

    #[test]
    fn strict_mode_is_asked_for_only_where_it_holds() {
        assert!(is_strict(&person().schema), "closed, and all of it required");
        let optional =
            json!({ "type": "object", "properties": { "name": {} }, "additionalProperties": false });
        assert!(!is_strict(&optional), "OpenAI answers 400 to an optional property");
        assert!(
            !is_strict(&json!({ "type": "array", "items": { "type": "object" } })),
            "an open object inside"
        );
    }
}
