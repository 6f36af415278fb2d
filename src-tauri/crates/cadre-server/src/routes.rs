//! What is answered under which path.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use cadre_api::{ApiError, Caller, Channel};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::MAX_REQUEST_BYTES;
use crate::admission::Admission;
use crate::calls::Calls;
use crate::events::events;
use crate::failure::Failure;
use crate::headers::protect;
use crate::pages::Pages;
use crate::upload;

/// How long a request's body may take to arrive.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(15);
/// How much of a request that is too large is read and thrown away, so that the answer reaches a caller that is still
/// sending. Beyond that the connection is simply closed.
const DRAINED_BYTES: usize = 8 * MAX_REQUEST_BYTES;

pub(crate) struct Surface {
    pub(crate) admission: Admission,
    pub(crate) calls: Calls,
    pub(crate) pages: Pages,
}

pub(crate) fn router(surface: Arc<Surface>) -> Router {
    Router::new()
        .route("/api/v1/session.exchange", post(exchange).fallback(not_posted))
        .route("/api/v1/events", get(events))
        .route("/api/v1/request.attach", post(attach).fallback(not_posted))
        .route("/api/v1/{operation}", post(call).fallback(not_posted))
        .fallback(page)
        .layer(middleware::from_fn_with_state(Arc::clone(&surface), guard))
        .with_state(surface)
}

/// Around every answer: nothing for another host's name, and the same headers on all of them.
async fn guard(State(surface): State<Arc<Surface>>, request: Request, next: Next) -> Response {
    let mut response = match surface.admission.check_host(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => Failure(error).into_response(),
    };
    protect(response.headers_mut());
    response
}

async fn call(
    State(surface): State<Arc<Surface>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Failure> {
    let visitor = surface.admission.caller(&headers)?;
    let input: Value = json(&operation, &headers, body).await?;
    let connection = visitor.session.as_ref().map(|session| session.id());
    let caller = Caller::owner(Channel::Http).authenticated(visitor.authentication).through(connection);
    Ok(Json(surface.calls.run(caller, operation, input).await?))
}

#[derive(Deserialize)]
struct AttachQuery {
    #[serde(default)]
    name: String,
}

/// The one operation whose input may be a file: its body is the file itself, and goes to the disk as it arrives.
async fn attach(
    State(surface): State<Arc<Surface>>,
    query: Result<Query<AttachQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Failure> {
    if !has_type(&headers, "application/octet-stream") {
        return call(State(surface), Path("request.attach".into()), headers, body).await;
    }
    surface.admission.caller(&headers)?;
    let Query(AttachQuery { name }) =
        query.map_err(|_| Failure::new("invalid_input", "`name` is the file's name"))?;
    let attachment = upload::receive(&surface.calls, name, &headers, body).await?;
    Ok(Json(json!({ "attachment": attachment, "folder": null })))
}

#[derive(Deserialize)]
struct ExchangeInput {
    code: String,
}

#[derive(Serialize)]
struct ExchangeOutput {
    bearer: String,
}

/// A code becomes a session. It is no operation of the application: only this host has sessions.
async fn exchange(
    State(surface): State<Arc<Surface>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ExchangeOutput>, Failure> {
    surface.admission.check_own_page(&headers)?;
    let input: ExchangeInput = json("session.exchange", &headers, body).await?;
    let bearer = surface.admission.sessions.exchange(&input.code)?;
    Ok(Json(ExchangeOutput { bearer: bearer.reveal().to_owned() }))
}

async fn not_posted() -> Failure {
    Failure::new("invalid_input", "an operation is called with POST and a JSON body")
}

async fn page(State(surface): State<Arc<Surface>>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Failure::new("unknown_operation", format!("there is nothing at `{path}`")).into_response();
    }
    surface.pages.answer(request.method(), path)
}

async fn json<T: serde::de::DeserializeOwned>(
    operation: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Failure> {
    // The types that a foreign form can send without asking first are not JSON.
    if !has_type(headers, "application/json") {
        return Err(Failure::new("invalid_input", "the body has to be `application/json`"));
    }
    let body = match tokio::time::timeout(BODY_TIME, limited(headers, body)).await {
        Ok(body) => body?,
        Err(_) => return Err(Failure::new("timed_out", "the request did not arrive in time")),
    };
    let body: &[u8] = if body.is_empty() { b"null" } else { &body };
    serde_json::from_slice(body)
        .map_err(|error| Failure::new("invalid_input", format!("`{operation}`: {error}")))
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.and_then(|it| it.split(';').next()).map(str::trim) == Some(wanted)
}

async fn limited(headers: &HeaderMap, mut body: Body) -> Result<Vec<u8>, ApiError> {
    let too_large = || ApiError::new("too_large", "the request has more than 2 MiB");
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|it| it.parse::<usize>().ok()).is_some_and(|bytes| bytes > DRAINED_BYTES) {
        return Err(too_large());
    }
    let (mut kept, mut seen) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::new("invalid_input", "the request broke off"))?;
        let data: Bytes = frame.into_data().unwrap_or_default();
        seen += data.len();
        if seen > DRAINED_BYTES {
            break;
        }
        if seen <= MAX_REQUEST_BYTES {
            kept.extend_from_slice(&data);
        }
    }
    if seen > MAX_REQUEST_BYTES { Err(too_large()) } else { Ok(kept) }
}
