//! How a node runs: tried how often, for how long, remembered for how long, and what follows where it fails.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::channel::State;

type KeyFn = Arc<dyn Fn(&State, Option<&Value>) -> Value + Send + Sync>;

/// What a node's runs are held to. Give it to a node with [`StateGraph::policy`](crate::StateGraph::policy).
#[derive(Clone, Default)]
pub struct Policy {
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) cache: Option<CacheBy>,
    pub(crate) on_error: Option<String>,
    pub(crate) deferred: bool,
}

#[derive(Clone)]
pub(crate) struct CacheBy {
    pub(crate) key: KeyFn,
    pub(crate) time_to_live: Duration,
}

impl Policy {
    pub fn new() -> Self {
        Self::default()
    }

    /// Tries again where it failed. What it had recorded as done is not done again; the number of tries is on record.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Fails with the category `timeout` when one try takes longer. What it waits for (a person, a timer) does not count.
    #[must_use]
    pub fn timeout(mut self, whole: Duration) -> Self {
        self.timeout = Some(whole);
        self
    }

    /// Fails with the category `timeout` when it makes no progress for so long: no recorded call, nothing said on the
    /// stream, no [`Context::progress`](crate::Context::progress).
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle_timeout = Some(idle);
        self
    }

    /// Takes the result that the same key had before, if it is not older than this, in place of running the node.
    #[must_use]
    pub fn cache(
        mut self,
        time_to_live: Duration,
        key: impl Fn(&State, Option<&Value>) -> Value + Send + Sync + 'static,
    ) -> Self {
        self.cache = Some(CacheBy { key: Arc::new(key), time_to_live });
        self
    }

    /// The node that runs in place of a failure. Its input is `{"node", "category", "message"}`.
    #[must_use]
    pub fn on_error(mut self, node: impl Into<String>) -> Self {
        self.on_error = Some(node.into());
        self
    }

    /// Runs only when nothing else is open, and then once, however often it was reached.
    #[must_use]
    pub fn deferred(mut self) -> Self {
        self.deferred = true;
        self
    }
}

/// How often, how soon, and after which failures a node is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    tries: u32,
    first: Duration,
    factor: f64,
    most: Duration,
    jitter: f64,
    categories: Option<Vec<String>>,
}

impl Retry {
    /// So many tries in all: at once, after 500 ms, after 1 s, doubling up to a minute.
    pub fn times(tries: u32) -> Self {
        Retry {
            tries,
            first: Duration::from_millis(500),
            factor: 2.0,
            most: Duration::from_secs(60),
            jitter: 0.0,
            categories: None,
        }
    }

    /// The wait before the second try, what each further one is multiplied by, and the longest.
    #[must_use]
    pub fn backoff(mut self, first: Duration, factor: f64, most: Duration) -> Self {
        (self.first, self.factor, self.most) = (first, factor.max(1.0), most);
        self
    }

    /// Takes up to this part (0 to 1) off each wait at random, so that many do not come back at once.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part.clamp(0.0, 1.0);
        self
    }

    /// Only after failures of these categories.
    #[must_use]
    pub fn only<S: Into<String>>(mut self, categories: impl IntoIterator<Item = S>) -> Self {
        self.categories = Some(categories.into_iter().map(Into::into).collect());
        self
    }

    /// The wait before the next try, after so many; `None` where there is none. `random` decides about the jitter.
    pub fn delay(&self, tried: u32, category: &str, random: u64) -> Option<Duration> {
        let wanted = self.categories.as_ref().is_none_or(|only| only.iter().any(|it| it == category));
        if !wanted || tried >= self.tries {
            return None;
        }
        let exponent = i32::try_from(tried.saturating_sub(1)).unwrap_or(i32::MAX);
        let whole = self.first.as_secs_f64() * self.factor.powi(exponent);
        let whole = whole.min(self.most.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a share of a wait needs no 64 bits")]
        let share = random as f64 / u64::MAX as f64;
        Some(Duration::from_secs_f64(whole * (1.0 - self.jitter * share)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_end_with_the_tries() {
        let retry =
            Retry::times(5).backoff(Duration::from_secs(1), 3.0, Duration::from_secs(10)).only(["timeout"]);
        let waits: Vec<_> = (1..=5).map(|tried| retry.delay(tried, "timeout", 0)).collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(waits, [seconds(1), seconds(3), seconds(9), seconds(10), None]);
        assert_eq!(retry.delay(1, "validation_error", 0), None, "not after any failure");
    }

    proptest! {
        #[test]
        fn jitter_only_shortens_and_never_by_more_than_its_part(random in any::<u64>(), tried in 1u32..40) {
            let retry = Retry::times(100).jitter(0.25);
            let whole = retry.delay(tried, "x", 0).expect("there are tries left");
            let wait = retry.delay(tried, "x", random).expect("there are tries left");
            prop_assert!(wait <= whole && wait >= whole.mul_f64(0.7499));
        }
    }
}
