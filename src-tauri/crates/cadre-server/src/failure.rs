//! An error of the application as an HTTP answer: the same JSON as everywhere, with the status that fits.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cadre_api::ApiError;

pub(crate) struct Failure(pub(crate) ApiError);

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Failure(error)
    }
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Failure(ApiError::new(code, message))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (status_of(&self.0.code), Json(self.0)).into_response()
    }
}

/// 401 means only that there is no session: the interface forgets its bearer when it sees one.
fn status_of(code: &str) -> StatusCode {
    match code {
        "unknown_operation" | "not_found" => StatusCode::NOT_FOUND,
        "invalid_input" => StatusCode::BAD_REQUEST,
        "not_signed_in" => StatusCode::UNAUTHORIZED,
        "channel_not_allowed" | "origin_refused" => StatusCode::FORBIDDEN,
        "stale_approval" | "already_decided" => StatusCode::CONFLICT,
        "too_large" | "attachment_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "too_many_attempts" => StatusCode::TOO_MANY_REQUESTS,
        "timed_out" => StatusCode::REQUEST_TIMEOUT,
        "workspace_held" | "workspace_newer" | "workspace_damaged" | "database_locked"
        | "host_unreachable" => StatusCode::SERVICE_UNAVAILABLE,
        "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
        "internal" | "not_installed" => StatusCode::INTERNAL_SERVER_ERROR,
        // What an operation refuses, for a reason that stands in the answer.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
