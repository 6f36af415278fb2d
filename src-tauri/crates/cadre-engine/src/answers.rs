//! What a thread can wait for a person to say, and which answers fit.

use cadre_core::effect::Action;
use serde::{Deserialize, Serialize};

/// Why a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An effect wants a permit.
    Approval,
    /// Nobody can say whether an effect happened.
    UnknownOutcome,
    /// The step is carried out by a person.
    Work,
    /// A person says how, before the step begins.
    Guidance,
    /// A person accepts the step's result, or not.
    Result,
    /// An agent would be added, or may do more than before.
    AgentChange,
    /// The step failed and will not be tried again by itself.
    Failure,
    /// A hard limit on money, turns, tokens or time is reached.
    Limit,
}

impl Reason {
    pub const ALL: [Reason; 8] = [
        Reason::Approval,
        Reason::UnknownOutcome,
        Reason::Work,
        Reason::Guidance,
        Reason::Result,
        Reason::AgentChange,
        Reason::Failure,
        Reason::Limit,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Reason::Approval => "approval",
            Reason::UnknownOutcome => "unknown_outcome",
            Reason::Work => "work",
            Reason::Guidance => "guidance",
            Reason::Result => "result",
            Reason::AgentChange => "agent_change",
            Reason::Failure => "failure",
            Reason::Limit => "limit",
        }
    }

    pub fn from_name(name: &str) -> Option<Reason> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The decisions that fit, the first being the one that lets the work go on.
    pub fn allowed(self) -> Vec<String> {
        let names: &[&str] = match self {
            Reason::Approval => &["approve", "deny", "edit", "changes"],
            Reason::UnknownOutcome => &["happened", "did_not", "look_again"],
            Reason::Work => &["done", "cannot"],
            Reason::Guidance => &["answer"],
            Reason::Result => &["approve", "changes", "deny"],
            Reason::AgentChange => &["approve", "deny"],
            Reason::Failure => &["retry", "skip", "abort"],
            Reason::Limit => &["raise", "stop"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// The decision that nobody took: the time for it is over.
pub const EXPIRED: &str = "expired";

/// The decision that nobody has to take any more: the limit that was to be raised was set meanwhile.
pub const LIMIT_CHANGED: &str = "limit_changed";

/// The answer as the waiting node reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub decision: String,
    /// Id of the recorded decision.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<String>,
    /// The edited action, for `edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
}

impl Answer {
    /// An answer that is nothing but its decision.
    pub(crate) fn plain(decision: &str, id: String) -> Answer {
        Answer { decision: decision.to_owned(), id, text: None, permit: None, action: None }
    }
}
