//! What a failed exchange means: status, body and transport errors as [`ModelError`].
//!
//! Nothing is shortened here: the redactor does it, after it has looked for keys.

use std::error::Error;
use std::io::{self, ErrorKind};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::body::innermost;
use super::retry_after::retry_after;
use crate::endpoint::Endpoint;
use crate::error::{Code, ModelError};
use crate::event::cut_off;
use crate::kind::ProviderKind;

/// What a provider says about its own failure.
#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    /// Inside a stream some give the HTTP status as a number.
    status: Option<u16>,
}

/// The request did not come through.
pub(super) fn of_request(error: &reqwest::Error, endpoint: &Endpoint) -> ModelError {
    let (kind, host) = (endpoint.kind(), endpoint.host());
    if error.is_connect() && error.is_timeout() {
        let message = format!("{kind} at {host} could not be reached within {:?}", endpoint.connect_limit);
        return ModelError::new(Code::ConnectTimeout, message);
    }
    if !error.is_connect() {
        return of_body(error);
    }
    let reason = innermost(error);
    let code = if any_cause(error, is_tls) {
        Code::TlsFailed
    } else if reason.contains("failed to lookup address") {
        Code::NameNotResolved
    } else {
        Code::ConnectFailed
    };
    ModelError::new(code, format!("{kind} at {host} could not be reached: {reason}"))
}

/// The connection broke while an answer was coming; or the provider closed it in the middle, which is its own doing.
pub(super) fn of_body(error: &reqwest::Error) -> ModelError {
    if any_cause(error, is_early_end) {
        return cut_off();
    }
    let message = format!("the connection to the provider broke: {}", innermost(error));
    ModelError::new(Code::ConnectionLost, message)
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    error.is::<rustls::Error>()
}

fn is_early_end(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof)
}

/// Whether the error or a cause of it passes. What is inside an I/O error is not its source, so both are followed.
fn any_cause(error: &(dyn Error + 'static), test: fn(&(dyn Error + 'static)) -> bool) -> bool {
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    test(error)
        || inside.is_some_and(|inside| any_cause(inside, test))
        || error.source().is_some_and(|source| any_cause(source, test))
}

/// An answer with a status that is no success.
pub(super) fn of_status(kind: ProviderKind, status: u16, headers: &HeaderMap, body: &[u8]) -> ModelError {
    let text = String::from_utf8_lossy(body);
    let said = serde_json::from_str(&text).map(|value| read_said(&value)).unwrap_or_default();
    let code = code_of(Some(status), &said, &text);
    let detail = said.message.unwrap_or_else(|| text.trim().to_owned());
    let summary = summary(code);
    let message = if detail.is_empty() {
        format!("{kind}: {summary} (HTTP {status})")
    } else {
        format!("{kind}: {summary} (HTTP {status}): {detail}")
    };
    let mut error = ModelError::new(code, message).with_status(status);
    error.provider_code = said.code;
    error.retry_after = retry_after(headers);
    error
}

/// An error that arrives as an event, after a status of success.
pub(crate) fn in_stream_error(kind: ProviderKind, value: &Value) -> ModelError {
    let said = read_said(value);
    let code = code_of(said.status, &said, "");
    let detail = said.message.unwrap_or_else(|| value.to_string());
    let mut error = ModelError::new(code, format!("{kind}: {}: {detail}", summary(code)));
    error.status = said.status;
    error.provider_code = said.code;
    error
}

/// A success that is no event stream: a proxy's page, a server that cannot stream, rubbish.
pub(super) fn not_a_stream(content_type: &str, body: &[u8]) -> ModelError {
    let text = String::from_utf8_lossy(body);
    let said: Said = serde_json::from_str(&text).map(|value| read_said(&value)).unwrap_or_default();
    let excerpt = said.message.unwrap_or_else(|| text.trim().to_owned());
    let message = format!("the provider answered with {content_type} instead of an event stream: {excerpt}");
    let mut error = ModelError::new(Code::NotAnEventStream, message);
    error.provider_code = said.code;
    error
}

pub(super) fn not_json(error: &serde_json::Error, body: &[u8]) -> ModelError {
    let text = String::from_utf8_lossy(body);
    let excerpt = text.trim();
    ModelError::new(
        Code::MalformedList,
        format!("the provider's answer is not what it should be ({error}): {excerpt}"),
    )
}

