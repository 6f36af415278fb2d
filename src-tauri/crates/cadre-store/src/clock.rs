//! Time as the store sees it: given by the host, so that a test can set it.

use std::sync::Arc;

/// Unix time in microseconds.
#[derive(Clone)]
pub struct StoreClock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl StoreClock {
    pub fn new(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        StoreClock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> i64 {
        (self.0)()
    }
}
