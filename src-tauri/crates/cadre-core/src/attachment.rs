//! Files that are given with a request. What a plan and a request record of them is their content's hash.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: String,
    /// Of the content, in hex.
    pub sha256: String,
    pub bytes: u32,
}
