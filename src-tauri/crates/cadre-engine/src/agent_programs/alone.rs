//! A program whose run waits for a person: it may go on all the same, and its limits hold then too.
//!
//! That it works shows in what it says. Silence counts as waiting: it may wait for the same person.

use std::sync::Weak;

use cadre_agents::acp::{Event, Session};
use tokio::sync::watch;

use super::Account;

/// What a run that waits leaves to its program, in the middle of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftAlone {
    /// Unix time in microseconds.
    pub(crate) since: i64,
    /// Microseconds that it may still work, and what its run has heard so far of its work alone.
    pub(crate) work_left: i64,
    pub(crate) heard: i64,
    pub(crate) most_tokens: u64,
}

pub(super) struct Alone {
    run: watch::Receiver<Option<LeftAlone>>,
    session: Weak<Session>,
    with: Option<LeftAlone>,
    /// When it was last seen at work, and for how long it has worked alone in all.
    seen: i64,
    worked: i64,
    told: bool,
}

impl Alone {
    pub(super) fn new(run: watch::Receiver<Option<LeftAlone>>, session: Weak<Session>) -> Self {
        Alone { run, session, with: None, seen: 0, worked: 0, told: false }
    }

    /// When its run leaves it or comes back.
    pub(super) async fn left(&mut self) {
        if self.run.changed().await.is_err() {
            std::future::pending().await // it is let go, which its own token says
        }
    }

    /// What its run has to hear of what it did alone. Ends its turn where a limit leaves no room.
    pub(super) async fn went_on(&mut self, has_said: bool, account: &Account) -> Option<Event> {
        let with = *self.run.borrow_and_update();
        if with != self.with {
            (self.with, self.told) = (with, false);
            self.seen = with.map_or(0, |with| with.since);
        }
        let (with, session) = (with?, self.session.upgrade()?);
        let mut micros = 0;
        if has_said {
            let now = account.now();
            micros = now.saturating_sub(self.seen).max(0);
            (self.seen, self.worked) = (now.max(self.seen), self.worked.saturating_add(micros));
        }
        let over = !self.told && session.is_in_a_turn() && self.is_over(with, account).await;
        if over {
            self.told = true;
            session.cancel();
        }
        (micros > 0 || over).then_some(Event::WentOn { micros, over })
    }

    async fn is_over(&self, with: LeftAlone, account: &Account) -> bool {
        if self.worked.saturating_sub(with.heard) >= with.work_left || account.context() >= with.most_tokens {
            return true;
        }
        account.has_room().await.map(|has_room| !has_room).unwrap_or_else(|error| {
            tracing::error!(%error, "whether an agent program has room is not known, so its turn is ended");
            true
        })
    }
}
