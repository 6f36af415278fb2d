//! A live session as its owner holds it: events in order, answers to what was asked, and the end.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use agent_client_protocol::v1::Responder;
use agent_client_protocol::v1::schema::{
    PermissionOption, PermissionOptionKind, RequestPermissionOutcome, RequestPermissionResponse,
    SelectedPermissionOutcome, WriteTextFileResponse,
};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{AcpError, Event, Prompt};

/// What waits for an answer.
pub(super) enum Asked {
    Permission(Responder<RequestPermissionResponse>, Vec<PermissionOption>),
    Write(Responder<WriteTextFileResponse>),
}

/// By which the limits see what goes on.
#[derive(Debug, Clone, Copy, Default)]
struct Pulse {
    lines: u64,
    /// Between prompts the program has nothing to do, and while a person is asked its time does not run.
    waits_for_us: u32,
}

pub(super) struct Inner {
    program: String,
    output_limit: u64,
    events: mpsc::UnboundedSender<Event>,
    asked: Mutex<(u64, HashMap<u64, Asked>)>,
    pulse: watch::Sender<Pulse>,
    turn: AtomicBool,
    read: Mutex<u64>,
    /// The first reason to end, which is the true one.
    fault: Mutex<Option<AcpError>>,
}

/// What the two directions of the connection share.
#[derive(Clone)]
pub(super) struct Line(pub(super) Arc<Inner>);

/// What the owner wants of the program.
pub(super) enum Order {
    Prompt(Prompt),
    /// The turn that is under way is to end.
    Cancel,
}

/// The owner's end. The program lives until the driver that was given with it ends.
pub struct Session {
    line: Line,
    orders: mpsc::UnboundedSender<Order>,
}

/// What a program says and asks, in order.
pub struct Events {
    program: String,
    queue: mpsc::UnboundedReceiver<Event>,
    last: Option<Event>,
}

impl Events {
    pub fn channel(program: &str) -> (mpsc::UnboundedSender<Event>, Events) {
        let (sender, queue) = mpsc::unbounded_channel();
        (sender, Events { program: program.to_owned(), queue, last: None })
    }

    /// The next event; after [`Event::Failed`] that one again. Can be given up and called again.
    pub async fn next(&mut self) -> Event {
        if let Some(event) = self.last.clone() {
            return event;
        }
        let event = self.queue.recv().await.unwrap_or_else(|| Event::Failed {
            category: cadre_core::failure::Category::AgentUnavailable.name().into(),
            message: format!("`{}` has ended", self.program),
        });
        if matches!(event, Event::Failed { .. }) {
            self.last = Some(event.clone());
        }
        event
    }

    /// The next of those that are there, without waiting for more.
    pub fn ready(&mut self) -> Option<Event> {
        self.queue.try_recv().ok()
    }
}

/// The ends that the driver holds.
pub(super) struct Ends {
    pub(super) line: Line,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
}

impl Session {
    pub(super) fn new(program: &str, output_limit: u64) -> (Session, Events, Ends) {
        let (events, heard) = Events::channel(program);
        let (orders, orders_out) = mpsc::unbounded_channel();
        let line = Line(Arc::new(Inner {
            program: program.to_owned(),
            output_limit,
            events,
            asked: Mutex::default(),
            pulse: watch::channel(Pulse::default()).0,
            turn: AtomicBool::new(false),
            read: Mutex::default(),
            fault: Mutex::default(),
        }));
        let session = Session { line: line.clone(), orders };
        (session, heard, Ends { line, orders: orders_out })
    }

    /// Begins a turn. Its end is an event.
    pub fn prompt(&self, prompt: impl Into<Prompt>) {
        // If nobody listens, the session has ended, which the next event says.
        let _ = self.orders.send(Order::Prompt(prompt.into()));
    }

    /// Asks the program to end its turn. What it waits for an answer to is answered with no, and its turn ends with an
    /// event all the same; a program that does not hear is ended.
    pub fn cancel(&self) {
        let _ = self.orders.send(Order::Cancel);
    }

    /// Whether a turn is under way.
    pub fn is_in_a_turn(&self) -> bool {
        self.line.is_in_a_turn()
    }

