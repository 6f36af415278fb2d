//! The hard limits of a run: turns, tokens, time, money. A person is asked before any of them is passed.

use std::time::Duration;

use cadre_core::budget::{DOLLAR, LimitReached, Room, Scope, TURN_LIMIT};
use cadre_core::failure::Category;
use cadre_core::org;
use cadre_core::status::StepStatus;
use cadre_graph::{Context, Hash, Interrupt, NodeError};

use super::RunOutcome;
use super::perform::{Doer, step_status};
use crate::answers::{Answer, LIMIT_CHANGED, Reason};

const MICROS_OF_A_MINUTE: i64 = 60 * 1_000_000;

/// What is left of the limits of this run.
pub(super) struct Limits {
    turns: u32,
    tokens: u64,
    /// Tokens that are known to have been used in all, with those of a turn that has not ended.
    at_least: u64,
    /// Microseconds of work while the run waited for a person.
    alone: i64,
    most_turns: u32,
    most_tokens: u64,
    most_minutes: i64,
}

impl Limits {
    pub(super) fn new(limits: org::Limits) -> Limits {
        Limits {
            turns: 0,
            tokens: 0,
            at_least: 0,
            alone: 0,
            most_turns: limits.turns.min(TURN_LIMIT),
            most_tokens: limits.tokens.into(),
            most_minutes: limits.wall_minutes.into(),
        }
    }

