//! Who was let in: codes that work once, the bearers they became, and the bearer of the token file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cadre_api::{ApiError, Authentication, Connection, ConnectionKind, Connections};

use crate::secret::{Fingerprint, Secret};
use crate::server::MonotonicClock;

/// How long the code of a printed link works.
const CODE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How many wrong codes are heard within [`REFUSAL_WINDOW`]. A code is far too long to be guessed; this keeps a
/// program that tries all the same from keeping us busy.
const REFUSALS: usize = 10;
const REFUSAL_WINDOW: Duration = Duration::from_secs(60);
/// Browser sessions at one time; the oldest makes room.
const SESSIONS: usize = 32;

pub(crate) struct Sessions {
    clock: MonotonicClock,
    program: Fingerprint,
    connections: Connections,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    codes: Vec<(Fingerprint, Instant)>,
    bearers: VecDeque<(Fingerprint, Arc<Connection>)>,
    refused_at: VecDeque<Instant>,
}

/// Who came in with a bearer.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) authentication: Authentication,
    /// The session of a browser; it can be ended.
    pub(crate) session: Option<Arc<Connection>>,
}

impl Sessions {
    /// `program` is the bearer of the token file. Sessions are shown among `connections`, and end when they are ended
    /// there.
    pub(crate) fn new(clock: MonotonicClock, program: &Secret, connections: Connections) -> Self {
        Sessions { clock, program: program.print(), connections, state: Mutex::default() }
    }

    /// A code that works once, for five minutes.
    pub(crate) fn new_code(&self) -> Secret {
        let code = Secret::random::<16>();
        let now = (self.clock)();
        let mut state = self.state();
        state.codes.retain(|(_, made_at)| now.duration_since(*made_at) < CODE_LIFETIME);
        state.codes.push((code.print(), now));
        code
    }

    /// Takes a code and gives the bearer of a new session.
    ///
    /// # Errors
    /// The code is unknown, used or expired, or too many such were tried lately.
    pub(crate) fn exchange(&self, code: &str) -> Result<Secret, ApiError> {
        let now = (self.clock)();
        let code = Fingerprint::of(code);
        let mut state = self.state();
        while state.refused_at.front().is_some_and(|at| now.duration_since(*at) >= REFUSAL_WINDOW) {
            state.refused_at.pop_front();
        }
        if state.refused_at.len() >= REFUSALS {
            return Err(ApiError::new("too_many_attempts", "too many codes were refused within a minute"));
        }
        state.codes.retain(|(_, made_at)| now.duration_since(*made_at) < CODE_LIFETIME);
        let Some(known) = state.codes.iter().position(|(known, _)| known.is(&code)) else {
            state.refused_at.push_back(now);
            return Err(ApiError::new("not_signed_in", "the code was used, has expired or is unknown"));
        };
        state.codes.swap_remove(known);
        if state.bearers.len() == SESSIONS {
            state.bearers.pop_front();
        }
        let bearer = Secret::random::<32>();
        let connection = self.connections.open(ConnectionKind::Browser, String::new());
        state.bearers.push_back((bearer.print(), Arc::new(connection)));
        Ok(bearer)
    }

    /// Whose bearer it is.
    pub(crate) fn who(&self, bearer: &str) -> Option<Visitor> {
        let bearer = Fingerprint::of(bearer);
        if self.program.is(&bearer) {
            return Some(Visitor { authentication: Authentication::Program, session: None });
        }
        let mut state = self.state();
        state.bearers.retain(|(_, session)| !session.is_ended());
        let (_, session) = state.bearers.iter().find(|(known, _)| known.is(&bearer))?;
        session.is_seen();
        Some(Visitor { authentication: Authentication::Session, session: Some(Arc::clone(session)) })
    }

    /// A poisoned lock only means that another task panicked; the state is whole at any time.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Sessions with a clock that stands until it is moved.
    fn sessions() -> (Sessions, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(0));
        let (began, passed) = (Instant::now(), Arc::clone(&seconds));
        let clock: MonotonicClock =
            Arc::new(move || began + Duration::from_secs(passed.load(Ordering::SeqCst)));
        (Sessions::new(clock, &Secret::random::<32>(), Connections::default()), seconds)
    }

    fn authentication(sessions: &Sessions, bearer: &str) -> Option<Authentication> {
        sessions.who(bearer).map(|visitor| visitor.authentication)
    }

    fn code_of(outcome: Result<Secret, ApiError>) -> String {
        outcome.err().map(|error| error.code).unwrap_or_default()
    }

    #[test]
    fn a_code_works_once() {
        let (sessions, _) = sessions();
        let code = sessions.new_code();
        let bearer = sessions.exchange(code.reveal()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(authentication(&sessions, bearer.reveal()), Some(Authentication::Session));
        assert_eq!(
            code_of(sessions.exchange(code.reveal())),
            "not_signed_in",
            "whoever finds the link in a history must not get in with it"
        );
    }

    #[test]
    fn a_code_works_for_five_minutes() {
        for (after, works) in [(0, true), (299, true), (300, false), (86_400, false)] {
            let (sessions, seconds) = sessions();
            let code = sessions.new_code();
            seconds.store(after, Ordering::SeqCst);
            assert_eq!(sessions.exchange(code.reveal()).is_ok(), works, "after {after} s");
        }
    }

    #[test]
    fn guessing_is_heard_ten_times_a_minute() {
        let (sessions, seconds) = sessions();
        let tried: Vec<_> = (0..12).map(|guess| code_of(sessions.exchange(&guess.to_string()))).collect();
        assert_eq!(tried[9], "not_signed_in");
        assert_eq!(tried[10], "too_many_attempts", "a program that tries codes must be stopped");
        seconds.store(60, Ordering::SeqCst);
        let code = sessions.new_code();
        assert!(sessions.exchange(code.reveal()).is_ok(), "a minute later the person must get in again");
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let (sessions, _) = sessions();
        let bearers: Vec<_> = (0..=SESSIONS)
            .map(|_| {
                sessions.exchange(sessions.new_code().reveal()).unwrap_or_else(|error| panic!("{error}"))
            })
            .collect();
        assert_eq!(authentication(&sessions, bearers[0].reveal()), None, "sessions must not pile up");
        assert_eq!(authentication(&sessions, bearers[1].reveal()), Some(Authentication::Session));
    }

    #[test]
    fn a_bearer_that_nobody_got_is_nobodys() {
        let (sessions, _) = sessions();
        for guess in ["", "0", &"0".repeat(64)] {
            assert_eq!(authentication(&sessions, guess), None, "`{guess}` was never handed out");
        }
    }
}
