//! A file that comes as the body of a request.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use cadre_api::operations::request::Receiving;
use cadre_api::{ApiError, AttachmentDto};
use http_body_util::BodyExt as _;

use crate::calls::Calls;
use crate::routes::BODY_TIME;

/// What is gathered before it is written.
const PART: usize = 1024 * 1024;
/// The application refuses a file that is larger than 64 MiB; of one that says so itself nothing is read.
const MOST_DECLARED: u64 = 64 * 1024 * 1024;

pub(crate) async fn receive(
    calls: &Calls,
    name: String,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<AttachmentDto, ApiError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|it| it.parse::<u64>().ok()).is_some_and(|bytes| bytes > MOST_DECLARED) {
        return Err(ApiError::new("attachment_too_large", format!("{name} is larger than 64 MiB")));
    }
    let mut receiving = calls.receive(name).await?;
    let mut part = Vec::with_capacity(PART);
    while let Some(data) = next(&mut body).await? {
        part.extend_from_slice(&data);
        if part.len() >= PART {
            receiving = write(receiving, &mut part).await?;
        }
    }
    receiving = write(receiving, &mut part).await?;
    receiving.finish().await
}

async fn write(receiving: Receiving, part: &mut Vec<u8>) -> Result<Receiving, ApiError> {
    receiving.write(std::mem::replace(part, Vec::with_capacity(PART))).await
}

/// A file may take as long as it needs, as long as something arrives.
async fn next(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    let frame = tokio::time::timeout(BODY_TIME, body.frame()).await;
    match frame.map_err(|_| ApiError::new("timed_out", "the file did not arrive in time"))? {
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(_)) => Err(ApiError::new("invalid_input", "the upload broke off")),
        None => Ok(None),
    }
}
