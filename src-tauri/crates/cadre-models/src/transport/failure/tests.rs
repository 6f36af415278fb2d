use reqwest::header::HeaderMap;
use serde_json::json;

use super::*;

#[test]
fn each_status_and_body_has_its_category() {
    let anthropic = |kind: &str, message: &str| {
        json!({ "type": "error", "error": { "type": kind, "message": message } }).to_string()
    };
    let openai = |code: &str, message: &str| {
        json!({ "error": { "message": message, "type": "invalid_request_error", "code": code } }).to_string()
    };
    let cases = [
        (400, anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")),
        (400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")),
        (400, anthropic("invalid_request_error", "messages: at least one message is required")),
        (401, anthropic("authentication_error", "invalid x-api-key")),
        (403, anthropic("permission_error", "not allowed")),
        (404, anthropic("not_found_error", "model: claude-nonesuch")),
        (413, anthropic("request_too_large", "Request exceeds the maximum size")),
        (429, anthropic("rate_limit_error", "Number of requests has exceeded your rate limit")),
        (500, anthropic("api_error", "Internal server error")),
        (529, anthropic("overloaded_error", "Overloaded")),
        (400, openai("context_length_exceeded", "This model's maximum context length is 128000 tokens.")),
        (401, openai("invalid_api_key", "Incorrect API key provided: sk-abc***wxyz.")),
        (404, openai("model_not_found", "The model `gpt-nonesuch` does not exist")),
        (429, openai("insufficient_quota", "You exceeded your current quota")),
        (429, openai("rate_limit_exceeded", "Rate limit reached")),
        (400, json!({ "code": "Client specified an invalid argument", "error": "Incorrect API key provided: xai-abcdefghijkl" }).to_string()),
        (402, json!({ "error": { "code": 402, "message": "Insufficient credits" } }).to_string()),
        (502, json!({ "error": { "code": 502, "message": "Provider returned error", "metadata": { "raw": "upstream said no" } } }).to_string()),
        (404, json!({ "error": "model \"nonesuch\" not found, try pulling it first" }).to_string()),
        (400, json!({ "object": "error", "message": "This model's maximum context length is 4096 tokens." }).to_string()),
        (422, json!({ "detail": "field required" }).to_string()),
        (404, "<html>404 Not Found nginx</html>".to_owned()),
        (503, String::new()),
        (504, "upstream timed out".to_owned()),
        (301, String::new()),
        (418, "I'm a teapot".to_owned()),
    ];
    let mut table = String::new();
    for (status, body) in cases {
        let error = of_status(ProviderKind::OpenAiCompatible, status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.status, Some(status), "the status is part of the diagnosis");
        table += &format!("{status} {} {} | {}\n", error.category.name(), error.code.name(), error.message);
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_error_inside_a_stream_is_read_the_same_way() {
    let cases = [
        (
            json!({ "error": { "type": "overloaded_error", "message": "Overloaded" } }),
            Code::Overloaded,
            "Anthropic",
        ),
        (
            json!({ "error": { "code": 502, "message": "Provider disconnected" } }),
            Code::ServerError,
            "OpenRouter",
        ),
        (
            json!({ "error": { "code": 429, "message": "slow down" } }),
            Code::RateLimited,
            "a number for a status",
        ),
        (json!({ "error": "out of memory" }), Code::ServerError, "a local server"),
        (
            json!({ "error": { "type": "invalid_request_error", "code": "context_length_exceeded" } }),
            Code::ContextTooLong,
            "late",
        ),
        (json!({ "error": null }), Code::ServerError, "nothing to go by"),
    ];
    for (value, expected, reason) in cases {
        assert_eq!(in_stream_error(ProviderKind::OpenRouter, &value).code, expected, "{reason}: {value}");
    }
}
