//! What goes over the host's socket: one JSON object a line.
//!
//! `{"id":1,"operation":"…","input":…}` is answered by `{"id":1,"ok":…}` or `{"id":1,"error":…}`;
//! `{"id":2,"subscribe":40}` by `{"id":2,"event":…}` for each entry after 40, until the connection ends. An error
//! without an id is about the connection, which then ends.

use cadre_api::{ApiError, EventDto};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) ask: Ask,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ask {
    Call {
        operation: String,
        #[serde(default)]
        input: Value,
    },
    Subscribe {
        subscribe: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) id: Option<u64>,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Ok(Value),
    Error(ApiError),
    Event(EventDto),
}

/// One line, with its end.
pub(crate) fn line<T: Serialize>(message: &T) -> Result<Vec<u8>, ApiError> {
    let mut line =
        serde_json::to_vec(message).map_err(|error| ApiError::new("internal", error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}