    /// A turn was taken, with so many tokens. What was read from the provider's cache is not counted again.
    pub(super) fn count(&mut self, tokens: u64) {
        self.turns += 1;
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// So many tokens were used, whatever the turns that have ended say.
    pub(super) fn count_at_least(&mut self, tokens: u64) {
        self.at_least = self.at_least.max(tokens);
    }

    /// So many microseconds more were worked that the run itself did not see.
    pub(super) fn count_alone(&mut self, micros: i64) {
        self.alone = self.alone.saturating_add(micros);
    }

    /// How long work may go on until the limit on it is reached. `worked`: microseconds of work, without waiting.
    pub(super) fn work_left(&self, worked: i64) -> Duration {
        let worked = worked.saturating_add(self.alone);
        let left = self.most_minutes.saturating_mul(MICROS_OF_A_MINUTE).saturating_sub(worked);
        Duration::from_micros(left.try_into().unwrap_or(0))
    }

    /// What was counted of work that the run itself did not see.
    pub(super) fn alone(&self) -> i64 {
        self.alone
    }

    pub(super) fn most_tokens(&self) -> u64 {
        self.most_tokens
    }

    /// The limit that is reached, with what it would be raised to. `worked`: microseconds of work, without waiting.
    pub(super) fn reached(&self, worked: i64) -> Option<LimitReached> {
        let minutes = worked.saturating_add(self.alone).div_euclid(MICROS_OF_A_MINUTE);
        let rows = [
            ("turns", i64::from(self.turns), i64::from(self.most_turns)),
            (
                "tokens",
                i64::try_from(self.tokens.max(self.at_least)).unwrap_or(i64::MAX),
                self.most_tokens.cast_signed(),
            ),
            ("minutes", minutes, self.most_minutes),
        ];
        let (scope, used, most) = rows.into_iter().find(|(_, used, most)| used >= most)?;
        let raise_to = most.saturating_mul(2).max(used.saturating_add(1));
        Some(LimitReached { scope: scope.into(), subject: String::new(), day: None, used, most, raise_to })
    }

    fn raise(&mut self, limit: &LimitReached) {
        match limit.scope.as_str() {
            "turns" => self.most_turns = u32::try_from(limit.raise_to).unwrap_or(u32::MAX),
            "tokens" => self.most_tokens = limit.raise_to.unsigned_abs(),
            _ => self.most_minutes = limit.raise_to,
        }
    }
}

/// Asks a person when a limit of the run is reached. Gives the outcome when the run ends here.
pub(super) async fn within(
    context: &Context,
    doer: &Doer,
    limits: &mut Limits,
) -> Result<Option<RunOutcome>, NodeError> {
    while let Some(limit) = limits.reached(context.worked()?) {
        let what = match limit.scope.as_str() {
            "turns" => format!("has taken {} turns", limit.used),
            "tokens" => format!("has used {} tokens", limit.used),
            _ => format!("has worked for {} minutes", limit.used),
        };
        let message = format!("{} {what}. May it go on, up to {}?", doer.member, limit.raise_to);
        if let Some(stopped) = ask_to_raise(context, doer, &limit, &message).await? {
            return Ok(Some(stopped));
        }
        limits.raise(&limit);
    }
    Ok(None)
}

/// Asks a person when a limit on money has no room for what comes next.
pub(super) async fn no_room(
    context: &Context,
    doer: &Doer,
    room: Room,
    needed: i64,
    endpoint: &str,
) -> Result<Option<RunOutcome>, NodeError> {
    let date = room.day.map(date_of).unwrap_or_default();
    let name = &doer.member;
    let (whose, subject) = match room.scope {
        Scope::Endpoint => (format!("On {date} (UTC) the endpoint {endpoint}"), endpoint.to_owned()),
        Scope::Day => (format!("On {date} (UTC) all work"), String::new()),
        Scope::Project => ("This project".to_owned(), doer.project.clone()),
        Scope::Member => (format!("{name}'s work on this project"), format!("{}/{name}", doer.project)),
    };
    let limit = LimitReached {
        scope: room.scope.name().into(),
        subject,
        day: room.day,
        used: room.charged,
        most: room.most,
        raise_to: room.raised_for(needed),
    };
    let until = if room.day.is_some() { "for that day only" } else { "from now on" };
    let message = format!(
        "{whose} has cost {} of {}; the next call may cost {}. Raise the limit to {}, {until}?",
        dollars(limit.used),
        dollars(limit.most),
        dollars(needed),
        dollars(limit.raise_to),
    );
    ask_to_raise(context, doer, &limit, &message).await
}

async fn ask_to_raise(
    context: &Context,
    doer: &Doer,
    limit: &LimitReached,
    message: &str,
) -> Result<Option<RunOutcome>, NodeError> {
    step_status(context, doer, StepStatus::PendingApproval);
    let action = serde_json::json!({
        "project": doer.project, "step": doer.step, "run": doer.run,
        "member": doer.member, "why": "a hard limit is reached", "limit": limit,
    });
    let interrupt = Interrupt {
        reason: Reason::Limit.name().into(),
        message: message.to_owned(),
        action,
        action_hash: Hash::from_hex(&limit.hash()),
        allowed: Reason::Limit.allowed(),
        ..Interrupt::default()
    };
    let answer = context.interrupt("limit", interrupt).await?;
    let answer: Answer = serde_json::from_value(answer)?;
    step_status(context, doer, StepStatus::Running);
    // Where it was set meanwhile, the call finds out for itself whether there is room now.
    if matches!(answer.decision.as_str(), "raise" | LIMIT_CHANGED) {
        return Ok(None);
    }
    let said = answer.text.map(|text| format!(": {text}")).unwrap_or_default();
    Ok(Some(RunOutcome::Failed {
        category: Category::UserCancelled.name().into(),
        message: format!("stopped at its limit{said}"),
        retried: true,
    }))
}

/// A day as a date; days are counted from 1970 in UTC.
fn date_of(day: i64) -> String {
    let midnight = jiff::Timestamp::from_second(day.saturating_mul(24 * 60 * 60));
    midnight.map_or_else(|_| format!("day {day}"), |midnight| midnight.strftime("%F").to_string())
}

/// Dollars with three places, for a sentence.
fn dollars(nano: i64) -> String {
    let thousandths = (i128::from(nano) * 1_000 + i128::from(DOLLAR) / 2) / i128::from(DOLLAR);
    format!("${}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = MICROS_OF_A_MINUTE;

    fn limits() -> Limits {
        Limits::new(org::Limits { turns: 3, wall_minutes: 2, tokens: 1000, output_mib: 1 })
    }

    #[test]
    fn work_ends_when_its_minutes_are_over_and_goes_on_when_they_are_raised() {
        let mut limits = limits();
        for (worked, left, reached) in
            [(0, 120, false), (MINUTE, 60, false), (2 * MINUTE, 0, true), (i64::MAX, 0, true)]
        {
            assert_eq!(limits.work_left(worked), Duration::from_secs(left), "{worked}");
            assert_eq!(limits.reached(worked).is_some_and(|it| it.scope == "minutes"), reached, "{worked}");
        }
        limits.raise(&limits.reached(2 * MINUTE).expect("it is reached"));
        assert_eq!(limits.work_left(2 * MINUTE), Duration::from_secs(120), "as much again");
    }

    #[test]
    fn work_that_the_run_did_not_see_is_no_less_work() {
        let mut limits = limits();
        limits.count_alone(MINUTE);
        assert_eq!(limits.work_left(0), Duration::from_secs(60));
        assert_eq!(limits.reached(MINUTE).map(|it| (it.scope, it.used)), Some(("minutes".into(), 2)));
    }

    #[test]
    fn tokens_count_by_the_turns_or_by_what_is_known_of_the_one_under_way_whichever_is_more() {
        let mut limits = limits();
        limits.count(400);
        limits.count_at_least(700);
        assert_eq!(limits.reached(0), None, "the second is no sum with the first");
        limits.count(u64::MAX);
        let reached = limits.reached(0).expect("an amount that cannot be is no way around the limit");
        assert_eq!((reached.scope.as_str(), reached.used), ("tokens", i64::MAX));
    }
}
