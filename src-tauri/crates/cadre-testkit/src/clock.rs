//! Time that a test decides on.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use cadre_graph::Clock;

/// A clock that several hold, and that moves when it is told to, or when somebody sleeps.
#[derive(Clone, Default)]
pub struct HandClock {
    now: Arc<AtomicI64>,
    jumps: bool,
}

impl HandClock {
    /// Moves only by [`passes`](Self::passes).
    pub fn still() -> Self {
        Self::default()
    }

    /// Jumps to whatever is waited for, so that nobody waits.
    pub fn jumping() -> Self {
        HandClock { jumps: true, ..Self::default() }
    }

    pub fn passes(&self, micros: i64) {
        self.now.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn random(&self) -> u64 {
        4
    }

    fn sleep_until(&self, at: i64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        Box::pin(poll_fn(move |context| {
            if clock.jumps {
                clock.now.fetch_max(at, Ordering::SeqCst);
            }
            if clock.now() >= at {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref(); // whoever moves the clock runs meanwhile
            Poll::Pending
        }))
    }
}