    /// Answers a permission request, once only and for this once. `false` when nobody waits for it any more.
    pub fn permit(&self, request: u64, allowed: bool) -> bool {
        let Some(Asked::Permission(responder, options)) = self.line.answered(request) else { return false };
        let wanted = match allowed {
            true => [PermissionOptionKind::AllowOnce],
            false => [PermissionOptionKind::RejectOnce],
        };
        let option = options.iter().find(|option| wanted.contains(&option.kind));
        // Without an option that means just this, nothing is chosen: "always" is never ours to give.
        let outcome = option.map_or(RequestPermissionOutcome::Cancelled, |option| {
            RequestPermissionOutcome::Selected(SelectedPermissionOutcome::new(option.option_id.clone()))
        });
        responder.respond(RequestPermissionResponse::new(outcome)).is_ok() && (option.is_some() || !allowed)
    }

    /// Says whether a file was written. `false` when nobody waits for it any more.
    pub fn written(&self, request: u64, outcome: Result<(), String>) -> bool {
        let Some(Asked::Write(responder)) = self.line.answered(request) else { return false };
        match outcome {
            Ok(()) => responder.respond(WriteTextFileResponse::new()).is_ok(),
            Err(message) => responder.respond_with_internal_error(message).is_ok(),
        }
    }
}

impl Line {
    pub(super) fn program(&self) -> &str {
        &self.0.program
    }

    pub(super) fn limit(&self) -> u64 {
        self.0.output_limit
    }

    pub(super) fn emit(&self, event: Event) {
        let _ = self.0.events.send(event); // nobody listens any more
    }

    pub(super) fn takes_a_turn(&self, begins: bool) {
        self.0.turn.store(begins, Ordering::SeqCst);
    }

    pub(super) fn is_in_a_turn(&self) -> bool {
        self.0.turn.load(Ordering::SeqCst)
    }

    /// Keeps what the program asks until it is answered.
    pub(super) fn ask(&self, asked: Asked) -> u64 {
        let mut waiting = lock(&self.0.asked);
        waiting.0 += 1;
        let request = waiting.0;
        waiting.1.insert(request, asked);
        drop(waiting);
        self.waits_for_us(1);
        request
    }

    /// Answers everything that waits with no, as the protocol asks of who cancels a turn.
    pub(super) fn cancel_requests(&self) {
        let waiting: Vec<u64> = lock(&self.0.asked).1.keys().copied().collect();
        for request in waiting {
            // What could not be sent has nobody to hear it.
            let _unheard = match self.answered(request) {
                Some(Asked::Permission(responder, _)) => {
                    let cancelled = RequestPermissionOutcome::Cancelled;
                    responder.respond(RequestPermissionResponse::new(cancelled))
                }
                Some(Asked::Write(responder)) => {
                    responder.respond_with_internal_error("the turn was cancelled")
                }
                None => Ok(()),
            };
        }
    }

    fn answered(&self, request: u64) -> Option<Asked> {
        let asked = lock(&self.0.asked).1.remove(&request)?;
        self.waits_for_us(-1);
        Some(asked)
    }

    pub(super) fn waits_for_us(&self, more: i32) {
        self.0.pulse.send_modify(|pulse| pulse.waits_for_us = pulse.waits_for_us.saturating_add_signed(more));
    }

    /// Counts a line; `false` when it is one too many.
    pub(super) fn count(&self, bytes: u64) -> bool {
        self.0.pulse.send_modify(|pulse| pulse.lines += 1);
        let mut read = lock(&self.0.read);
        *read = read.saturating_add(bytes);
        *read <= self.0.output_limit
    }

    /// Notes why the session ends, and gives the error that ends the connection.
    pub(super) fn fault(&self, error: AcpError) -> io::Error {
        let said = io::Error::other(error.to_string());
        lock(&self.0.fault).get_or_insert(error);
        said
    }

    pub(super) fn take_fault(&self) -> Option<AcpError> {
        lock(&self.0.fault).take()
    }

    /// Ends when the program was silent for too long; a person's time does not count.
    pub(super) async fn silence(&self, limit: Duration) -> AcpError {
        let mut pulses = self.0.pulse.subscribe();
        loop {
            let waits = pulses.borrow_and_update().waits_for_us > 0;
            let changed = pulses.changed(); // never an error: the sender is in `self`
            if waits {
                let _ = changed.await;
            } else if timeout(limit, changed).await.is_err() {
                return AcpError::Idle { program: self.0.program.clone(), limit };
            }
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
