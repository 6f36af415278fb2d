//! What a node may do besides computing: recorded calls. After a restart the node's code starts again and each
//! recorded call returns its record; code between them must be pure.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{
    CheckpointError, Checkpointer, Epoch, HostRecord, JournalCommit, JournalKind, JournalRecord, Park,
    ParkedTask, RecordedFailure, Wake,
};
use crate::hash::{Hash, canonical, digest};
use crate::interrupt::Interrupt;
use crate::node::NodeError;
use crate::stream::{Event, Feed};

/// Time and randomness as the host gives them.
pub trait Clock: Send + Sync {
    /// Unix time in microseconds.
    fn now(&self) -> i64;
    fn random(&self) -> u64;
    /// Ends when it is `at`.
    fn sleep_until(&self, at: i64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let micros = u64::try_from(at.saturating_sub(self.now())).unwrap_or(0);
        Box::pin(tokio::time::sleep(Duration::from_micros(micros)))
    }
}

/// A clock that stands still, for tests and examples.
pub struct FixedClock(pub i64);

impl Clock for FixedClock {
    fn now(&self) -> i64 {
        self.0
    }
    fn random(&self) -> u64 {
        4
    }
}

/// A node's handle on its task. Cheap to clone; all clones share one journal.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) checkpointer: Arc<dyn Checkpointer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) thread: String,
    pub(crate) epoch: Epoch,
    pub(crate) task: String,
    pub(crate) node: String,
    pub(crate) input: Option<Value>,
    pub(crate) feed: Option<Feed>,
    /// A failure is kept back until it is known whether the node is tried again.
    pub(crate) tries_again: bool,
    /// When it last made progress, in microseconds.
    pub(crate) moved: AtomicI64,
    /// When this host began with the task, in microseconds.
    pub(crate) began: i64,
    pub(crate) cancel: CancellationToken,
    pub(crate) recorded: Vec<JournalRecord>,
    pub(crate) parked: Vec<ParkedTask>,
    pub(crate) progress: Mutex<Journal>,
}

/// Where the node is in its journal, and what it has not flushed yet.
#[derive(Default)]
pub(crate) struct Journal {
    position: u32,
    pub(crate) unflushed: Vec<JournalRecord>,
    pub(crate) records: Vec<HostRecord>,
    pub(crate) parked: Option<ParkedAt>,
    worked: Option<Worked>,
}

/// How long the task had worked, in microseconds, and when that was asked.
#[derive(Clone, Copy)]
struct Worked {
    total: i64,
    at: i64,
}

pub(crate) struct ParkedAt {
    pub(crate) position: u32,
    pub(crate) park: Park,
    pub(crate) input: Hash,
}

/// A stable name for the effect at this place of this task; the same after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectKey(pub String);

impl Context {
    pub(crate) fn new(inner: Inner) -> Self {
        Context(Arc::new(inner))
    }

    pub fn thread(&self) -> &str {
        &self.0.thread
    }

    pub fn task(&self) -> &str {
        &self.0.task
    }

    /// The task's own input, when it came from a fan-out.
    pub fn input(&self) -> Option<&Value> {
        self.0.input.as_ref()
    }

