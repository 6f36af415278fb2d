//! Bodies: the whole of a small one, or a guarded stream of chunks.

use std::error::Error;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use reqwest::Response;

use super::{Watch, next_chunk};
use crate::error::{Code, ModelError};

/// # Errors
/// [`Code::ResponseTooLarge`] beyond `limit` bytes, and the limits of time.
pub(super) async fn read_all(response: Response, limit: usize, watch: &Watch) -> Result<Vec<u8>, ModelError> {
    let (bytes, end) = read(response, limit, watch).await;
    end.map(|()| bytes)
}

/// What there is, up to `limit` bytes: for explaining a failure, which stays one when it cannot be read.
pub(super) async fn read_some(response: Response, limit: usize, watch: &Watch) -> Vec<u8> {
    read(response, limit, watch).await.0
}

async fn read(response: Response, limit: usize, watch: &Watch) -> (Vec<u8>, Result<(), ModelError>) {
    let mut chunks = Box::pin(response.bytes_stream());
    let mut bytes = Vec::new();
    loop {
        match next_chunk(&mut chunks, watch, true).await {
            Err(error) => return (bytes, Err(error)),
            Ok(None) => return (bytes, Ok(())),
            Ok(Some(chunk)) => {
                let room = limit - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return (bytes, Err(too_large(limit)));
                }
            }
        }
    }
}

struct Guarded {
    chunks: BoxStream<'static, reqwest::Result<Bytes>>,
    watch: Watch,
    total: usize,
    /// Bytes of the line that has not ended yet.
    line: usize,
}

/// The body's chunks, each within the limits of time, the whole and each line within those of size.
///
/// It stands before the parser of events, because the parser keeps an unfinished line whatever its length.
pub(super) fn guarded(
    response: Response,
    watch: Watch,
) -> impl Stream<Item = Result<Bytes, ModelError>> + Send {
    let guarded = Guarded { chunks: response.bytes_stream().boxed(), watch, total: 0, line: 0 };
    try_unfold(guarded, async |mut guarded| {
        let began = guarded.total > 0;
        let Some(chunk) = next_chunk(&mut guarded.chunks, &guarded.watch, began).await? else {
            return Ok(None);
        };
        guarded.count(&chunk)?;
        Ok(Some((chunk, guarded)))
    })
}

impl Guarded {
    fn count(&mut self, chunk: &[u8]) -> Result<(), ModelError> {
        let limits = self.watch.limits;
        self.total += chunk.len();
        if self.total > limits.max_response_bytes {
            return Err(too_large(limits.max_response_bytes));
        }
        for part in chunk.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line += part.len();
            if self.line > limits.max_line_bytes {
                let message =
                    format!("the provider sent a line of more than {} bytes", limits.max_line_bytes);
                return Err(ModelError::new(Code::LineTooLong, message));
            }
            if part.ends_with(b"\n") || part.ends_with(b"\r") {
                self.line = 0;
            }
        }
        Ok(())
    }
}

fn too_large(limit: usize) -> ModelError {
    ModelError::new(Code::ResponseTooLarge, format!("the provider sent more than {limit} bytes"))
}

/// The deepest reason of an error. The outer ones repeat the address.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
