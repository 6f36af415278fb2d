//! Questions that threads wait for, and which answers they take.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checkpoint::Wake;
use crate::hash::{Hash, canonical, digest};

/// A question that a thread waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interrupt {
    /// What kind of answer is wanted, in the host's words (`approval`, `question`, `unknown_outcome`).
    pub reason: String,
    pub message: String,
    /// What the answer decides on, with the hash of its exact bytes.
    pub action: Value,
    pub action_hash: Option<Hash>,
    /// Names of the decisions that are allowed; empty means any answer.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Unix time in microseconds after which an answer is refused.
    #[serde(default)]
    pub expires_at: Option<i64>,
    /// What an answer must look like: a JSON Schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// The host's own words about it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// A question that is open, with the place at which it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub id: Wake,
    pub interrupt: Interrupt,
}

/// Why a question does not take an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefused {
    #[error("nothing asks there, or not any more")]
    NotAsked,
    #[error("the question has expired")]
    Expired,
    #[error("`{said}` is not among what is allowed: {}", allowed.join(", "))]
    NotAllowed { said: String, allowed: Vec<String> },
    #[error("the answer does not have the form that was asked for: {0}")]
    Shape(String),
    #[error("the form that was asked for is no JSON Schema: {0}")]
    Schema(String),
}

impl Interrupt {
    pub fn new(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Interrupt { reason: reason.into(), message: message.into(), ..Interrupt::default() }
    }

    /// What the answer decides on; its hash is taken of its canonical bytes.
    #[must_use]
    pub fn about(mut self, action: Value) -> Self {
        self.action_hash = canonical(&action).ok().map(|bytes| digest(0x12, &bytes));
        self.action = action;
        self
    }

    #[must_use]
    pub fn allow<S: Into<String>>(mut self, decisions: impl IntoIterator<Item = S>) -> Self {
        self.allowed = decisions.into_iter().map(Into::into).collect();
        self
    }

    #[must_use]
    pub fn expires_at(mut self, at: i64) -> Self {
        self.expires_at = Some(at);
        self
    }

    #[must_use]
    pub fn schema(mut self, schema: Value) -> Self {
        self.schema = Some(schema);
        self
    }

    /// Whether the question takes an answer at `now`. The decision is the answer itself where it is a text, and else its
    /// member `decision`.
    ///
    /// # Errors
    /// It does not, and why.
    pub fn takes(&self, answer: &Value, now: i64) -> Result<(), AnswerRefused> {
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(AnswerRefused::Expired);
        }
        if !self.allowed.is_empty() {
            let said = answer.as_str().or_else(|| answer.get("decision")?.as_str());
            if !said.is_some_and(|said| self.allowed.iter().any(|allowed| allowed == said)) {
                let said = said.map_or_else(|| answer.to_string(), str::to_owned);
                return Err(AnswerRefused::NotAllowed { said, allowed: self.allowed.clone() });
            }
        }
        match &self.schema {
            Some(schema) => {
                let checked = checker(schema)?.validate(answer).map_err(|error| error.to_string());
                checked.map_err(AnswerRefused::Shape)
            }
            None => Ok(()),
        }
    }

    /// Whether the question can be answered at all.
    pub(crate) fn check(&self) -> Result<(), AnswerRefused> {
        self.schema.as_ref().map_or(Ok(()), |schema| checker(schema).map(drop))
    }
}

fn checker(schema: &Value) -> Result<jsonschema::Validator, AnswerRefused> {
    jsonschema::validator_for(schema).map_err(|error| AnswerRefused::Schema(error.to_string()))
}
