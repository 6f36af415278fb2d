//! Results that nodes need not come to twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::hash::Hash;
use crate::node::Output;

/// Where results are remembered, by the hash of their node and key. Losing one costs a run, nothing else.
pub trait ResultCache: Send + Sync {
    /// What is remembered and was still good at `now` (Unix microseconds).
    fn get(&self, key: Hash, now: i64) -> Option<Output>;
    fn put(&self, key: Hash, output: Output, good_until: i64);
}

/// Remembers as long as the program runs.
#[derive(Default)]
pub struct MemoryCache(Mutex<HashMap<Hash, (Output, i64)>>);

impl ResultCache for MemoryCache {
    fn get(&self, key: Hash, now: i64) -> Option<Output> {
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (output, good_until) = results.get(&key)?;
        if *good_until > now {
            return Some(output.clone());
        }
        results.remove(&key);
        None
    }

    fn put(&self, key: Hash, output: Output, good_until: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (output, good_until));
    }
}
