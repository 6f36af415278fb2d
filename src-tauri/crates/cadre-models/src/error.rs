//! Why a call of a model failed, with a category that decides what happens next.

use std::time::Duration;

use cadre_core::failure::Category;

/// What went wrong, precisely. Each belongs to one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    Cancelled,
    ConnectTimeout,
    FirstByteTimeout,
    IdleTimeout,
    TotalTimeout,
    ProviderTimeout,
    NameNotResolved,
    ConnectFailed,
    TlsFailed,
    ConnectionLost,
    KeyMissing,
    KeyRejected,
    Forbidden,
    BadBaseUrl,
    PlainHttpRefused,
    Redirected,
    ModelNotFound,
    EndpointNotFound,
    RateLimited,
    QuotaExhausted,
    Overloaded,
    ServerError,
    ContextTooLong,
    RequestTooLarge,
    InvalidRequest,
    NotAnEventStream,
    MalformedEvent,
    MalformedToolCall,
    MalformedList,
    CutOff,
    LineTooLong,
    ResponseTooLarge,
    OutputTruncated,
    OutputNotJson,
    OutputMismatch,
    Refused,
    InvalidSchema,
    NoScriptedAnswer,
}

impl Code {
    fn row(self) -> (&'static str, Category) {
        use Category::{
            AuthorizationError, ConfigurationError, LlmServiceError, NetworkError, ResourceExhausted,
            Timeout, UserCancelled, ValidationError,
        };
        match self {
            Code::Cancelled => ("cancelled", UserCancelled),
            Code::ConnectTimeout => ("connect_timeout", Timeout),
            Code::FirstByteTimeout => ("first_byte_timeout", Timeout),
            Code::IdleTimeout => ("idle_timeout", Timeout),
            Code::TotalTimeout => ("total_timeout", Timeout),
            Code::ProviderTimeout => ("provider_timeout", Timeout),
            Code::NameNotResolved => ("name_not_resolved", NetworkError),
            Code::ConnectFailed => ("connect_failed", NetworkError),
            Code::TlsFailed => ("tls_failed", NetworkError),
            Code::ConnectionLost => ("connection_lost", NetworkError),
            Code::KeyMissing => ("key_missing", AuthorizationError),
            Code::KeyRejected => ("key_rejected", AuthorizationError),
            Code::Forbidden => ("forbidden", AuthorizationError),
            Code::BadBaseUrl => ("bad_base_url", ConfigurationError),
            Code::PlainHttpRefused => ("plain_http_refused", ConfigurationError),
            Code::Redirected => ("redirected", ConfigurationError),
            Code::ModelNotFound => ("model_not_found", ConfigurationError),
            Code::EndpointNotFound => ("endpoint_not_found", ConfigurationError),
            Code::NoScriptedAnswer => ("no_scripted_answer", ConfigurationError),
            Code::RateLimited => ("rate_limited", ResourceExhausted),
            Code::QuotaExhausted => ("quota_exhausted", ResourceExhausted),
            Code::Overloaded => ("overloaded", LlmServiceError),
            Code::ServerError => ("server_error", LlmServiceError),
            Code::NotAnEventStream => ("not_an_event_stream", LlmServiceError),
            Code::MalformedEvent => ("malformed_event", LlmServiceError),
            Code::MalformedToolCall => ("malformed_tool_call", LlmServiceError),
            Code::MalformedList => ("malformed_list", LlmServiceError),
            Code::CutOff => ("cut_off", LlmServiceError),
            Code::LineTooLong => ("line_too_long", LlmServiceError),
            Code::ResponseTooLarge => ("response_too_large", LlmServiceError),
            Code::ContextTooLong => ("context_too_long", ValidationError),
            Code::RequestTooLarge => ("request_too_large", ValidationError),
            Code::InvalidRequest => ("invalid_request", ValidationError),
            Code::InvalidSchema => ("invalid_schema", ValidationError),
            Code::OutputTruncated => ("output_truncated", ValidationError),
            Code::OutputNotJson => ("output_not_json", ValidationError),
            Code::OutputMismatch => ("output_mismatch", ValidationError),
            Code::Refused => ("refused", ValidationError),
        }
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub fn category(self) -> Category {
        self.row().1
    }
}

/// A failed call. Its text never holds a key: whatever a provider sent has been cleaned and cut to 2 KiB.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    pub category: Category,
    pub code: Code,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The provider's own word for it.
    pub provider_code: Option<String>,
    pub message: String,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// For an answer of the wrong shape: what to tell the model, once.
    pub repair_hint: Option<String>,
    /// Something of the answer had already come. It was paid for, and trying again pays again.
    pub answer_began: bool,
}

impl ModelError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            category: code.category(),
            code,
            status: None,
            provider_code: None,
            message: message.into(),
            retry_after: None,
            repair_hint: None,
            answer_began: false,
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}
