//! What a request means: the six intents and the reading that intake shows.
//!
//! Owns the vocabulary only. Who answered (a model or the embedded reader) is part of the reading, so that
//! nothing downstream can pretend otherwise.

/// The six things a request can be (requirements INT-01 to INT-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intent {
    /// Route to one member.
    Delegate,
    /// Several steps, so a plan.
    CreateProject,
    /// A capability is missing; hire an agent for it.
    BuildAgent,
    /// An existing agent should become better.
    ImproveAgent,
    /// Too little to act on; ask.
    Clarify,
    /// A question that an answer settles.
    DirectResponse,
}

impl Intent {
    pub const ALL: [Intent; 6] = [
        Intent::Delegate,
        Intent::CreateProject,
        Intent::BuildAgent,
        Intent::ImproveAgent,
        Intent::Clarify,
        Intent::DirectResponse,
    ];

    /// The name used in stored records, on the wire and in the evaluation sets.
    pub fn name(self) -> &'static str {
        match self {
            Intent::Delegate => "DELEGATE",
            Intent::CreateProject => "CREATE_PROJECT",
            Intent::BuildAgent => "BUILD_AGENT",
            Intent::ImproveAgent => "IMPROVE_AGENT",
            Intent::Clarify => "CLARIFY",
            Intent::DirectResponse => "DIRECT_RESPONSE",
        }
    }

    pub fn from_name(name: &str) -> Option<Intent> {
        Self::ALL.into_iter().find(|intent| intent.name() == name)
    }
}

/// How long the work is expected to span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Horizon {
    Minutes,
    Hours,
    Days,
    Weeks,
}

impl Horizon {
    pub const ALL: [Horizon; 4] = [Horizon::Minutes, Horizon::Hours, Horizon::Days, Horizon::Weeks];

    pub fn name(self) -> &'static str {
        match self {
            Horizon::Minutes => "minutes",
            Horizon::Hours => "hours",
            Horizon::Days => "days",
            Horizon::Weeks => "weeks",
        }
    }

    pub fn from_name(name: &str) -> Option<Horizon> {
        Self::ALL.into_iter().find(|horizon| horizon.name() == name)
    }
}

/// What intake made of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub intent: Intent,
    /// Calibrated probability that `intent` is right, 0 to 1.
    pub confidence: f64,
    /// The other intents, most probable first.
    pub alternatives: Vec<(Intent, f64)>,
    /// One of the organisation's departments.
    pub department: String,
    /// 1 (trivial) to 10.
    pub complexity: u8,
    pub horizon: Option<Horizon>,
    /// Who read it: `embedded`, or the name of the model.
    pub reader: String,
    /// What to ask when the reading is unsure, with ready answers.
    pub question: Option<Question>,
    /// What settles a [`Intent::DirectResponse`]. Only a model gives one.
    pub answer: Option<String>,
}

/// One good question with ready answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    pub answers: Vec<String>,
}
