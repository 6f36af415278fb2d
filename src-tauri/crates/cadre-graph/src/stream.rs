//! What happens in a thread, as it happens.
//!
//! A [`Feed`] keeps the events of a run in their order. Whoever follows it begins at any offset and sees each event
//! once; a reader that was away goes on from where it was. What a node says again because it was started again is not
//! an event again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::Stream;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::channel::State;
use crate::hash::Hash;

/// What somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The whole state after each superstep.
    Values,
    /// What each node wrote.
    Updates,
    /// What is said token by token.
    Messages,
    /// Whatever nodes send.
    Custom,
    /// Tasks that begin, end, wait and fail.
    Tasks,
    Checkpoints,
    /// Tasks and checkpoints.
    Debug,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Values {
        step: u64,
        state: State,
    },
    Update {
        step: u64,
        task: String,
        node: String,
        writes: Vec<(String, Value)>,
    },
    Message {
        task: String,
        node: String,
        data: Value,
    },
    Custom {
        task: String,
        node: String,
        data: Value,
    },
    TaskBegan {
        task: String,
        node: String,
        input: Option<Value>,
    },
    /// `cached`: its result was remembered, and it did not run.
    TaskEnded {
        task: String,
        node: String,
        cached: bool,
    },
    TaskParked {
        task: String,
        node: String,
    },
    TaskFailed {
        task: String,
        node: String,
        category: String,
        message: String,
    },
    Checkpoint {
        step: u64,
        hash: Hash,
        open: Vec<String>,
    },
}

impl Event {
    fn is_of(&self, mode: Mode) -> bool {
        match self {
            Event::Values { .. } => mode == Mode::Values,
            Event::Update { .. } => mode == Mode::Updates,
            Event::Message { .. } => mode == Mode::Messages,
            Event::Custom { .. } => mode == Mode::Custom,
            Event::Checkpoint { .. } => matches!(mode, Mode::Checkpoints | Mode::Debug),
            _ => matches!(mode, Mode::Tasks | Mode::Debug),
        }
    }
}

/// The events of one thread's run. Cheap to clone; it ends with the last clone, a [`Runner`](crate::Runner)'s included.
/// Who follows it does not keep it open, and sees all of it.
#[derive(Clone)]
pub struct Feed {
    events: Arc<Mutex<Vec<Event>>>,
    /// How many events there are.
    length: Arc<watch::Sender<usize>>,
}

impl Default for Feed {
    fn default() -> Self {
        Feed { events: Arc::default(), length: Arc::new(watch::Sender::new(0)) }
    }
}

fn lock(events: &Mutex<Vec<Event>>) -> MutexGuard<'_, Vec<Event>> {
    events.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed {
    pub(crate) fn push(&self, event: Event) {
        let mut events = lock(&self.events);
        events.push(event);
        // Under the lock, so that it only ever grows.
        self.length.send_replace(events.len());
    }

    /// The events from `offset` on that are of one of `modes`, each with its offset, as long as more can come. Following
    /// again from the offset after the last one that was seen leaves nothing out and brings nothing twice.
    pub fn follow(&self, offset: usize, modes: &[Mode]) -> impl Stream<Item = (usize, Event)> + Send + use<> {
        let (events, length, modes) = (Arc::clone(&self.events), self.length.subscribe(), modes.to_vec());
        stream::unfold((events, length, modes, offset), |(events, mut length, modes, mut next)| async move {
            loop {
                let event = lock(&events).get(next).cloned();
                match event {
                    Some(event) if modes.iter().any(|mode| event.is_of(*mode)) => {
                        return Some(((next, event), (events, length, modes, next + 1)));
                    }
                    Some(_) => next += 1,
                    None => length.wait_for(|length| *length > next).await.map(drop).ok()?,
                }
            }
        })
    }

    /// What there is from `offset` on.
    pub fn events(&self, offset: usize, modes: &[Mode]) -> Vec<(usize, Event)> {
        let events = lock(&self.events);
        let wanted = events.iter().enumerate().skip(offset);
        let wanted = wanted.filter(|(_, event)| modes.iter().any(|mode| event.is_of(*mode)));
        wanted.map(|(offset, event)| (offset, event.clone())).collect()
    }
}
