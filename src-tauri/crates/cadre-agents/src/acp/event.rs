//! What an agent program says and asks, in our words. Stored in journals, so the names are kept.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// It runs, speaks the protocol and has a session.
    Ready {
        agent: String,
        version: String,
        session: String,
    },
    /// One whole message; its pieces were put together.
    Message {
        text: String,
    },
    Thought {
        text: String,
    },
    /// A tool call that began, or that has ended.
    Tool {
        tool: ToolUse,
    },
    Plan {
        entries: Vec<PlanEntry>,
    },
    /// It asks leave. Nothing happens until the session hears the answer.
    Permission {
        request: u64,
        tool: ToolUse,
    },
    /// It wants a file written for it. `path` is relative to the project's folder.
    Write {
        request: u64,
        path: String,
        content: String,
    },
    /// What it has used, as far as it says so beside the end of a turn.
    Used {
        /// Tokens that stand in its context now.
        context: u64,
        /// Of the whole session so far.
        cost: Option<Cost>,
        /// No turn is under way: it is said of those before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// It worked for so many microseconds while nobody listened to it. No word of the program: its owner says so.
    WentOn {
        micros: i64,
        /// A limit was reached, and it was told to end its turn.
        over: bool,
    },
    TurnEnded {
        /// `end_turn`, `max_tokens`, `max_turn_requests`, `refusal` or `cancelled`.
        stop: String,
        /// Of this turn, where the program says it; with what turned out to have been left out of those before.
        tokens: Option<Tokens>,
        /// Of the whole session so far, where the program says it.
        cost: Option<Cost>,
    },
    /// The session is over.
    Failed {
        category: String,
        message: String,
    },
}

/// A tool call as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolUse {
    pub id: String,
    pub title: String,
    pub name: Option<String>,
    /// The protocol's word: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `switch_mode` or
    /// `other`.
    pub kind: String,
    /// `pending`, `in_progress`, `completed` or `failed`.
    pub status: String,
    /// Relative to the project's folder where they lie in it, else absolute.
    pub locations: Vec<String>,
    pub diffs: Vec<FileDiff>,
    /// JSON text, as the program wrote it: an approval is bound to it, byte for byte.
    pub input: Option<String>,
    /// What it gave, as text, cut to a bound.
    pub output: Option<String>,
}

impl ToolUse {
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "failed")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    pub path: String,
    /// `None` for a file that is new.
    pub before: Option<String>,
    pub after: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEntry {
    pub content: String,
    /// `pending`, `in_progress` or `completed`.
    pub status: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub cached_read: u64,
    pub cached_write: u64,
    pub thought: u64,
}

impl Tokens {
    /// All but what was read from a cache, which was counted when it was new.
    pub fn uncached(self) -> u64 {
        [self.output, self.cached_write, self.thought].into_iter().fold(self.input, u64::saturating_add)
    }

    /// With what was read from a cache.
    pub fn in_all(self) -> u64 {
        self.uncached().saturating_add(self.cached_read)
    }

    /// What came to `before`; `None` where something has become less.
    pub fn since(self, before: Tokens) -> Option<Tokens> {
        Some(Tokens {
            input: self.input.checked_sub(before.input)?,
            output: self.output.checked_sub(before.output)?,
            cached_read: self.cached_read.checked_sub(before.cached_read)?,
            cached_write: self.cached_write.checked_sub(before.cached_write)?,
            thought: self.thought.checked_sub(before.thought)?,
        })
    }

    #[must_use]
    pub fn plus(self, other: Tokens) -> Tokens {
        Tokens {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached_read: self.cached_read.saturating_add(other.cached_read),
            cached_write: self.cached_write.saturating_add(other.cached_write),
            thought: self.thought.saturating_add(other.thought),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub amount: f64,
    /// ISO 4217.
    pub currency: String,
}