    /// Ends when the thread is cancelled or its host shuts down.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.0.cancel
    }

    /// The node whose task this is.
    pub fn node(&self) -> &str {
        &self.0.node
    }

    /// Says that the node gets on, where it has an idle timeout.
    pub fn progress(&self) {
        self.0.moved.store(self.0.clock.now(), Ordering::Relaxed);
    }

    /// Shows a part of what is being said to whoever follows the thread.
    pub fn message(&self, data: Value) {
        self.say(|task, node| Event::Message { task, node, data });
    }

    /// Shows something to whoever follows the thread.
    pub fn emit(&self, data: Value) {
        self.say(|task, node| Event::Custom { task, node, data });
    }

    fn say(&self, event: impl FnOnce(String, String) -> Event) {
        self.progress();
        // What was said before a wait is not said again after it.
        if let Some(feed) = self.0.feed.as_ref().filter(|_| !self.replaying()) {
            feed.push(event(self.0.task.clone(), self.0.node.clone()));
        }
    }

    /// Adds a record of the host to the next commit of this task.
    pub fn record(&self, record: HostRecord) {
        if self.replaying() {
            return; // it went out with the call that is being replayed
        }
        self.journal().records.push(record);
    }

    /// Runs `work` once; later returns what it gave, its failure included.
    ///
    /// # Errors
    /// What `work` failed with, [`NodeError::NonDeterministic`], or the store's refusal.
    pub async fn step<I, T, F, Fut>(&self, name: &str, input: &I, work: F) -> Result<T, NodeError>
    where
        I: Serialize + Sync + ?Sized,
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, NodeError>>,
    {
        self.recorded_call(JournalKind::Step, name, input, |_| work()).await
    }

    /// Like [`step`](Self::step), for what changes the world outside: `work` gets a key that is the same after a
    /// restart, by which the host recognises an effect that was already intended or done.
    ///
    /// # Errors
    /// As for `step`.
    pub async fn effect<I, T, F, Fut>(&self, name: &str, input: &I, work: F) -> Result<T, NodeError>
    where
        I: Serialize + Sync + ?Sized,
        T: Serialize + DeserializeOwned,
        F: FnOnce(EffectKey) -> Fut,
        Fut: Future<Output = Result<T, NodeError>>,
    {
        self.recorded_call(JournalKind::Effect, name, input, work).await
    }

    /// Waits for an answer. Returns it once it was given.
    ///
    /// # Errors
    /// [`NodeError::Parked`] until there is an answer: pass it up.
    pub async fn interrupt(&self, name: &str, interrupt: Interrupt) -> Result<Value, NodeError> {
        interrupt.check().map_err(|error| NodeError::failed("validation_error", error.to_string()))?;
        let input = hash_of(&(&interrupt.reason, &interrupt.action))?;
        self.park(JournalKind::Interrupt, name, input, Park::Interrupt(Box::new(interrupt)))
    }

    /// Has the host carry something out elsewhere (a child thread, a run) and waits for its result.
    ///
    /// # Errors
    /// [`NodeError::Parked`] until there is a result: pass it up.
    pub async fn call<T: DeserializeOwned>(&self, name: &str, input: Value) -> Result<T, NodeError> {
        let hash = hash_of(&input)?;
        let answer = self.park(JournalKind::Call, name, hash, Park::Call { name: name.into(), input })?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Sleeps durably until `at` (Unix microseconds).
    ///
    /// # Errors
    /// [`NodeError::Parked`] until then: pass it up.
    pub async fn sleep_until(&self, at: i64) -> Result<(), NodeError> {
        self.park(JournalKind::Timer, "timer", hash_of(&at.to_string())?, Park::Timer { at }).map(|_| ())
    }

    /// The time at which the node first asked.
    ///
    /// # Errors
    /// [`NodeError::NonDeterministic`].
    pub fn now(&self) -> Result<i64, NodeError> {
        let text: String = self.recorded_value(JournalKind::Now, "", || self.0.clock.now().to_string())?;
        text.parse().map_err(|_| NodeError::Store("a recorded time is not a number".into()))
    }

    /// How long the task has worked until here, in microseconds. Nothing counts that it waited for: a person, a timer,
    /// another thread, a host that carries it on. Ask before each wait and after each longer piece of work: what a host
    /// did after it was last asked, and before the task parked or the host ended, is lost.
    ///
    /// # Errors
    /// [`NodeError::NonDeterministic`].
    pub fn worked(&self) -> Result<i64, NodeError> {
        let now = self.0.clock.now();
        let before = self.journal().worked.unwrap_or(Worked { total: 0, at: self.0.began });
        // A clock that was set back takes nothing away.
        let since = now.saturating_sub(before.at).max(0);
        let total = before.total.saturating_add(since);
        let text: String = self.recorded_value(JournalKind::Now, "worked", || total.to_string())?;
        let total = text.parse().map_err(|_| NodeError::Store("a recorded time is not a number".into()))?;
        self.journal().worked = Some(Worked { total, at: now });
        Ok(total)
    }

    /// # Errors
    /// [`NodeError::NonDeterministic`].
    pub fn random(&self) -> Result<u64, NodeError> {
        let text: String =
            self.recorded_value(JournalKind::Random, "", || self.0.clock.random().to_string())?;
        text.parse().map_err(|_| NodeError::Store("a recorded random number is not a number".into()))
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes what the next commit of the task has to carry.
    pub(crate) fn take_unflushed(&self) -> (Vec<JournalRecord>, Vec<HostRecord>) {
        let mut journal = self.journal();
        (std::mem::take(&mut journal.unflushed), std::mem::take(&mut journal.records))
    }

    /// Nothing of the task is on record yet.
    pub(crate) fn is_new(&self) -> bool {
        self.0.recorded.is_empty() && self.0.parked.is_empty()
    }

    pub(crate) fn moved(&self) -> &AtomicI64 {
        &self.0.moved
    }

    /// Forgets the failed calls of a try that are not on record: they are made again with the next one.
    pub(crate) fn forget_failures(&self) {
        self.journal().unflushed.retain(|record| record.outcome.is_ok());
    }

    fn replaying(&self) -> bool {
        let position = self.journal().position;
        self.0.recorded.iter().any(|record| record.position >= position)
            || self.0.parked.iter().any(|parked| parked.position >= position)
    }

    fn next_position(&self) -> u32 {
        self.progress();
        let mut journal = self.journal();
        journal.position += 1;
        journal.position - 1
    }

    fn replay(
        &self,
        position: u32,
        kind: JournalKind,
        name: &str,
        input: Hash,
    ) -> Result<Option<Result<Value, RecordedFailure>>, NodeError> {
        let Some(record) = self.0.recorded.iter().find(|record| record.position == position) else {
            return Ok(None);
        };
        if record.kind != kind || record.name != name || record.input != input {
            return Err(NodeError::NonDeterministic {
                position,
                recorded: format!("{:?} `{}` {:?}", record.kind, record.name, record.input),
                asked: format!("{kind:?} `{name}` {input:?}"),
            });
        }
        Ok(Some(record.outcome.clone()))
    }

    async fn recorded_call<I, T, F, Fut>(
        &self,
        kind: JournalKind,
        name: &str,
        input: &I,
        work: F,
    ) -> Result<T, NodeError>
    where
        I: Serialize + Sync + ?Sized,
        T: Serialize + DeserializeOwned,
        F: FnOnce(EffectKey) -> Fut,
        Fut: Future<Output = Result<T, NodeError>>,
    {
        let position = self.next_position();
        let input = hash_of(input)?;
        if let Some(outcome) = self.replay(position, kind, name, input)? {
            return match outcome {
                Ok(value) => Ok(serde_json::from_value(value)?),
                Err(failure) => {
                    Err(NodeError::Failed { category: failure.category, message: failure.message })
                }
            };
        }
        if kind == JournalKind::Effect {
            self.flush(Failures::Kept).await?; // what the effect was computed from is durable before it acts
        }
        let key = EffectKey(format!("{}/{}/{position}", self.0.thread, self.0.task));
        let outcome = match work(key).await {
            Ok(value) => Ok(value),
            Err(NodeError::Failed { category, message }) => Err(RecordedFailure { category, message }),
            Err(other) => return Err(other),
        };
        let recorded: Result<Value, RecordedFailure> = match &outcome {
            // As it will be read back, or what is computed from it now could differ from what a replay computes: the
            // order of an object's fields, for one, is lost in the record.
            Ok(value) => Ok(serde_json::from_slice(&canonical(value)?)?),
            Err(failure) => Err(failure.clone()),
        };
        self.journal().unflushed.push(JournalRecord {
            position,
            kind,
            name: name.into(),
            input,
            outcome: recorded.clone(),
        });
        self.progress();
        self.flush(if self.0.tries_again { Failures::HeldBack } else { Failures::Kept }).await?;
        match recorded {
            Ok(value) => Ok(serde_json::from_value(value)?),
            Err(failure) => Err(NodeError::Failed { category: failure.category, message: failure.message }),
        }
    }

    fn recorded_value<T>(
        &self,
        kind: JournalKind,
        name: &str,
        make: impl FnOnce() -> T,
    ) -> Result<T, NodeError>
    where
        T: Serialize + DeserializeOwned,
    {
        let position = self.next_position();
        let input = hash_of(&())?;
        match self.replay(position, kind, name, input)? {
            Some(Ok(value)) => Ok(serde_json::from_value(value)?),
            Some(Err(failure)) => Err(NodeError::failed(failure.category, failure.message)),
            None => {
                let value = make();
                let outcome = Ok(serde_json::to_value(&value)?);
                self.journal().unflushed.push(JournalRecord {
                    position,
                    kind,
                    name: name.into(),
                    input,
                    outcome,
                });
                Ok(value)
            }
        }
    }

    fn park(&self, kind: JournalKind, name: &str, input: Hash, park: Park) -> Result<Value, NodeError> {
        let position = self.next_position();
        if let Some(Ok(answer)) = self.replay(position, kind, name, input)? {
            return Ok(answer);
        }
        if let Some(parked) = self.0.parked.iter().find(|parked| parked.position == position) {
            if parked.input != input {
                return Err(NodeError::NonDeterministic {
                    position,
                    recorded: format!("a wait {:?}", parked.input),
                    asked: format!("{kind:?} `{name}` {input:?}"),
                });
            }
            if let Some(answer) = &parked.answer {
                return Ok(answer.clone());
            }
        }
        self.journal().parked = Some(ParkedAt { position, park, input });
        Err(NodeError::Parked)
    }

    async fn flush(&self, failures: Failures) -> Result<(), NodeError> {
        let (mut journal, records) = self.take_unflushed();
        if failures == Failures::HeldBack {
            let (kept, held): (Vec<_>, Vec<_>) = journal.into_iter().partition(|it| it.outcome.is_ok());
            journal = kept;
            // Before what was recorded meanwhile: the order is that of the calls.
            self.journal().unflushed.splice(0..0, held);
        }
        if journal.is_empty() && records.is_empty() {
            return Ok(());
        }
        let commit = JournalCommit {
            thread: self.0.thread.clone(),
            epoch: self.0.epoch,
            task: self.0.task.clone(),
            journal,
            records,
        };
        self.0.checkpointer.journal(commit).await.map_err(stopped_or_store)
    }
}

/// What becomes of failed calls when others are put on record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failures {
    Kept,
    /// Until it is known whether the node goes on from them or is tried again.
    HeldBack,
}

/// Names the place where a task waits.
impl Context {
    pub fn wake_at(&self, position: u32) -> Wake {
        Wake { thread: self.0.thread.clone(), task: self.0.task.clone(), position }
    }
}

pub(crate) fn stopped_or_store(error: CheckpointError) -> NodeError {
    match error {
        CheckpointError::Superseded { .. } => NodeError::Stopped { cause: error.to_string() },
        other => NodeError::Store(other.to_string()),
    }
}

fn hash_of<T: Serialize + ?Sized>(value: &T) -> Result<Hash, NodeError> {
    Ok(digest(0x10, &canonical(&value)?))
}