/// The shapes in use: `{error: {message, type, code}}`, `{error: "…"}`, `{message}`, `{detail}`, a list of one.
fn read_said(value: &Value) -> Said {
    let value = value.as_array().and_then(|items| items.first()).unwrap_or(value);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let inner = match value.get("error") {
        Some(Value::String(message)) => {
            return Said { code: text(value, "code"), message: Some(message.clone()), status: None };
        }
        Some(inner @ Value::Object(_)) => inner,
        _ => value,
    };
    let number = inner.get("code").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    let upstream = inner.pointer("/metadata/raw").and_then(Value::as_str);
    let message = text(inner, "message").or_else(|| text(inner, "detail")).map(|message| match upstream {
        // OpenRouter says only "Provider returned error" and puts what that provider said here.
        Some(raw) => format!("{message}: {raw}"),
        None => message,
    });
    Said {
        // OpenAI puts the precise word into `code` and the class into `type`; others have only `type`.
        code: text(inner, "code").or_else(|| text(inner, "type")),
        message,
        status: number.filter(|number| (400..600).contains(number)),
    }
}

/// Decides by status, provider's code and, last, by words: the same status means different things to different
/// providers.
fn code_of(status: Option<u16>, said: &Said, body: &str) -> Code {
    let code = said.code.as_deref().unwrap_or_default().to_lowercase();
    let words = format!("{code} {}", said.message.as_deref().unwrap_or(body)).to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let is_ours = status.is_none_or(|status| (400..500).contains(&status));
    if is_ours && status != Some(429) && says(&TOO_LONG) {
        return Code::ContextTooLong;
    }
    if matches!(status, None | Some(400 | 402 | 403 | 429)) && says(&NO_CREDIT) {
        return Code::QuotaExhausted;
    }
    match status {
        Some(300..400) => Code::Redirected,
        Some(401) => Code::KeyRejected,
        Some(402) => Code::QuotaExhausted,
        Some(403) => Code::Forbidden,
        Some(404) if says(&["model", "not_found_error"]) => Code::ModelNotFound,
        Some(404 | 405) => Code::EndpointNotFound,
        Some(408 | 504 | 524) => Code::ProviderTimeout,
        Some(413) => Code::RequestTooLarge,
        Some(429) => Code::RateLimited,
        Some(503 | 529) => Code::Overloaded,
        Some(500..600) => Code::ServerError,
        Some(400 | 422) if says(&["api key", "api_key"]) => Code::KeyRejected,
        Some(400 | 422)
            if says(&["model_not_found", "invalid model", "not a valid model", "unknown model"]) =>
        {
            Code::ModelNotFound
        }
        Some(_) => Code::InvalidRequest,
        None => code_of_word(&code),
    }
}

/// The word alone, where no status says anything.
fn code_of_word(word: &str) -> Code {
    match word {
        "authentication_error" | "invalid_api_key" => Code::KeyRejected,
        "permission_error" => Code::Forbidden,
        "billing_error" => Code::QuotaExhausted,
        "not_found_error" | "model_not_found" => Code::ModelNotFound,
        "rate_limit_error" | "rate_limit_exceeded" => Code::RateLimited,
        "overloaded_error" => Code::Overloaded,
        "timeout_error" => Code::ProviderTimeout,
        "request_too_large" => Code::RequestTooLarge,
        "invalid_request_error" => Code::InvalidRequest,
        _ => Code::ServerError,
    }
}

const TOO_LONG: [&str; 6] = [
    "context_length_exceeded",
    "exceed_context_size",
    "prompt is too long",
    "maximum context length",
    "maximum prompt length",
    "exceed context limit",
];

const NO_CREDIT: [&str; 5] = [
    "insufficient_quota",
    "credit balance",
    "insufficient credits",
    "billing_error",
    "exceeded your current quota",
];

fn summary(code: Code) -> &'static str {
    match code {
        Code::Redirected => "the address leads elsewhere, and redirects are not followed",
        Code::KeyRejected => "the key was not accepted",
        Code::Forbidden => "the key may not do this",
        Code::QuotaExhausted => "the account's credit or quota is used up",
        Code::ModelNotFound => "there is no such model",
        Code::EndpointNotFound => "nothing is at this address; check it",
        Code::ProviderTimeout => "the provider took too long",
        Code::RequestTooLarge => "the request is too large",
        Code::RateLimited => "too many requests",
        Code::Overloaded => "the provider is overloaded",
        Code::ContextTooLong => "the conversation is too long for the model",
        Code::InvalidRequest => "the provider did not accept the request",
        _ => "the provider failed",
    }
}

#[cfg(test)]
mod tests;
