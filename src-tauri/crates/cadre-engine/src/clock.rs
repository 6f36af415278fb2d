//! The host's clock and randomness: the one place that asks the operating system for either.

use cadre_graph::Clock;
use uuid::Uuid;

/// Time and ids as the engine needs them; a test gives its own.
pub trait Host: Clock {
    /// A new id, unique in the world and ordered by time.
    fn id(&self) -> String;
}

pub struct SystemHost;

impl Clock for SystemHost {
    fn now(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else takes")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .expect("an operating system without randomness cannot run anything safely");
        u64::from_le_bytes(bytes)
    }
}

impl Host for SystemHost {
    fn id(&self) -> String {
        Uuid::now_v7().to_string()
    }
}
