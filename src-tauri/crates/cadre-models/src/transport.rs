//! HTTP to one endpoint: time limits, cancellation, caps and errors, the same for every wire format.
//!
//! Deliberately absent: retries, redirects, cookies and compression.

mod body;
mod drive;
mod failure;
mod retry_after;
mod surrogates;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, redirect};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::chat::Limits;
use crate::endpoint::Endpoint;
use crate::error::{Code, ModelError};
use crate::event::{Event, EventStream};
use crate::redact::Redactor;

pub(crate) use drive::{Normaliser, Progress};
pub(crate) use failure::in_stream_error;

/// As much of an error's body as is looked at.
const MAX_ERROR_BODY_BYTES: usize = 64 << 10;
const MAX_LIST_BYTES: usize = 8 << 20;

pub(crate) struct Transport {
    client: Client,
    endpoint: Arc<Endpoint>,
    redactor: Redactor,
}

impl Transport {
    pub(crate) fn new(endpoint: Endpoint) -> Result<Self, ModelError> {
        // Fails when the program has installed its own already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(endpoint.connect_limit)
            .user_agent(concat!("cadre/", env!("CARGO_PKG_VERSION")));
        if endpoint.is_loopback() {
            // What listens on this machine is not behind anybody's proxy.
            builder = builder.no_proxy();
        }
        if endpoint.is_plain() {
            // Without TLS there is nothing to verify, and reading the system's certificates takes longer than a call.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| {
            let message = format!("no connection can be made: {}", body::innermost(&error));
            ModelError::new(Code::TlsFailed, message)
        })?;
        let endpoint = Arc::new(endpoint);
        let redactor = Redactor::new(Arc::clone(&endpoint));
        Ok(Self { client, endpoint, redactor })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.client.get(url).header(ACCEPT, "application/json")
    }

    /// A request for an event stream; `body` is JSON.
    pub(crate) fn post(&self, url: Url, body: Vec<u8>) -> RequestBuilder {
        self.client
            .post(url)
            .header(ACCEPT, "text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .body(body)
    }

    /// Sends the request and gives the normaliser everything that comes back.
    pub(crate) async fn events(
        &self,
        request: RequestBuilder,
        limits: Limits,
        cancel: &CancellationToken,
        normaliser: impl Normaliser + 'static,
    ) -> Result<EventStream, ModelError> {
        let watch = Watch::new(limits, cancel.clone());
        let opened = self.open(request, &watch).await.map_err(|error| self.redactor.clean(error))?;
        let head = Event::Opened {
            request_id: request_id(opened.headers()),
            rate_limits: rate_limits(opened.headers()),
        };
        Ok(drive::drive(head, opened, watch, self.redactor.clone(), normaliser))
    }

    async fn open(&self, request: RequestBuilder, watch: &Watch) -> Result<Response, ModelError> {
        let response = self.send(request, watch).await?;
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        // Some local servers name no type at all; the normaliser then judges by the content.
        if content_type.is_empty() || content_type.starts_with("text/event-stream") {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let bytes = body::read_some(response, MAX_ERROR_BODY_BYTES, watch).await;
        Err(failure::not_a_stream(&content_type, &bytes).with_status(status))
    }

    /// Sends the request and reads the whole answer as JSON.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(
        &self,
        request: RequestBuilder,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<T, ModelError> {
        let watch = Watch::new(limits, cancel.clone());
        let read = async {
            let response = self.send(request, &watch).await?;
            let status = response.status().as_u16();
            let bytes = body::read_all(response, MAX_LIST_BYTES, &watch).await?;
            serde_json::from_slice(&bytes)
                .map_err(|error| failure::not_json(&error, &bytes).with_status(status))
        };
        read.await.map_err(|error: ModelError| self.redactor.clean(error))
    }

    async fn send(&self, request: RequestBuilder, watch: &Watch) -> Result<Response, ModelError> {
        let response = watch
            .within(watch.first_byte_at, Code::FirstByteTimeout, request.send())
            .await?
            .map_err(|error| failure::of_request(&error, &self.endpoint))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let bytes = body::read_some(response, MAX_ERROR_BODY_BYTES, watch).await;
        Err(failure::of_status(self.endpoint.kind(), status.as_u16(), &headers, &bytes))
    }
}

/// Marks a header as one that no log may show.
pub(crate) fn sensitive(value: &str) -> Result<HeaderValue, ModelError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        ModelError::new(
            Code::KeyRejected,
            "the key has characters in it that no key can have; enter it again",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The limits of one call, as points in time, and its cancellation.
pub(crate) struct Watch {
    first_byte_at: Instant,
    total_at: Instant,
    limits: Limits,
    cancel: CancellationToken,
}

impl Watch {
    fn new(limits: Limits, cancel: CancellationToken) -> Self {
        Self { first_byte_at: after(limits.first_byte), total_at: after(limits.total), limits, cancel }
    }

    /// Waits for the work, but not beyond `until`, the call's end or its cancellation.
    async fn within<T>(
        &self,
        until: Instant,
        code: Code,
        work: impl Future<Output = T>,
    ) -> Result<T, ModelError> {
        let (at, code) =
            if self.total_at <= until { (self.total_at, Code::TotalTimeout) } else { (until, code) };
        match self.cancel.run_until_cancelled(tokio::time::timeout_at(at, work)).await {
            None => Err(ModelError::new(Code::Cancelled, "the call was cancelled")),
            Some(Ok(done)) => Ok(done),
            Some(Err(_)) => Err(self.too_late(code)),
        }
    }

    fn too_late(&self, code: Code) -> ModelError {
        let (limit, what): (Duration, _) = match code {
            Code::FirstByteTimeout => (self.limits.first_byte, "the provider did not begin to answer"),
            Code::IdleTimeout => (self.limits.idle, "the provider stopped in the middle of its answer"),
            _ => (self.limits.total, "the answer was not complete"),
        };
        ModelError::new(code, format!("{what} within {limit:?}"))
    }
}

/// A limit from now on. One that is longer than a clock can tell is as good as a day.
fn after(limit: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or(now + DAY)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    ["request-id", "x-request-id"].into_iter().find_map(|name| header(headers, name))
}

fn rate_limits(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| name.as_str().contains("ratelimit"))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// Chunks of a body under the watch's limits; shared by the reader of errors and the reader of events.
pub(crate) async fn next_chunk<S, T>(
    chunks: &mut S,
    watch: &Watch,
    began: bool,
) -> Result<Option<T>, ModelError>
where
    S: futures_util::Stream<Item = reqwest::Result<T>> + Unpin,
{
    let (until, code) = if began {
        (after(watch.limits.idle), Code::IdleTimeout)
    } else {
        (watch.first_byte_at, Code::FirstByteTimeout)
    };
    match watch.within(until, code, chunks.next()).await? {
        None => Ok(None),
        Some(Ok(chunk)) => Ok(Some(chunk)),
        Some(Err(error)) => Err(failure::of_body(&error)),
    }
}
