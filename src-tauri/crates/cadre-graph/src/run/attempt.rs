//! One try of a node, under its policy.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::json;

use crate::cache::ResultCache;
use crate::channel::State;
use crate::checkpoint::{Park, ParkedTask};
use crate::context::{Clock, Context, ParkedAt};
use crate::graph::NodeFn;
use crate::hash::{Hash, canonical, digest};
use crate::node::{NodeError, Output};
use crate::policy::{CacheBy, Policy};
use crate::stream::Event;

/// Waits before further tries stand at positions that no recorded call has.
const RETRIES: u32 = 1 << 31;

/// A node with what its try needs.
pub(super) struct Attempt {
    pub(super) node: NodeFn,
    pub(super) name: String,
    /// `name@version` of the graph: another one means something else by the same node.
    pub(super) graph: String,
    pub(super) policy: Option<Arc<Policy>>,
    pub(super) cache: Option<Arc<dyn ResultCache>>,
    pub(super) clock: Arc<dyn Clock>,
    /// Tries that failed before, on this host or another.
    pub(super) failed: u32,
}

/// Whether the wait is one before another try, not one of the node's own.
pub(super) fn is_retry(parked: &ParkedTask) -> bool {
    parked.position >= RETRIES
}

impl Attempt {
    /// What the node came to. `true` if it was remembered.
    pub(super) async fn run(self, context: &Context, state: State) -> Result<(Output, bool), NodeError> {
        let Some(policy) = self.policy.clone() else {
            return settle(context, (self.node)(context.clone(), state).await).map(|output| (output, false));
        };
        let cached = match (&policy.cache, &self.cache) {
            // A task that is under way goes on from its own record.
            (Some(by), Some(cache)) if self.failed == 0 && context.is_new() => {
                Some((self.key(by, &state, context)?, by.time_to_live, cache))
            }
            _ => None,
        };
        if let Some((key, _, cache)) = &cached
            && let Some(output) = cache.get(*key, self.clock.now())
        {
            return Ok((output, true));
        }
        let result = settle(context, self.timed(&policy, context, state).await);
        if let (Ok(output), Some((key, time_to_live, cache))) = (&result, cached) {
            cache.put(key, output.clone(), after(self.clock.now(), time_to_live));
        }
        match result {
            Err(NodeError::Failed { category, message }) => {
                self.failed(&policy, context, category, message).map(|output| (output, false))
            }
            result => result.map(|output| (output, false)),
        }
    }

    fn key(&self, by: &CacheBy, state: &State, context: &Context) -> Result<Hash, NodeError> {
        let key = (by.key)(state, context.input());
        Ok(digest(0x11, &canonical(&json!([self.graph, self.name, key]))?))
    }

    /// Runs the node until it is done, or for as long as it may.
    async fn timed(&self, policy: &Policy, context: &Context, state: State) -> Result<Output, NodeError> {
        let mut work = (self.node)(context.clone(), state);
        if policy.timeout.is_none() && policy.idle_timeout.is_none() {
            return work.await;
        }
        let end = policy.timeout.map(|whole| after(self.clock.now(), whole));
        loop {
            let moved = context.moved().load(Ordering::Relaxed);
            let idle = policy.idle_timeout.map(|idle| after(moved, idle));
            let Some(next) = end.into_iter().chain(idle).min() else { return work.await };
            let rings = pin!(self.clock.sleep_until(next));
            work = match select(work, rings).await {
                Either::Left((result, _)) => return result,
                Either::Right(((), work)) => work,
            };
            let now = self.clock.now().max(next);
            let still = context.moved().load(Ordering::Relaxed) == moved;
            let over = match (end, idle) {
                (Some(end), _) if now >= end => Some("it took too long"),
                (_, Some(idle)) if now >= idle && still => Some("it made no progress for too long"),
                _ => None,
            };
            if let Some(message) = over {
                context.cancelled().cancel();
                return Err(NodeError::failed("timeout", message));
            }
        }
    }

    /// Waits for another try, hands over to the node's error handler, or fails.
    fn failed(
        &self,
        policy: &Policy,
        context: &Context,
        category: String,
        message: String,
    ) -> Result<Output, NodeError> {
        let tried = self.failed + 1;
        let retry = policy.retry.as_ref();
        if let Some(delay) = retry.and_then(|retry| retry.delay(tried, &category, self.clock.random())) {
            context.forget_failures();
            let at = after(self.clock.now(), delay);
            let input = digest(0x10, format!("try {tried} after {category}").as_bytes());
            let park = Park::Timer { at };
            context.journal().parked = Some(ParkedAt { position: RETRIES + tried, park, input });
            return Err(NodeError::Parked);
        }
        match &policy.on_error {
            Some(handler) => {
                let input = json!({ "node": self.name, "category": category, "message": message });
                Ok(Output::new().goto(handler, input))
            }
            None => Err(NodeError::Failed { category, message }),
        }
    }
}

/// A node that swallowed the wait is parked all the same.
fn settle(context: &Context, result: Result<Output, NodeError>) -> Result<Output, NodeError> {
    let parked = context.journal().parked.is_some();
    if parked { Err(NodeError::Parked) } else { result }
}

/// What whoever follows the thread sees of a try's end.
pub(super) fn ended(task: &str, node: &str, result: &Result<(Output, bool), NodeError>) -> Event {
    let (task, node) = (task.to_owned(), node.to_owned());
    match result {
        Ok((_, cached)) => Event::TaskEnded { task, node, cached: *cached },
        Err(NodeError::Parked) => Event::TaskParked { task, node },
        Err(NodeError::Failed { category, message }) => {
            Event::TaskFailed { task, node, category: category.clone(), message: message.clone() }
        }
        Err(other) => {
            Event::TaskFailed { task, node, category: "stopped".into(), message: other.to_string() }
        }
    }
}

fn after(now: i64, delay: Duration) -> i64 {
    now.saturating_add(i64::try_from(delay.as_micros()).unwrap_or(i64::MAX))
}
