//! Limits on money and turns, and whether a call still fits. Amounts are nano-dollars (10⁻⁹ US dollars).

use serde::{Deserialize, Serialize};

use crate::document;

pub const DOLLAR: i64 = 1_000_000_000;

/// What a project may cost where nobody set another limit.
pub const PROJECT_LIMIT: i64 = 2 * DOLLAR;

/// What a workspace may cost in a day (in UTC) where nobody set another limit.
pub const DAY_LIMIT: i64 = 10 * DOLLAR;

/// Turns of a model in one step, whatever its agent's file says.
pub const TURN_LIMIT: u32 = 50;

const MICROS_OF_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The day that a limit counts by: days since 1970 in UTC. `now` is Unix time in microseconds.
pub fn day_of(now: i64) -> i64 {
    now.div_euclid(MICROS_OF_A_DAY)
}

/// What a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole workspace, each day.
    Day,
    Project,
    /// One member's part of a project: its file says how much.
    Member,
    /// One endpoint, each day: the terms that a person agreed to say how much.
    Endpoint,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Day, Scope::Project, Scope::Member, Scope::Endpoint];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Day => "day",
            Scope::Project => "project",
            Scope::Member => "member",
            Scope::Endpoint => "endpoint",
        }
    }
}

/// A limit with what counts against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub scope: Scope,
    /// The day that it is the room of, where the scope is one that begins anew each day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<i64>,
    pub charged: i64,
    pub most: i64,
}

impl Room {
    /// Whether `more` still fits.
    pub fn fits(&self, more: i64) -> bool {
        self.charged.saturating_add(more) <= self.most
    }

    /// The limit under which `more` fits with as much room again as there was: what a person is asked for.
    pub fn raised_for(&self, more: i64) -> i64 {
        self.charged.saturating_add(more).max(self.most.saturating_mul(2))
    }
}

/// A limit that work has reached, and what a person is asked to raise it to. What they approve is exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// A [`Scope`]'s name, or `turns`, `tokens`, `minutes` of one run.
    pub scope: String,
    /// The project, `project/member`, or the endpoint; empty where the scope says it all.
    pub subject: String,
    /// The one day that it is raised for, in days since 1970 in UTC. Without one, a raised limit on money holds until
    /// somebody sets another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<i64>,
    /// Nano-dollars, turns, tokens or minutes, by the scope.
    #[serde(with = "document::i64_text")]
    pub used: i64,
    #[serde(with = "document::i64_text")]
    pub most: i64,
    #[serde(with = "document::i64_text")]
    pub raise_to: i64,
}

impl LimitReached {
    pub fn hash(&self) -> String {
        document::hash(document::LIMIT, self)
    }

    /// What it is on, where it is a limit on money, which is kept beyond the run.
    pub fn money(&self) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_fits_up_to_the_last_nano_dollar_and_no_further() {
        let room = Room { scope: Scope::Project, day: None, charged: 1_500_000_000, most: PROJECT_LIMIT };
        for (more, fits) in [(0, true), (500_000_000, true), (500_000_001, false), (i64::MAX, false)] {
            assert_eq!(room.fits(more), fits, "{more} more");
        }
    }

    #[test]
    fn a_raised_limit_has_room_for_what_did_not_fit() {
        for more in [1, 600_000_000, 9 * DOLLAR] {
            let room = Room { scope: Scope::Project, day: None, charged: PROJECT_LIMIT, most: PROJECT_LIMIT };
            let raised = Room { most: room.raised_for(more), ..room };
            assert!(raised.fits(more), "{more} fits under {}", raised.most);
        }
    }

    #[test]
    fn days_begin_at_midnight_in_utc() {
        for (now, day) in [(-1, -1), (0, 0), (86_399_999_999, 0), (86_400_000_000, 1)] {
            assert_eq!(day_of(now), day, "{now}");
        }
    }
}
